package daemon_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/im/simulator"
)

// tell runs a verb against the rig and checks what it prints, line by line or in
// part.
func (r *rig) tell(code int, want string, args ...string) string {
	r.t.Helper()
	got, stdout, stderr := botd(r.t, "", append(args, "--config", r.config(), "--admin", r.admin)...)
	if got != code {
		r.t.Fatalf("%s: code %d, want %d:\n%s%s", strings.Join(args, " "), got, code, stdout, stderr)
	}
	for part := range strings.SplitSeq(want, "\n") {
		if !strings.Contains(stdout+stderr, strings.TrimSpace(part)) {
			r.t.Errorf("%s: no %q in:\n%s%s", strings.Join(args, " "), part, stdout, stderr)
		}
	}
	return stdout
}

func (r *rig) notices(text string) chat.EventHistory {
	r.t.Helper()
	return r.settled(r.post("w/"+strings.ReplaceAll(text, " ", "-"), fmt.Sprintf(`{"text":%q,"user":"cy"}`, text)).Events[0])
}

// refuses makes the service refuse the next message for good.
func (r *rig) refuses() {
	must(r.t, r.sim.Inject(simulator.Fault{API: "send_group_msg", Kind: simulator.ErrorCode, Code: 10007, Count: 1}))
}

func TestADeadMessageIsSeenToByAPerson(t *testing.T) {
	r := newRig(t, "")
	r.tell(0, "nothing waits for a person", "dlq", "list")
	r.refuses()
	r.notices("the door is open")

	r.tell(0, "m1  \nteller\ndead: refused\n0 of 2 reached, 2 failed\n10007", "dlq", "list", "--outcome", "refused")
	r.tell(0, "ann did not get message m1\nbecause ann has role owner, but it was not delivered\n10007", "why", "ann", "m1")
	r.tell(0, "of event e1 by bot \"teller\"\nmessage m1: dead: refused\n0 of 2 reached, 2 failed", "dlq", "show", "m1")
	r.tell(0, "nothing was stored and nothing was sent\nann\nhas role owner\n2 of 4", "dlq", "retry", "m1", "--dry-run")
	dry := r.tell(0, "the door is open", "dlq", "retry", "m1", "--dry-run", "--show-text", "--json")
	if d := (console.Done{}); json.Unmarshal([]byte(dry), &d) != nil || d.Made != "" || len(d.Dry.Messages) != 1 {
		t.Errorf("a dry run answers %s", dry)
	}
	if saw := r.saw(); len(saw) != 0 {
		t.Fatalf("a dry run was seen: %v", saw)
	}
	r.tell(0, "m1 will be sent again as m2", "dlq", "retry", "m1", "--as", "kim", "--reason", "mended")
	h := r.settled(1)
	if diff := cmp.Diff(map[string][]string{"ann": {"the door is open"}, "bo": {"the door is open"}}, r.saw()); diff != "" {
		t.Errorf("who saw what (-want +got):\n%s", diff)
	}
	if h.Messages[1].ReplayOf != 1 || h.Messages[1].Only.Len() != 2 || h.Messages[0].Outcome != chat.Retried {
		t.Errorf("history: %+v", h.Messages)
	}
	r.tell(0, "message m1: done: retried\n0 of 2 reached, 2 sent again\nsent again as m2 by kim: mended\nm1 was sent again as m2 by kim: mended; before: dead: refused\nmessage m1 sent again to 2 whom that one did not reach\n2 of 2 reached", "events", "show", "e1")
	r.tell(1, "409: retry message m1", "dlq", "retry", "m1")
	if line, ok := r.logged("a person acted"); !ok || line["who"] != "kim" || line["target"] != "m1" || line["made"] != "m2" {
		t.Errorf("the log says %v", line)
	}
}

