package console

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/botd-chat/botd/chat"
)

// ScheduleQuery selects schedules. Zero fields select all that are there.
type ScheduleQuery struct {
	Bot    chat.BotName
	Name   chat.TriggerName
	Group  chat.GroupID
	Origin chat.ScheduleOrigin
	Late   bool            // only those of which something is late and not out
	Paused bool            // only those that are paused
	Gone   bool            // those that are no more, and no others
	After  chat.ScheduleID // only what comes after it: the cursor of the page before
	Limit  int             // 1 to 500
}

// SchedulePage is the answer of GET /v1/schedules.
type SchedulePage struct {
	Schedules []ToldSchedule `json:"schedules"`
	// Next is the cursor of the next page, to be given as after=; absent when there is
	// none.
	Next *chat.ScheduleID `json:"next,omitempty"`
}

// ToldSchedule is a schedule as it stands now.
type ToldSchedule struct {
	chat.ScheduleRecord
	// Coming is its next time; absent when it has none.
	Coming *Moment `json:"coming,omitempty"`
	// Latest is the latest of its times about which something was decided.
	Latest *chat.Firing `json:"latest,omitempty"`
	Late   bool         `json:"late"` // something of it should be out, and is not
	// Fault is why it does not strike as botd is configured now.
	Fault string `json:"fault,omitempty"`
}

// ScheduleHistory is the answer of GET /v1/schedules/:id.
type ScheduleHistory struct {
	ToldSchedule
	Outlook Outlook       `json:"outlook"`
	Firings []chat.Firing `json:"firings"` // the last ones, newest first
	Acts    []chat.Act    `json:"acts,omitempty"`
	// Payload is what its events bring, of one made by hand; only when it was asked for.
	Payload json.RawMessage `json:"payload,omitempty"`
}

// Moment is a time that a schedule means.
type Moment struct {
	Meant time.Time `json:"meant"`
	Local string    `json:"local"` // as clocks show it there: "Tue 2026-12-01 09:00 KST"
	// Due is when it strikes if that is not when it is meant: after its jitter, or when
	// quiet hours are over.
	Due  time.Time `json:"due,omitzero"`
	Note string    `json:"note,omitempty"` // what is to be known: "02:30 is skipped that day"
	// LeftOut is why it does not strike; empty: it does.
	LeftOut string `json:"left_out,omitempty"`
	// Count is of how many times in a row, of which Meant is the first and Last the last,
	// that are left out for one reason; absent: one.
	Count int       `json:"count,omitempty"`
	Last  time.Time `json:"last,omitzero"`
}

// ClockChange is when the clocks of a time zone are changed.
type ClockChange struct {
	At     time.Time `json:"at"`
	Zone   string    `json:"timezone"`
	Before string    `json:"before"` // what they show until then: "Sun 2027-03-14 02:00 EST"
	After  string    `json:"after"`  // and from then on
}

// Outlook is what is to come of a schedule, the earliest first.
type Outlook struct {
	Schedule string        `json:"schedule"` // how it is written
	Zone     string        `json:"timezone"`
	From     time.Time     `json:"from"`
	Times    []Moment      `json:"times"`
	Changes  []ClockChange `json:"clock_changes"`
	// Ends says that there are no times after these, or why no more are told.
	Ends string `json:"ends,omitempty"`
}

// FiringQuery selects firings of a schedule. Zero fields select all.
type FiringQuery struct {
	Outcome chat.FiringOutcome
	From    time.Time // meant then or later
	To      time.Time // meant before
	Before  int64     // the cursor of the page before
	Limit   int       // 1 to 500
}

// FiringPage is the answer of GET /v1/schedules/:id/firings.
type FiringPage struct {
	Firings []chat.Firing `json:"firings"` // newest first
	// Next is the cursor of the next page, to be given as before=; absent when there is
	// none.
	Next int64 `json:"next,omitempty"`
}

// When says when a schedule strikes, and what becomes of times that cannot be kept.
type When struct {
	chat.Timing
	chat.Lateness
}

// UnmarshalJSON is strict: a misspelt end that is passed over would be none.
func (w *When) UnmarshalJSON(b []byte) error {
	type plain When
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode((*plain)(w))
}

// ScheduleDone is the answer to what a person did to a schedule.
type ScheduleDone struct {
	Target chat.ScheduleID `json:"target,omitzero"` // absent: it would be made
	// Firings are what was struck, or was so before.
	Firings  []chat.Firing `json:"firings,omitempty"`
	Repeated bool          `json:"repeated,omitempty"` // it was struck by hand a moment ago, and nothing was done
	Coming   []Moment      `json:"coming,omitempty"`   // its next times
	Changes  []ClockChange `json:"clock_changes,omitempty"`
	Warning  string        `json:"warning,omitempty"`
	Dry      []Rehearsal   `json:"dry_run,omitempty"` // what would come of it, for each group
}

