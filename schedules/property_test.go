package schedules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// oracle finds the strikes of a line by looking at the clock on the wall every
// minute, and knows nothing of how [Schedule.Next] counts.
type oracle struct {
	sets  [5]map[int]bool // nil: a star
	fixed bool
	loc   *time.Location
}

type reading struct{ year, month, day, hour, minute int }

func read5(t time.Time) reading {
	return reading{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute()}
}

func (r reading) before(o reading) bool {
	return time.Date(r.year, time.Month(r.month), r.day, r.hour, r.minute, 0, 0, time.UTC).
		Before(time.Date(o.year, time.Month(o.month), o.day, o.hour, o.minute, 0, 0, time.UTC))
}

func (o oracle) day(r reading) bool {
	in := func(i, v int) bool { return o.sets[i] == nil || o.sets[i][v] }
	if !in(3, r.month) {
		return false
	}
	weekday := int(time.Date(r.year, time.Month(r.month), r.day, 0, 0, 0, 0, time.UTC).Weekday())
	if o.sets[2] == nil || o.sets[4] == nil {
		return in(2, r.day) && in(4, weekday)
	}
	return in(2, r.day) || in(4, weekday)
}

func (o oracle) clock(hour, minute int) bool {
	return (o.sets[0] == nil || o.sets[0][minute]) && (o.sets[1] == nil || o.sets[1][hour])
}

// strikes lists what strikes within [from, to), in order and each moment once.
func (o oracle) strikes(from, to time.Time) []time.Time {
	var found []time.Time
	seen := map[reading]bool{}
	previous := read5(from.Add(-time.Minute).In(o.loc))
	latest := previous // the latest reading that was shown or passed over
	for t := from; t.Before(to); t = t.Add(time.Minute) {
		r := read5(t.In(o.loc))
		if o.fixed {
			if o.passedOver(latest, r, seen) || (o.day(r) && o.clock(r.hour, r.minute) && !seen[r]) {
				found = append(found, t)
			}
		} else if o.day(r) && o.clock(r.hour, r.minute) {
			found = append(found, t)
		}
		seen[r] = true
		if latest.before(r) {
			latest = r
		}
	}
	return found
}

// passedOver reports whether a time of the line lies in a gap that ends at r.
func (o oracle) passedOver(latest, r reading, seen map[reading]bool) bool {
	w := time.Date(latest.year, time.Month(latest.month), latest.day, latest.hour, latest.minute, 0, 0, time.UTC)
	for w = w.Add(time.Minute); read5(w).before(r); w = w.Add(time.Minute) {
		if x := read5(w); o.day(x) && o.clock(x.hour, x.minute) && !seen[x] {
			return true
		}
	}
	return false
}

// changes are moments around which clocks change.
var changes = []struct{ zone, at string }{
	{"America/New_York", "2026-03-08T07:00:00Z"}, {"America/New_York", "2026-11-01T06:00:00Z"},
	{"America/Sao_Paulo", "2018-11-04T03:00:00Z"}, {"America/Sao_Paulo", "2019-02-17T02:00:00Z"},
	{"Asia/Beirut", "2024-03-30T22:00:00Z"}, {"Asia/Beirut", "2024-10-26T21:00:00Z"},
	{"Australia/Lord_Howe", "2026-10-03T15:30:00Z"}, {"Australia/Lord_Howe", "2026-04-04T15:00:00Z"},
	{"America/Havana", "2026-11-01T05:00:00Z"}, {"America/Havana", "2026-03-08T05:00:00Z"},
	{"America/St_Johns", "2010-03-14T03:31:00Z"}, {"America/St_Johns", "2010-11-07T02:31:00Z"},
	{"America/Scoresbysund", "2026-03-29T01:00:00Z"}, {"Antarctica/Troll", "2026-03-29T01:00:00Z"},
	{"Europe/Dublin", "2026-10-25T01:00:00Z"}, {"Africa/Casablanca", "2026-02-15T02:00:00Z"},
	{"Asia/Gaza", "2023-04-29T00:00:00Z"}, {"Asia/Pyongyang", "2018-05-04T15:00:00Z"},
	{"Asia/Seoul", "2026-01-01T00:00:00Z"}, {"UTC", "2028-02-29T00:00:00Z"},
	{"America/New_York", "2028-12-31T12:00:00Z"}, {"Australia/Lord_Howe", "2028-12-31T12:00:00Z"},
}

// Counting minute by minute around a change of the clocks finds the same
// strikes as Next.
func TestNextLikeLookingEveryMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(changes).Draw(t, "change")
		line, o := drawLine(t)
		s, err := Parse(line, c.zone)
		if err != nil {
			t.Skip(err) // an impossible date
		}
		o.loc = s.location
		from, to := at(c.at).Add(-50*time.Hour), at(c.at).Add(50*time.Hour)
		want := o.strikes(from, to)
		var got []time.Time
		for next := s.Next(from.Add(-time.Minute)); next.Before(to) && len(got) <= len(want); next = s.Next(next) {
			got = append(got, next)
		}
		if fmt.Sprint(utc(got)) != fmt.Sprint(utc(want)) {
			t.Fatalf("%q in %s:\ngot  %v\nwant %v", line, c.zone, utc(got), utc(want))
		}
	})
}

func utc(times []time.Time) []string {
	var out []string
	for _, t := range times {
		out = append(out, t.UTC().Format("01-02 15:04"))
	}
	return out
}

// drawLine makes a line and, beside it, the sets that it means.
func drawLine(t *rapid.T) (string, oracle) {
	o := oracle{fixed: true}
	var texts []string
	for i, f := range fields {
		low, high := f.min, f.max
		if i == 1 && rapid.Bool().Draw(t, "early") { // where clocks change
			high = 3
		}
		switch kind := rapid.SampledFrom([]string{"star", "list", "range", "step"}).Draw(t, f.name); kind {
		case "star":
			texts = append(texts, "*")
			o.fixed = o.fixed && i > 1
		case "step":
			n := rapid.IntRange(2, f.top()-f.min).Draw(t, "step")
			texts = append(texts, fmt.Sprintf("*/%d", n))
			o.sets[i] = values(f, f.min, f.top(), n)
			o.fixed = o.fixed && i > 1
		case "range":
			a := rapid.IntRange(low, high).Draw(t, "from")
			b := rapid.IntRange(a, high).Draw(t, "to")
			texts = append(texts, fmt.Sprintf("%d-%d", a, b))
			o.sets[i] = values(f, a, b, 1)
		default:
			list := rapid.SliceOfN(rapid.IntRange(low, high), 1, 3).Draw(t, "list")
			var items []string
			o.sets[i] = map[int]bool{}
			for _, v := range list {
				items = append(items, fmt.Sprint(v))
				for k := range values(f, v, v, 1) {
					o.sets[i][k] = true
				}
			}
			texts = append(texts, strings.Join(items, ","))
		}
	}
	return strings.Join(texts, " "), o
}

func values(f field, low, high, step int) map[int]bool {
	set := map[int]bool{}
	for v := low; v <= high; v += step {
		if f.isWeek() {
			set[v%7] = true
		} else {
			set[v] = true
		}
	}
	return set
}
