package bots_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
)

var reviewed = &chat.Review{By: chat.Admins, Lapses: chat.Duration(4 * time.Hour)}

// reviewing has the answers to the bot's webhook reviewed.
func reviewing(s *bots.Spec) {
	for i := range s.Triggers {
		if s.Triggers[i].Name == "answers" {
			s.Triggers[i].Review = reviewed
		}
	}
}

// council is a rig with two admins, whose bot says hello to all, after review.
func council(t *testing.T, edits ...func(*bots.Spec)) *rig {
	t.Helper()
	r := newRig(t, hello, append([]func(*bots.Spec){reviewing}, edits...)...)
	r.directory.members = []chat.Member{{ID: "alice", Role: chat.Owner}, {ID: "bob", Role: chat.Admin}, {ID: "carol", Role: chat.Normal}}
	return r
}

// draft is an event whose draft waits.
func (r *rig) draft(group chat.GroupID) chat.EventID {
	r.t.Helper()
	e := r.arrive(group, "", `{}`)
	r.settle(minute)
	r.ended(e, chat.Done, chat.Handled)
	return e
}

// typed is what a member writes about drafts, and what the member is told.
func (r *rig) typed(group chat.GroupID, from chat.UserID, text string) (told string) {
	r.t.Helper()
	e := r.write(group, from, text)
	r.settle(minute)
	h := r.ended(e, chat.Done, chat.Handled)
	return r.answer(h, from)
}

func (r *rig) write(group chat.GroupID, from chat.UserID, text string) chat.EventID {
	r.t.Helper()
	r.keys++
	a, err := r.bots.Bot("quiz").HeardBy(bots.ReviewTrigger, bots.Written{Group: group, Sender: from, Text: text, Key: fmt.Sprint("typed/", r.keys)})
	must(r.t, err)
	receipt, err := r.store.Accept(context.Background(), a)
	must(r.t, err)
	return receipt.Events[0]
}

// answer is the one thing that one member is told at the end of an event.
func (r *rig) answer(h chat.EventHistory, to chat.UserID) string {
	r.t.Helper()
	if len(h.Messages) != 1 || !h.Messages[0].Own || !slices.Equal(h.Messages[0].To.Users, []chat.UserID{to}) || len(h.Messages[0].To.Roles) > 0 {
		r.t.Fatalf("what is said is %+v", h.Messages)
	}
	return h.Messages[0].Message.Text
}

// drafts are how the drafts of an event stand, and how many messages were made of them.
func (r *rig) drafts(e chat.EventID) (stand string, made int) {
	r.t.Helper()
	for _, m := range r.history(e).Messages {
		if !m.Lapses.IsZero() {
			stand += chat.Stand{Status: m.Status, Outcome: m.Outcome}.String() + " (" + m.Reason + ")"
		}
		if m.ReplayOf != 0 {
			made++
		}
	}
	return stand, made
}

func TestWhatAPluginAnswersWaitsForItsReviewers(t *testing.T) {
	r := council(t)
	e := r.draft(class)
	h := r.history(e)
	if len(h.Messages) != 2 {
		t.Fatalf("there are %+v", h.Messages)
	}
	draft, shown := h.Messages[0], h.Messages[1]
	if draft.Status != chat.Held || draft.Outcome != chat.Drafted || !draft.Lapses.Equal(r.clock.Now().Add(4*time.Hour).Truncate(time.Microsecond)) || !strings.Contains(draft.Reason, "/release "+e.String()) {
		t.Errorf("the draft is %+v", draft.MessageRecord)
	}
	if !shown.Own || !slices.Equal(shown.To.Roles, chat.Admins.Roles) || !strings.Contains(shown.Message.Text, "To everyone, which is 3 members now:\n> hello") {
		t.Errorf("what is shown is %+v: %s", shown.MessageRecord, shown.Message.Text)
	}
	t.Run("and goes once, when one of them releases it", func(t *testing.T) {
		if told := r.typed(class, "bob", "/release"); told != "Draft e1 is released, and goes to those who may see it now." {
			t.Errorf("bob is told %q", told)
		}
		if stand, made := r.drafts(e); stand != "done: retried (released as m3 by member bob)" || made != 1 {
			t.Errorf("it is %s, as %d messages", stand, made)
		}
		if told := r.typed(class, "alice", "/discard e1 no"); told != "Draft e1 does not wait any more: released as m3 by member bob." {
			t.Errorf("alice is told %q", told)
		}
		if _, made := r.drafts(e); made != 1 {
			t.Errorf("there are %d messages", made)
		}
	})
	t.Run("and other triggers' do not wait", func(t *testing.T) {
		r.keys++
		receipt, err := r.store.Accept(t.Context(), chat.Arrival{Key: "strike", App: "main", Bot: "quiz", Trigger: "strike", Kind: chat.Schedule, Groups: []chat.GroupID{class}})
		must(t, err)
		r.settle(minute)
		if stand, _ := r.drafts(receipt.Events[0]); stand != "" {
			t.Errorf("it is %s", stand)
		}
	})
}

