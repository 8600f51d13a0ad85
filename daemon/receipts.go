package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/receipts"
	"github.com/botd-chat/botd/store"
)

// sealing has the store make receipts.
type sealing struct{ *store.Store }

// Seal gives receipts to deliveries.
func (s sealing) Seal(ctx context.Context, limit int) (int, error) {
	return s.SealSome(ctx, limit, receipts.Maker{})
}

// auditor shows receipts to the console. What has ended before somebody asks is
// sealed before they get an answer.
type auditor struct{ *system }

// ListReceipts lists receipts, newest first.
func (a auditor) ListReceipts(ctx context.Context, q console.ReceiptQuery) (p console.ReceiptPage, err error) {
	if err := a.sealer.Seal(ctx); err != nil {
		return p, err
	}
	list, more, err := a.store.Receipts().List(ctx, picked(q), q.Limit)
	if err != nil {
		return p, err
	}
	if more {
		p.Next = list[len(list)-1].ID
	}
	p.Receipts, err = lines(list, q.Keys)
	return p, err
}

// ReceiptsOf are the receipts of a delivery.
func (a auditor) ReceiptsOf(ctx context.Context, id chat.DeliveryID, keys bool) (p console.ReceiptPage, err error) {
	if err := a.sealer.Seal(ctx); err != nil {
		return p, err
	}
	list, err := a.store.Receipts().Of(ctx, id)
	if err != nil {
		return p, told(err)
	}
	p.Receipts, err = lines(list, keys)
	return p, err
}

// Heads are where the chains end.
func (a auditor) Heads(ctx context.Context) ([]chat.Head, error) {
	if err := a.sealer.Seal(ctx); err != nil {
		return nil, err
	}
	return a.store.Receipts().Heads(ctx)
}

// Export writes an export.
func (a auditor) Export(ctx context.Context, q console.ReceiptQuery, to io.Writer) error {
	if err := a.sealer.Seal(ctx); err != nil {
		return err
	}
	_, err := exportReceipts(ctx, a.store.Receipts(), picked(q), q.Keys, a.clock.Now(), to)
	return err
}

func lines(list []chat.Sealed, keys bool) ([]json.RawMessage, error) {
	all := make([]json.RawMessage, 0, len(list))
	for _, s := range list {
		line, err := receipts.LineOf(s, keys)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(line)
		if err != nil {
			return nil, fmt.Errorf("receipt %d of lane %s: %w", s.N, s.Lane, err)
		}
		all = append(all, text)
	}
	return all, nil
}

func picked(q console.ReceiptQuery) store.ReceiptFilter {
	return store.ReceiptFilter{Bot: q.Bot, Group: q.Group, Lane: q.Lane, From: q.From, To: q.To, Before: q.Before}
}

// exportReceipts exports what a filter picks, and returns how many that were.
func exportReceipts(ctx context.Context, from store.Receipts, f store.ReceiptFilter, keys bool, now time.Time, to io.Writer) (int, error) {
	spans, err := from.Spans(ctx, f)
	if err != nil {
		return 0, err
	}
	return receipts.Export{Spans: spans, Keys: keys, Picked: described(f), At: now, Shows: f.Picks}.Write(ctx, from, to)
}

// described is a filter in words.
func described(f store.ReceiptFilter) string {
	var parts []string
	add := func(set bool, text string) {
		if set {
			parts = append(parts, text)
		}
	}
	add(f.Bot != "", "bot "+string(f.Bot))
	add(f.Group != "", "group "+string(f.Group))
	add(f.Lane != "", "lane "+f.Lane)
	add(!f.From.IsZero(), "sealed from "+f.From.UTC().Format(time.RFC3339))
	add(!f.To.IsZero(), "sealed before "+f.To.UTC().Format(time.RFC3339))
	add(f.Newest > 0, fmt.Sprintf("the last %d", f.Newest))
	if len(parts) == 0 {
		return "everything"
	}
	return strings.Join(parts, ", ")
}

