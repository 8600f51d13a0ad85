package chat

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// ScheduleID identifies a schedule, one of the configuration or one made by hand. It is
// written s17.
type ScheduleID int64

func (id ScheduleID) String() string { return "s" + strconv.FormatInt(int64(id), 10) }

// MarshalText writes the id with its letter.
func (id ScheduleID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads an id written with its letter.
func (id *ScheduleID) UnmarshalText(b []byte) error {
	return unmarshalID(id, "a schedule", 's', b)
}

// ParseScheduleID reads an id as [ScheduleID.String] writes it.
func ParseScheduleID(s string) (ScheduleID, error) {
	n, err := parseID("a schedule", 's', s)
	return ScheduleID(n), err
}

// Timing says when a schedule strikes, as somebody wrote it; package schedules reads it.
// One of Line and At is set.
type Timing struct {
	Line string   `json:"schedule,omitempty"` // five fields as in a crontab, a word such as @daily, or "@every 90m"
	At   []string `json:"at,omitempty"`       // times, such as "2026-12-24 09:00" in Zone, or with an offset as in RFC 3339
	Zone string   `json:"timezone,omitempty"` // a name of the IANA database; empty is UTC
	// From and Until are the first and the last date, in Zone, on which it strikes, such
	// as "2026-12-01"; empty is no bound.
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
	// Skip names calendars on whose dates it does not strike, and Only those on whose
	// dates alone it does; empty asks for nothing.
	Skip []string `json:"skip,omitempty"`
	Only []string `json:"only,omitempty"`
	// Jitter puts each time off by up to this, and by the same whenever it is worked out.
	Jitter Duration `json:"jitter,omitzero"`
}

// MissedRule says what becomes of times that passed while nobody could strike.
type MissedRule string

// The rules.
const (
	MissedOnce MissedRule = "once" // the latest of them is made up, and the others are left out
	MissedSkip MissedRule = "skip" // all are left out
	MissedAll  MissedRule = "all"  // each is made up, in order
)

// MissedRules lists all, the default first.
var MissedRules = []MissedRule{MissedOnce, MissedSkip, MissedAll}

// OverlapRule says what becomes of a time that comes while what came of the one before
// it is not over.
type OverlapRule string

// The rules.
const (
	OverlapQueue OverlapRule = "queue" // it waits its turn
	OverlapSkip  OverlapRule = "skip"  // it is left out, in the groups where that is so
)

// OverlapRules lists all, the default first.
var OverlapRules = []OverlapRule{OverlapQueue, OverlapSkip}

// DefaultMaxAge is how late a missed time is still made up where nobody says otherwise:
// in the same half day, so that a notice of the morning does not come the next one.
const DefaultMaxAge = 12 * time.Hour

// Lateness says what becomes of times that cannot be kept. The zero value is the default.
type Lateness struct {
	Missed  MissedRule  `json:"missed,omitempty"`  // empty is MissedOnce
	MaxAge  Duration    `json:"max_age,omitzero"`  // how late a time is still made up; zero is DefaultMaxAge
	Overlap OverlapRule `json:"overlap,omitempty"` // empty is OverlapQueue
	// Expires is how long after the time meant what comes of it is worth sending; zero
	// is for ever.
	Expires Duration `json:"expires,omitzero"`
	// LateAfter is how long after the time meant somebody is told that what was to come
	// of it is not out; zero is never.
	LateAfter Duration `json:"late_after,omitzero"`
}

// ScheduleOrigin says where a schedule comes from.
type ScheduleOrigin string

// The origins.
const (
	FromFile ScheduleOrigin = "file" // it stands in the configuration
	FromHand ScheduleOrigin = "hand" // a person made it
)

// ScheduleSpec is a schedule as it is written. The events of one from the configuration
// are of the trigger of its name, for Group or each of the bot's groups. One made by hand
// says of which of the bot's triggers they are, with what payload and sender, and is
// bounded by what that trigger may do.
type ScheduleSpec struct {
	Bot  BotName     `json:"bot"`
	Name TriggerName `json:"name"` // each once for a bot and an origin
	Timing
	Lateness
	Trigger TriggerName     `json:"trigger"`
	Group   GroupID         `json:"group,omitempty"` // one of the bot's; empty leaves it to the trigger
	Sender  UserID          `json:"sender,omitempty"`
	Payload json.RawMessage `json:"-"` // content, so it is left out of listings
}

// SchedulePause says that a schedule is to leave out its times.
type SchedulePause struct {
	By
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"` // zero: until somebody resumes it, which puts the time of that here
}

// Has reports whether a time is in the pause, from its first moment until before its end.
func (p SchedulePause) Has(t time.Time) bool {
	return !t.Before(p.Since) && (p.Until.IsZero() || t.Before(p.Until))
}

// ScheduleRecord is a stored schedule.
type ScheduleRecord struct {
	ID     ScheduleID     `json:"id"`
	Origin ScheduleOrigin `json:"origin"`
	ScheduleSpec
	Made    *By       `json:"made,omitempty"` // who made it by hand, and why
	Created time.Time `json:"created"`
	// Started is since when its times are as they are written now. What came before is
	// not missed, and @every counts from it.
	Started time.Time `json:"started"`
	// Decided is up to which time meant everything is settled: it was struck, or left
	// out for a reason.
	Decided time.Time      `json:"decided"`
	Paused  *SchedulePause `json:"paused,omitempty"`
	// Earlier are pauses before that one which are over, and of which some times may not
	// be decided, since they wait; without by whom they were.
	Earlier []SchedulePause `json:"-"`
	// Gone is since when it is no more: it was deleted, or is in the configuration no
	// longer. Zero: it is there. It is kept while its firings are.
	Gone time.Time `json:"gone,omitzero"`
}

// PausedAt says whether the schedule, as it is now, is paused, by a clock that shows t. A
// pause that is there has begun, also if the clock by which it did was ahead of that one.
// One that is over can be seen for as long as some of its times are not decided.
func (r ScheduleRecord) PausedAt(t time.Time) bool {
	return r.Paused != nil && (r.Paused.Until.IsZero() || t.Before(r.Paused.Until))
}

// FiringOutcome is what became of a time of a schedule.
type FiringOutcome string

// The outcomes. The first three had events made.
const (
	FiringUnderway FiringOutcome = "underway" // what comes of it is not over
	FiringDone     FiringOutcome = "done"     // all that came of it is over
	FiringFailed   FiringOutcome = "failed"   // something of it was given up or went wrong and waits for a person, and the rest is over

	FiringMissed     FiringOutcome = "missed"     // it could not be struck in time, and its schedule does not make it up
	FiringPaused     FiringOutcome = "paused"     // its schedule was paused
	FiringOverlapped FiringOutcome = "overlapped" // what came of the one before was not over
	FiringQuiet      FiringOutcome = "quiet"      // it fell in the bot's quiet hours
	FiringExpired    FiringOutcome = "expired"    // it was not worth sending any more
	FiringRefused    FiringOutcome = "refused"    // its bot or trigger is not there, or does not take it
)

// FiringOutcomes lists all.
var FiringOutcomes = []FiringOutcome{FiringUnderway, FiringDone, FiringFailed, FiringMissed, FiringPaused, FiringOverlapped, FiringQuiet, FiringExpired, FiringRefused}

// LeftOut says that no events were made.
func (o FiringOutcome) LeftOut() bool { return slices.Contains(FiringOutcomes[3:], o) }

// Firing is a time of a schedule and what became of it: it was struck, which made
// events, or left out. Of one schedule each time meant is there once.
type Firing struct {
	Schedule ScheduleID  `json:"schedule"`
	Bot      BotName     `json:"bot"`
	Name     TriggerName `json:"name"`
	Meant    time.Time   `json:"meant"`
	// Last and Count tell of many times in a row that were left out for one reason, of
	// which Meant is the first. Count is 1, and Last is Meant, for all others.
	Last    time.Time     `json:"last"`
	Count   int           `json:"count"`
	Struck  time.Time     `json:"struck"`        // when it was decided upon
	Done    time.Time     `json:"done,omitzero"` // when all that came of it was over, or it was left out
	Outcome FiringOutcome `json:"outcome"`
	Reason  string        `json:"reason,omitempty"`  // for a person
	Receipt ReceiptID     `json:"receipt,omitempty"` // of its events; empty: none were made
	Events  []EventID     `json:"events,omitempty"`
	// Deadline is when it is late; zero is never. Late is when somebody was told that it
	// is.
	Deadline time.Time `json:"deadline,omitzero"`
	Late     time.Time `json:"late,omitzero"`
	By       *By       `json:"by,omitempty"` // who had it struck by hand
}

// Planned is a time of a schedule and what is to become of it. With an Arrival it makes
// events, if no firing with events is stored for that time. Without one it is left out.
type Planned struct {
	Meant, Last time.Time // as in [Firing]; Last zero is Meant
	Count       int       // zero is 1
	Outcome     FiringOutcome
	Reason      string
	Deadline    time.Time
	Arrival     *Arrival
	Overlap     OverlapRule // with OverlapSkip, groups in which the one before is not over are left out
}

// Strike is what was decided about a schedule. It is stored whole, in one transaction
// with the events that it makes, or not at all.
type Strike struct {
	Schedule ScheduleID
	// After is the schedule's Decided as whoever decided knew it, and Until is what it
	// becomes. If it is another by now, somebody else was faster and nothing is stored.
	// Both are zero for what a person has struck by hand, which leaves Decided alone.
	After, Until time.Time
	Firings      []Planned
	By           *By // who has it struck by hand
}

// Struck is what came of a [Strike].
type Struck struct {
	Lost bool // somebody else was faster, or the schedule is gone
	// Firings are one for each planned: as it was decided now, or as it was stored before.
	// What is left out is told here without those before it that it is stored with.
	Firings []Firing
	// Repeated says for each of them that it was there before, mostly with its events,
	// and nothing was made.
	Repeated []bool
}

// Quiet are hours of the day in which a bot's schedules do not strike.
type Quiet struct {
	From  string    `json:"from"`               // such as "22:00"
	Until string    `json:"until"`              // such as "07:00"; before From it is of the next day
	Zone  string    `json:"timezone,omitempty"` // empty is UTC
	Then  QuietRule `json:"then,omitempty"`     // empty is QuietWait
}

// QuietRule says what becomes of times that fall in quiet hours.
type QuietRule string

// The rules.
const (
	QuietWait QuietRule = "wait" // the latest of them is struck when the hours are over
	QuietSkip QuietRule = "skip" // they are left out
)

// QuietRules lists all, the default first.
var QuietRules = []QuietRule{QuietWait, QuietSkip}

// Review says that what a plugin answers to events of a trigger is shown to somebody
// first, and goes only when one of them releases it.
type Review struct {
	By     Audience `json:"by"`     // who is shown the drafts and decides, within the bot's own audience
	Lapses Duration `json:"lapses"` // how long after the draft it is too late to release it
}