func TestWhatItsReviewersWereNotShownWholeIsNotReleasedByThem(t *testing.T) {
	r := council(t, func(s *bots.Spec) {
		s.Plugin = pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) {
			return append(chat.Owners.Say("%s", strings.Repeat("a line\n", 1000)), chat.Everyone.Say("%s", strings.Repeat("a line\n", 1000))...), nil
		})
	})
	e := r.draft(class)
	const told = "Draft e1 is too long to be shown whole here, and is not released by who has not seen all of it: " +
		"whoever runs the bot can read all of it, and release it, with botd dlq. /discard e1 gives it up. Nothing has happened."
	for _, text := range []string{"/release e1", "/release"} {
		if got := r.typed(class, "alice", text); got != told {
			t.Errorf("alice writes %s and is told %q", text, got)
		}
	}
	if got := r.typed(class, "carol", "/release e1"); !strings.HasPrefix(got, "There is no draft e1") {
		t.Errorf("carol is told %q", got)
	}
	list := r.history(e).Messages
	for _, m := range list[:2] {
		if m.Outcome != chat.Drafted || !strings.Contains(m.Reason, "too long for its reviewers to be shown whole") {
			t.Errorf("it is %s (%s)", m.Outcome, m.Reason)
		}
	}
	if shown := list[2].Message.Text; strings.Contains(shown, "/release") || !strings.Contains(shown, "Write /discard e1") {
		t.Errorf("what is shown is %.400s", shown)
	}
	if _, err := r.store.ApproveMessage(t.Context(), list[0].ID, chat.By{Who: "ann"}); err != nil {
		t.Errorf("an operator releases one, and it is %v", err)
	}
	if got := r.typed(class, "bob", "/discard e1"); got != "Draft e1 is discarded; nobody gets it." {
		t.Errorf("bob is told %q", got)
	}
	if stand, made := r.drafts(e); made != 1 || !strings.Contains(stand, "dropped by member bob") {
		t.Errorf("it is %s, as %d messages", stand, made)
	}
}

func TestADiscardedDraftGoesToNobody(t *testing.T) {
	r := council(t)
	e := r.draft(class)
	if told := r.typed(class, "alice", "/discard e1 it is monday"); told != "Draft e1 is discarded; nobody gets it." {
		t.Errorf("alice is told %q", told)
	}
	if stand, made := r.drafts(e); stand != "done: dropped (dropped by member alice: it is monday)" || made != 0 {
		t.Errorf("it is %s, as %d messages", stand, made)
	}
}

