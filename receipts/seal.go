package receipts

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// Maker makes receipts for a store.
type Maker struct{}

// Link is the hash of a body as number n of a lane, after prev.
func (Maker) Link(lane string, n int64, prev string, body []byte) string {
	return link(lane, n, prev, digest(body))
}

func digest(body []byte) string { return hexed(sumOf(body)) }

func link(lane string, n int64, prev, digest string) string {
	w := writer{b: make([]byte, 0, 256)}
	w.open()
	w.text("body", digest)
	w.text("lane", lane)
	w.count("n", n)
	w.text("prev", prev)
	w.close()
	if w.err != nil {
		panic("receipts: " + w.err.Error()) // n counts up from 1, and all else are texts
	}
	return hexed(sumOf(w.b))
}

// Seal says what the receipt of a delivery says.
func (Maker) Seal(e chat.Ended) (chat.Seal, error) {
	m := maker{Ended: e}
	body := Body{Format: Format, Type: First, Nonce: hexed(m.keys.next()), Sealed: Moment{e.Now},
		Message: e.Message.ID, Delivery: e.Delivery.ID, Again: e.Before}
	var err error
	switch {
	case e.Damaged != "":
		body.Type, body.Reason = Unreadable, m.text(e.Damaged)
	case e.Before > 0:
		body.Type = Later
		m.stands(&body)
	default:
		m.stands(&body)
		body.Sending, err = m.sending()
	}
	if err != nil {
		return chat.Seal{}, err
	}
	body.Names, body.Texts = m.names, m.texts
	return m.seal(body)
}

// maker makes one receipt.
type maker struct {
	chat.Ended
	veil
	contentKey, readingKey []byte
}

func (m *maker) seal(body Body) (s chat.Seal, err error) {
	if s.Body, err = appendBody(make([]byte, 0, 2048), &body); err != nil {
		return s, err
	}
	s.Opened, err = appendOpened(make([]byte, 0, 512), m.opened)
	s.ContentKey, s.ReadingKey = hexed(m.contentKey), hexed(m.readingKey)
	return s, err
}

// stands says how the delivery ended, and what was done about it.
func (m *maker) stands(b *Body) {
	d := m.Delivery
	b.Status, b.Outcome, b.Reason, b.MsgSeq = d.Status, d.Outcome, m.text(d.Reason), d.MsgSeq
	b.Ended, b.Resent = Moment{d.Ended}, Moment{d.Resent}
	for _, a := range m.Acts {
		b.Acts = append(b.Acts, Act{What: a.What, Who: m.text(a.Who), Reason: m.text(a.Reason), At: Moment{a.At}, Made: a.Made})
	}
	for _, r := range m.Recalls {
		b.Recalls = append(b.Recalls, Recall{MsgSeq: r.MsgSeq, At: Moment{r.At}, Result: r.Result, Code: r.Code,
			Error: m.text(r.Error), Who: m.text(r.Who), Reason: m.text(r.Reason)})
	}
}

func (m *maker) sending() (*Sending, error) {
	x, d, t := m.Message, m.Delivery, m.rules()
	m.mix(m.everybody(t))
	s := &Sending{App: x.App, Bot: x.Bot, Group: x.Group, Event: x.Event, ReplayOf: m.Event.ReplayOf, Trigger: m.Event.Trigger, Kind: m.Event.Kind,
		Sender: m.name(x.Sender), Repeats: x.ReplayOf, Part: d.Part, Rule: m.rule(t.rule), Bodies: m.bodies(t), Random: d.Random, Reading: m.reading()}
	s.Ceiling, s.Only = m.rule(t.ceiling), m.all(t.only)
	why := audience.Of(m.decided(), t.ceiling).At(m.Message.ReadAt)
	for _, id := range d.Recipients.IDs() {
		s.People = append(s.People, m.person(id, why))
	}
	slices.SortFunc(s.People, func(a, b Person) int { return cmp.Compare(a.Name, b.Name) })
	lost := slices.Clone(d.Lost)
	slices.SortStableFunc(lost, func(a, b chat.Exclusion) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(m.name(a.User), m.name(b.User)))
	})
	for _, l := range lost {
		s.Lost = append(s.Lost, Lost{m.name(l.User), m.text(l.Reason), Moment{l.At}})
	}
	for _, a := range m.Tries {
		s.Attempts = append(s.Attempts, Attempt{N: a.N, Random: a.Random, People: a.People, Began: Moment{a.Began}, Ended: Moment{a.Ended},
			Result: a.Result, Code: a.Code, Error: m.text(a.Error)})
	}
	var err error
	s.Content, err = m.content()
	return s, err
}

// everybody is all users that the receipt names.
func (m *maker) everybody(t rules) []chat.UserID {
	ids := slices.Concat([]chat.UserID{m.Message.Sender}, t.users(), m.Delivery.Recipients.IDs())
	for _, l := range m.Delivery.Lost {
		ids = append(ids, l.User)
	}
	return ids
}

// decided is the message as its people were held against it.
func (m *maker) decided() chat.Message {
	x := m.Message.Message
	x.To = m.Message.To
	return x
}

// person says why somebody was to get it, by the reading and the code that
// decided then.
func (m *maker) person(id chat.UserID, why *audience.Judge) Person {
	member, ok := m.Group.Find(id)
	if !ok {
		member = chat.Member{ID: id}
	}
	in, reason := why.Decide(member).Gets(m.Delivery.Rendering)
	if !in {
		// Such a reason may name users. It must not happen, and whoever verifies
		// the receipt finds it out again.
		reason = "does not qualify"
	}
	return Person{m.name(id), member.Role, reason, m.facts(member)}
}

// facts are what was read of a member beside their role, since the rule asked for it. They
// name the member, so that they are erased with them.
func (m *maker) facts(x chat.Member) Text {
	if len(x.Told()) == 0 {
		return 0
	}
	if !x.Told().Has(chat.Card) {
		x.Name = "" // which is read of everybody, and was not asked for
	}
	b, err := json.Marshal(x)
	if err != nil {
		return 0 // then it does not verify, which is true
	}
	return m.text(string(b))
}

func (m *maker) reading() Reading {
	m.readingKey = m.keys.next()
	r := Reading{Hash: keyed(m.readingKey, []byte(m.Message.Snapshot)), Type: m.Group.Type, Members: len(m.Group.Members), At: Moment{m.Message.ReadAt}}
	if len(m.Tries) > 0 {
		age := m.Tries[0].Began.Sub(m.Message.ReadAt).Microseconds()
		r.Age = &age
	}
	return r
}

// content is the hash of what the message says. Who has the text and the key can
// make it again; see [Content].
func (m *maker) content() (string, error) {
	text, err := Content(m.Message.Message.BodyOf(m.Delivery.Rendering))
	if err != nil {
		return "", err
	}
	m.contentKey = m.keys.next()
	return keyed(m.contentKey, text), nil
}

// Content is the bytes of a message's elements that are hashed: their JSON, one
// element after the other, without spaces. Nothing is escaped that need not be,
// apart from U+2028 and U+2029. A text is [{"text":{"text":"…"}}].
func Content(elements []chat.Element) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(elements)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}
