package receipts

import (
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// promises holds what receipts say against what botd promises: each for itself,
// and one against another.
type promises struct {
	given    map[person]chat.DeliveryID
	outcomes map[chat.DeliveryID]chat.Outcome
}

// person is somebody a message was sent to.
type person struct {
	message chat.MessageID
	id      chat.UserID
}

func newPromises() promises {
	return promises{given: map[person]chat.DeliveryID{}, outcomes: map[chat.DeliveryID]chat.Outcome{}}
}

// hold returns what of the promises a receipt says was not kept.
func (p promises) hold(l Line, b Body) (broken []string) {
	if b.Type == First {
		if why := b.wellFormed(); why != "" {
			return []string{why}
		}
		broken = slices.Concat(b.nobodyElse(l), b.tries(), p.twice(l, b))
		if _, before := p.outcomes[b.Delivery]; before {
			broken = append(broken, "is the first of its delivery, and there was one before")
		}
	}
	if b.Type != Unreadable {
		p.outcomes[b.Delivery] = b.Outcome
	}
	return broken
}

// called is a person in a sentence.
func called(l Line, n Name) string {
	if id := l.Who(n); id != "" {
		return fmt.Sprintf("%q", string(id))
	}
	return fmt.Sprintf("person %d (erased)", n)
}

// wellFormed says whether all places that it names are there.
func (b Body) wellFormed() string {
	names := slices.Concat([]Name{b.Sender}, b.Only, b.Rule.names(), b.Ceiling.names())
	if b.Bodies != nil {
		for _, x := range b.Rather {
			names = append(names, x.names()...)
		}
		if b.Rendered != nil {
			names = append(names, b.Rendered.names()...)
		}
	}
	for _, x := range b.People {
		names = append(names, x.Name)
	}
	for _, x := range b.Lost {
		names = append(names, x.Name)
	}
	for _, n := range names {
		if n < 0 || int(n) > len(b.Names) {
			return fmt.Sprintf("speaks of name %d and has %d", n, len(b.Names))
		}
	}
	return ""
}

func (r Rule) names() []Name {
	list := slices.Concat(r.Users, r.Except)
	for _, x := range r.AnyOf {
		list = append(list, x.names()...)
	}
	if r.Within != nil {
		list = append(list, r.Within.names()...)
	}
	return list
}

// nobodyElse says who got it and should not have.
func (b Body) nobodyElse(l Line) (broken []string) {
	say := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	if n := len(b.People); n < 1 || n > chat.MaxRecipients {
		say("is for %d people; it must be 1 to %d", n, chat.MaxRecipients)
	}
	if !b.Reading.Type.Targetable() {
		say("is for a group of type %q, which has no targeted messages", string(b.Reading.Type))
	}
	seen := map[Name]bool{}
	for _, x := range b.People {
		switch in, reason := b.qualifies(l, x); {
		case x.Name == 0:
			say("names nobody where it should name somebody")
		case seen[x.Name]:
			say("has %s twice", called(l, x.Name))
		case !in:
			say("is for %s, who %s", called(l, x.Name), reason)
		case b.Only != nil && !slices.Contains(b.Only, x.Name):
			say("is for %s, and was to be sent again to others only", called(l, x.Name))
		}
		seen[x.Name] = true
	}
	return broken
}

// repeats is for how long the service recognises a repeat (product/1047/34959).
const repeats = 5 * time.Minute

// tries says what is wrong with the attempts.
func (b Body) tries() (broken []string) {
	say := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	began := map[uint32]time.Time{}
	for i, a := range b.Attempts {
		if a.People < 1 || a.People > chat.MaxRecipients {
			say("attempt %d was to %d people", a.N, a.People)
		}
		if a.N != i+1 {
			say("attempt %d stands where attempt %d should", a.N, i+1)
		}
		if first, again := began[a.Random]; again && a.Began.Sub(first) > repeats {
			say("attempt %d repeats Random %d after %v, when the service does not know it any more", a.N, a.Random, a.Began.Sub(first))
		} else if !again {
			began[a.Random] = a.Began.Time
		}
		if i > 0 {
			broken = append(broken, b.afterwards(b.Attempts[i-1], a)...)
		}
	}
	if last := len(b.Attempts) - 1; b.Outcome == chat.Sent && len(b.Acts) == 0 {
		switch {
		case last < 0:
			say("was sent without an attempt")
		case b.Attempts[last].Result == chat.No:
			say("was sent, and its last attempt was not")
		case b.Attempts[last].People != len(b.People):
			say("was sent to %d people, and names %d", b.Attempts[last].People, len(b.People))
		}
	}
	return broken
}

// afterwards says what is wrong with an attempt that came after another.
func (b Body) afterwards(before, a Attempt) []string {
	switch {
	case before.Result == chat.Yes:
		return []string{fmt.Sprintf("attempt %d was made although attempt %d was accepted", a.N, before.N)}
	case before.Result != chat.No && before.Random != a.Random && b.Resent.IsZero():
		return []string{fmt.Sprintf("attempt %d has another Random although nobody knows what came of attempt %d", a.N, before.N)}
	}
	return nil
}

// twice says who was sent a message more than once without a word about it.
// Whoever was erased is not known from one receipt to the next.
func (p promises) twice(l Line, b Body) (broken []string) {
	for _, x := range b.People {
		id := l.Who(x.Name)
		if id == "" {
			continue
		}
		if other, ok := p.given[person{b.Message, id}]; ok && other != b.Delivery {
			broken = append(broken, fmt.Sprintf("is for %q, to whom message %s goes by delivery %s already", string(id), b.Message, other))
		}
		p.given[person{b.Message, id}] = b.Delivery
		if first, ok := p.given[person{b.Repeats, id}]; ok && b.Repeats != 0 && p.outcomes[first] == chat.Sent {
			broken = append(broken, fmt.Sprintf("is sent to %q again, who got message %s by delivery %s", string(id), b.Repeats, first))
		}
	}
	return broken
}