func TestOnlyWhoReviewsNowDecides(t *testing.T) {
	const none, unknown = "There is no draft that is yours to decide. Nothing has happened.", "There is no draft e1 that is yours to decide. Nothing has happened."
	r := council(t, func(s *bots.Spec) { s.Limits.RoleMaxAge = time.Minute })
	r.draft(class)
	for _, c := range []struct{ from, text, told string }{
		{"carol", "/release", none},
		{"carol", "/release e1", unknown},
		{"carol", "/discard e1", unknown},
		{"carol", "/release e2", strings.Replace(unknown, "e1", "e2", 1)}, // as if there was none
		{"alice", "/release e2", strings.Replace(unknown, "e1", "e2", 1)},
	} {
		if told := r.typed(class, chat.UserID(c.from), c.text); told != c.told {
			t.Errorf("%s writes %s and is told %q", c.from, c.text, told)
		}
	}
	if told := r.typed(team, "alice", "/release e1"); told != unknown {
		t.Errorf("in another group alice is told %q", told)
	}
	r.directory.set(func() { r.directory.members[1].Role = chat.Normal })
	if told := r.typed(class, "bob", "/release e1"); told != unknown {
		t.Errorf("who is an admin no more is told %q", told)
	}
	r.directory.set(func() { r.directory.members[2].Role = chat.Admin })
	if told := r.typed(class, "carol", "/release e1"); !strings.HasPrefix(told, "Draft e1 is released") {
		t.Errorf("who became one is told %q", told)
	}
	if told := r.typed(class, "bob", "/release e1"); told != unknown {
		t.Errorf("who may not know what became of it is told %q", told)
	}
}

func TestNobodyDecidesAboutWhatTheBotMayNotShowThem(t *testing.T) {
	r := council(t, func(s *bots.Spec) { s.Audience = chat.Everyone.But("bob") })
	r.draft(class)
	if told := r.typed(class, "bob", "/release e1"); !strings.Contains(told, "no draft e1 that is yours") {
		t.Errorf("bob is told %q", told)
	}
	if told := r.typed(class, "alice", "/release e1"); !strings.HasPrefix(told, "Draft e1 is released") {
		t.Errorf("alice is told %q", told)
	}
}

// Who they are is found out by what the rules ask about members, also after the decision.
func TestReviewersAndReadersAreKnownByFacts(t *testing.T) {
	fact := func(source string) chat.Audience { return chat.Audience{Everyone: true, Where: source} }
	r := council(t, func(s *bots.Spec) {
		s.Triggers[0].Review = &chat.Review{By: fact(`fields.desk == "news"`), Lapses: chat.Duration(time.Hour)}
		s.Audience = fact(`fields.team == "red"`)
		s.Plugin = pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) {
			return chat.Rather(chat.Everyone.Say("hello"), fact(`fields.desk == nil`).Say("hello, you")), nil
		})
	})
	r.directory.fields = map[chat.UserID]map[string]string{"alice": {"team": "red", "desk": "sport"}, "bob": {"team": "red", "desk": "news"}, "carol": {"team": "blue", "desk": "news"}}
	e := r.draft(class)
	if shown := r.history(e).Messages[1].Message.Text; !strings.Contains(shown, "To everyone, which is 2 members now") {
		t.Errorf("what is shown is %s", shown)
	}
	for from, told := range map[chat.UserID]string{"alice": "There is no draft e1", "carol": "There is no draft e1"} {
		if got := r.typed(class, from, "/release e1"); !strings.HasPrefix(got, told) {
			t.Errorf("%s is told %q", from, got)
		}
	}
	if got := r.typed(class, "bob", "/release"); !strings.HasPrefix(got, "Draft e1 is released") {
		t.Errorf("bob is told %q", got)
	}
	if got := r.typed(class, "bob", "/discard e1"); !strings.HasPrefix(got, "Draft e1 does not wait any more") {
		t.Errorf("bob is told %q afterwards", got)
	}
	if got := r.typed(class, "alice", "/discard e1"); !strings.HasPrefix(got, "There is no draft e1") {
		t.Errorf("alice is told %q afterwards", got)
	}
}