func TestWhoCameLaterGetsNothingThatIsSentAgain(t *testing.T) {
	r := newRig(t, "")
	r.refuses()
	r.notices("hello")
	must(t, r.sim.Join(room, simulator.Member{ID: "cora", Role: "Admin"}))
	r.end() // and with it the reading of a moment ago
	r.startAgain()
	r.tell(0, "cora\nhas role admin, but this is sent again only to those whom the first did not reach\n2 of 5", "dlq", "retry", "m1", "--dry-run")
	r.tell(0, "m2", "dlq", "retry", "m1")
	r.settled(1)
	if diff := cmp.Diff(map[string][]string{"ann": {"hello"}, "bo": {"hello"}}, r.saw()); diff != "" {
		t.Errorf("who saw what (-want +got):\n%s", diff)
	}
	r.tell(0, "cora did not get message m2\nsent again only to those", "why", "cora", "m2")
}

func TestManyAreSeenToAtOnce(t *testing.T) {
	r := newRig(t, "")
	for i := range 3 {
		r.refuses()
		r.notices(fmt.Sprint("text ", i))
	}
	r.settled(r.post("bad", `{"user":"cy"}`).Events[0]) // an event without a text is dead
	r.tell(2, "give ids, or flags", "dlq", "drop")
	r.tell(2, "not both", "dlq", "drop", "m1", "--all")
	r.tell(2, "neither the id of an event", "dlq", "drop", "d1")
	r.tell(2, "--resend is about a message", "dlq", "retry", "e4", "--resend")
	r.tell(1, "m99: botd answered 404\n1 of 2 things could not be done\nm1 is dropped", "dlq", "drop", "m1", "m99")
	r.tell(0, "m2 done as m4\nm3 done as m5\n2 done, 0 skipped, 0 failed", "dlq", "retry", "--kind", "message", "--bot", "teller", "--yes")
	r.tell(0, "e4 done", "dlq", "drop", "--all", "--reason", "nonsense", "--yes")
	r.tell(0, "nothing is selected", "dlq", "drop", "--all")
	r.settled(2)
	r.settled(3)
	if saw := r.saw()["ann"]; !slices.Equal(saw, []string{"text 1", "text 2"}) {
		t.Errorf("ann saw %q", saw)
	}
	r.tell(0, "done: dropped\nadmin token: nonsense", "events", "show", "e4")
}

func TestAnEventIsHandledAgain(t *testing.T) {
	r := newRig(t, "")
	r.notices("hello")
	out := r.tell(0, "e1, if it were tried again now\ndone: handled\ncaused by cy\nbo\nhas role admin\n2 of 4", "events", "replay", "e1", "--dry-run")
	if strings.Contains(out, "hello") {
		t.Errorf("it shows the text unasked:\n%s", out)
	}
	r.tell(0, "| hello", "events", "replay", "e1", "--dry-run", "--show-text")
	r.tell(2, "goes with --dry-run", "events", "replay", "e1", "--show-text")
	if n := len(r.saw()["ann"]); n != 1 {
		t.Fatalf("ann saw it %d times", n)
	}
	r.tell(0, "e1 will be handled again as e2\nmind: what came of e1 reached people", "events", "replay", "e1")
	h := r.settled(2)
	if h.Event.ReplayOf != 1 || h.Event.Sender != "cy" || len(r.saw()["ann"]) != 2 {
		t.Errorf("%+v; ann saw %q", h.Event, r.saw()["ann"])
	}
	r.tell(0, "event e1 handled again", "events", "show", "e2")
	r.tell(0, "e1 was replayed as e2 by admin token", "events", "show", "e1")
	r.tell(1, "404", "events", "replay", "e99")
}

