package rig

import (
	"sync"
	"time"
)

// Journal remembers who qualified for messages in which group, and when. A
// change happened at some moment between two times, and where that matters the
// one is taken that speaks for botd.
type Journal struct {
	mu    sync.Mutex
	lines map[place][]line
}

type place struct{ group, who string }

type line struct {
	qualifies     bool
	before, after time.Time
}

func newJournal() *Journal { return &Journal{lines: map[place][]line{}} }

// Note says that somebody qualifies, or does not any more, since a moment
// between before and after. Whoever is never noted never qualified.
func (j *Journal) Note(group, who string, qualifies bool, before, after time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := place{group, who}
	j.lines[p] = append(j.lines[p], line{qualifies, before, after})
}

// Once reports whether somebody may have qualified at a moment from one time to
// another.
func (j *Journal) Once(group, who string, from, to time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	lines := j.lines[place{group, who}]
	for i, l := range lines {
		ends := to
		if i+1 < len(lines) {
			ends = lines[i+1].after
		}
		if l.qualifies && !l.before.After(to) && !ends.Before(from) {
			return true
		}
	}
	return false
}

// Always reports whether somebody certainly qualified from one time to another.
func (j *Journal) Always(group, who string, from, to time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	lines := j.lines[place{group, who}]
	since := -1
	for i, l := range lines {
		if !l.after.After(from) {
			since = i
		}
	}
	if since < 0 || !lines[since].qualifies {
		return false
	}
	return since+1 == len(lines) || lines[since+1].before.After(to)
}

// Everybody lists who ever qualified in a group.
func (j *Journal) Everybody(group string) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []string
	for p, lines := range j.lines {
		for _, l := range lines {
			if p.group == group && l.qualifies {
				all = append(all, p.who)
				break
			}
		}
	}
	return all
}
