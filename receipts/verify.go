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

// lane is how far a chain was followed.
type lane struct {
	Chain
	part  Part
	shown int64
	gaps  map[int64]bool // those passed over, to which others may still come
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
	err := isCanonical(text)
	if err == nil {
		err = strictly(text, &line)
	}
	if err == nil && (line.N < 1 || (line.Body == nil) == (line.Digest == "")) {
		err = errors.New("it is no receipt")
	}
	if err != nil {
		v.say(nil, 0, Changed, "it cannot be read: %v", err)
		return
	}
	v.receipt(line)
}

// strictly reads JSON that has no other fields than it should.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func (v *verifier) readHeader(text []byte) {
	var h Header
	err := isCanonical(text)
	if err == nil {
		err = strictly(text, &h)
	}
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

// enter finds the lane of a receipt. Each lane stands together, in the order of
// the header.
func (v *verifier) enter(r Line) *lane {
	l := v.lane(r.Lane)
	switch {
	case v.current == l:
	case l.part.First == 0 && v.header:
		v.say(l, r.N, Changed, "is of a lane that the header does not have")
	case v.current != nil && v.place(l) < v.place(v.current):
		v.say(l, r.N, Apart, "stands among those of another lane")
	}
	v.current = l
	return l
}

func (v *verifier) place(l *lane) int { return slices.Index(v.order, l) }

// next says whether a receipt stands where it should. What is passed over is a
// gap, which is only missing if it does not come later.
func (l *lane) next(n int64) Kind {
	switch {
	case l.Last == 0:
		if l.part.First != 0 && n < l.part.First {
			return Apart
		}
		l.First = cmp.Or(l.part.First, n)
		l.Last = l.First - 1
	case n <= l.Last && l.gaps[n]:
		delete(l.gaps, n)
		return Apart
	case n <= l.Last:
		return Twice
	}
	l.skip(n)
	l.Last = n
	return ""
}

// maxGap bounds what is remembered of a gap, since the number comes from outside.
const maxGap = 100_000

func (l *lane) skip(n int64) {
	for i := l.Last + 1; i < n && i <= l.Last+maxGap; i++ {
		l.gaps[i] = true
	}
}

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

// follow says whether a receipt goes on from the one before it.
func (v *verifier) follow(l *lane, r Line) {
	switch {
	case r.N == 1 && r.Prev != "":
		v.say(l, r.N, Changed, "is the first of its lane, and goes on from %s", short(r.Prev))
	case r.N == l.First:
		l.After = r.Prev
	case !l.gaps[r.N-1] && r.Prev != l.Head:
		v.say(l, r.N, Changed, "goes on from %s, and the one before it has %s: one of them was made anew", short(r.Prev), short(l.Head))
	}
	l.Head = r.Hash
}

func (v *verifier) compareHeads(l *lane, r Line) {
	for _, h := range v.heads[l.Lane] {
		known := r.Hash
		switch h.N {
		case r.N:
		case r.N - 1:
			known = r.Prev
		default:
			continue
		}
		if h.Hash != known {
			v.say(l, h.N, Changed, "has the hash %s, and its noted head is %s: the chain was made anew", short(known), short(h.Hash))
			continue
		}
		l.Noted = max(l.Noted, h.N)
	}
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