// SimulationQuery is what is to be simulated.
type SimulationQuery struct {
	From, To  time.Time
	Bot       chat.BotName      // empty: all bots
	Schedules []chat.ScheduleID // empty: all that are there
	// Each has each firing held against today's members; otherwise it is the first one of
	// each schedule and group.
	Each  bool
	Show  bool // the members, and why they are in or out
	Limit int  // of moments
}

// Simulation is what schedules come to in a time, if nothing is in their way, and whom
// they reach if the members are those of today.
type Simulation struct {
	From time.Time `json:"from"`
	// To is where it ends, which is earlier than was asked if there is too much; Ends says
	// so then.
	To        time.Time     `json:"to"`
	Ends      string        `json:"ends,omitempty"`
	Schedules []Simulated   `json:"schedules"`
	Steps     []Step        `json:"steps"` // in order of when they are due
	Changes   []ClockChange `json:"clock_changes"`
}

// Simulated is a schedule in a simulation.
type Simulated struct {
	Schedule chat.ScheduleID     `json:"schedule"`
	Origin   chat.ScheduleOrigin `json:"origin"`
	Bot      chat.BotName        `json:"bot"`
	Name     chat.TriggerName    `json:"name"`
	Zone     string              `json:"timezone"`
	Strikes  int                 `json:"strikes"`
	LeftOut  int                 `json:"left_out"`
	Fault    string              `json:"fault,omitempty"` // why it does not strike
}

// Step is a moment of a schedule in a simulation.
type Step struct {
	Schedule chat.ScheduleID  `json:"schedule"`
	Bot      chat.BotName     `json:"bot"`
	Name     chat.TriggerName `json:"name"`
	Moment
	// Reach is whom it would reach, for each group; absent where it was not found out.
	Reach []Reach `json:"reach,omitempty"`
}

// Reach is whom a firing would reach in a group.
type Reach struct {
	Group    chat.GroupID `json:"group"`
	Messages int          `json:"messages"`
	People   int          `json:"people"`           // counted once for each message
	Reason   string       `json:"reason,omitempty"` // why nothing would be sent
	Shown    *Rehearsal   `json:"shown,omitempty"`  // only when it was asked for
}

// Scheduler knows the schedules, and what a person can do about them. Errors are
// ErrNotFound for an unknown id, ErrConflict for what cannot be done as it stands, ErrUnfit
// for what fits nothing here, and ErrUnavailable.
type Scheduler interface {
	Schedules(context.Context, ScheduleQuery) (SchedulePage, error)
	Schedule(ctx context.Context, id chat.ScheduleID, show bool) (ScheduleHistory, error)
	Firings(context.Context, chat.ScheduleID, FiringQuery) (FiringPage, error)
	// Outlook has the times from a time on, which is now if it is zero.
	Outlook(ctx context.Context, id chat.ScheduleID, from time.Time, count int) (Outlook, error)
	Simulate(context.Context, SimulationQuery) (Simulation, error)
	CreateSchedule(ctx context.Context, spec chat.ScheduleSpec, dry, show bool, by chat.By) (ScheduleDone, error)
	// PauseSchedule pauses it until a time; zero is until somebody resumes it.
	PauseSchedule(ctx context.Context, id chat.ScheduleID, until time.Time, by chat.By) (ScheduleDone, error)
	ResumeSchedule(context.Context, chat.ScheduleID, chat.By) (ScheduleDone, error)
	// RunSchedule strikes now. Once more within [Lately] is a repeat, unless again is said.
	RunSchedule(ctx context.Context, id chat.ScheduleID, again bool, by chat.By) (ScheduleDone, error)
	RehearseSchedule(ctx context.Context, id chat.ScheduleID, show bool) (ScheduleDone, error)
	// Backfill strikes what was left out of the times in a time, each once.
	Backfill(ctx context.Context, id chat.ScheduleID, fill Backfill, by chat.By) (ScheduleDone, error)
	DeleteSchedule(context.Context, chat.ScheduleID, chat.By) (ScheduleDone, error)
}

// Backfill says which times are to be made up for.
type Backfill struct {
	From, To time.Time // meant then or later, and before
	Limit    int       // 1 to MaxBackfill
	DryRun   bool      // say which they are, and strike none
}

// MaxBackfill is how many times are made up for at once.
const MaxBackfill = 100