// retireReceipts deletes receipts that are older than the configuration says.
func (s *system) retireReceipts(ctx context.Context) {
	n, err := s.store.RetireReceipts(ctx, s.clock.Now().Add(-s.now().config.Retention.Receipts))
	s.metrics.gone("receipt", n)
	switch {
	case err != nil && ctx.Err() == nil:
		s.log.Error("deleting old receipts failed; it is tried again in an hour", "error", err)
	case n > 0:
		s.log.Info("deleted old receipts", "receipts", n)
	}
}

// unsealed tells a scraper what has no receipt yet.
type unsealed struct {
	store *store.Store
	clock func() time.Time
	log   *slog.Logger
}

var (
	unsealedDesc = prometheus.NewDesc("botd_receipts_unsealed", "Deliveries that ended, or about which something was learnt, and that have no receipt of it yet.", nil, nil)
	lagDesc      = prometheus.NewDesc("botd_receipts_lag_seconds", "How long ago the first of these ended; 0 when there are none.", nil, nil)
)

// Describe names the metrics.
func (u unsealed) Describe(c chan<- *prometheus.Desc) { c <- unsealedDesc; c <- lagDesc }

// Collect counts. When that fails there are no such figures this time.
func (u unsealed) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	n, since, err := u.store.Unsealed(ctx)
	if err != nil {
		u.log.Error("counting for the metrics failed", "error", err)
		return
	}
	lag := time.Duration(0)
	if n > 0 {
		lag = max(u.clock().Sub(since), 0)
	}
	c <- prometheus.MustNewConstMetric(unsealedDesc, prometheus.GaugeValue, float64(n))
	c <- prometheus.MustNewConstMetric(lagDesc, prometheus.GaugeValue, lag.Seconds())
}

// errStopped ends an export of which nobody reads the rest.
var errStopped = errors.New("nobody reads it any more")

// checkReceipts verifies receipts of a store as an export of them would be.
func checkReceipts(ctx context.Context, file string, newest int) (report receipts.Report, err error) {
	err = store.ReadReceipts(ctx, "sqlite:"+file, func(r store.Receipts) error {
		// The heads first: what is sealed meanwhile only makes the chains longer.
		heads, err := r.Heads(ctx)
		if err != nil {
			return err
		}
		f := store.ReceiptFilter{Newest: newest}
		spans, err := r.Spans(ctx, f)
		if err != nil {
			return err
		}
		reading, writing := io.Pipe()
		written := make(chan error, 1)
		go func() {
			_, err := receipts.Export{Spans: spans, Picked: described(f), At: time.Now()}.Write(ctx, r, writing)
			written <- errors.Join(err, writing.CloseWithError(err))
		}()
		report, err = receipts.Verify(reading, headsOf(heads, spans))
		_ = reading.CloseWithError(errStopped)
		return errors.Join(err, <-written)
	})
	return report, err
}

// headsOf are the heads of the lanes that are exported: those of which something
// is left.
func headsOf(heads []chat.Head, spans []chat.Span) (list []chat.Head) {
	shown := map[string]bool{}
	for _, s := range spans {
		shown[s.Lane] = true
	}
	for _, h := range heads {
		if shown[h.Lane] {
			list = append(list, h)
		}
	}
	return list
}

// newestReceipts is how many receipts the doctor looks at unless it is asked for
// all.
const newestReceipts = 1000

func examineReceipts(ctx context.Context, file string, all bool) store.Finding {
	newest := newestReceipts
	if all {
		newest = 0
	}
	r, err := checkReceipts(ctx, file, newest)
	f := store.Finding{Check: "receipts"}
	switch {
	case err != nil:
		f.Problem, f.Remedy = "they cannot be read: "+err.Error(), "mend what is said above first"
	case r.Wrong > 0:
		f.Problem = fmt.Sprintf("%s, the first: %s", count(r.Wrong, "problem"), r.Problems[0])
		f.Remedy = "botd writes no such chains: find out who changed the file, and compare with an export or a head that was noted"
	default:
		f.Detail = fmt.Sprintf("%v in %v, each chain whole", count(int(r.Receipts), "receipt"), count(len(r.Chains), "lane"))
		if !all && r.Receipts >= newestReceipts {
			f.Detail += "; --all-receipts looks at all"
		}
	}
	return f
}
