package daemon

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
)

func receiptsHeads(p Process) *cobra.Command {
	var a adminClient
	c := &cobra.Command{
		Use: "heads", Short: "Print where each chain of receipts ends", Args: cobra.NoArgs,
		Long: `Prints a line for each lane: LANE=N:HASH. Keep them where whoever could change the store
cannot: with them, botd receipts verify --heads notices a chain that was made anew, or
whose end was cut off. They name groups and nobody in them.`,
		Example: "  botd receipts heads > heads-2026-03-04.txt\n  botd receipts heads --json",
		RunE: func(c *cobra.Command, _ []string) error {
			var heads []chat.Head
			if err := a.get(c.Context(), p, "/v1/receipts/heads", nil, &heads); err != nil {
				return err
			}
			if a.json {
				return printJSON(c.OutOrStdout(), heads)
			}
			out := &printer{w: c.OutOrStdout()}
			for _, h := range heads {
				out.line(0, "%s=%d:%s", h.Lane, h.N, h.Hash)
			}
			return out.err
		},
	}
	a.flags(c, p)
	return c
}

// parseHead reads a line that botd receipts heads has printed.
func parseHead(s string) (h chat.Head, err error) {
	i := strings.LastIndexByte(s, '=') // a lane may have one, too
	number, hash, ok := strings.Cut(s[i+1:], ":")
	if i > 0 && ok && len(hash) == 64 {
		h.Lane, h.Hash = s[:i], hash
		h.N, err = strconv.ParseInt(number, 10, 64)
	}
	if err != nil || h.N < 1 {
		return h, fmt.Errorf("%.200q is no head, which looks like LANE=N:HASH", s)
	}
	return h, nil
}

func readHeads(flags []string, file string) (list []chat.Head, err error) {
	for _, s := range flags {
		h, err := parseHead(s)
		if err != nil {
			return nil, usage("--head: %w", err)
		}
		list = append(list, h)
	}
	if file == "" {
		return list, nil
	}
	f, err := os.Open(file) //nolint:gosec // whoever verifies names the file
	if err != nil {
		return nil, fmt.Errorf("reading the heads: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if lines.Text() == "" {
			continue
		}
		h, err := parseHead(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", file, n, err)
		}
		list = append(list, h)
	}
	return list, lines.Err()
}
