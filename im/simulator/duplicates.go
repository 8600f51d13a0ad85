package simulator

import (
	"hash/maphash"
	"time"
)

// duplicateWindow is how long a message with the same Random counts as the same
// (product/1047/34959).
const duplicateWindow = 300 * time.Second

// keys are a message's fingerprints under the two readings of the rule, so that
// the mode may change at any time.
type keys struct{ content, random uint64 }

func (k keys) by(m Modes) uint64 {
	if m.Duplicate == "random" {
		return k.random
	}
	return k.content
}

// keys fingerprints a message. To_Account takes no part in it: two parts of one
// message with the same Random are the same message.
func (s *Simulator) keys(m sent) keys {
	type random struct {
		group  string
		random uint32
	}
	type content struct {
		random
		from, body string
	}
	r := random{m.group, m.random}
	return keys{
		random:  maphash.Comparable(s.salt, r),
		content: maphash.Comparable(s.salt, content{r, m.from, string(m.body)}),
	}
}

// occurrence is the first time a message was seen.
type occurrence struct {
	seq uint32
	at  time.Time
}

// duplicates remembers messages for a window of time.
type duplicates struct {
	window time.Duration
	first  map[uint64]occurrence
	queue  []remembered // in order of time
}

type remembered struct {
	keys keys
	at   time.Time
}

func newDuplicates(window time.Duration) duplicates {
	return duplicates{window: window, first: map[uint64]occurrence{}}
}

func (d *duplicates) find(key uint64, now time.Time) (occurrence, bool) {
	o, ok := d.first[key]
	return o, ok && now.Sub(o.at) < d.window
}

// add remembers a message and forgets those whose time is over, or the oldest
// where there would be more than most.
func (d *duplicates) add(k keys, seq uint32, now time.Time, most int) {
	for len(d.queue) > 0 && (now.Sub(d.queue[0].at) >= d.window || len(d.queue) >= most) {
		d.forget(d.queue[0])
		d.queue = d.queue[1:]
	}
	d.first[k.content], d.first[k.random] = occurrence{seq, now}, occurrence{seq, now}
	d.queue = append(d.queue, remembered{k, now})
}

// forget drops the keys of one message, unless a later one renewed them.
func (d *duplicates) forget(r remembered) {
	for _, key := range []uint64{r.keys.content, r.keys.random} {
		if d.first[key].at.Equal(r.at) {
			delete(d.first, key)
		}
	}
}
