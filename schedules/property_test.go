package schedules

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// oracle finds the strikes of a timing by looking at the clock on the wall, second by
// second, and knows nothing of how [Schedule.Next] counts.
type oracle struct {
	loc  *time.Location
	on   func(day int64) bool // whether it may strike on a day since 1970
	sets [5]map[int]bool      // of a line; nil: a star
	kind kind

	moments map[int64]bool // readings of at
	listed  map[int64]bool // the days that they are on
	every   int64          // seconds
	started int64

	latest int64 // the latest reading that was shown or passed over
}

type kind int

const (
	aFixed kind = iota // a line with fixed minutes and hours
	aReal              // one with a star
	aList
	anEvery
)

// offset is how far the clocks are ahead, in seconds.
func (o *oracle) offset(t int64) int64 {
	_, ahead := time.Unix(t, 0).In(o.loc).Zone()
	return int64(ahead)
}

// walk calls found with each strike from one moment on and before another, until that is
// false. With whole it looks at every second; or else it passes over hours and days in
// which the line cannot strike and the clocks were not changed.
func (o *oracle) walk(from, to int64, whole bool, found func(t int64) bool) {
	o.latest = from - 1 + o.offset(from-1)
	for t := from - 4*3600; t < from; t++ {
		o.latest = max(o.latest, t+o.offset(t))
	}
	previous := o.offset(from - 1)
	for t := from; t < to; {
		ahead := o.offset(t)
		if o.strikes(t, t+ahead) && !found(t) {
			return
		}
		o.latest = max(o.latest, t+ahead)
		next := t + 1
		if !whole && ahead == previous {
			if far := o.idle(t, ahead); far > next && o.offset(far) == ahead {
				o.latest = max(o.latest, far-1+ahead)
				next = far
			}
		}
		previous, t = ahead, next
	}
}

// idle is the next moment after t at which something may come, if no clock is changed
// until then.
func (o *oracle) idle(t, ahead int64) int64 {
	shown := t + ahead
	switch {
	case o.kind == anEvery:
		return t + o.every - mod(t-o.started, o.every)
	case o.kind == aList && o.listed[day(shown)]:
		return t + 60 - mod(shown, 60)
	case o.kind == aList, !o.day(day(shown)):
		return t + 86400 - mod(shown, 86400)
	case o.sets[1] != nil && !o.sets[1][int(mod(shown, 86400)/3600)]:
		return t + 3600 - mod(shown, 3600)
	default:
		return t + 60 - mod(shown, 60)
	}
}

func mod(a, n int64) int64 { return (a%n + n) % n }

func day(shown int64) int64 { return (shown - mod(shown, 86400)) / 86400 }

// strikes reports whether something comes at t, when the clock shows this.
func (o *oracle) strikes(t, shown int64) bool {
	if o.kind == anEvery {
		return t > o.started && mod(t-o.started, o.every) == 0 && o.on(day(shown))
	}
	if o.kind == aReal {
		return o.matches(shown)
	}
	if o.latest < shown && o.matches(shown) {
		return true
	}
	// What lies in a gap comes at its end, but not that of a day that never was.
	for w := o.latest + 1; w < shown; w++ {
		there := day(w) == day(o.latest) || day(w) == day(shown) || o.kind == aList
		if there && o.matches(w) {
			return true
		}
	}
	return false
}

func (o *oracle) matches(shown int64) bool {
	if mod(shown, 60) != 0 {
		return false
	}
	if o.kind == aList {
		return o.moments[shown] && o.on(day(shown))
	}
	clock := mod(shown, 86400)
	return (o.sets[0] == nil || o.sets[0][int(clock/60%60)]) &&
		(o.sets[1] == nil || o.sets[1][int(clock/3600)]) && o.day(day(shown))
}

func (o *oracle) day(day int64) bool {
	in := func(i, v int) bool { return o.sets[i] == nil || o.sets[i][v] }
	if !o.on(day) {
		return false
	}
	t := time.Unix(day*86400, 0).UTC()
	if !in(3, int(t.Month())) {
		return false
	}
	inMonth, inWeek := in(2, t.Day()), in(4, int(t.Weekday()))
	if o.sets[2] == nil || o.sets[4] == nil {
		return inMonth && inWeek
	}
	return inMonth || inWeek
}

// Looking at each second around a change of the clocks finds the same strikes as Next.
func TestNextLikeLookingEverySecondAroundChanges(t *testing.T) {
	all := clockChanges(t)
	all = append(all, clockChange{zone: "Pacific/Apia", at: at("2011-12-30T10:00:00Z")}, // a day that never was
		clockChange{zone: "America/New_York", at: at("2028-12-31T12:00:00Z")})
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(all).Draw(t, "change")
		likeTheOracle(t, c.zone, c.at.Add(-20*time.Hour), c.at.Add(20*time.Hour), true)
	})
}

