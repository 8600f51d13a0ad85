package receipts

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// longest is the longest line of an export, far above that of fifty people.
const longest = 16 << 20

// Verify reads an export and says what is wrong with it. Heads are those that
// were noted before, outside of botd: without one, nobody can tell a chain from
// another that somebody has made anew, or see that its end is cut off. An error
// says that it could not be read to its end.
func Verify(from io.Reader, heads []chat.Head) (Report, error) {
	v := verifier{report: Report{Problems: []Problem{}, Chains: []Chain{}}, heads: map[string][]chat.Head{}, lanes: map[string]*lane{}, promises: newPromises()}
	for _, h := range heads {
		v.heads[h.Lane] = append(v.heads[h.Lane], h)
	}
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 64<<10), longest)
	lines.Split(wholeLines)
	for lines.Scan() {
		v.line++
		v.read(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		return v.report, fmt.Errorf("line %d of the export: %w", v.line+1, err)
	}
	v.end()
	slices.SortStableFunc(v.report.Problems, func(a, b Problem) int { return cmp.Compare(a.place(), b.place()) })
	return v.report, nil
}

// place sorts what is about no line behind all that is.
func (p Problem) place() int {
	if p.Line == 0 {
		return int(^uint(0) >> 1)
	}
	return p.Line
}

// wholeLines splits at line feeds and nothing else, and keeps the last line feed
// from being passed over: its line is then not canonical.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), append(bytes.Clone(data), " (the line has no end)"...), nil
	}
	return 0, nil, nil
}

type verifier struct {
	report   Report
	line     int
	heads    map[string][]chat.Head
	lanes    map[string]*lane
	order    []*lane
	current  *lane
	header   bool // it was there
	promises promises
}

func (v *verifier) say(l *lane, n int64, kind Kind, format string, args ...any) {
	p := Problem{Line: v.line, N: n, Kind: kind, Text: fmt.Sprintf(format, args...)}
	if l != nil {
		p.Lane = l.Lane
	}
	v.report.problem(p)
}

func (v *verifier) read(text []byte) {
	if v.line == 1 {
		v.readHeader(text)
		return
	}
	var line Line
	err := exactly(text, &line)
	if err == nil && (line.N < 1 || (line.Body == nil) == (line.Digest == "")) {
		err = errors.New("it is no receipt")
	}
	if err != nil {
		v.say(nil, 0, Changed, "it cannot be read: %v", err)
		return
	}
	v.receipt(line)
}

// exactly reads JSON that is in the canonical form and could not have been
// written otherwise: it is written again and compared, so that also a key that is
// there twice, or a time that lacks a zero, is found.
func exactly(text []byte, into any) error {
	if err := strictly(text, into); err != nil {
		return err
	}
	again, err := canonical(into)
	if err == nil && !bytes.Equal(again, text) {
		err = errors.New("it is not in the canonical form")
	}
	return err
}

// strictly reads JSON that has no other fields than it should.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func (v *verifier) readHeader(text []byte) {
	var h Header
	err := exactly(text, &h)
	if sum, bad := h.sum(); err == nil && (bad != nil || h.Sum != sum) {
		err = errors.New("it is not what its sum says")
	}
	if err == nil && h.Receipts != Format {
		err = fmt.Errorf("it is of format %d, and this botd knows %d", h.Receipts, Format)
	}
	if err != nil {
		v.say(nil, 0, Changed, "it is not the first line of an export: %v", err)
		var line Line
		if strictly(text, &line) == nil && line.N > 0 {
			v.receipt(line) // that line is missing
		}
		return
	}
	v.header, v.report.Picked, v.report.Written = true, h.Picked, h.At
	for _, p := range h.Lanes {
		l := v.lane(p.Lane)
		l.part = p
	}
}

func (v *verifier) lane(name string) *lane {
	if l, known := v.lanes[name]; known {
		return l
	}
	l := &lane{Chain: Chain{Lane: name}, gaps: map[int64]bool{}}
	v.lanes[name] = l
	v.order = append(v.order, l)
	return l
}

func (v *verifier) receipt(r Line) {
	l := v.enter(r)
	place := l.next(r.N)
	if place != "" {
		v.say(l, r.N, place, "%s", misplaced[place])
	}
	sound := v.sound(l, r)
	if place == "" {
		v.follow(l, r)
	}
	v.compareHeads(l, r)
	if r.Body == nil {
		v.report.Withheld++
	} else if v.report.Receipts++; sound && place != Twice {
		v.says(l, r)
	}
	if place != Twice && r.Body != nil {
		l.shown++
	}
}

var misplaced = map[Kind]string{Apart: "stands in the wrong place", Twice: "is there already"}

// sound says whether the hashes of a line fit together.
func (v *verifier) sound(l *lane, r Line) bool {
	sum := r.Digest
	if r.Body != nil {
		sum = digest(r.Body)
	}
	if hash := link(r.Lane, r.N, r.Prev, sum); hash != r.Hash {
		v.say(l, r.N, Changed, "has the hash %s, and what it says has %s", short(r.Hash), short(hash))
		return false
	}
	return true
}

func short(hash string) string {
	const some = 12
	if len(hash) > some {
		return hash[:some] + "…"
	}
	return fmt.Sprintf("%q", hash)
}

// says holds a receipt against what it may say.
func (v *verifier) says(l *lane, r Line) {
	body, err := r.Read()
	if err == nil {
		var erased int64
		erased, err = opens(r, body)
		v.report.Erased += erased
	}
	if err != nil {
		v.say(l, r.N, Changed, "cannot be understood: %v", err)
		return
	}
	if body.Type == First {
		v.report.Deliveries++
		v.report.People += int64(len(body.People))
	}
	for _, text := range v.promises.hold(r, body) {
		v.say(l, r.N, Broken, "(delivery %s) %s", body.Delivery, text)
	}
}

// opens holds the names and texts beside a body against their hashes.
func opens(r Line, b Body) (erased int64, err error) {
	o := Opened{}
	if r.Opened != nil {
		o = *r.Opened
	}
	for _, x := range []struct {
		what   string
		hashes []string
		opened []*Veiled
	}{{"names", b.Names, o.Names}, {"texts", b.Texts, o.Texts}} {
		if len(x.hashes) != len(x.opened) {
			return erased, fmt.Errorf("it has %d %s and %d hashes of them", len(x.opened), x.what, len(x.hashes))
		}
		for i, v := range x.opened {
			if v == nil {
				erased++
				continue
			}
			if hash, err := v.hash(); err != nil || hash != x.hashes[i] {
				return erased, fmt.Errorf("%d of its %s is not what was sealed", i+1, x.what)
			}
		}
	}
	return erased, nil
}
