package store

import "context"

// space is how many pages of the file are used and how many are free, each of
// so many bytes.
type space struct{ used, free, page int64 }

func (n space) bytes() int64 { return n.used * n.page }

const countPages = `
SELECT (SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM pragma_freelist_count),
	(SELECT page_size FROM pragma_page_size)`

func (s *Store) space(ctx context.Context) (n space, err error) {
	err = s.reader.view(ctx, func(v view) error {
		var all int64
		err := v.one(countPages).Scan(&all, &n.free, &n.page)
		n.used = all - n.free
		return err
	})
	return n, err
}

// A tenth of the file stays free, to be filled again.
const (
	keepFree      = 10
	giveBackPages = `PRAGMA incremental_vacuum(256)` // a step: 1 MiB
)

// shrink gives free pages back to the disk, a few at a time.
func (s *Store) shrink(ctx context.Context, sum *Retired) error {
	n, err := s.space(ctx)
	for err == nil && n.free*keepFree > n.free+n.used {
		err = s.paced(ctx, func(q *tx) error {
			// Each row is a page that was given back; one that is not asked for
			// is not.
			return q.each(func(scanner) error { return nil }, giveBackPages)
		})
		if err != nil {
			return err
		}
		was := n.free
		if n, err = s.space(ctx); err == nil && n.free >= was {
			return nil // others fill them, or the file cannot shrink
		}
		sum.Pages += int(was - n.free)
	}
	return err
}
