package console

import (
	"context"
	"errors"
	"time"

	"github.com/botd-chat/botd/chat"
)

// ErrConflict says that something cannot be done to a thing as it stands; its
// message is shown.
var ErrConflict = errors.New("not now")

// ErrUnfit says that what was given fits nothing here; its message is shown.
var ErrUnfit = errors.New("it does not fit")

// LetterQuery selects what waits for a person. Zero fields select all.
type LetterQuery struct {
	Kind    string // event or message
	Bot     chat.BotName
	Group   chat.GroupID
	Outcome chat.Outcome
	Trigger chat.TriggerName
	Status  chat.Status // held or dead
	Because string      // is part of the reason, in whatever case
	Since   time.Time   // stands so since then or later
	Until   time.Time   // stands so since before this
	Before  string      // the cursor of the page before
	Limit   int         // 1 to 500
}

// LetterPage is the answer of GET /v1/dead-letters.
type LetterPage struct {
	Letters []chat.Letter `json:"letters"`
	Next    string        `json:"next,omitempty"` // to be given as before=
}

// Rehearsal is what would come of an event, or of a message sent again, if it
// were its turn now. Nothing was stored and nothing was sent.
type Rehearsal struct {
	Bot    chat.BotName `json:"bot"`
	Group  chat.GroupID `json:"group"`
	Sender chat.UserID  `json:"sender,omitempty"`
	// Text is what the sender wrote, of a trigger with text: in the configuration. Of
	// an event that is stored already, it is only there when it was asked for.
	Text string `json:"text,omitempty"`
	chat.Standing
	Messages []Rehearsed  `json:"messages"`
	Timers   []chat.Later `json:"timers,omitempty"` // that would be set or cancelled; without their payload
	// Ceiling is what the sender of the webhook may reach at most, and Allow where
	// that is written; nil for whatever the bot may.
	Ceiling *chat.Ceiling `json:"ceiling,omitempty"`
	Allow   string        `json:"allow,omitempty"`
	// Review is who would be shown the messages that are reviewed first; nil: there are
	// none.
	Review *Review `json:"review,omitempty"`
}

// Review is who would be asked about drafts.
type Review struct {
	By     Explanation `json:"by"`
	Lapses time.Time   `json:"lapses"` // when it would be too late to release them
}

// Rehearsed is a message that was not sent, and who would see it.
type Rehearsed struct {
	Audience Explanation   `json:"audience"`
	Priority chat.Priority `json:"priority,omitempty"`
	Collapse string        `json:"collapse,omitempty"` // its key, under which the newest counts alone
	Expires  time.Time     `json:"expires,omitzero"`
	// Report is the name of the event by which the plugin would be told how the message
	// ended; empty: it does not ask.
	Report chat.TriggerName `json:"report,omitempty"`
	Draft  bool             `json:"draft,omitempty"` // it would wait until a reviewer releases it
	Body   []chat.Element   `json:"body,omitempty"`  // only when it was asked for
	// Texts are those of a message that has several. Each member is in one of them at most,
	// since all of them are held against one reading of the group.
	Texts []RehearsedText `json:"texts,omitempty"`
}

// RehearsedText is one of several texts of a message, and who would get it.
type RehearsedText struct {
	Rendering int            `json:"rendering"`      // counted from 1; 0 is the message's own
	To        *chat.Audience `json:"to,omitempty"`   // whom it is for, apart from those in one before; nil: all for whom there is no other
	People    []chat.UserID  `json:"people"`         // who would get it
	Body      []chat.Element `json:"body,omitempty"` // only when it was asked for
}

// Sent is what a sender posts to a hook.
type Sent struct {
	Type      string // of the event, for senders that say it in a header; else empty
	MediaType string // of the body
	Body      []byte
	// Credential is the name of that of the sender; empty is the first or only one.
	Credential string
}

// Trial is what would come of a webhook that its sender posted now. Nothing was
// stored and nothing was sent.
type Trial struct {
	Hook    string           `json:"hook"`
	Bot     chat.BotName     `json:"bot"`
	Trigger chat.TriggerName `json:"trigger"`
	Scheme  string           `json:"scheme"`
	// Credential is the name of that of the sender; empty for one without a name.
	Credential string      `json:"credential,omitempty"`
	Type       string      `json:"type,omitempty"` // of the event, in the sender's own words
	Status     int         `json:"status"`         // the sender would be answered with
	Refusal    string      `json:"refusal,omitempty"`
	Answer     string      `json:"answer,omitempty"` // what the sender would be told in place of a receipt
	Events     []Rehearsal `json:"events"`           // what would come of each event that it makes
}

