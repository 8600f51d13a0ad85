package reviews

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Sheet is what reviewers are shown of the drafts of an event.
type Sheet struct {
	Event  chat.EventRecord
	By     chat.Audience // who they are, bound
	Drafts []chat.Message
	Lapses time.Time // by the clock by which it is told
	// Group is the group as it was just read, and Reach who the bot may reach in it, to
	// say how many would get the drafts; nil: that is not known.
	Group *chat.Membership
	Reach chat.Audience
}

// Message is the sheet as its reviewers get it. What they can do comes first, since a
// long draft is cut: then that is not to release it, which would be a yes to what they
// have not seen. Each line of a draft has a mark before it, so that no text can pass for
// another draft.
func (s Sheet) Message() (m chat.Message, cut bool) {
	m = chat.Message{To: s.By, Priority: chat.High, Expires: s.Lapses.UTC(), Text: s.text(false), Elements: s.attached()}
	if cut = !plugins.Fits(m.Text) || len(m.Elements) > 0 && (m.Validate() != nil || tooLong(m)); cut {
		m.Text, m.Elements = s.text(true), nil
	}
	m.Text = plugins.Fit(m.Text)
	return m, cut
}

func (s Sheet) text(cut bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Draft %s of bot %s, trigger %s, is for you to review. ", s.Event.ID, s.Event.Bot, s.Event.Trigger)
	if cut {
		fmt.Fprintf(&b, "It is too long to be shown whole here; %s. Write /discard %s and why, to give it up; nobody else sees what you write. ", elsewhere, s.Event.ID)
	} else {
		fmt.Fprintf(&b, "Write /release %s to send it, or /discard %s and why not; nobody else sees what you write. ", s.Event.ID, s.Event.ID)
	}
	fmt.Fprintf(&b, "Unanswered it lapses at %s.", At(s.Lapses))
	for i, d := range s.Drafts {
		b.WriteString("\n\n")
		if len(s.Drafts) > 1 {
			fmt.Fprintf(&b, "%d of %d: ", i+1, len(s.Drafts))
		}
		fmt.Fprintf(&b, "To %s%s", audience.Describe(d.To), s.many(d))
		for _, r := range d.Renderings {
			fmt.Fprintf(&b, "\nOf these, to %s:%s", audience.Describe(r.To), quoted(r.Body(), cut))
		}
		switch {
		case len(d.Renderings) == 0:
			b.WriteString(":" + quoted(d.Body(), cut))
		case d.HasBody():
			b.WriteString("\nTo the others of these:" + quoted(d.Body(), cut))
		}
	}
	return b.String()
}

// many says how many would get a draft now.
func (s Sheet) many(d chat.Message) string {
	if s.Group == nil {
		return ""
	}
	switch n := Reached(d, s.Reach, *s.Group); n {
	case 0:
		return ", which is nobody now"
	case 1:
		return ", which is one member now"
	default:
		return fmt.Sprintf(", which is %d members now", n)
	}
}

// Reached is how many members of a group a bound message would reach.
func Reached(m chat.Message, ceiling chat.Audience, g chat.Membership) int {
	to, _ := audience.Of(m, ceiling).Resolve(g).Recipients()
	return to.Len()
}

// elsewhere is how a draft is released that its reviewers are not shown all of.
const elsewhere = "whoever runs the bot can read all of it, and release it, with botd dlq"

// quoted is a body with a mark before each line. To a sheet that is cut nothing is attached.
func quoted(body []chat.Element, cut bool) string {
	var b strings.Builder
	for _, e := range body {
		text := ""
		switch {
		case e.Text != nil:
			text = plugins.Clean(e.Text.Text)
		case cut:
			text = "(" + kind(e) + ", which does not fit in here)"
		default:
			text = "(" + kind(e) + ", see below)"
		}
		for line := range strings.SplitSeq(text, "\n") {
			b.WriteString("\n> " + line)
		}
	}
	return b.String()
}

// kind is what an element is, in words.
func kind(e chat.Element) string {
	switch {
	case e.Image != nil:
		return "a picture"
	case e.File != nil:
		return "a file"
	case e.Location != nil:
		return "a place"
	case e.Face != nil:
		return "a face"
	}
	return "something that the app shows in its own way"
}

// attached are all elements of the drafts but their texts.
func (s Sheet) attached() (list []chat.Element) {
	add := func(body []chat.Element) {
		for _, e := range body {
			if e.Text == nil {
				list = append(list, e)
			}
		}
	}
	for _, d := range s.Drafts {
		for _, r := range d.Renderings {
			add(r.Body())
		}
		add(d.Body())
	}
	return list
}

// tooLong reports a body that the service may refuse.
func tooLong(m chat.Message) bool {
	raw, err := json.Marshal(m.Body())
	return err != nil || len(raw) > chat.MaxBody
}

// At is a time as reviewers read it, by the clock of its zone.
func At(t time.Time) string { return t.Format("15:04 MST on Monday, 2 January") }

// Lapsed is what reviewers are told of drafts that nobody released.
func Lapsed(d chat.Drafts, by chat.Audience) chat.Message {
	return chat.Message{To: by, Text: fmt.Sprintf("Draft %s of bot %s, trigger %s, lapsed: nobody released it until %s, so nobody gets it.",
		d.Event, d.Bot, d.Trigger, At(d.Lapses))}
}
