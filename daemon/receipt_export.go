package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/receipts"
)

func receiptsExport(p Process) *cobra.Command {
	var a adminClient
	var x choice
	var out string
	var keys bool
	c := &cobra.Command{
		Use: "export", Short: "Write receipts to a file that can be verified without botd's store", Args: cobra.NoArgs,
		Long: `Writes chains of receipts, a JSON object a line. Where only some of a chain are asked
for, the others between the first and the last of them are there as hashes, so that the
chain can be followed.

The file names those who got something and says why; it has nothing of what was said. With
--keys, whoever has a text can prove it by the file, and whoever has the file can try out
short texts.

What is written with -o is verified before it is said to be written.`,
		Example: "  botd receipts export -o receipts.jsonl\n  botd receipts export --bot quiz --from 2026-03-01 -o march.jsonl",
		RunE: func(c *cobra.Command, _ []string) error {
			q, err := x.query()
			if err != nil {
				return err
			}
			q.Set("keys", strconv.FormatBool(keys))
			if out == "" {
				return a.stream(c.Context(), p, "/v1/receipts/export?"+q.Encode(), c.OutOrStdout())
			}
			report, err := a.exportTo(c.Context(), p, "/v1/receipts/export?"+q.Encode(), out)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(c.OutOrStdout(), report)
			}
			return printReport(c.OutOrStdout(), report)
		},
	}
	a.flags(c, p)
	x.flags(c)
	c.Flags().StringVarP(&out, "output", "o", "", "the file to write; a new one, that only you can read; else it is printed")
	c.Flags().BoolVar(&keys, "keys", false, "with the keys of the hashes of contents and readings")
	return c
}

// stream copies what botd answers.
func (a *adminClient) stream(ctx context.Context, p Process, route string, to io.Writer) error {
	res, err := a.content(ctx, p, http.MethodGet, route, console.ReceiptsType)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(to, res.Body); err != nil {
		return fmt.Errorf("receiving the receipts: %w; botd's log says more", err)
	}
	return nil
}

func (a *adminClient) exportTo(ctx context.Context, p Process, route, path string) (report receipts.Report, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the operator names the file
	if errors.Is(err, os.ErrExist) {
		return report, fmt.Errorf("%s is there already; name another file", path)
	}
	if err != nil {
		return report, err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(path)
		}
	}()
	if err := errors.Join(a.stream(ctx, p, route, f), f.Sync()); err != nil {
		return report, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return report, err
	}
	if report, err = receipts.Verify(f, nil); err == nil && report.Wrong > 0 {
		err = fmt.Errorf("the export has %v, the first: %s; see botd doctor --all-receipts", count(report.Wrong, "problem"), report.Problems[0])
	}
	return report, err
}
