package receipts

import (
	"encoding/json"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

// Line is a receipt in an export, in canonical JSON. Without Body it only holds
// the place of one that was not asked for, so that the chain can be followed.
type Line struct {
	Body   json.RawMessage `json:"body,omitempty"`
	Digest string          `json:"digest,omitempty"` // hex SHA-256 of a body that is not there
	Hash   string          `json:"hash"`
	Keys   *Keys           `json:"keys,omitempty"` // only if they were asked for
	Lane   string          `json:"lane"`
	N      int64           `json:"n"` // in its lane, from 1
	Opened *Opened         `json:"opened,omitempty"`
	Prev   string          `json:"prev"` // hash of the one before; empty in the first
}

// Keys are those of the hashes of content and reading, hex; empty when they were
// erased.
type Keys struct {
	Content string `json:"content,omitempty"`
	Reading string `json:"reading,omitempty"`
}

// Header is the first line of an export, in canonical JSON: what is to follow. It
// proves nothing, but tells of a file that was cut off.
type Header struct {
	Receipts int64  `json:"botd_receipts"` // Format
	At       Moment `json:"at"`            // when it was written
	Lanes    []Part `json:"lanes"`         // in the order of their names
	Picked   string `json:"picked"`        // what was asked for, in words
	Sum      string `json:"sum"`           // hex SHA-256 of the header with an empty sum
}

// Part is what of a lane's chain is in an export.
type Part struct {
	Lane  string `json:"lane"`
	First int64  `json:"first"`
	Last  int64  `json:"last"`
	Shown int64  `json:"shown"` // how many of these have a body
}

// sum is what Sum should be.
func (h Header) sum() (string, error) {
	h.Sum = ""
	b, err := canonical(h)
	return digest(b), err
}

// LineOf is a receipt as a line.
func LineOf(s chat.Sealed, keys bool) (Line, error) {
	l := Line{Body: s.Body, Hash: s.Hash, Lane: s.Lane, N: s.N, Prev: s.Prev, Opened: &Opened{}}
	if err := json.Unmarshal(s.Opened, l.Opened); err != nil {
		return l, fmt.Errorf("receipt %d of lane %s: %w", s.N, s.Lane, err)
	}
	if keys {
		l.Keys = &Keys{s.ContentKey, s.ReadingKey}
	}
	return l, nil
}

// without is the line without what it says.
func (l Line) without() Line {
	return Line{Digest: digest(l.Body), Hash: l.Hash, Lane: l.Lane, N: l.N, Prev: l.Prev}
}

// Read reads what a line's body says. Unknown is what a newer botd may have
// written, and is an error.
func (l Line) Read() (b Body, err error) {
	if err := strictly(l.Body, &b); err != nil {
		return b, fmt.Errorf("its body: %w", err)
	}
	switch {
	case b.Format != Format:
		return b, fmt.Errorf("its body is of format %d, and this botd knows %d", b.Format, Format)
	case b.Type == First && b.Sending == nil:
		return b, fmt.Errorf("its body does not say what was sent")
	}
	return b, nil
}

// Who is the id of a user; empty for one that was erased, or none.
func (l Line) Who(n Name) chat.UserID {
	if l.Opened == nil || n < 1 || int(n) > len(l.Opened.Names) || l.Opened.Names[n-1] == nil {
		return ""
	}
	return chat.UserID(l.Opened.Names[n-1][1])
}

// Says is a text; empty for one that was erased, or none.
func (l Line) Says(n Text) string {
	if l.Opened == nil || n < 1 || int(n) > len(l.Opened.Texts) || l.Opened.Texts[n-1] == nil {
		return ""
	}
	return l.Opened.Texts[n-1][1]
}
