package chat

import (
	"fmt"
	"time"
)

// By is who does something about what is stored, and why.
type By struct {
	Who    string `json:"who"`
	Reason string `json:"reason,omitempty"`
}

// String is how it is told in the reason of what was done: "ann", or
// "ann: the quiz is over".
func (b By) String() string {
	if b.Reason == "" {
		return b.Who
	}
	return b.Who + ": " + b.Reason
}

// Act is what a person did about an event, a message, a delivery or a schedule. It
// keeps how that stood before, since nothing else does.
type Act struct {
	Target string    `json:"target"` // its id, with the letter
	What   Verb      `json:"what"`
	Who    string    `json:"who"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
	Made   string    `json:"made,omitempty"`  // the id of what was made of it
	Before Standing  `json:"before,omitzero"` // nothing of what was made
}

// Standing is how something stood, or stands.
type Standing struct {
	Status  Status    `json:"status"`
	Outcome Outcome   `json:"outcome,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Ended   time.Time `json:"ended,omitzero"`
}

// Stand is the part of it that [Moves] are about.
func (s Standing) Stand() Stand { return Stand{s.Status, s.Outcome} }

// Verb is what a person can do about something.
type Verb string

// The verbs.
const (
	Replayed     Verb = "replayed"        // an event: handled again, as a new event
	SentAgain    Verb = "sent again"      // a message or a delivery: as a new message
	Approved     Verb = "approved"        // a message for many more people than the last time: sent, as a new one
	Released     Verb = "released"        // a draft: sent, as a new message
	GivenUp      Verb = "dropped"         // anything that waits for a person
	SaidToBeSent Verb = "said to be sent" // a delivery whose outcome was unknown
	CalledOff    Verb = "cancelled"       // a timer
	MadeByHand   Verb = "made by hand"    // an event, or a schedule
	StruckByHand Verb = "struck by hand"  // a schedule, at a time that a person chose
	PutOnHold    Verb = "paused"          // a schedule
	WentOn       Verb = "resumed"         // a schedule
	Deleted      Verb = "deleted"         // a schedule that was made by hand
)

// Answer is what a person says about a delivery whose outcome is unknown.
type Answer string

// The answers.
const (
	AnswerSent   Answer = "sent"   // it was delivered
	AnswerResend Answer = "resend" // send it again; its recipients may see it twice
	AnswerDrop   Answer = "drop"   // leave it
)

// Validate reports an unknown answer.
func (a Answer) Validate() error {
	switch a {
	case AnswerSent, AnswerResend, AnswerDrop:
		return nil
	}
	return fmt.Errorf("no answer %.40q; have sent, resend, drop", string(a))
}

// Letter is an event or a message that waits for a person: held or dead.
type Letter struct {
	ID      string    `json:"id"` // of the event or the message, with its letter
	Event   EventID   `json:"event"`
	Message MessageID `json:"message,omitempty"` // zero: it is the event itself
	App     AppName   `json:"app"`
	Bot     BotName   `json:"bot"`
	Group   GroupID   `json:"group"`
	Standing
	// Of a message.
	Progress Progress     `json:"progress,omitzero"`
	Unclear  []DeliveryID `json:"unclear,omitempty"` // those to be answered
}

// Pause is a brake on a bot: what is for it is accepted and kept, its plugin is
// not run, and nothing of it is sent.
type Pause struct {
	Bot BotName   `json:"bot"` // empty: all bots
	At  time.Time `json:"at"`
	By
}