func TestAnUnknownOutcomeIsAnswered(t *testing.T) {
	r := newRig(t, "")
	e := r.unclear()
	r.tell(0, "0 of 2 reached, 2 unclear\nd1 of m1 may or may not have been delivered: botd deliveries answer d1", "dlq", "list")
	r.tell(0, "bo may or may not have got message m1\nbo has role admin\ndelivery d1: held: unknown\nwho knows", "why", "bo", "d1")
	r.tell(1, "409\nbotd deliveries answer d1 sent|resend|drop", "dlq", "retry", "m1")
	r.tell(2, "have sent, resend, drop", "deliveries", "answer", "d1", "maybe")
	r.tell(2, "id of a delivery", "deliveries", "answer", "m1", "sent")
	r.tell(0, "d1 will be sent again as m2\nmind: those who may have got it may see it twice", "deliveries", "answer", "d1", "resend")
	r.settled(e)
	if diff := cmp.Diff(map[string][]string{"ann": {"hello", "hello"}, "bo": {"hello", "hello"}}, r.saw()); diff != "" {
		t.Errorf("who saw what (-want +got):\n%s", diff)
	}
	r.tell(1, "409", "deliveries", "answer", "d1", "sent")
	r.tell(1, "404", "deliveries", "answer", "d99", "sent")
}

// unclear makes an event whose message may or may not have been delivered, as
// when botd was away for more than four minutes after it was sent.
func (r *rig) unclear() chat.EventID {
	r.t.Helper()
	e := r.notices("hello").Event.ID
	r.end()
	db, err := sql.Open("sqlite", filepath.Join(r.folder, "botd.db"))
	must(r.t, err)
	for _, table := range []string{"message", "delivery"} {
		_, err = db.ExecContext(r.t.Context(), `UPDATE `+table+` SET status = 'held', outcome = 'unknown', reason = 'who knows'`)
		must(r.t, err)
	}
	must(r.t, db.Close())
	r.startAgain()
	return e
}

func TestWhy(t *testing.T) {
	r := newRig(t, "")
	r.settled(r.post("w", `{"text":"hello","user":"cy","except":["bo"]}`).Events[0])
	must(t, r.sim.Join(room, simulator.Member{ID: "late"}))
	for _, c := range []struct{ user, of, want string }{
		{"ann", "d1", "ann got message m1 of event e1\nbecause ann has role owner\nbot \"teller\" could reach owner, admin, user cy\ns before the first attempt\ndelivery d1: done: sent"},
		{"ann", "m1", "delivery d1"},
		{"bo", "d1", "bo did not get message m1\nbecause bo is excepted by name\nthe message: done: sent"},
		{"cy", "m1", "cy did not get\nhas role member and is not addressed, only owner, admin, but not user bo"},
		{"late", "m1", "late did not get\nis not a member of the group, as it was read"},
	} {
		t.Run(c.user+" "+c.of, func(t *testing.T) { r.tell(0, c.want, "why", c.user, c.of) })
	}
	r.tell(1, "404", "why", "ann", "m9")
	r.tell(1, "404", "why", "ann", "d9")
	r.tell(2, "neither the id of a delivery", "why", "ann", "e1")
	var w console.Why
	must(t, json.Unmarshal([]byte(r.tell(0, "", "why", "ann", "d1", "--json")), &w))
	if w.Got != console.GotIt || w.Role != chat.Owner || w.Age < 0 || w.Age > 5 || w.ReadAt.IsZero() {
		t.Errorf("%+v", w)
	}
}

