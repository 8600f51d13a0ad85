package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Receipts reads the chains of receipts.
type Receipts struct{ reader *reader }

// Receipts is what there is to read of receipts.
func (s *Store) Receipts() Receipts { return Receipts{s.reader} }

// ReadReceipts lets f read the receipts of a store that a process may have open.
// It changes nothing.
func ReadReceipts(ctx context.Context, rawURL string, f func(Receipts) error) (err error) {
	path, err := pathOf(rawURL)
	if err != nil {
		return err
	}
	db, err := openReading(path)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(readers + 1)
	r := newReader(db)
	defer func() {
		r.stmts.close()
		err = errors.Join(err, db.Close())
	}()
	return f(Receipts{r})
}

// ReceiptFilter picks receipts; the zero value picks all.
type ReceiptFilter struct {
	Bot      chat.BotName
	Group    chat.GroupID
	Lane     string
	Delivery chat.DeliveryID
	From     time.Time // sealed then or later
	To       time.Time // sealed before
	Before   int64     // older than the one with this [chat.Sealed.ID]
	Newest   int       // only of so many that were sealed last; 0 is all
}

// where is the filter as a condition, with its arguments.
func (f ReceiptFilter) where() (string, []any) {
	where := conditions{list: []string{"id > 0"}}
	where.add(f.Bot != "", "bot = $%d", string(f.Bot))
	where.add(f.Group != "", "group_id = $%d", string(f.Group))
	where.add(f.Lane != "", "lane = $%d", f.Lane)
	where.add(f.Delivery != 0, "delivery_id = $%d", int64(f.Delivery))
	where.add(!f.From.IsZero(), "at >= $%d", micros(f.From))
	where.add(!f.To.IsZero(), "at < $%d", micros(f.To))
	where.add(f.Before != 0, "id < $%d", f.Before)
	where.add(f.Newest != 0, "id > (SELECT COALESCE(MAX(id), 0) FROM receipt) - $%d", f.Newest)
	return where.String(), where.args
}

// list asks for the newest; how many is the last argument, and is not in args.
func (f ReceiptFilter) list() (string, []any) {
	where, args := f.where()
	return fmt.Sprintf(`SELECT %s FROM receipt WHERE %s ORDER BY id DESC LIMIT $%d`, receiptColumns, where, len(args)+1), args
}

// spans asks which part of each chain is needed.
func (f ReceiptFilter) spans() (string, []any) {
	where, args := f.where()
	return `SELECT lane, MIN(n), MAX(n), COUNT(*) FROM receipt WHERE ` + where + ` GROUP BY lane ORDER BY lane`, args
}

// Picks says whether a receipt of one of the filter's spans is one that it picks.
func (f ReceiptFilter) Picks(s *chat.Sealed) bool {
	return (f.Bot == "" || f.Bot == s.Bot) && (f.Group == "" || f.Group == s.Group) && (f.Delivery == 0 || f.Delivery == s.Delivery) &&
		(f.From.IsZero() || !s.At.Before(f.From)) && (f.To.IsZero() || s.At.Before(f.To))
}

const (
	receiptColumns = `id, lane, n, prev, hash, at, app, bot, group_id, message_id, delivery_id, body, opened, content_key, reading_key`
	receiptSpan    = `SELECT ` + receiptColumns + ` FROM receipt WHERE lane = $1 AND n BETWEEN $2 AND $3 ORDER BY n LIMIT $4`
	readHeads      = `SELECT lane, n, hash FROM chain WHERE n > 0 ORDER BY lane`
)

func scanReceipt(row scanner, r *chat.Sealed) error {
	var at int64
	err := row.Scan(&r.ID, &r.Lane, &r.N, &r.Prev, &r.Hash, &at, &r.App, &r.Bot, &r.Group, &r.Message, &r.Delivery,
		&r.Body, &r.Opened, &r.ContentKey, &r.ReadingKey)
	r.At = fromMicros(at)
	return err
}

func (r Receipts) read(ctx context.Context, doing, text string, args ...any) (list []chat.Sealed, err error) {
	err = r.reader.view(ctx, func(v view) error {
		return v.each(rowsInto(&list, scanReceipt), text, args...)
	})
	return list, told(doing, err)
}

// List returns up to limit receipts, the last sealed first; more says that there
// are older ones.
func (r Receipts) List(ctx context.Context, f ReceiptFilter, limit int) (list []chat.Sealed, more bool, err error) {
	text, args := f.list()
	list, err = r.read(ctx, "list receipts", text, append(args, limit+1)...)
	if len(list) > limit {
		return list[:limit], true, err
	}
	return list, false, err
}

// Of returns the receipts of a delivery, the first first. It is [ErrNotFound]
// if there is none.
func (r Receipts) Of(ctx context.Context, id chat.DeliveryID) ([]chat.Sealed, error) {
	list, err := r.read(ctx, fmt.Sprintf("the receipts of delivery %s", id),
		`SELECT `+receiptColumns+` FROM receipt WHERE delivery_id = $1 ORDER BY id`, int64(id))
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("a receipt of delivery %s: %w", id, ErrNotFound)
	}
	return list, err
}

// Spans returns for each lane, in the order of their names, which part of its
// chain is needed to show what a filter picks: from the first of them to the last.
func (r Receipts) Spans(ctx context.Context, f ReceiptFilter) (list []chat.Span, err error) {
	text, args := f.spans()
	err = r.reader.view(ctx, func(v view) error {
		return v.each(func(row scanner) error {
			var s chat.Span
			err := row.Scan(&s.Lane, &s.First, &s.Last, &s.Picked)
			list = append(list, s)
			return err
		}, text, args...)
	})
	return list, told("look which receipts there are", err)
}

// Span returns the first of the receipts of a part of a chain, up to limit.
func (r Receipts) Span(ctx context.Context, s chat.Span, limit int) ([]chat.Sealed, error) {
	return r.read(ctx, "read receipts of lane "+s.Lane, receiptSpan, s.Lane, s.First, s.Last, limit)
}

// Heads returns where each chain ends, in the order of their lanes.
func (r Receipts) Heads(ctx context.Context) (list []chat.Head, err error) {
	err = r.reader.view(ctx, func(v view) error {
		return v.each(func(row scanner) error {
			var h chat.Head
			err := row.Scan(&h.Lane, &h.N, &h.Hash)
			list = append(list, h)
			return err
		}, readHeads)
	})
	return list, told("read the heads of the chains", err)
}
