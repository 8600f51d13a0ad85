package receipts

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// Format is the version of what a body means.
const Format = 1

// Type is what a receipt is about.
type Type string

// The types.
const (
	First      Type = "delivery"   // a delivery that ended
	Later      Type = "later"      // what was learnt of one since: how it stands now, and what was done about it
	Unreadable Type = "unreadable" // one that cannot be read in the store any more
)

// Name is the place of a user in a receipt's names, from 1; 0 is none.
type Name int

// Text is the place of a text among a receipt's texts, from 1; 0 is none.
type Text int

// Body is what a receipt says. It names nobody: see [Line.Opened].
type Body struct {
	Format int    `json:"format"`
	Type   Type   `json:"type"`
	Nonce  string `json:"nonce"`     // random, so that what a body says cannot be found by trying
	Sealed Moment `json:"sealed_at"` // when the receipt was made

	Message  chat.MessageID  `json:"message"`
	Delivery chat.DeliveryID `json:"delivery"`
	Again    int64           `json:"again,omitempty"` // the number of the receipt before of this delivery

	// How it ended, or stands now.
	Status  chat.Status  `json:"status,omitempty"`
	Outcome chat.Outcome `json:"outcome,omitempty"`
	Reason  Text         `json:"reason,omitempty"`
	Ended   Moment       `json:"ended,omitzero"`
	Resent  Moment       `json:"resent,omitzero"` // when it was sent again by the bot's rule, although it may have been delivered
	MsgSeq  uint32       `json:"msg_seq,omitempty"`
	Acts    []Act        `json:"acts,omitempty"`    // of people, about this delivery
	Recalls []Recall     `json:"recalls,omitempty"` // what was taken back

	*Sending // of the first receipt of a delivery alone

	Names []string `json:"names,omitempty"` // hashes: HMAC-SHA-256 of the user's id under its salt
	Texts []string `json:"texts,omitempty"` // hashes alike
}

// Sending is what was sent, to whom and why.
type Sending struct {
	App      chat.AppName     `json:"app"`
	Bot      chat.BotName     `json:"bot"`
	Group    chat.GroupID     `json:"group"`
	Event    chat.EventID     `json:"event"`
	ReplayOf chat.EventID     `json:"replay_of,omitempty"` // the event that this one repeats
	Trigger  chat.TriggerName `json:"trigger"`
	Kind     chat.Kind        `json:"kind"`
	Sender   Name             `json:"sender,omitempty"`  // who caused the event
	Repeats  chat.MessageID   `json:"repeats,omitempty"` // the message that a person had sent again by this one
	Part     int              `json:"part"`              // of the message, from 1

	Rule    Rule    `json:"rule"` // of the message, bound
	*Bodies         // of a message that has several
	Ceiling Rule    `json:"ceiling"`        // the widest that the bot could reach then, bound
	Only    []Name  `json:"only,omitempty"` // if there, nobody else could get it
	Reading Reading `json:"reading"`        // of the group

	People []Person `json:"people"`         // those of the last attempt, or of the next if there was none
	Lost   []Lost   `json:"lost,omitempty"` // who ceased to qualify, and was not in later attempts

	Content  string    `json:"content,omitempty"` // HMAC-SHA-256 of the message's elements under the content key
	Random   uint32    `json:"random,omitempty"`  // of the last attempts
	Attempts []Attempt `json:"attempts,omitempty"`
}

// Bodies says which of a message's bodies went to the people, and why that one. In such a
// receipt the message's rule and these are cut down to the people in it: whom the other
// bodies were for is told by the receipts of those.
type Bodies struct {
	Rendering int `json:"rendering"` // as [chat.Message.BodyOf] counts them; 0 is the message's own
	// Rendered is whom that body was for, if it was not the message's own. Rather are those
	// for whom there was one before it, of which none of the people may be.
	Rendered *Rule  `json:"rendered_for,omitempty"`
	Rather   []Rule `json:"rather,omitempty"`
}

// Reading is the group as it was read when the message's turn came.
type Reading struct {
	Hash    string         `json:"hash"` // HMAC-SHA-256 of [chat.Membership.Hash] under the reading key
	Type    chat.GroupType `json:"type"`
	Members int            `json:"members"`
	At      Moment         `json:"at"`
	// Age is how old it was when the first attempt began, in microseconds; absent
	// if there was none.
	Age *int64 `json:"age_us,omitempty"`
}

// Person is one of those it went to.
type Person struct {
	Name Name      `json:"name"`
	Role chat.Role `json:"role,omitempty"` // by the reading; empty: it did not have them
	Why  string    `json:"why"`            // follows the name
	// Facts are what a condition asked about them, as JSON of a [chat.Member]; none if
	// none did.
	Facts Text `json:"facts,omitempty"`
}

