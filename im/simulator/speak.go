package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"
)

// Utterance is what somebody writes with an app: in a group, or to one account.
type Utterance struct {
	Group    string   `json:"group,omitempty"` // or To
	From     string   `json:"from"`
	To       string   `json:"to,omitempty"` // one to one
	Text     string   `json:"text"`
	Mentions []string `json:"mentions,omitempty"` // accounts, or "@all"; nil: those that the text names after an @
	Only     []string `json:"only,omitempty"`     // a targeted message of the app's SDK: who shall receive it
	Random   uint32   `json:"random,omitempty"`   // 0: the app draws one. The same again is the app trying again
	Platform string   `json:"platform,omitempty"` // OptPlatform; "": Android
}

// Told is what the app of whoever wrote is told, and what became of it in truth.
type Told struct {
	Code    int       `json:"code"`           // 0: the app shows the message as sent
	Text    string    `json:"text,omitempty"` // that the app may show beside a code
	Fate    string    `json:"fate"`           // Delivered, Discarded, Refused, RateDrop or Duplicated
	Before  string    `json:"before,omitempty"`
	Message uint64    `json:"message,omitempty"` // ID of the Message, also of one that its author alone sees
	Seq     uint32    `json:"seq,omitempty"`
	Random  uint32    `json:"random"`
	Asked   time.Time `json:"asked"` // when it was written
	At      time.Time `json:"at"`    // when the app was told
}

// Spoken is one thing that was written with an app.
type Spoken struct {
	Utterance
	Told Told `json:"told"`
}

// SpokenCounts sums up what was written with apps since the start, and under Unjudged
// what was delivered, from whomever, because a callback was not answered in time or
// not as it should be.
type SpokenCounts struct {
	Fates    map[string]int `json:"fates"`
	Unjudged int            `json:"unjudged"`
}

// Speak lets a member write in a group, as a person would with an app: an
// ordinary message to everybody, under the same size, rate and mute rules. It is
// nil where the app shows the message as sent, also when the application
// discarded it; else it may be a *NotSent.
func (s *Simulator) Speak(group, user, text string) error {
	return s.speak(Utterance{Group: group, From: user, Text: text})
}

// SpeakDirect lets somebody write to one account. It returns what Speak does.
func (s *Simulator) SpeakDirect(from, to, text string) error {
	return s.speak(Utterance{From: from, To: to, Text: text})
}

// NotSent is what the app of somebody whose message was not sent is told.
type NotSent struct{ Told }

func (e *NotSent) Error() string { return fmt.Sprintf("not sent: %d %s", e.Code, e.Text) }

func (s *Simulator) speak(u Utterance) error {
	told, err := s.Say(u)
	switch {
	case err != nil:
		return err
	case told.Fate == RateDrop:
		return fmt.Errorf("speak as %q in group %q: too many messages in this group in a second", u.From, u.Group)
	case told.Code != 0:
		return &NotSent{told}
	}
	return nil
}

// Say lets somebody write with an app, and returns when the app is told: at once,
// or when the application has answered a callback about it. The error is of one
// who cannot write there at all.
func (s *Simulator) Say(u Utterance) (Told, error) {
	body, err := u.check()
	if err != nil {
		return Told{}, fmt.Errorf("speak as %q in group %q: %w", u.From, u.Group, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.maySay(u); err != nil {
		return Told{}, fmt.Errorf("speak as %q in group %q: %w", u.From, u.Group, err)
	}
	if u.Random == 0 {
		u.Random = s.random.Uint32()
	}
	told := Told{Asked: s.Now(), Random: u.Random}
	told, err = s.say(u, body, told)
	if r, refused := errors.AsType[*refusal](err); refused {
		told.Code, told.Text = r.code, r.info
	}
	told.At = s.Now()
	s.spoken.put(Spoken{u, told})
	s.fates[told.Fate]++
	return told, nil
}

func (u Utterance) check() (json.RawMessage, error) {
	switch {
	case u.Text == "":
		return nil, errors.New("there is no text")
	case (u.Group == "") == (u.To == ""):
		return nil, errors.New("it needs a group or a recipient, and not both")
	}
	return textBody(u.Text)
}

func (s *Simulator) maySay(u Utterance) error {
	switch {
	case s.accounts[u.From] == nil:
		return errors.New("no such account")
	case u.To != "":
		return nil
	case s.groups[u.Group] == nil:
		return errNoGroup
	case s.groups[u.Group].members[u.From] == nil:
		return errNoMember
	}
	return nil
}

// say hands on what was written, under the lock.
func (s *Simulator) say(u Utterance, body json.RawMessage, told Told) (Told, error) {
	from := byApp(u.From)
	if u.Platform != "" {
		from.platform = u.Platform
	}
	if u.To != "" {
		return s.sayDirect(u, body, from, told)
	}
	m := sent{group: u.Group, from: u.From, random: u.Random, body: body, text: u.Text, priority: 1, origin: from, spoken: true}
	if u.Only != nil {
		m.list = list{shape: array, ids: u.Only}
	}
	m.mention(u.Mentions, s.groups[u.Group])
	p, err := s.post(m)
	told.Fate, told.Before, told.Seq = p.fate, p.before, p.answer.MsgSeq
	if p.message != nil {
		told.Message = p.message.ID
	}
	return told, err
}

// Spoken returns what was written with apps, in the order in which the apps were
// told, as far as it is kept (Limits.Messages).
func (s *Simulator) Spoken() []Spoken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spoken.all()
}

// SpokenCounts returns the number of messages since the start by what became of
// them.
func (s *Simulator) SpokenCounts() SpokenCounts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return SpokenCounts{Fates: maps.Clone(s.fates), Unjudged: s.unjudged}
}
