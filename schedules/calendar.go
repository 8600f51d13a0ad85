package schedules

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Calendar is a set of dates, such as the holidays of a country. It does not change.
type Calendar struct {
	dates   []Date // each once, in order
	endless bool   // more come after the last of them
}

// Calendars are known by their names.
type Calendars map[string]*Calendar

// maxCalendar is the largest file of a calendar in bytes. The holidays of a country
// over ten years take some 50 KiB.
const maxCalendar = 1 << 20

// LoadCalendar reads the dates of a file, whose name says what it is: .ics for
// [ReadICS], or .txt for [ReadDates].
func LoadCalendar(path string) (*Calendar, error) {
	read, ok := formats[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return nil, fmt.Errorf("calendar %s: what is in it is seen by the end of its name; it may be .ics, for iCalendar, or .txt, with one date a line", path)
	}
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, maxCalendar+1))
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	if len(b) > maxCalendar {
		return nil, fmt.Errorf("calendar %s: the file is larger than %d bytes; leave out the years that are over", path, maxCalendar)
	}
	c, err := read(string(b))
	if err != nil {
		return nil, fmt.Errorf("calendar %s: %w", path, err)
	}
	return c, nil
}

var formats = map[string]func(string) (*Calendar, error){".ics": ReadICS, ".txt": ReadDates}

// newCalendar takes dates in any order.
func newCalendar(dates []Date, endless bool) *Calendar {
	slices.Sort(dates)
	return &Calendar{dates: slices.Clip(slices.Compact(dates)), endless: endless}
}

// Has reports whether a date is in the calendar.
func (c *Calendar) Has(day Date) bool {
	_, found := slices.BinarySearch(c.dates, day)
	return found
}

// Last is the last date of the calendar. It is false for a calendar that goes on for
// ever.
func (c *Calendar) Last() (Date, bool) {
	if c.endless || len(c.dates) == 0 {
		return 0, false
	}
	return c.dates[len(c.dates)-1], true
}

// next is the first date from one on.
func (c *Calendar) next(day Date) (Date, bool) {
	i, _ := slices.BinarySearch(c.dates, day)
	if i == len(c.dates) {
		return 0, false
	}
	return c.dates[i], true
}
