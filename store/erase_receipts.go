package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The chain is over bodies, and in these people stand as hashes under a salt.
// So names and salts can go, and the chain holds.

const (
	receiptsOfApp = `
SELECT receipt.id, opened, receipt.body, content_key, reading_key, COALESCE(NULLIF(delivery.snapshot, ''), message.snapshot, ''), COALESCE(message.event_id, 0)
FROM receipt LEFT JOIN message ON message.id = receipt.message_id LEFT JOIN delivery ON delivery.id = receipt.delivery_id
WHERE receipt.id > $1 AND receipt.app = $2 ORDER BY receipt.id LIMIT $3`
	eraseReceipt = `UPDATE receipt SET opened = $1, content_key = $2, reading_key = $3 WHERE id = $4`
)

// beside is what is beside a receipt's body.
type beside struct {
	id                     int64
	opened                 []byte
	contentKey, readingKey string
	named                  bool // it named the user
	changed                bool
}

// opened is how names and texts are kept that a body has veiled: each with the
// salt before it, and nil once it is erased.
type opened struct {
	Names []*[2]string `json:"names,omitempty"`
	Texts []*[2]string `json:"texts,omitempty"`
}

// receipts takes the user out of what is beside the receipts.
func (x *eraser) receipts(ctx context.Context, s *Store) error {
	for after := int64(0); ; {
		list, last, err := x.receiptsAfter(ctx, s, after)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(list, receiptBatch) {
			if err := s.paced(ctx, func(q *tx) error { return q.eraseReceipts(some) }); err != nil {
				return err
			}
		}
		if last == 0 {
			return nil
		}
		after = last
	}
}

// receiptsAfter looks at the window of receipts after one, and returns those that
// are to be changed. last is where it ends; 0: there are no more.
func (x *eraser) receiptsAfter(ctx context.Context, s *Store, after int64) (list []beside, last int64, err error) {
	n := 0
	err = s.reader.view(ctx, func(v view) error {
		return v.each(func(row scanner) error {
			var k beside
			var body []byte
			var snapshot string
			var event int64
			if err := row.Scan(&k.id, &k.opened, &body, &k.contentKey, &k.readingKey, &snapshot, &event); err != nil {
				return err
			}
			if n, last = n+1, k.id; k.contentKey != "" && x.caused[event] {
				k.contentKey, k.changed = "", true // the text is gone, and can no longer be guessed either
			}
			if err := x.receipt(&k, body, snapshot); err != nil {
				return fmt.Errorf("receipt %d: %w", k.id, err)
			}
			if k.changed {
				list = append(list, k)
				if k.named {
					x.sum.Receipts++
				}
			}
			return nil
		}, receiptsOfApp, after, string(x.app), window)
	})
	if n < window {
		last = 0
	}
	return list, last, err
}

// receipt takes the user out of what is beside one receipt.
func (x *eraser) receipt(k *beside, body []byte, snapshot string) error {
	var o opened
	if err := json.Unmarshal(k.opened, &o); err != nil {
		return err
	}
	var sealed struct {
		Sender   int `json:"sender"` // from 1; 0 for none
		Rendered struct {
			Users []int `json:"users"`
		} `json:"rendered_for"`
	}
	if err := json.Unmarshal(body, &sealed); err != nil {
		return err
	}
	user := func(i int) bool {
		return i > 0 && i <= len(o.Names) && o.Names[i-1] != nil && o.Names[i-1][1] == string(x.user)
	}
	// What the user caused to be said, or was said to the user alone. Its event may be gone;
	// it names the user, so that it is changed.
	if to := sealed.Rendered.Users; user(sealed.Sender) || len(to) == 1 && user(to[0]) {
		k.contentKey = ""
	}
	erase := func(list []*[2]string, is func(string) bool) {
		for i, pair := range list {
			if pair != nil && is(pair[1]) {
				list[i], k.named = nil, true
			}
		}
	}
	erase(o.Names, func(name string) bool { return name == string(x.user) })
	erase(o.Texts, func(text string) bool { return speaksOf(text, string(x.user)) })
	k.changed = k.changed || k.named
	// With its key, who knows all others of the group could try out whether the
	// user was among them. Of a reading that is gone nobody knows whether.
	if k.readingKey != "" && (k.named || snapshot == "" || slices.Contains(x.snapshots, snapshot)) {
		k.readingKey, k.changed = "", true
	}
	var err error
	k.opened, err = json.Marshal(o)
	return err
}

func (q *tx) eraseReceipts(list []beside) error {
	for _, k := range list {
		if _, err := q.exec(eraseReceipt, string(k.opened), k.contentKey, k.readingKey, k.id); err != nil {
			return fmt.Errorf("receipt %d: %w", k.id, err)
		}
	}
	return nil
}

// speaksOf says that a text has the id as a word of its own.
func speaksOf(text, id string) bool {
	_, _, speaks := cutWord(text, id)
	return speaks
}

// replaceWord puts something in the place of an id wherever that stands as a word of its
// own.
func replaceWord(text, id, by string) string {
	before, rest, found := cutWord(text, id)
	if !found {
		return text
	}
	return before + by + replaceWord(rest, id, by)
}

// cutWord cuts a text around an id that stands there as a word of its own.
func cutWord(text, id string) (before, after string, found bool) {
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for at := 0; ; {
		i := strings.Index(text[at:], id)
		if i < 0 {
			return text, "", false
		}
		before, after = text[:at+i], text[at+i+len(id):]
		last, _ := utf8.DecodeLastRuneInString(before)
		next, _ := utf8.DecodeRuneInString(after)
		if !word(last) && !word(next) {
			return before, after, true
		}
		at += i + 1
	}
}
