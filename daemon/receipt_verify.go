package daemon

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/receipts"
)

func receiptsVerify(_ Process) *cobra.Command {
	var heads []string
	var file string
	var asJSON bool
	c := &cobra.Command{
		Use: "verify FILE", Short: "Check an export of receipts, without botd and without its store", Args: cobra.ExactArgs(1),
		Long: `Says whether each chain in the file is whole, and whether each receipt keeps what botd
promises: that it was for 1 to 50 people, all of whom the rule and the bot's own audience
had by the roles that were read, and nobody twice. Each line that is not as it was
written is told. Exit code 1 says that something is wrong.

A chain that ends too early cannot be told from one that is whole, nor one that somebody
has made anew from the true one, unless a head of it was noted before: see botd receipts
heads.`,
		Example: "  botd receipts verify receipts.jsonl\n  botd receipts verify receipts.jsonl --heads heads-2026-03-04.txt --json",
		RunE: func(c *cobra.Command, args []string) error {
			noted, err := readHeads(heads, file)
			if err != nil {
				return err
			}
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			report, err := receipts.Verify(f, noted)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(c.OutOrStdout(), report)
			} else {
				err = printReport(c.OutOrStdout(), report)
			}
			if err == nil && report.Wrong > 0 {
				err = fmt.Errorf("%v in %s", count(report.Wrong, "problem"), args[0])
			}
			return err
		},
	}
	c.Flags().StringArrayVar(&heads, "head", nil, "a head that was noted, LANE=N:HASH; may be given more than once")
	c.Flags().StringVar(&file, "heads", "", "a file of heads, as botd receipts heads prints them")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printReport(w io.Writer, r receipts.Report) error {
	out := &printer{w: w}
	for _, p := range r.Problems {
		out.line(0, "%s", p)
	}
	if more := r.Wrong - len(r.Problems); more > 0 {
		out.line(0, "and %d more", more)
	}
	out.line(0, "%v; deliveries: %d, to people: %d (%s, written %s)", count(int(r.Receipts), "receipt"), r.Deliveries, r.People, r.Picked, r.Written.Format(time.RFC3339))
	for _, c := range r.Chains {
		out.line(1, "lane %s: %d to %d%s%s", c.Lane, c.First, c.Last, goesOn(c), noted(c))
	}
	if r.Withheld > 0 {
		out.line(1, "%d are there as hashes only", r.Withheld)
	}
	if r.Erased > 0 {
		out.line(1, "names and texts that were erased or left out: %d", r.Erased)
	}
	for _, h := range r.Unchecked {
		out.line(1, "head %d of lane %s is before what is in the file", h.N, h.Lane)
	}
	if r.Wrong == 0 {
		out.line(0, "all hold")
	}
	return out.err
}

// goesOn says where a chain begins in the file.
func goesOn(c receipts.Chain) string {
	if c.First == 1 {
		return ", from its beginning"
	}
	return fmt.Sprintf(", going on from %.12s…", c.After)
}

func noted(c receipts.Chain) string {
	if c.Noted == 0 {
		return ", no head noted"
	}
	return fmt.Sprintf(", as noted up to %d", c.Noted)
}
