package daemon_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// announcing is a bot without any trigger for what members write, whose announcements
// the admins review.
const announcing = `
  announcer:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      announce: {webhook: announce, verify: {bearer: {token_file: hook.token}}, review: {by: {roles: [owner, admin]}, lapses: 1h}}
    plugin: notice
    options: {to: {everyone: true}}
    audience: {everyone: true}
`

// announces has the bot make a draft, and waits until its reviewers have been shown it.
func (r *rig) announces(text string) chat.EventHistory {
	r.t.Helper()
	a := r.do(http.MethodPost, r.public+"/hooks/announce", http.Header{"Authorization": {"Bearer " + hookToken}, "Content-Type": {"application/json"}}, `{"text":"`+text+`"}`)
	if a.status != http.StatusAccepted {
		r.t.Fatalf("answered %d: %s", a.status, a.body)
	}
	all := r.events()
	return r.settled(all[len(all)-1].ID)
}

// decides has a member write something about drafts, which nobody may see, and says what
// botd tells the member then.
func (r *rig) decides(user, text string) string {
	r.t.Helper()
	n, before := len(r.events()), len(r.got()[user])
	if told := r.writes(user, text); told.Code != 0 || told.Fate != simulator.Discarded {
		r.t.Errorf("%s wrote %s: %+v", user, text, told)
	}
	r.heard(n + 1)
	return strings.Join(r.got()[user][before:], "\n")
}

func TestADraftIsSeenByItsReviewersAloneUntilOneReleasesIt(t *testing.T) {
	r := newRig(t, announcing)
	e := r.announces("No school on Monday.").Event.ID.String()
	for user, want := range map[string]bool{"ann": true, "bo": true, "cy": false, "dee": false} {
		got := r.got()[user]
		if (len(got) == 1) != want || want && (!strings.HasPrefix(got[0], "Draft "+e+" of bot announcer, trigger announce,") || !strings.HasSuffix(got[0], "To everyone, which is 4 members now:\n> No school on Monday.")) {
			t.Errorf("%s got %q", user, got)
		}
	}
	r.tell(0, "m1\nheld: review\nit waits for its reviewers until\n/release "+e, "dlq", "list", "--outcome", "review")
	if told := r.decides("cy", "/release "+e); !strings.Contains(told, "no draft "+e+" that is yours to decide") {
		t.Errorf("cy is told %q", told)
	}
	if told := r.decides("bo", "/relase "+e); !strings.Contains(told, "did you mean /release?") {
		t.Errorf("bo is told %q", told)
	}
	if told := r.decides("bo", "/release "+e); !strings.Contains(told, "Draft "+e+" is released") {
		t.Errorf("bo is told %q", told)
	}
	h := r.settled(1)
	for _, user := range []string{"ann", "bo", "cy", "dee"} {
		if n := count(r.got()[user], "No school on Monday."); n != 1 {
			t.Errorf("%s got it %d times: %q", user, n, r.got()[user])
		}
	}
	if told := r.decides("ann", "/discard "+e+" too late"); !strings.Contains(told, "released as "+h.Messages[len(h.Messages)-1].ID.String()+" by member bo") {
		t.Errorf("ann is told %q", told)
	}
	r.tell(0, "message m1: done: retried\nbecause released as m5 by member bo\nmessage m1 sent again\nm1 was released as m5 by member bo; before: held: review", "events", "show", e)
	r.tell(0, "cy got", "why", "cy", "m5")
	for user, inbox := range r.sim.Inboxes() {
		if slices.ContainsFunc(inbox.Messages, func(m simulator.Message) bool { return m.Reason == simulator.Broadcast && m.From != user }) {
			t.Errorf("%s saw what somebody wrote: %+v", user, inbox.Messages)
		}
	}
	if strings.Contains(r.log.String(), "No school") || strings.Contains(r.log.String(), "too late") {
		t.Errorf("the log tells the text:\n%s", r.log)
	}
}

