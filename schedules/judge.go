package schedules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// The least and the most that what a schedule says can be. Lines count in minutes.
const (
	LeastJitter   = time.Second
	MostJitter    = 12 * time.Hour
	LeastLateness = time.Minute
	MostMaxAge    = 30 * 24 * time.Hour
	MostExpires   = 30 * 24 * time.Hour
	MostLateAfter = 7 * 24 * time.Hour
)

// looked is how many of a schedule's next times are looked at for their distance.
const looked = 100

// Mistake is something that a schedule says and that does not go with the rest of it.
type Mistake struct {
	Key          string // as it is called in a configuration
	Spare        bool   // the key ought not to be there, whatever its value
	What, Remedy string
}

func (m Mistake) Error() string { return m.Key + ": " + m.What + "; " + m.Remedy }

// Judge says all that is wrong with a schedule that was read of a timing, of which started
// is the time from when on it counts, and with what it says of times that it cannot keep.
// In l, what nobody said is empty. It is the one check of those of the configuration and
// of those that are made by hand.
func (s Schedule) Judge(t chat.Timing, l chat.Lateness, started time.Time) (mistakes []Mistake) {
	wrong := func(key, what, remedy string) {
		mistakes = append(mistakes, Mistake{Key: key, What: what, Remedy: remedy})
	}
	spare := func(key, what, remedy string) {
		mistakes = append(mistakes, Mistake{Key: key, Spare: true, What: what, Remedy: remedy})
	}
	ruled(wrong, "missed", l.Missed, chat.MissedRules)
	ruled(wrong, "overlap", l.Overlap, chat.OverlapRules)
	bounded(wrong, "jitter", t.Jitter, LeastJitter, MostJitter)
	bounded(wrong, "max_age", l.MaxAge, LeastLateness, MostMaxAge)
	bounded(wrong, "expires", l.Expires, LeastLateness, MostExpires)
	bounded(wrong, "late_after", l.LateAfter, LeastLateness, MostLateAfter)

	if l.Missed == chat.MissedSkip && l.MaxAge != 0 {
		spare("max_age", "is how late a missed time is made up, and with missed: skip none is", "remove it, or write missed: once")
	}
	if len(t.At) == 1 && l.Overlap != "" {
		spare("overlap", "is of times that come one after the other, and there is one alone", "remove it")
	}
	if len(t.At) == 1 && l.Missed == chat.MissedAll {
		wrong("missed", "is of many times, and there is one alone", "write once, or skip")
	}
	if l.Expires > 0 && l.LateAfter > l.Expires {
		wrong("late_after", "is longer than expires, so nothing could be sent any more when the alarm comes", "shorten it, or let expires be longer")
	}
	if l.LateAfter > 0 && t.Jitter >= l.LateAfter {
		wrong("jitter", "can be longer than late_after, so a time would be late before it is due", "shorten it, or let late_after be longer")
	}
	if l.Expires > 0 && t.Jitter >= l.Expires {
		wrong("jitter", "can be longer than expires, so a time would have expired before it is due", "shorten it, or let expires be longer")
	}
	if gap := s.closest(started); t.Jitter > 0 && gap > 0 && gap <= time.Duration(t.Jitter) {
		wrong("jitter", fmt.Sprintf("can put a time off beyond the next one, which comes %s later", chat.Duration(gap)), "let it be shorter than that")
	}
	return mistakes
}

// closest is the least distance of two times in a row, as far as is looked; zero is none.
func (s Schedule) closest(from time.Time) (least time.Duration) {
	t := s.Next(from)
	for range looked {
		if t.IsZero() {
			break
		}
		next := s.Next(t)
		if gap := next.Sub(t); !next.IsZero() && (least == 0 || gap < least) {
			least = gap
		}
		t = next
	}
	return least
}

func ruled[T ~string](wrong func(key, what, remedy string), key string, rule T, have []T) {
	if rule == "" || slices.Contains(have, rule) {
		return
	}
	names := make([]string, len(have))
	for i, h := range have {
		names[i] = string(h)
	}
	wrong(key, fmt.Sprintf("names no rule: %.20q", string(rule)), "have "+strings.Join(names, ", "))
}

func bounded(wrong func(key, what, remedy string), key string, d chat.Duration, least, most time.Duration) {
	if d != 0 && (time.Duration(d) < least || time.Duration(d) > most) {
		wrong(key, "is out of range", fmt.Sprintf("it must be a length of time from %s to %s", chat.Duration(least), chat.Duration(most)))
	}
}