func TestReviewersAreToldTimesByTheClockOfTheSchedule(t *testing.T) {
	seoul, err := time.LoadLocation("Asia/Seoul")
	must(t, err)
	r := council(t, func(s *bots.Spec) { s.Triggers[0].Zone = seoul })
	e := r.draft(class)
	const by = "13:00 KST on Thursday, 1 January"
	if m := r.history(e).Messages[1]; !strings.Contains(m.Message.Text, "Unanswered it lapses at "+by+".") {
		t.Errorf("they are shown %s", m.Message.Text)
	}
	r.draft(class)
	if told := r.typed(class, "alice", "/release"); !strings.Contains(told, "lapses at "+by) {
		t.Errorf("alice is told %q", told)
	}
	r.clock.Advance(4*time.Hour + time.Minute)
	if told := r.typed(class, "alice", "/release e1"); !strings.Contains(told, "until "+by) {
		t.Errorf("too late she is told %q", told)
	}
	if _, err := r.lapses(nil).End(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := r.history(e).Messages
	if m := list[len(list)-1]; !strings.Contains(m.Message.Text, "until "+by) {
		t.Errorf("then they are told %s", m.Message.Text)
	}
}

func TestADecisionDoesNotHangOnTheBotThatHeardIt(t *testing.T) {
	r := council(t)
	notices := specOf(hello, bots.Trigger{Name: "weekly", Kind: chat.Webhook, Review: reviewed})
	notices.Name, notices.Account = "notices", "noticebot"
	r.configure(r.bots.Bot("quiz").Spec, notices)
	receipt, err := r.store.Accept(t.Context(), chat.Arrival{Key: "n", App: "main", Bot: "notices", Trigger: "weekly", Kind: chat.Webhook, Groups: []chat.GroupID{class}})
	must(t, err)
	r.settle(minute)
	typed := r.write(class, "alice", "/release")
	r.configure(notices) // quiz heard it
	r.settle(minute)
	if told := r.answer(r.ended(typed, chat.Done, chat.Handled), "alice"); !strings.HasPrefix(told, "Draft "+receipt.Events[0].String()+" is released") {
		t.Errorf("alice is told %q", told)
	}
}

func TestADecisionOfWhichNoBotIsLeftEnds(t *testing.T) {
	r := council(t)
	r.draft(class)
	typed := r.write(class, "alice", "/release")
	must(t, r.bots.Replace(nil))
	r.settle(minute)
	if h := r.ended(typed, chat.Done, chat.Refused); !strings.Contains(h.Event.Reason, "is not in the group any more") {
		t.Errorf("it says %s", h.Event.Reason)
	}
}

func TestOfSeveralDraftsOneIsNamed(t *testing.T) {
	r := council(t)
	other := specOf(hello, bots.Trigger{Name: "weekly", Kind: chat.Webhook, Review: &chat.Review{By: chat.Owners, Lapses: chat.Duration(time.Hour)}})
	other.Name, other.Account = "notices", "noticebot"
	own := r.bots.Bot("quiz").Spec
	r.configure(own, other)
	mine := r.draft(class)
	receipt, err := r.store.Accept(t.Context(), chat.Arrival{Key: "n", App: "main", Bot: "notices", Trigger: "weekly", Kind: chat.Webhook, Groups: []chat.GroupID{class}})
	must(t, err)
	theirs := receipt.Events[0]
	r.settle(minute)
	if told := r.typed(class, "alice", "/release"); !strings.Contains(told, "2 drafts wait for you") || !strings.Contains(told, "/release "+theirs.String()+": of bot notices, trigger weekly") {
		t.Errorf("alice is told %q", told)
	}
	e := r.write(class, "alice", "/release "+theirs.String())
	r.settle(minute)
	h := r.ended(e, chat.Done, chat.Handled)
	if told := r.answer(h, "alice"); !strings.HasPrefix(told, "Draft "+theirs.String()+" is released") || h.Messages[0].Bot != "notices" {
		t.Errorf("%s tells her %q", h.Messages[0].Bot, told)
	}
	if stand, _ := r.drafts(mine); !strings.HasPrefix(stand, "held: review") {
		t.Errorf("the other one is %s", stand)
	}
	// Bob reviews one of the two, so there is one for him.
	if told := r.typed(class, "bob", "/discard"); !strings.HasPrefix(told, "Draft "+mine.String()+" is discarded") {
		t.Errorf("bob is told %q", told)
	}
}

func TestASlipDecidesNothing(t *testing.T) {
	r := council(t)
	e := r.draft(class)
	if told := r.typed(class, "alice", "/relase e1"); !strings.Contains(told, "did you mean /release?") {
		t.Errorf("alice is told %q", told)
	}
	if stand, _ := r.drafts(e); !strings.HasPrefix(stand, "held: review") {
		t.Errorf("it is %s", stand)
	}
}

func TestWhatIsForTheSenderAloneIsNotReviewed(t *testing.T) {
	r := council(t, func(s *bots.Spec) {
		s.Plugin = pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) {
			return append(chat.Sender.Say("It is being looked at."), chat.Everyone.Say("hello")...), nil
		})
		s.Triggers = append(s.Triggers, bots.Trigger{Name: "ask", Kind: chat.Typed, Hears: &bots.Hears{Via: chat.ViaGroup, Held: true}, Review: reviewed})
	})
	said := func(e chat.EventID) map[string]string {
		r.settle(minute)
		texts := map[string]string{}
		for _, m := range r.ended(e, chat.Done, chat.Handled).Messages {
			if !m.Own {
				texts[m.Message.Text] = string(m.Outcome)
			}
		}
		return texts
	}
	a, err := r.bots.Bot("quiz").HeardBy("ask", bots.Written{Group: class, Sender: "carol", Text: "/ask", Key: "typed"})
	must(t, err)
	receipt, err := r.store.Accept(t.Context(), a)
	must(t, err)
	if got := said(receipt.Events[0]); len(got) != 2 || got["It is being looked at."] != "" || got["hello"] != string(chat.Drafted) {
		t.Errorf("there are %v", got)
	}
	t.Run("unless a webhook says who that is", func(t *testing.T) {
		if got := said(r.arrive(class, "carol", `{}`)); len(got) != 2 || got["It is being looked at."] != string(chat.Drafted) || got["hello"] != string(chat.Drafted) {
			t.Errorf("there are %v", got)
		}
	})
}