func TestADraftIsSeenToFromTheCommandLine(t *testing.T) {
	r := newRig(t, announcing)
	r.announces("one")
	r.tell(1, "it is a draft, which nobody released yet; botd dlq approve m1 sends it", "dlq", "retry", "m1")
	r.tell(0, "m1 is approved, and will be sent as m3", "dlq", "approve", "m1", "--as", "kim")
	r.settled(1)
	if n := count(r.got()["dee"], "one"); n != 1 {
		t.Errorf("dee got %q", r.got()["dee"])
	}
	r.tell(1, "nobody is asked about it: it is done: retried (released as m3 by kim)", "dlq", "approve", "m1")
	e := r.announces("two").Event.ID.String()
	r.tell(0, "m4", "dlq", "drop", "m4", "--as", "kim", "--reason", "a mistake")
	if told := r.decides("ann", "/release "+e); told != "Draft "+e+" does not wait any more: dropped by kim: a mistake." {
		t.Errorf("ann is told %q", told)
	}
	if got := r.got()["dee"]; !cmp.Equal(got, []string{"one"}) {
		t.Errorf("dee got %q", got)
	}
}

func TestWhatIsWrittenAboutDraftsIsHeldAlsoWhenNobodyReviewsAnyMore(t *testing.T) {
	r := newRig(t, announcing)
	e := r.announces("No school on Monday.").Event.ID.String()
	const review = ", review: {by: {roles: [owner, admin]}, lapses: 1h}"
	r.edit(review, "")
	r.reloaded(`bot "announcer" changed`)
	for _, again := range []string{"reloaded", "started anew", "reloaded twice"} {
		if told := r.decides("ann", "/release "+e); !strings.Contains(told, "no draft "+e+" that is yours to decide") {
			t.Errorf("%s: ann is told %q", again, told)
		}
		switch again {
		case "reloaded":
			r.end()
			r.startAgain()
		case "started anew":
			r.reloaded()
		}
	}
	r.tell(0, "m1", "dlq", "drop", "m1", "--as", "kim")
	r.end()
	r.startAgain()
	if told := r.writes("ann", "/release "+e); told.Fate != simulator.Delivered {
		t.Errorf("when none waits any more: %+v", told)
	}
}

func TestADryRunSaysWhoWouldReviewIt(t *testing.T) {
	r := newRig(t, announcing)
	out := r.tell(0, "reviewed first by ann, bo, one of whom has to release it before\nmessage 1 of 1, which waits for its reviewers\n4 of 4", "event", "announcer", "announce", `{"text":"x"}`)
	if strings.Contains(out, "1 of 2") {
		t.Errorf("it says %s", out)
	}
	if events := r.events(); len(events) != 0 {
		t.Errorf("%+v", events)
	}
}

func TestAReleaseThatSlippedThroughIsTakenBackAndCountsOnce(t *testing.T) {
	r := newRig(t, announcing)
	r.watchesRoom()
	e := r.announces("No school on Monday.").Event.ID.String()
	must(t, r.sim.Inject(simulator.Fault{Direction: simulator.OfCallbacks, API: simulator.BeforeSendMsg, Kind: simulator.WrongURL, Count: 1}))
	if told := r.writes("ann", "/release "+e); told.Fate != simulator.Delivered {
		t.Fatalf("it did not slip through: %+v", told)
	}
	if l := r.leaks(1)[0]; l.Result != chat.Recalled {
		t.Errorf("%+v", l)
	}
	r.until("dee gets the announcement", func() bool { return count(r.got()["dee"], "No school on Monday.") == 1 })
	if told := r.decides("bo", "/release"); !strings.HasSuffix(told, "There is no draft that is yours to decide. Nothing has happened.") {
		t.Errorf("bo is told %q", told)
	}
	if n := count(r.got()["dee"], "No school on Monday."); n != 1 {
		t.Errorf("dee got it %d times", n)
	}
}

func TestADraftOutlivesItsProcess(t *testing.T) {
	r := newRig(t, announcing)
	e := r.announces("No school on Monday.").Event.ID.String()
	r.end()
	r.startAgain()
	if told := r.decides("ann", "/release"); !strings.Contains(told, "Draft "+e+" is released") {
		t.Errorf("ann is told %q", told)
	}
	r.settled(1)
	if n := count(r.got()["cy"], "No school on Monday."); n != 1 {
		t.Errorf("cy got %q", r.got()["cy"])
	}
}