// Lost is one of those it did not go to after all.
type Lost struct {
	Name Name   `json:"name"`
	Why  Text   `json:"why"`
	At   Moment `json:"at"`
}

// Attempt is one try to deliver.
type Attempt struct {
	N      int         `json:"n"`
	Random uint32      `json:"random"`
	People int         `json:"people"`
	Began  Moment      `json:"began"`
	Ended  Moment      `json:"ended,omitzero"`
	Result chat.Result `json:"result,omitempty"` // empty: nobody knows
	Code   int         `json:"code,omitempty"`   // the service's ErrorCode
	Error  Text        `json:"error,omitempty"`
}

// Act is what a person did about a delivery.
type Act struct {
	What   chat.Verb `json:"what"`
	Who    Text      `json:"who"`
	Reason Text      `json:"reason,omitempty"`
	At     Moment    `json:"at"`
	Made   string    `json:"made,omitempty"` // the id of the message made of it
}

// Recall is a try to take back what was sent.
type Recall struct {
	MsgSeq uint32            `json:"msg_seq,omitempty"`
	At     Moment            `json:"at"`
	Result chat.RecallResult `json:"result,omitempty"` // empty: not known
	Code   int               `json:"code,omitempty"`
	Error  Text              `json:"error,omitempty"`
	Who    Text              `json:"who"`
	Reason Text              `json:"reason,omitempty"`
}

// Rule is an audience in which users stand by their places.
type Rule struct {
	Everyone bool        `json:"everyone,omitempty"`
	Roles    []chat.Role `json:"roles,omitempty"`
	Users    []Name      `json:"users,omitempty"`
	AnyOf    []Rule      `json:"any_of,omitempty"`
	Except   []Name      `json:"except,omitempty"`
	Within   *Rule       `json:"within,omitempty"`
	Where    Text        `json:"where,omitempty"` // an expression, which can name users
}

// reader turns rules back into audiences, over stand-ins for the users where these
// were erased, or are not shown.
type reader struct {
	line Line
	// asked says whether conditions are asked. They speak of ids, so that they
	// cannot be about somebody whose id was erased.
	asked bool
}

func (r reader) audience(x Rule) chat.Audience {
	a := chat.Audience{Everyone: x.Everyone, Roles: x.Roles, Users: r.ids(x.Users), Except: r.ids(x.Except)}
	for _, y := range x.AnyOf {
		a.AnyOf = append(a.AnyOf, r.audience(y))
	}
	if x.Within != nil {
		within := r.audience(*x.Within)
		a.Within = &within
	}
	if r.asked {
		a.Where = r.line.Says(x.Where)
	}
	return a
}

func (r reader) ids(names []Name) []chat.UserID {
	ids := make([]chat.UserID, len(names))
	for i, n := range names {
		ids[i] = r.id(n)
	}
	return ids
}

// id is a user's, or one for whoever it is, which is longer than that of any user.
func (r reader) id(n Name) chat.UserID {
	if id := r.line.Who(n); id != "" {
		return id
	}
	return chat.UserID(fmt.Sprintf("#%0*d", chat.MaxUserID, n))
}

// qualifies decides about a person by the code that decides about members. A
// condition counts as met where what it says, or who the person is, or what it asked
// about them, is not there.
func (s *Sending) qualifies(l Line, p Person) (in bool, reason string) {
	x := chat.Member{Role: p.Role}
	if facts := l.Says(p.Facts); facts != "" && json.Unmarshal([]byte(facts), &x) != nil {
		return false, "has facts that cannot be read"
	}
	r := reader{l, l.Who(p.Name) != "" && (p.Facts == 0 || x.Profile != nil)}
	x.ID, x.Role = r.id(p.Name), p.Role
	d := audience.Of(chat.Message{To: r.audience(s.Rule)}, r.audience(s.Ceiling)).At(s.Reading.At.Time).Decide(x)
	in, reason = d.In, d.Reason
	if in && s.Bodies != nil && !s.theirs(r, x, s.Reading.At.Time) {
		return false, reason + ", but was to get another text of the message, or none"
	}
	return in, reason
}

// Moment is a time, written in UTC with all of its microseconds.
type Moment struct{ time.Time }

const moment = "2006-01-02T15:04:05.000000Z"

// MarshalText writes the time.
func (m Moment) MarshalText() ([]byte, error) { return m.UTC().AppendFormat(nil, moment), nil }

// MarshalJSON writes the time; without it that of time.Time would.
func (m Moment) MarshalJSON() ([]byte, error) { return m.UTC().AppendFormat(nil, `"`+moment+`"`), nil }

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Moment) UnmarshalJSON(b []byte) (err error) {
	m.Time, err = time.Parse(`"`+moment+`"`, string(b))
	return err
}
