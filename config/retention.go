package config

import "time"

// Retention says for how long what is over is kept. What waits for a person is
// kept until somebody sees to it, or it was given up for KeepDead.
type Retention struct {
	KeepDone time.Duration // after it ended; 168h by default
	KeepDead time.Duration // after it was given up; 720h by default
	Receipts time.Duration // after they were made; 9600h by default
	IDs      time.Duration // after senders used them; 168h by default
	MaxSize  int64         // of the store in bytes, beyond which what is done goes earlier; 0 is no limit
}

// What holds when the file says nothing, and the limits of what can be set.
const (
	defaultKeepDone = 7 * 24 * time.Hour
	defaultKeepDead = 30 * 24 * time.Hour
	defaultReceipts = 400 * 24 * time.Hour // a year, and time to look at it

	defaultIDs = 7 * 24 * time.Hour

	leastKept = time.Hour
	// leastIDs is longer than the slowest senders try again, a little over three
	// days.
	leastIDs  = 96 * time.Hour
	mostKept  = 10 * 365 * 24 * time.Hour
	leastSize = 10e6
	mostSize  = 100e12
)

func (r *reader) retention(p place, to *Retention) {
	r.mapping(p, mapping{keys: keys{
		{"keep_done", "For how long what was done is kept. What a sender repeats is recognised for as long as ids says, in any case.", func(v place) { r.duration(v, &to.KeepDone, leastKept, mostKept) }},
		{"keep_dead", "For how long what was given up is kept.", func(v place) { r.duration(v, &to.KeepDead, leastKept, mostKept) }},
		{"receipts", "For how long receipts of deliveries are kept, which outlive what they speak of.", func(v place) { r.duration(v, &to.Receipts, leastKept, mostKept) }},
		{"ids", "For how long the ids of deliveries are kept, by which a repeat is recognised. The slowest senders try again for a little over three days.", func(v place) { r.duration(v, &to.IDs, leastIDs, mostKept) }},
		{"max_size", "How large the store can become. Beyond it what was done goes earlier, the oldest first. No limit when left out.", func(v place) { to.MaxSize = r.size(v, leastSize, mostSize, "2GB") }},
	}})
}
