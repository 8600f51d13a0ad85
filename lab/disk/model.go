package disk

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

const sector = 512

// luck is how much of what was not flushed a power cut spares.
type luck int

const (
	nothing  luck = iota // what was not flushed is lost
	anything             // each write on its own, whole or torn
	all                  // all but the last is there, and that is torn
	lucks
)

// Cut is what a power cut after some moment leaves: the files of the folder, by
// their names in it. What chance decides follows from the random numbers.
func (t *Trace) Cut(moment int, random *rand.Rand) map[string][]byte {
	s := state{random: random, luck: luck(random.IntN(int(lucks))), flushed: t.flushed(moment), files: map[string][]byte{}}
	last := -1
	for i, o := range t.ops {
		if o.began > moment {
			break
		}
		if o.kind == written {
			last = i
		}
	}
	for i, o := range t.ops {
		if o.began > moment {
			break
		}
		s.apply(o, i == last)
	}
	return s.files
}

// flushed is, by file and folder, when the last flush began that has ended.
func (t *Trace) flushed(moment int) map[string]int {
	began := map[string]int{}
	for _, o := range t.ops {
		if o.kind == flushed && o.ended <= moment {
			began[o.path] = max(began[o.path], o.began)
		}
	}
	return began
}

// WithoutFlushes is the same run as if no flush had done anything: what a judge
// that finds lost flushes has to condemn.
func (t *Trace) WithoutFlushes() *Trace {
	lame := *t
	lame.ops = slices.DeleteFunc(slices.Clone(t.ops), func(o op) bool { return o.kind == flushed })
	return &lame
}

// Borders are the moments at which a flush began or ended.
func (t *Trace) Borders() []int {
	at := map[int]bool{}
	for _, o := range t.ops {
		if o.kind == flushed {
			at[o.began] = true
			if o.ended != never {
				at[o.ended] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(at))
}

// Flushes is how many flushes ended.
func (t *Trace) Flushes() (n int) {
	for _, o := range t.ops {
		if o.kind == flushed && o.ended != never {
			n++
		}
	}
	return n
}

type state struct {
	random  *rand.Rand
	luck    luck
	flushed map[string]int
	files   map[string][]byte
}

func (s *state) apply(o op, last bool) {
	name := filepath.Base(o.path)
	switch o.kind {
	case created:
		if s.certain(o, filepath.Dir(o.path)) || s.spared() {
			s.files[name] = []byte{}
		} else {
			delete(s.files, name)
		}
	case removed:
		if o.path != "" && (s.certain(o, filepath.Dir(o.path)) || s.spared()) {
			delete(s.files, name)
		}
	case cut:
		if _, there := s.files[name]; there && (s.certain(o, o.path) || s.spared()) {
			s.files[name] = resized(s.files[name], int(o.at))
		}
	case written:
		if _, there := s.files[name]; there {
			s.write(name, o, last)
		}
	case flushed: // is in s.flushed
	}
}

// certain reports whether what was done to a file or folder was flushed since.
func (s *state) certain(o op, what string) bool { return o.ended < s.flushed[what] }

// spared reports whether something that was not flushed is there all the same.
func (s *state) spared() bool {
	return s.luck == all || s.luck == anything && s.random.IntN(2) == 0
}

func (s *state) write(name string, o op, last bool) {
	switch {
	case s.certain(o, o.path):
		s.put(name, o.at, o.data)
	case !s.spared():
	case last, s.luck == anything && s.random.IntN(4) == 0:
		s.tear(name, o)
	default:
		s.put(name, o.at, o.data)
	}
}

// tear writes some sectors of a write and not the others.
func (s *state) tear(name string, o op) {
	for from := int64(0); from < int64(len(o.data)); {
		to := min((o.at+from)/sector*sector+sector-o.at, int64(len(o.data)))
		if s.random.IntN(2) == 0 {
			s.put(name, o.at+from, o.data[from:to])
		}
		from = to
	}
}

func (s *state) put(name string, at int64, data []byte) {
	if end := int(at) + len(data); end > len(s.files[name]) {
		s.files[name] = resized(s.files[name], end)
	}
	copy(s.files[name][at:], data)
}

// resized is a file cut to a length, or made longer with zeros.
func resized(file []byte, n int) []byte {
	if n <= len(file) {
		return file[:n:n] // what is put behind it later is not what was there
	}
	return append(file, make([]byte, n-len(file))...)
}

// Write writes files into a folder.
func Write(folder string, files map[string][]byte) error {
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
