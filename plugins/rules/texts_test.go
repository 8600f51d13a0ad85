package rules

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// class is the members as they are told to a rule that asks for what is known of them.
var class = []chat.Member{
	{ID: "ann", Role: chat.Owner, Name: "Ann", Profile: &chat.Profile{Fields: map[string]string{"team": "red"}}},
	{ID: "bo", Role: chat.Admin, Profile: &chat.Profile{Spoke: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)}},
	{ID: "cy", Role: chat.Normal, Name: "Cy {{ x }}", Profile: &chat.Profile{}},
}

func telling(t *testing.T, rule string, members []chat.Member) ([]chat.Message, error) {
	t.Helper()
	return handler(t, `{"rules": [`+rule+`]}`).Handle(t.Context(), chat.Event{Name: "a", State: chat.State{}, Session: chat.State{}, Members: members,
		Time: time.Date(2026, 12, 3, 9, 0, 0, 0, time.UTC), Payload: json.RawMessage(`{"n": 3, "who": "bo"}`)})
}

func TestARuleHasSeveralTexts(t *testing.T) {
	got, err := telling(t, `{"on": "a", "to": "member", "say": "Look.", "renderings": [{"to": "admin and id == payload.who", "say": "{{ payload.n }} wait."}, {"to": {"roles": ["owner"]}, "say": "All is well."}]}`, nil)
	want := []chat.Message{{To: chat.Audience{Everyone: true, Where: "member"}, Text: "Look.", Renderings: []chat.Rendering{
		{To: chat.Audience{Everyone: true, Where: `admin and id == "bo"`}, Text: "3 wait."}, {To: chat.Owners, Text: "All is well."}}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got, err := telling(t, `{"on": "a", "to": "member", "renderings": [{"to": "admin", "say": "{{ payload.n }} wait."}]}`, nil); err != nil || len(got) != 1 || got[0].HasBody() {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = telling(t, `{"on": "a", "to": "member", "say": "Look.", "renderings": [{"to": "admin", "say": "{{ payload.not }}"}]}`, nil)
	if err == nil || !strings.Contains(err.Error(), "rule 1 (a): renderings[0].say: comes to nothing") {
		t.Errorf("an empty text would give them the other: %v", err)
	}
}

func TestEachMemberGetsTheirOwnText(t *testing.T) {
	const rule = `{"on": "a", "to": "not owner or fields.team == 'red'", "say_each": "{{ card ?? id }}: {{ fields.team ?? 'no team' }}, {{ spoke == nil ? 'silent' : spoke }}, {{ role }}, {{ payload.n }}"}`
	got, err := telling(t, rule, class)
	want := []chat.Rendering{
		{To: chat.Users("ann"), Text: "Ann: red, silent, owner, 3"},
		{To: chat.Users("bo"), Text: "bo: no team, 2026-11-27 09:00 UTC, admin, 3"},
		{To: chat.Users("cy"), Text: "Cy {{ x }}: no team, silent, member, 3"},
	}
	if err != nil || len(got) != 1 || got[0].HasBody() || cmp.Diff(want, got[0].Renderings) != "" {
		t.Errorf("%v %+v", err, got)
	}
	got, err = telling(t, strings.Replace(rule, "not owner or fields.team == 'red'", "admin and spoke != nil", 1), class)
	if err != nil || len(got) != 1 || cmp.Diff(want[1:2], got[0].Renderings) != "" {
		t.Errorf("narrowed: %v %+v", err, got)
	}
	got, err = telling(t, `{"on": "a", "to": {"roles": ["admin", "member"], "except": ["cy"]}, "say_each": "Hello {{ id }}"}`, class)
	if err != nil || len(got) != 1 || len(got[0].Renderings) != 1 || got[0].Renderings[0].Text != "Hello bo" {
		t.Errorf("an audience that is written out: %v %+v", err, got)
	}
	if got, err := telling(t, `{"on": "a", "to": "id == 'zoe'", "say_each": "Hello"}`, class); err != nil || len(got) > 0 {
		t.Errorf("for nobody: %v %+v", err, got)
	}
	many := make([]chat.Member, chat.MaxRenderings+1)
	for i := range many {
		many[i] = chat.Member{ID: chat.UserID(strings.Repeat("x", i%30+1) + string(rune('a'+i/30))), Role: chat.Normal}
	}
	if _, err := telling(t, `{"on": "a", "to": "member", "say_each": "Hello {{ id }}"}`, many); err == nil || !strings.Contains(err.Error(), "say_each: it is for 501 members, and a message can have 500 texts; narrow to:") {
		t.Error(err)
	}
	if _, err := telling(t, rule, nil); err == nil || !strings.Contains(err.Error(), "who is in the group is not known here") {
		t.Error(err)
	}
}

func TestWhatTheTextsNeedIsAskedFor(t *testing.T) {
	for rule, want := range map[string]string{
		`{"on": "a", "to": "spoke == nil", "say": "x"}`:                                                   "",
		`{"on": "a", "to": "member", "say_each": "{{ id }} {{ card }}"}`:                                  "members members.card",
		`{"on": "a", "to": "spoke == nil and fields.seat != nil", "say_each": "{{ fields.team ?? id }}"}`: "members members.fields.seat members.fields.team members.spoke",
		`{"on": "a", "to": {"everyone": true, "where": "joined < now"}, "say_each": "{{ id }}"}`:          "members members.joined",
	} {
		h, ok := handler(t, `{"rules": [`+rule+`]}`).(plugins.Needing)
		if !ok {
			t.Fatal("it says nothing of what it needs")
		}
		if got := strings.Join(h.Needed(), " "); got != want || plugins.CheckNeeds(h.Needed()) != nil {
			t.Errorf("%s: %s, want %s", rule, got, want)
		}
	}
}

func TestMistakesInTextsAreToldAtTheirPlace(t *testing.T) {
	for rule, want := range map[string]string{
		`{"on": "a", "to": "member", "say": "x", "renderings": [{"say": "y"}]}`:                         "rule 1 (a): renderings[0]: whom is it for?",
		`{"on": "a", "to": "member", "say": "x", "renderings": [{"to": "admn", "say": "y"}]}`:           "rule 1 (a): renderings[0].to: unknown name admn",
		`{"on": "a", "to": "member", "say": "x", "renderings": [{"to": "admin"}]}`:                      "rule 1 (a): renderings[0]: what does it say?",
		`{"on": "a", "to": "member", "say": "x", "renderings": [{"to": "admin", "say": "{{ card }}"}]}`: "rule 1 (a): renderings[0].say: unknown name card",
		`{"on": "a", "to": "member", "say": "x", "say_each": "y"}`:                                      "rule 1 (a): say_each: another text stands beside it",
		`{"on": "a", "to": "member", "say_each": "{{ fields[id] }}"}`:                                   "rule 1 (a): say_each: of fields one is asked for by its name",
		`{"on": "a", "say_each": "{{ id }}"}`:                                                           "rule 1 (a): whom is it for?",
	} {
		if _, err := Plugin.New(json.RawMessage(`{"rules": [` + rule + `]}`)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", rule, err, want)
		}
	}
}
