package config

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"
)

// Retention says for how long what is over is kept. What waits for a person is
// kept until somebody sees to it, or it was given up for KeepDead.
type Retention struct {
	KeepDone time.Duration // after it ended; 168h by default
	KeepDead time.Duration // after it was given up; 720h by default
	Receipts time.Duration // after they were made; 9600h by default
	MaxSize  int64         // of the store in bytes, beyond which what is done goes earlier; 0 is no limit
}

// What holds when the file says nothing, and the limits of what can be set.
const (
	defaultKeepDone = 7 * 24 * time.Hour
	defaultKeepDead = 30 * 24 * time.Hour
	defaultReceipts = 400 * 24 * time.Hour // a year, and time to look at it

	leastKept = time.Hour
	mostKept  = 10 * 365 * 24 * time.Hour
	leastSize = 10e6
	mostSize  = 100e12
)

func (r *reader) retention(p place, to *Retention) {
	r.mapping(p, mapping{keys: keys{
		{"keep_done", "For how long what was done is kept. What a sender repeats is recognised for seven days in any case.", func(v place) { r.duration(v, &to.KeepDone, leastKept, mostKept) }},
		{"keep_dead", "For how long what was given up is kept.", func(v place) { r.duration(v, &to.KeepDead, leastKept, mostKept) }},
		{"receipts", "For how long receipts of deliveries are kept, which outlive what they speak of.", func(v place) { r.duration(v, &to.Receipts, leastKept, mostKept) }},
		{"max_size", "How large the store can become. Beyond it what was done goes earlier, the oldest first. No limit when left out.", func(v place) { to.MaxSize = r.size(v) }},
	}})
}

var (
	sizeForm = regexp.MustCompile(`^([1-9][0-9]{0,6})(MB|GB|TB)$`)
	units    = map[string]int64{"MB": 1e6, "GB": 1e9, "TB": 1e12}
)

// size reads a number of bytes with its unit, of which each is a thousand of
// the one before.
func (r *reader) size(p place) int64 {
	if p.describes(func(s *schema) {
		within(s, fmt.Sprintf("%dMB", int(leastSize/1e6)), fmt.Sprintf("%dTB", int(mostSize/1e12)))
		matching(s, sizeForm, "2GB")
	}) {
		return 0
	}
	want := fmt.Sprintf("it must be a size from %dMB to %dTB, such as 2GB", int(leastSize/1e6), int(mostSize/1e12))
	if p.node.Kind == yaml.ScalarNode && (p.node.Tag == "!!int" || p.node.Tag == "!!float") {
		r.problem(p, "is a number without a unit", want)
		return 0
	}
	s, ok := r.text(p)
	if !ok {
		return 0
	}
	m := sizeForm.FindStringSubmatch(s)
	if m == nil {
		r.problem(p, "is no size", want)
		return 0
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // seven digits are one
	n *= units[m[2]]
	if n < leastSize || n > mostSize {
		r.problem(p, "is out of range", want)
		return 0
	}
	return n
}