func TestWhereNobodyReviewsADraftLapses(t *testing.T) {
	r := council(t, func(s *bots.Spec) {
		s.Triggers[0].Review = &chat.Review{By: chat.Sender, Lapses: chat.Duration(time.Hour)}
	})
	e := r.draft(class)
	if h := r.history(e); len(h.Messages) != 1 || h.Messages[0].Outcome != chat.Drafted || !strings.Contains(r.log.String(), "there is nobody to review") {
		t.Errorf("there are %+v", h.Messages)
	}
}

func TestAGroupThatCannotBeReadIsShownWithoutANumber(t *testing.T) {
	r := council(t)
	r.directory.set(func() { r.directory.err = errors.New("not now") })
	e := r.draft(class)
	if m := r.history(e).Messages[1]; !strings.Contains(m.Message.Text, "To everyone:\n> hello") {
		t.Errorf("it says %s", m.Message.Text)
	}
}

// lapses end what is due by the rig's clock.
func (r *rig) lapses(ended func(chat.Drafts)) bots.Lapses {
	return bots.Lapses{Store: r.store, Bots: r.bots.Bot, Clock: r.clock, Ended: ended}
}

func TestReviewersAreToldOnceThatADraftLapsed(t *testing.T) {
	r := council(t)
	e := r.draft(class)
	n := 0
	l := r.lapses(func(d chat.Drafts) { n += d.Messages })
	next, err := l.End(t.Context())
	must(t, err)
	r.clock.Advance(next.Sub(r.clock.Now()))
	for range 3 {
		if _, err := l.End(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	h := r.history(e)
	last := h.Messages[len(h.Messages)-1]
	if stand, made := r.drafts(e); n != 1 || made != 0 || !strings.HasPrefix(stand, "done: lapsed (nobody released it until 2026-01-01T04:00:0") {
		t.Errorf("%d lapsed; it is %s", n, stand)
	}
	if len(h.Messages) != 3 || !last.Own || !strings.HasPrefix(last.Message.Text, "Draft e1 of bot quiz, trigger answers, lapsed: nobody released it until 04:00 UTC on Thursday, 1 January") ||
		!slices.Equal(last.To.Roles, chat.Admins.Roles) {
		t.Errorf("they are told by %+v: %s", last.MessageRecord, last.Message.Text)
	}
	if told := r.typed(class, "alice", "/release e1"); !strings.HasPrefix(told, "Draft e1 does not wait any more: nobody released it until") {
		t.Errorf("alice is told %q", told)
	}
}

func TestAReleaseThatComesTooLateSendsNothing(t *testing.T) {
	r := council(t)
	e := r.draft(class)
	r.clock.Advance(4*time.Hour + time.Second) // and nobody has noticed yet
	if told := r.typed(class, "alice", "/release e1"); !strings.HasPrefix(told, "Draft e1 of bot quiz, trigger answers, lapsed") {
		t.Errorf("alice is told %q", told)
	}
	if _, made := r.drafts(e); made != 0 {
		t.Errorf("%d messages were made of it", made)
	}
}

// racing is a store in which somebody else decides just before this one.
type racing struct {
	bots.Store
	first func()
}

func (s *racing) EndEvent(ctx context.Context, e chat.EventEnd) error {
	if f := s.first; f != nil && e.Decision != nil {
		s.first = nil
		f()
	}
	return s.Store.EndEvent(ctx, e)
}

func TestWhoIsAMomentTooLateIsToldWhoWasFaster(t *testing.T) {
	ann := chat.By{Who: "ann"}
	for name, c := range map[string]struct {
		first func(r *rig)
		told  string
		made  int
	}{
		"approved by an operator": {func(r *rig) {
			_, err := r.store.ApproveMessage(context.Background(), 1, ann)
			must(r.t, err)
		}, "released as m3 by ann", 1},
		"dropped by an operator": {func(r *rig) { must(r.t, r.store.DropMessage(context.Background(), 1, ann)) }, "dropped by ann", 0},
		"lapsed": {func(r *rig) {
			r.clock.Advance(5 * time.Hour)
			_, err := r.lapses(nil).End(context.Background())
			must(r.t, err)
		}, "nobody released it until", 0},
		"lapsed, which nobody has noticed": {func(r *rig) { r.clock.Advance(5 * time.Hour) }, "nobody released it in time", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := council(t)
			e := r.draft(class)
			r.dispatcher.Store = &racing{r.store, func() { c.first(r) }}
			if told := r.typed(class, "alice", "/release e1"); !strings.HasPrefix(told, "Draft e1 does not wait any more: "+c.told) {
				t.Errorf("alice is told %q", told)
			}
			if _, made := r.drafts(e); made != c.made {
				t.Errorf("%d messages were made of it", made)
			}
		})
	}
}

func TestWhatComesOfATimerIsReviewedAsWhatSetIt(t *testing.T) {
	r := council(t, func(s *bots.Spec) {
		s.Plugin = pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			if e.Kind != chat.Timer {
				e.Timers.Add(chat.Later{Name: "later", After: chat.Duration(time.Minute)})
			}
			return chat.Everyone.Say("of %s", e.Kind), nil
		})
	})
	r.draft(class)
	r.clock.Advance(2 * time.Minute)
	fired, _, err := r.store.FireTimers(t.Context(), 10)
	must(t, err)
	if len(fired) != 1 {
		t.Fatalf("%d timers came", len(fired))
	}
	r.settle(minute)
	if stand, _ := r.drafts(fired[0].Made); !strings.HasPrefix(stand, "held: review") {
		t.Errorf("it is %q: %+v", stand, r.history(fired[0].Made).Messages)
	}
	if told := r.typed(class, "alice", "/discard "+fired[0].Made.String()); !strings.Contains(told, "is discarded") {
		t.Errorf("alice is told %q", told)
	}
}

func TestADecisionThatIsHandledAgainDecidesNothing(t *testing.T) {
	r := council(t)
	r.draft(class)
	typed := r.write(class, "alice", "/release")
	r.settle(minute)
	second := r.draft(class)
	receipt, err := r.store.ReplayEvent(t.Context(), typed, chat.By{Who: "ann"})
	must(t, err)
	r.settle(minute)
	if h := r.ended(receipt.Events[0], chat.Done, chat.Refused); len(h.Messages) > 0 {
		t.Errorf("what is said is %+v", h.Messages)
	}
	if stand, made := r.drafts(second); !strings.HasPrefix(stand, "held: review") || made != 0 {
		t.Errorf("the draft of after it is %s", stand)
	}
}

func TestNoTriggerHasTheNameOfTheReview(t *testing.T) {
	if _, err := bots.New(specOf(hello, bots.Trigger{Name: bots.ReviewTrigger, Kind: chat.Webhook})); err == nil || !strings.Contains(err.Error(), "botd's own") {
		t.Errorf("it is %v", err)
	}
}