// Got is what is known of whether somebody got a message.
type Got string

// What is known.
const (
	GotIt   Got = "yes" // the service accepted it for them
	NotGot  Got = "no"
	Perhaps Got = "unclear" // may or may not have
	NotYet  Got = "not yet" // it is still to be sent
)

// Why is why somebody got a message, or did not.
type Why struct {
	User    chat.UserID    `json:"user"`
	Message chat.MessageID `json:"message"`
	Event   chat.EventID   `json:"event"`
	Bot     chat.BotName   `json:"bot"`
	Group   chat.GroupID   `json:"group"`
	Got     Got            `json:"got"`
	Reason  string         `json:"reason"`         // follows the name
	Role    chat.Role      `json:"role,omitempty"` // as it was read for this message; empty: no member
	Rule    chat.Audience  `json:"rule"`           // of the message
	// Text is which of several texts of the message was for them, counted from 1, and
	// TextFor whom that is for. Absent: its own, or none.
	Text     int             `json:"text,omitempty"`
	TextFor  *chat.Audience  `json:"text_for,omitempty"`
	Ceiling  *chat.Audience  `json:"ceiling,omitempty"`  // of the bot, then; nil: its turn had not come
	Within   *chat.Ceiling   `json:"within,omitempty"`   // what comes of the event may reach at most, whatever its bot may
	Allow    string          `json:"allow,omitempty"`    // where that is written
	ReadAt   time.Time       `json:"read_at,omitzero"`   // of the group
	Age      float64         `json:"age,omitempty"`      // of that reading at the first attempt, in seconds
	Delivery chat.DeliveryID `json:"delivery,omitempty"` // the one that is, or was, to reach them
	Stands   chat.Standing   `json:"stands"`             // that delivery, or else the message
}

// Done is the answer to something that a person did.
type Done struct {
	Target  string         `json:"target"`
	Made    string         `json:"made,omitempty"`    // the id of what was made of it
	Receipt chat.ReceiptID `json:"receipt,omitempty"` // of a replayed event
	Warning string         `json:"warning,omitempty"`
	Dry     *Rehearsal     `json:"dry_run,omitempty"` // nothing was done but this found out
}

// Operator is what the console asks for when a person acts, or wants to know
// what to do. Errors are ErrNotFound for an unknown id, ErrConflict for what
// cannot be done as it stands, and ErrUnavailable.
type Operator interface {
	Letters(context.Context, LetterQuery) (LetterPage, error)
	Message(context.Context, chat.MessageID) (chat.MessageHistory, error)
	Retry(ctx context.Context, id chat.MessageID, resend bool, by chat.By) (Done, error)
	RehearseRetry(ctx context.Context, id chat.MessageID, resend, show bool) (Done, error)
	// Approve says yes to a message that is held for its size.
	Approve(context.Context, chat.MessageID, chat.By) (Done, error)
	DropMessage(context.Context, chat.MessageID, chat.By) (Done, error)
	DropEvent(context.Context, chat.EventID, chat.By) (Done, error)
	Replay(context.Context, chat.EventID, chat.By) (Done, error)
	RehearseReplay(ctx context.Context, id chat.EventID, show bool) (Done, error)
	// Rehearse says what would come of an event that is made by hand. One that does
	// not fit its trigger is ErrUnfit.
	Rehearse(ctx context.Context, bot chat.BotName, e ByHand, show bool) ([]Rehearsal, error)
	// Make makes it. The same one within [Lately] is a repeat, unless again is said.
	Make(ctx context.Context, bot chat.BotName, e ByHand, again bool, by chat.By) (chat.Receipt, error)
	// TryHook runs what a sender would post to a hook through it. What the sender
	// would be refused with is in the trial.
	TryHook(ctx context.Context, hook string, sent Sent, show bool) (Trial, error)
	Answer(context.Context, chat.DeliveryID, chat.Answer, chat.By) (Done, error)
	WhyMessage(context.Context, chat.UserID, chat.MessageID) (Why, error)
	WhyDelivery(context.Context, chat.UserID, chat.DeliveryID) (Why, error)
	// Pause and Resume take the empty name for all bots.
	Pause(context.Context, chat.BotName, chat.By) error
	Resume(context.Context, chat.BotName, chat.By) error
	Pauses(context.Context) ([]chat.Pause, error)
	Recaller
	Many
	Timekeeper
	Scheduler
	Rememberer
}