func TestAPayloadIsTriedBeforeItIsPosted(t *testing.T) {
	r := newRig(t, "")
	file := filepath.Join(t.TempDir(), "event.json")
	must(t, os.WriteFile(file, []byte(`{"text":"a secret","user":"cy","except":["bo"]}`), 0o600))
	out := r.tell(0, "bot \"teller\" in group @TGS#2ROOM: done: handled\nis excepted by name\n1 of 4", "audience", "explain", "teller", "--event", file, "--trigger", "signed")
	if strings.Contains(out, "a secret") {
		t.Errorf("it shows the text unasked:\n%s", out)
	}
	r.tell(0, "| a secret", "audience", "explain", "teller", "--event", file, "--trigger", "signed", "--show-text")
	r.tell(1, "422\nmore than one trigger; say which: signed, token", "audience", "explain", "teller", "--event", file)
	r.tell(1, "404", "audience", "explain", "teller", "--event", file, "--trigger", "other")
	r.tell(1, "404", "audience", "explain", "nobody", "--event", file)
	r.tell(2, "leave out", "audience", "explain", "teller", "--event", file, "--sender", "cy")
	must(t, os.WriteFile(file, []byte(`{"text":"no user"}`), 0o600))
	r.tell(1, "422\nsender", "audience", "explain", "teller", "--event", file, "--trigger", "signed")
	must(t, os.WriteFile(file, []byte(`text`), 0o600))
	r.tell(1, "is not JSON", "audience", "explain", "teller", "--event", file, "--trigger", "signed")
	if saw := r.saw(); len(saw) != 0 {
		t.Errorf("somebody saw it: %v", saw)
	}
	var page console.EventPage
	if r.ask("/v1/events", &page); len(page.Events) != 0 {
		t.Errorf("it was stored: %+v", page.Events)
	}
}

// Somebody may be at work on the file when botd has to be held up.
func TestTheBrakeWorksWhateverIsWrongWithTheBotsInTheFile(t *testing.T) {
	r := newRig(t, "")
	r.edit("plugin: notice", "plugni: notiec")
	r.edit("apps:", "apps: {main: 7}\nfurther:")
	r.tell(3, "unknown key \"further\"", "pause", "teller") // where botd is reached may stand under it
	r.edit("\nfurther:", "\nretention:")
	r.tell(0, "teller", "pause", "teller")
	r.tell(3, "did you mean plugin?\nnothing was changed", "reload")
}

func TestABotIsPaused(t *testing.T) {
	r := newRig(t, "")
	r.tell(0, "no bot is paused", "pauses")
	r.tell(1, `404: no bot "other"`, "pause", "other")
	r.tell(0, "teller\nkim\nit posts nonsense", "pause", "teller", "--as", "kim", "--reason", "it posts nonsense")
	e := r.post("w1", `{"text":"first","user":"cy"}`).Events[0]
	r.post("w2", `{"text":"second","user":"cy"}`)
	metrics := func() string { return r.do(http.MethodGet, r.admin+"/metrics", nil, "").body }
	if m := metrics(); !strings.Contains(m, `botd_paused{bot="teller"} 1`) {
		t.Error("no metric says so")
	}
	if a := r.do(http.MethodGet, r.admin+"/readyz", nil, ""); a.status != http.StatusOK {
		t.Errorf("it is not ready: %d", a.status)
	}
	waits := func() {
		t.Helper()
		var h chat.EventHistory
		if r.ask("/v1/events/"+e.String(), &h); h.Event.Status != chat.Ready || h.Event.Attempts != 0 {
			t.Errorf("%+v", h.Event)
		}
	}
	waits()
	r.tell(0, "waits for its turn; its bot is paused", "events", "list")
	r.tell(0, "waits for its turn; its bot is paused", "events", "show", e.String())
	r.tell(0, "kim\nit posts nonsense", "pause", "teller", "--as", "ann") // who did it first, and why, is kept
	r.end()
	r.startAgain()
	r.tell(0, "teller\nkim\nit posts nonsense", "pauses")
	waits()
	r.tell(0, "all\nteller", "pause", "all")
	r.tell(0, "all", "resume", "teller")
	waits()
	r.tell(1, "404\nbotd pauses lists them", "resume", "teller")
	r.tell(0, "no bot is paused", "resume", "all")
	r.settled(e)
	r.settled(e + 1)
	if saw := r.saw()["ann"]; !slices.Equal(saw, []string{"first", "second"}) {
		t.Errorf("ann saw %q", saw)
	}
	if m := metrics(); regexp.MustCompile(`(?m)^botd_paused`).MatchString(m) {
		t.Error("a metric says that it is paused still")
	}
}
