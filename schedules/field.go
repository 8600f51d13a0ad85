package schedules

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// field is one of the five of a cron line.
type field struct {
	name     string
	min, max int
	names    []string // of the values from min up
	day      bool     // may be written ?, as some crons do, for *
}

var (
	dayNames   = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	monthNames = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

	// Sunday is 0 and 7.
	fields = [5]field{
		{name: "minute", max: 59},
		{name: "hour", max: 23},
		{name: "day of month", min: 1, max: 31, day: true},
		{name: "month", min: 1, max: 12, names: monthNames},
		{name: "day of week", max: 7, names: dayNames, day: true},
	}
)

// span is one item of a field: from low to high, every step.
type span struct {
	low, high, step int
	star            bool
}

// parse checks the text of a field and returns it in a form that the cron
// library reads as it is meant: numbers, and Sunday as 0 only.
func (f field) parse(text string) (string, error) {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		s, err := f.span(item)
		if err != nil {
			return "", fmt.Errorf("%s %q: %w", f.name, text, err)
		}
		items = append(items, f.write(s))
	}
	return strings.Join(items, ","), nil
}

func (f field) span(item string) (span, error) {
	if item == "" {
		return span{}, errors.New("there is an empty item in the list; leave out the extra comma")
	}
	base, step, stepped := strings.Cut(item, "/")
	s, err := f.base(base)
	if err != nil {
		return span{}, err
	}
	s.step = 1
	if !stepped {
		return s, nil
	}
	if s.low == s.high {
		return span{}, fmt.Errorf("a step needs * or a range before it, such as %s-%d/%s", base, f.top(), step)
	}
	if s.step, err = number(step); err != nil {
		return span{}, fmt.Errorf("the step %w", err)
	}
	if most := s.high - s.low; s.step < 1 || s.step > most {
		return span{}, fmt.Errorf("a step of %d never comes to a second value; a step here is from 1 to %d", s.step, most)
	}
	return s, nil
}

// base reads what stands before a step: a star, a value, or a range.
func (f field) base(text string) (span, error) {
	if text == "*" || f.day && text == "?" {
		return span{low: f.min, high: f.top(), star: true}, nil
	}
	from, to, isRange := strings.Cut(text, "-")
	low, err := f.value(from)
	if err != nil {
		return span{}, err
	}
	if !isRange {
		return span{low: low, high: low}, nil
	}
	high, err := f.value(to)
	if err != nil {
		return span{}, err
	}
	if f.isWeek() && high == 0 && low > 0 { // fri-sun
		high = 7
	}
	if low > high {
		return span{}, fmt.Errorf("the range %s does not go up; write two items, such as %d-%d,%d-%d", text, low, f.top(), f.min, high)
	}
	return span{low: low, high: high}, nil
}

// value reads a number or a name.
func (f field) value(text string) (int, error) {
	if i := slices.Index(f.names, strings.ToLower(text)); i >= 0 {
		return f.min + i, nil
	}
	n, err := number(text)
	if err == nil && n >= f.min && n <= f.max {
		return n, nil
	}
	hint := ""
	if len(f.names) > 0 {
		hint = fmt.Sprintf(", or a name such as %s", f.names[1])
	}
	if f.day {
		hint += "; L, W and # are not supported"
	}
	return 0, fmt.Errorf("%.20q is not a number from %d to %d%s", text, f.min, f.max, hint)
}

// number reads one to two digits: strconv would take signs as well.
func number(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || len(text) > 2 || text[0] < '0' || text[0] > '9' {
		return 0, fmt.Errorf("%.20q is not a number of one or two digits", text)
	}
	return n, nil
}

func (f field) isWeek() bool { return f.max == 7 }

// top is the largest value when each is named once.
func (f field) top() int {
	if f.isWeek() {
		return 6
	}
	return f.max
}

// write gives the span in the library's form.
func (f field) write(s span) string {
	if s.star && s.step == 1 {
		return "*"
	}
	if f.isWeek() && s.high == 7 {
		return strings.Join(week(s), ",")
	}
	if s.low == s.high {
		return strconv.Itoa(s.low)
	}
	return fmt.Sprintf("%d-%d/%d", s.low, s.high, s.step)
}

// week lists the days of a span that ends on a Sunday written as 7.
func week(s span) []string {
	var days []string
	for d := s.low; d <= s.high; d += s.step {
		days = append(days, strconv.Itoa(d%7))
	}
	return days
}
