package quiz

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/plugintest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTranscripts(t *testing.T) {
	for _, name := range []string{"quiz", "closing", "options", "mistakes", "round", "typed"} {
		t.Run(name, func(t *testing.T) { plugintest.Play(t, Plugin, "testdata/"+name+".chat") })
	}
}

func TestAnswersAreGraded(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		name, right, answer string
		says                *bool
		want                grade
	}{
		{"right", "the Nile", "the Nile", nil, correct},
		{"right, written otherwise", "the Nile", " THE\tnile ", nil, correct},
		{"not right", "the Nile", "the Niger", nil, incorrect},
		{"no right answer known", "", "the Nile", nil, ungraded},
		{"right, says the payload, and it decides", "the Nile", "Nile", &yes, correct},
		{"not right, says the payload", "the Nile", "the Nile", &no, incorrect},
		{"right, says the payload alone", "", "B", &yes, correct},
	} {
		t.Run(c.name, func(t *testing.T) {
			var g game
			if c.right != "" {
				g.ask("q1", c.right)
			}
			if got := g.answer("cy", given{Question: "q1", Answer: word(c.answer), Correct: c.says}, 2); got != c.want {
				t.Errorf("graded %d, want %d", got, c.want)
			}
			want := map[bool]int{true: 2}[c.want == correct]
			if g.Scores["cy"] != want {
				t.Errorf("%d points, want %d", g.Scores["cy"], want)
			}
			if got := g.answer("cy", given{Question: "q1", Answer: "the Nile", Correct: &yes}, 2); got != repeated || g.Scores["cy"] != want {
				t.Errorf("once more: graded %d, %d points; want %d and as many as before", got, g.Scores["cy"], repeated)
			}
			if got := g.answer("dee", given{Question: "q1", Answer: word(c.answer), Correct: c.says}, 2); got != c.want {
				t.Errorf("of somebody else: graded %d, want %d", got, c.want)
			}
		})
	}
}

func TestTheSoonerARightAnswerComesTheMoreItIsWorth(t *testing.T) {
	asked := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	four := 4
	g := game{Round: &running{Began: asked, round: round{Each: plugins.Duration(time.Minute), Questions: []question{{ID: "q1", Points: &four}, {ID: "q2"}}}}}
	q := quiz{Options{Points: 1, Bonus: 6}}
	for after, want := range map[time.Duration]int{-time.Second: 10, 0: 10, time.Second: 9, 10 * time.Second: 9, 30 * time.Second: 7, 59 * time.Second: 4, time.Minute: 4, time.Hour: 4} {
		if got := q.worth(g, "q1", asked.Add(after)); got != want {
			t.Errorf("after %v it is worth %d, want %d", after, got, want)
		}
	}
	if got := q.worth(g, "q7", asked); got != 1 {
		t.Errorf("a question that is not of the round is worth %d", got)
	}
}

func TestBoard(t *testing.T) {
	g := game{Scores: map[chat.UserID]int{"a": 1, "b": 3, "c": 3, "d": 2}}
	for places, want := range map[int]string{
		9: "Score board:\n1. b: 3 points\n1. c: 3 points\n3. d: 2 points\n4. a: 1 point",
		4: "Score board:\n1. b: 3 points\n1. c: 3 points\n3. d: 2 points\n4. a: 1 point",
		1: "Score board:\n1. b: 3 points\n… and 3 more",
	} {
		if got := g.board(places); got != want {
			t.Errorf("%d places:\n%s\nwant:\n%s", places, got, want)
		}
	}
}

func TestLongAnswersAreCutWhenShown(t *testing.T) {
	got := []rune(oneLine(strings.Repeat("é", 1000)))
	if len(got) != maxShown+1 || got[maxShown] != '…' {
		t.Errorf("shown with %d characters", len(got))
	}
}

