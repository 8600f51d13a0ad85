package daemon

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/receipts"
)

func receiptsCommand(p Process) *cobra.Command {
	return group("receipts", "Prove who was sent what, and check such proof", receiptsList(p), receiptsShow(p), receiptsExport(p), receiptsHeads(p), receiptsVerify(p))
}

// choice is what of the receipts is asked for.
type choice struct{ bot, group, lane, from, to string }

func (x *choice) flags(c *cobra.Command) {
	c.Flags().StringVar(&x.bot, "bot", "", "only of this bot")
	c.Flags().StringVar(&x.group, "group", "", "only for this group")
	c.Flags().StringVar(&x.lane, "lane", "", "only of this lane, such as m/main/@TGS#2QUIZROOM1/normal")
	c.Flags().StringVar(&x.from, "from", "", "only those made then or later: 2026-03-04, or 2026-03-04T09:00:00Z")
	c.Flags().StringVar(&x.to, "to", "", "only those made before then")
}

func (x *choice) query() (url.Values, error) {
	q := url.Values{}
	narrow(q, map[string]string{"bot": x.bot, "group": x.group, "lane": x.lane})
	for name, value := range map[string]string{"from": x.from, "to": x.to} {
		if value == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, value)
		if err != nil {
			at, err = time.Parse(time.RFC3339, value)
		}
		if err != nil {
			return nil, usage("--%s: %.40q is neither a day, 2026-03-04, nor a time, 2026-03-04T09:00:00Z", name, value)
		}
		q.Set(name, at.UTC().Format(time.RFC3339))
	}
	return q, nil
}

func receiptsList(p Process) *cobra.Command {
	var a adminClient
	var x choice
	var before, limit int
	c := &cobra.Command{
		Use: "list", Short: "List receipts, newest first", Args: cobra.NoArgs,
		Example: "  botd receipts list --bot quiz\n  botd receipts list --from 2026-03-01 --to 2026-04-01 --json",
		RunE: func(c *cobra.Command, _ []string) error {
			q, err := x.query()
			if err != nil {
				return err
			}
			q.Set("limit", strconv.Itoa(limit))
			if before != 0 {
				q.Set("before", strconv.Itoa(before))
			}
			return shown(c, p, &a, "/v1/receipts", q, printReceipts)
		},
	}
	a.flags(c, p)
	x.flags(c)
	c.Flags().IntVar(&before, "before", 0, "only older than this: the next page")
	c.Flags().IntVar(&limit, "limit", 50, "how many, 1 to 500")
	return c
}

func printReceipts(w io.Writer, page console.ReceiptPage) error {
	if len(page.Receipts) == 0 {
		_, err := fmt.Fprintln(w, "no receipts")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "DELIVERY\tMADE\tLANE\tN\tPEOPLE\tSTATUS\tHASH")
	for _, text := range page.Receipts {
		l, b, err := readReceipt(text)
		if err != nil {
			return err
		}
		people := ""
		if b.Sending != nil {
			people = strconv.Itoa(len(b.People))
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t%.12s\n", b.Delivery, b.Sealed.Format(time.DateTime), l.Lane, l.N, people, standing(b.Status, b.Outcome), l.Hash)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if page.Next != 0 {
		_, err := fmt.Fprintf(w, "older ones: --before %d\n", page.Next)
		return err
	}
	return nil
}

func readReceipt(text []byte) (l receipts.Line, b receipts.Body, err error) {
	if err = json.Unmarshal(text, &l); err == nil {
		b, err = l.Read()
	}
	if err != nil {
		err = fmt.Errorf("reading a receipt that botd answered: %w", err)
	}
	return l, b, err
}
