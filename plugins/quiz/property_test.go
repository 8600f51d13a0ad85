package quiz

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// lesson plays events by hand, as a host would.
type lesson struct {
	t       *rapid.T
	h       plugins.Handler
	state   chat.State
	now     time.Time
	count   chat.EventID
	timers  []chat.Later  // each After from the beginning
	reports []chat.Ending // that have not come
}

var begins = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func (l *lesson) handle(e chat.Event) {
	l.count++
	e.ID, e.Time, e.State, e.Session, e.Timers = l.count, l.now, maps.Clone(l.state), chat.State{}, new(chat.Timers)
	said, err := l.h.Handle(l.t.Context(), e)
	if err != nil {
		return // what is refused changes nothing
	}
	l.state = e.State
	for _, later := range e.Timers.List() {
		l.timers = slices.DeleteFunc(l.timers, func(x chat.Later) bool { return x.Key == later.Key })
		if !later.Cancel {
			later.After += chat.Duration(l.now.Sub(begins))
			l.timers = append(l.timers, later)
		}
	}
	for _, m := range said {
		l.check(m)
		if m.Report != nil {
			l.reports = append(l.reports, chat.Ending{Message: 1, Status: chat.Done, Outcome: chat.Sent, Data: m.Report.Data})
		}
	}
	l.goesOn()
}

// check holds a message against who may see what is in it.
func (l *lesson) check(m chat.Message) {
	if err := m.Validate(); err != nil {
		l.t.Fatalf("%q: %v", m.Text, err)
	}
	admins := cmp.Equal(m.To, chat.Admins)
	if (strings.Contains(m.Text, "answered question") || strings.Contains(m.Text, "given by")) && !admins {
		l.t.Fatalf("%q is for %+v", m.Text, m.To)
	}
	if i := strings.Index(m.Text, "right answer is: right-"); i >= 0 {
		id := m.Text[i+len("right answer is: right-"):]
		for _, u := range m.To.Users {
			if !slices.Contains(played.Get(l.state).Answered[id], u) {
				l.t.Fatalf("%s is told the right answer to %s, and has not answered", u, id)
			}
		}
		if len(m.To.Users) == 0 || m.To.Everyone || m.To.Roles != nil {
			l.t.Fatalf("%q is for %+v", m.Text, m.To)
		}
	} else if strings.Contains(m.Text, "right-") && !admins {
		l.t.Fatalf("%q is for %+v", m.Text, m.To)
	}
}

// goesOn reports a round that waits for nothing.
func (l *lesson) goesOn() {
	g := played.Get(l.state)
	if g.Round == nil {
		return
	}
	id := string(g.Round.open().ID)
	for _, later := range l.timers {
		var c closes
		if err := json.Unmarshal(later.Payload, &c); err == nil && c.Question == id && c.Asked == g.Open[id] && g.Open[id] != 0 {
			return
		}
	}
	l.t.Fatalf("question %s of a round is open, and no timer closes it", id)
}

func (l *lesson) webhook(name chat.TriggerName, format string, args ...any) {
	l.handle(chat.Event{Kind: chat.Webhook, Name: name, Payload: json.RawMessage(fmt.Sprintf(format, args...))})
}

// anything has something happen.
func (l *lesson) anything() {
	user := rapid.SampledFrom([]chat.UserID{"cy", "dee", "eli"}).Draw(l.t, "who")
	n := rapid.IntRange(1, 4).Draw(l.t, "question")
	given := rapid.SampledFrom([]string{fmt.Sprintf("right-q%d", n), "given by " + string(user)}).Draw(l.t, "answer")
	switch rapid.IntRange(0, 9).Draw(l.t, "what") {
	case 0:
		l.webhook("ask", `{"id": "q%d", "text": "?", "answer": "right-q%[1]d", "to": {"everyone": true}%s}`, n, rapid.SampledFrom([]string{"", `, "closes": "1m"`}).Draw(l.t, "closes"))
	case 1:
		l.webhook("round", `{"id": "r%d", "to": {"roles": ["member"]}, "each": "1m", "questions": [{"id": "q%[1]d", "text": "?", "answer": "right-q%[1]d"}, {"id": "q%[2]d", "text": "?", "answer": "right-q%[2]d"}]}`, n, n%4+1)
	case 2:
		l.handle(chat.Event{Kind: chat.Typed, Name: "typed", Text: fmt.Sprintf("/answer q%d %s", n, given), Sender: &chat.Member{ID: user, Role: chat.Normal}})
	case 3, 4, 5:
		l.webhook("answers", `{"user": %q, "question": "q%d", "answer": %q}`, user, n, "given by "+string(user)+given)
	case 6:
		if rapid.IntRange(0, 5).Draw(l.t, "really") == 0 {
			l.webhook("finish", `{}`)
		}
	case 7:
		l.timer()
	default:
		l.report()
	}
}

// timer has time pass until the next timer comes.
func (l *lesson) timer() {
	if len(l.timers) == 0 {
		return
	}
	slices.SortStableFunc(l.timers, func(a, b chat.Later) int { return int(a.After - b.After) })
	first := l.timers[0]
	l.timers = l.timers[1:]
	if at := begins.Add(time.Duration(first.After)); at.After(l.now) {
		l.now = at
	}
	l.handle(chat.Event{Kind: chat.Timer, Name: first.Name, Payload: first.Payload})
}

// report tells how a question was delivered, perhaps late.
func (l *lesson) report() {
	if len(l.reports) == 0 {
		return
	}
	i := rapid.IntRange(0, len(l.reports)-1).Draw(l.t, "report")
	end := l.reports[i]
	l.reports = slices.Delete(l.reports, i, i+1)
	end.People, end.Reached = 3, rapid.IntRange(0, 3).Draw(l.t, "reached")
	raw, err := json.Marshal(end)
	if err != nil {
		l.t.Fatal(err)
	}
	l.handle(chat.Event{Kind: chat.Reported, Name: "asked", Payload: raw})
}

// Whatever happens, answers are for the owner and the admins, the right one is for those
// who have answered, and a round never stands still.
func TestNobodyCopiesAndARoundGoesOn(t *testing.T) {
	h, err := Plugin.New(json.RawMessage(`{"bonus": 3, "reveal": true}`))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		l := lesson{t: rt, h: h, state: chat.State{}, now: begins}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			l.anything()
		}
	})
}