func TestWhoAnswersWhenNoMoreCanBeRememberedIsTold(t *testing.T) {
	h, err := Plugin.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	e := chat.Event{Name: "answers", State: chat.State{}}
	user := func(n int) chat.UserID { return chat.UserID(fmt.Sprintf("user-%020d", n)) }
	answer := func(n int) []chat.Message {
		t.Helper()
		e.Sender = &chat.Member{ID: user(n), Role: chat.Normal}
		e.Payload = json.RawMessage(`{"question": "q1", "answer": "B"}`)
		said, err := h.Handle(t.Context(), e)
		if raw, _ := json.Marshal(e.State); err != nil || len(raw) > chat.MaxState {
			t.Fatalf("a state of %d bytes, and %v", len(raw), err)
		}
		return said
	}
	const many = 2300 // at 28 bytes each, nearly all that fit
	var g game
	for n := range many {
		g.answer(user(n), given{Question: "q1", Answer: "B"}, 1)
	}
	played.Set(e.State, g)
	var said []chat.Message
	for n := many; len(said) == 0 || !strings.Contains(said[0].Text, "no room"); n++ {
		if n > 2*many {
			t.Fatal("there is no end")
		}
		said = answer(n)
	}
	if len(said) != 2 || !slices.Equal(said[0].To.Users, []chat.UserID{e.Sender.ID}) || !strings.Contains(said[1].Text, "finish") || said[1].Collapse == "" {
		t.Errorf("%+v", said)
	}
	if slices.Contains(played.Get(e.State).Answered["q1"], e.Sender.ID) {
		t.Error("the answer was counted")
	}
	e.Name, e.Payload = "ask", json.RawMessage(`{"id": "q2", "text": "?", "answer": "`+strings.Repeat("x", 100)+`", "to": {"everyone": true}}`)
	if _, err := h.Handle(t.Context(), e); !errors.Is(err, plugins.ErrPermanent) || !strings.Contains(err.Error(), "finish") {
		t.Errorf("one more question: %v", err)
	}
	e.Name, e.Payload = "finish", nil
	delete(e.State, "quiz") // what a refused event did to it is not kept
	played.Set(e.State, g)
	if _, err := h.Handle(t.Context(), e); err != nil || len(e.State) != 0 {
		t.Errorf("after finish: %v, %d keys left", err, len(e.State))
	}
	e.Name = "answers"
	if said := answer(1); len(said) != 2 || strings.Contains(said[0].Text, "no room") {
		t.Errorf("the next quiz: %+v", said)
	}
}

// However many answer, a round goes on to its end: a question that could not be closed
// would stop it for ever.
func TestARoundComesToItsEndThoughNoMoreCanBeRemembered(t *testing.T) {
	h, err := Plugin.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	state, at, said := chat.State{}, begins, ""
	handle := func(e chat.Event) (timers []chat.Later) {
		t.Helper()
		e.ID, e.Time, e.State, e.Timers = 1, at, maps.Clone(state), new(chat.Timers)
		all, err := h.Handle(t.Context(), e)
		if raw, _ := json.Marshal(e.State); err != nil || len(raw) > chat.MaxState {
			t.Fatalf("a state of %d bytes, and %v", len(raw), err)
		}
		for _, m := range all {
			said += m.Text + "\n"
		}
		state = e.State
		return e.Timers.List()
	}
	var questions []string
	for n := range 20 {
		questions = append(questions, fmt.Sprintf(`{"id": "%02d%s", "text": "?", "answer": %q}`, n, strings.Repeat("<", 40), strings.Repeat("é", 200)))
	}
	var before game // in which many answered already
	for n := range 700 {
		before.answer(chat.UserID(fmt.Sprintf("user-%020d", n)), given{Question: "before", Answer: "B"}, 1)
	}
	played.Set(state, before)
	timers := handle(chat.Event{Name: "round", Payload: json.RawMessage(`{"id": "r1", "to": {"everyone": true}, "each": "1m", "questions": [` + strings.Join(questions, ", ") + `]}`)})
	for n := range questions {
		for u := range 60 {
			user := chat.UserID(fmt.Sprintf("user-%03d-%015d", n, u))
			payload := fmt.Sprintf(`{"question": %q, "answer": "B"}`, played.Get(state).Round.open().ID)
			handle(chat.Event{Name: "answers", Sender: &chat.Member{ID: user, Role: chat.Normal}, Payload: json.RawMessage(payload)})
		}
		if len(timers) != 1 {
			t.Fatalf("question %d: %d timers", n, len(timers))
		}
		at = at.Add(time.Minute)
		timers = handle(chat.Event{Kind: chat.Timer, Name: timers[0].Name, Payload: timers[0].Payload})
	}
	if !strings.Contains(said, "Round r1 is over.") || !strings.Contains(said, "no room for more answers") {
		t.Errorf("they see %.500q", said)
	}
}

func TestMistakesInOptions(t *testing.T) {
	for given, want := range map[string]string{
		`{"points": 0}`:                            "points: want at least 1",
		`{"places": 101}`:                          "places: want 1 to 100",
		`{"tell": {}}`:                             "tell: the audience names nobody",
		`{"tell": {"roles": ["teacher"]}}`:         `tell: no role "teacher"; have owner, admin, member`,
		`{"tel": {"users": ["cy"]}}`:               "tel: unknown name; did you mean tell? have bonus, places, points, reveal, tell",
		`{"points": -1, "tell": {"any_of": [{}]}}`: "points: want at least 1; tell: the audience names nobody",
	} {
		if err := Plugin.Check(json.RawMessage(given)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", given, err, want)
		}
	}
}