// Looking at each second of five years finds the same strikes as Next. Some four seconds
// for a schedule are much for each run: so hours in which nothing can strike are passed
// over, unless SECONDS is set.
func TestNextLikeLookingForFiveYears(t *testing.T) {
	whole := os.Getenv("SECONDS") != ""
	zones := []string{"UTC", "Asia/Seoul", "Asia/Kathmandu", "Pacific/Apia"}
	for _, c := range clockChanges(t) {
		zones = append(zones, c.zone)
	}
	rapid.Check(t, func(t *rapid.T) {
		from := at(fmt.Sprintf("%d-%02d-01T00:00:00Z", rapid.IntRange(2009, 2028).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month")))
		likeTheOracle(t, rapid.SampledFrom(zones).Draw(t, "zone"), from, from.AddDate(5, 0, 0), whole)
	})
}

// most is how many strikes are compared where not each second is looked at.
const most = 3000

// likeTheOracle draws a timing and compares. Of those that strike all the time only the
// first are compared, unless each second is looked at.
func likeTheOracle(t *rapid.T, zone string, from, to time.Time, whole bool) {
	timing, calendars, o := drawTiming(t, zone, from, to)
	s, err := Read(timing, from, calendars)
	if err != nil {
		t.Skip(err) // a date that never comes, or all is over
	}
	o.loc = s.Location()
	last, n := from.Add(-time.Second), 0
	o.walk(from.Unix(), to.Unix(), whole, func(found int64) bool {
		want := time.Unix(found, 0)
		if got := s.Next(last); !got.Equal(want) {
			t.Fatalf("%+v:\nafter %s\ngot   %s\nwant  %s", timing, last.UTC(), got.UTC(), want.UTC())
		}
		last, n = want, n+1
		return whole || n < most
	})
	if got := s.Next(last); (whole || n < most) && !got.IsZero() && got.Before(to) {
		t.Fatalf("%+v:\nafter %s\ngot   %s\nwant  nothing", timing, last.UTC(), got.UTC())
	}
}

// drawTiming makes a timing and, beside it, what it means.
func drawTiming(t *rapid.T, zone string, from, to time.Time) (chat.Timing, Calendars, *oracle) {
	timing, o := chat.Timing{Zone: zone}, &oracle{started: from.Unix()}
	days := int(to.Sub(from) / (24 * time.Hour))
	someDay := func(name string) Date { return DateOf(from) + Date(rapid.IntRange(-2, days+2).Draw(t, name)) }
	first, last := DateOf(from)-10, DateOf(to)+10
	if rapid.IntRange(0, 3).Draw(t, "bounded") == 0 {
		first, last = someDay("first"), someDay("last")
		first, last = min(first, last), max(first, last)
		timing.From, timing.Until = first.String(), last.String()
	}
	calendars := Calendars{}
	calendar := func(name string, most int) (names []string, in map[int64]bool) {
		if rapid.IntRange(0, 3).Draw(t, name) > 0 {
			return nil, nil
		}
		in = map[int64]bool{}
		var dates []Date
		for range rapid.IntRange(1, most).Draw(t, "dates") {
			d := someDay("date")
			dates, in[int64(d)] = append(dates, d), true
		}
		half := len(dates) / 2
		calendars[name], calendars[name+"2"] = newCalendar(dates[:half], false), newCalendar(dates[half:], false)
		return []string{name, name + "2"}, in
	}
	var skip, only map[int64]bool
	timing.Skip, skip = calendar("skip", 200)
	timing.Only, only = calendar("only", 200)
	o.on = func(day int64) bool {
		return day >= int64(first) && day <= int64(last) && !skip[day] && (only == nil || only[day])
	}
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		o.kind, o.moments, o.listed = aList, map[int64]bool{}, map[int64]bool{}
		for range rapid.IntRange(1, 20).Draw(t, "times") {
			shown := from.Unix() + 60*int64(rapid.IntRange(0, 1440*days).Draw(t, "minute"))
			if d := Date(day(shown)); d >= first && d <= last && !o.moments[shown] {
				o.moments[shown], o.listed[day(shown)] = true, true
				timing.At = append(timing.At, time.Unix(shown, 0).UTC().Format("2006-01-02 15:04"))
			}
		}
	case 1:
		o.kind, o.every = anEvery, int64(rapid.SampledFrom([]int{60, 61, 3600, 5400, 86399, 86400, 604800, 8_000_000}).Draw(t, "every"))
		timing.Line = "@every " + (time.Duration(o.every) * time.Second).String()
	default:
		timing.Line = o.drawLine(t)
	}
	return timing, calendars, o
}

// drawLine makes a line and the sets that it means.
func (o *oracle) drawLine(t *rapid.T) string {
	var texts []string
	for i, f := range fields {
		low, high := f.min, f.max
		if i == 1 && rapid.Bool().Draw(t, "early") { // where clocks change
			high = 3
		}
		switch kind := rapid.SampledFrom([]string{"star", "list", "range", "step"}).Draw(t, f.name); kind {
		case "star":
			texts = append(texts, "*")
			o.real(i)
		case "step":
			n := rapid.IntRange(2, f.top()-f.min).Draw(t, "step")
			texts = append(texts, fmt.Sprintf("*/%d", n))
			o.sets[i] = values(f, f.min, f.top(), n)
			o.real(i)
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
	return strings.Join(texts, " ")
}

// real notes a star in a field.
func (o *oracle) real(field int) {
	if field < 2 {
		o.kind = aReal
	}
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
