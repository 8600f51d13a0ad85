package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// dead makes n messages that the service refused, and one event that its plugin
// refused.
func (r *rig) dead(n int) {
	r.t.Helper()
	for i := range n {
		r.refuses()
		r.notices(fmt.Sprint("text ", i))
	}
	r.settled(r.post("bad", `{"user":"cy"}`).Events[0])
}

// order makes a request of the admin listener and reads its answer.
func (r *rig) order(path, body string, into any) answer {
	r.t.Helper()
	a := r.do(http.MethodPost, r.admin+path, http.Header{"Authorization": {"Bearer " + adminToken}}, body)
	if into != nil {
		if a.status != http.StatusOK {
			r.t.Fatalf("%s answered %d: %s", path, a.status, a.body)
		}
		must(r.t, json.Unmarshal([]byte(a.body), into))
	}
	return a
}

func TestWhatIsSelectedIsAskedAbout(t *testing.T) {
	r := newRig(t, "")
	r.dead(2)
	say := func(stdin string, args ...string) (int, string) {
		code, out, errs := botd(t, stdin, append(args, "--config", r.config(), "--admin", r.admin)...)
		return code, out + errs
	}
	for _, no := range []string{"", "n\n", "maybe\n"} {
		if code, out := say(no, "dlq", "drop", "--all"); code != 1 || !strings.Contains(out, "1 event and 2 messages selected. Drop? [y/N]") || !strings.Contains(out, "nothing was done") {
			t.Errorf("answered %q: code %d: %s", no, code, out)
		}
	}
	if code, out := say("", "dlq", "drop", "--all", "--json"); code != 2 || !strings.Contains(out, "say --yes") {
		t.Errorf("a machine: code %d: %s", code, out)
	}
	var page console.LetterPage
	if r.ask("/v1/dead-letters", &page); len(page.Letters) != 3 {
		t.Fatalf("left: %+v", page)
	}
	if code, out := say("y\n", "dlq", "drop", "--because", "10007", "--limit", "1"); code != 0 || !strings.Contains(out, "--limit is 1") || !strings.Contains(out, "m1 done") || strings.Contains(out, "m2") {
		t.Errorf("one: code %d: %s", code, out)
	}
	if code, out := say("yes\n", "dlq", "drop", "--all"); code != 0 || !strings.Contains(out, "2 done, 0 skipped, 0 failed") {
		t.Errorf("the rest: code %d: %s", code, out)
	}
}

func TestFlagsSelect(t *testing.T) {
	r := newRig(t, "")
	r.dead(2)
	for _, c := range []struct {
		flags string
		want  []string
	}{
		{"--kind event", []string{"e3"}},
		{"--kind message", []string{"m1", "m2"}},
		{"--bot teller", []string{"e3", "m1", "m2"}},
		{"--bot other", nil},
		{"--group @TGS#2ROOM --kind event", []string{"e3"}},
		{"--group @TGS#other", nil},
		{"--trigger signed", []string{"e3", "m1", "m2"}},
		{"--trigger token", nil},
		{"--state dead", []string{"e3", "m1", "m2"}},
		{"--state held", nil},
		{"--outcome refused --kind message", []string{"m1", "m2"}},
		{"--outcome failed", nil},
		{"--because 10007", []string{"m1", "m2"}},
		{"--because 1000_", nil},
		{"--since 1h", []string{"e3", "m1", "m2"}},
		{"--until 1h", nil},
		{"--since 2020-01-01T00:00:00Z --limit 2", []string{"e3", "m1"}},
	} {
		t.Run(c.flags, func(t *testing.T) {
			var got struct{ Each []console.Each }
			out := r.tell(0, "", append(strings.Fields("dlq drop --dry-run --json "), strings.Fields(c.flags)...)...)
			must(t, json.Unmarshal([]byte(out), &got))
			var ids []string
			for _, e := range got.Each {
				ids = append(ids, e.ID)
			}
			if !slices.Equal(ids, c.want) {
				t.Errorf("selected %v, want %v", ids, c.want)
			}
			if strings.Contains(c.flags, "--limit") {
				return
			}
			var page console.LetterPage
			must(t, json.Unmarshal([]byte(r.tell(0, "", append([]string{"dlq", "list", "--json"}, strings.Fields(c.flags)...)...)), &page))
			if len(page.Letters) != len(c.want) {
				t.Errorf("listed %+v", page.Letters)
			}
		})
	}
	r.tell(2, "is no time; write 2026", "dlq", "list", "--since", "yesterday")
	r.tell(2, "give one or the other", "dlq", "drop", "--all", "--bot", "teller")
	r.tell(2, "--limit is 1 or more", "dlq", "drop", "--all", "--limit", "-1")
	r.tell(2, "not both", "dlq", "retry", "m1", "--until", "1h")
	r.tell(2, "of what is named", "dlq", "retry", "--all", "--dry-run", "--show-text")
}

func TestADryRunOfManyTellsWhoWouldSeeIt(t *testing.T) {
	r := newRig(t, "")
	r.dead(2)
	for _, verb := range []string{"list", "retry", "drop"} {
		r.tell(1, `no outcome "refusd"; have`, "dlq", verb, "--outcome", "refusd")
		r.tell(1, `no state "ded"; have held`, "dlq", verb, "--state", "ded")
	}
	r.tell(1, `no outcome "handeld"; have`, "events", "replay", "--outcome", "handeld")
	r.tell(0, "m1 dry run, 1 message to 2 recipients\nm2 dry run, 1 message to 2 recipients\n2 selected: 2 messages to 4 recipients\nnothing was sent", "dlq", "retry", "--kind", "message", "--dry-run")
	r.tell(0, "e1 dry run, 1 message to 2 recipients\n3 selected: 2 messages to 4 recipients", "events", "replay", "--bot", "teller", "--dry-run")
	if saw := r.saw(); len(saw) != 0 {
		t.Errorf("a dry run was seen: %v", saw)
	}
}

func TestManyEventsAreHandledAgainOnce(t *testing.T) {
	r := newRig(t, "")
	for i := range 12 { // more than one request of a dry run
		r.notices(fmt.Sprint("text ", i))
	}
	r.tell(0, "12 selected: 12 messages to 24 recipients", "events", "replay", "--trigger", "signed", "--dry-run")
	r.tell(2, "12 events are selected, and --at-most is 3", "events", "replay", "--trigger", "signed", "--at-most", "3", "--yes")
	r.tell(2, "give ids, or flags", "events", "replay", "--yes")
	for _, filter := range []string{"--because", "--since", "--group"} { // such as "$REASON", which is not set
		r.tell(2, filter+" is empty", "events", "replay", "--bot", "teller", filter, "", "--yes")
		r.tell(2, filter+" is empty", "dlq", "drop", "--bot", "teller", filter, "", "--yes")
	}
	r.tell(2, "--bot is empty", "receipts", "export", "--bot", "")
	r.tell(0, "e1 done as e13\n5 done, 0 skipped", "events", "replay", "--trigger", "signed", "--limit", "5", "--yes", "--reason", "mended")
	r.tell(0, "e1 skipped: it was handled again before, as e13\ne6 done as e18\nreached people\n7 done, 5 skipped", "events", "replay", "--trigger", "signed", "--yes")
	r.tell(0, "0 done, 12 skipped", "events", "replay", "--trigger", "signed", "--yes")
}

func TestWhatWasGivenUpIsHandledAgainOnlyIfItIsMeant(t *testing.T) {
	r := newRig(t, "")
	r.dead(0)
	r.tell(0, "e1", "dlq", "drop", "e1", "--as", "kim")
	r.tell(0, "e1 skipped: dropped by kim; select outcome dropped", "events", "replay", "--bot", "teller", "--yes")
	r.tell(0, "e1 done as e2", "events", "replay", "--outcome", "dropped", "--yes")
}

func TestWhatSomebodyElseSawToIsSkipped(t *testing.T) {
	r := newRig(t, "")
	r.dead(3)
	var n console.Tally
	r.order("/v1/dead-letters/count", `{"select":{"kind":"message"}}`, &n)
	if n.Messages != 3 || n.Events != 0 || n.AsOf.IsZero() {
		t.Fatalf("counted %+v", n)
	}
	asOf, err := n.AsOf.MarshalText()
	must(t, err)
	// One was seen to, and one came, since it was counted.
	r.tell(0, "m1", "dlq", "drop", "m1")
	r.refuses()
	r.notices("later")
	var first, rest console.ManyDone
	r.order("/v1/dead-letters/retry", fmt.Sprintf(`{"select":{"kind":"message"},"as_of":%q,"limit":1,"as":"kim","reason":"mended"}`, asOf), &first)
	if len(first.Each) != 1 || first.Each[0].ID != "m2" || first.Next != "m2" {
		t.Errorf("the first: %+v", first)
	}
	r.order("/v1/dead-letters/retry", fmt.Sprintf(`{"select":{"kind":"message"},"as_of":%q,"after":%q}`, asOf, first.Next), &rest)
	if len(rest.Each) != 1 || rest.Each[0].ID != "m3" || rest.Next != "" {
		t.Errorf("the rest: %+v", rest)
	}
	h := r.settled(2)
	if len(h.Acts) == 0 || h.Acts[0].Who != "kim" || h.Acts[0].Reason != "mended" {
		t.Errorf("what was kept: %+v", h.Acts)
	}
}

func TestASelectionOfEverythingHasToBeMeant(t *testing.T) {
	r := newRig(t, "")
	r.dead(1)
	for _, body := range []string{"", "{}", `{"select":{}}`, `{"select":{"bto":"teller"}}`, `{"select":{"bot":"teller"},"all":true}`, `{"all":true,"limit":101}`,
		`{"all":true,"after":"d1"}`, `{"all":true,"lmit":1}`, `{"select":{"kind":"delivery"}}`, `{"select":{"state":"ready"}}`} {
		for _, verb := range []string{"dead-letters/drop", "dead-letters/retry", "events/replay"} {
			if a := r.order("/v1/"+verb, body, nil); a.status != http.StatusBadRequest {
				t.Errorf("%s %s answered %d: %s", verb, body, a.status, a.body)
			}
		}
	}
	for _, body := range []string{`{"select":{"kind":"event"}}`, `{"all":true,"after":"m1"}`} {
		if a := r.order("/v1/events/replay", body, nil); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s answered %d: %s", body, a.status, a.body)
		}
	}
	if a := r.do(http.MethodPost, r.admin+"/v1/dead-letters/drop", nil, `{"all":true}`); a.status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", a.status)
	}
	var page console.LetterPage
	if r.ask("/v1/dead-letters", &page); len(page.Letters) != 2 {
		t.Errorf("left: %+v", page)
	}
}

func TestWhatMayHaveBeenDeliveredIsSkippedAndSaysWhatToDo(t *testing.T) {
	r := newRig(t, "")
	r.unclear()
	r.tell(0, "m1 skipped\nbotd deliveries answer d1\n0 done, 1 skipped", "dlq", "retry", "--kind", "message", "--yes")
	r.tell(0, "m1 done as m2: those who may have got it may see it twice", "dlq", "retry", "--kind", "message", "--yes", "--resend")
}

// Two people do the same at the same time: each thing is done once, and who was
// too late hears of it.
func TestTwoPeopleDoTheSameAtOnce(t *testing.T) {
	r := newRig(t, "")
	r.dead(8)
	var both [2]struct {
		Done, Skipped, Failed, Gone int
		Each                        []console.Each
	}
	var wg sync.WaitGroup
	for i := range both {
		wg.Go(func() {
			code, out, errs := botd(t, "", "dlq", "retry", "--all", "--yes", "--json", "--as", fmt.Sprint("person", i), "--config", r.config(), "--admin", r.admin)
			if code != 0 {
				t.Errorf("code %d: %s", code, errs)
			}
			if err := json.Unmarshal([]byte(out), &both[i]); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	done := map[string]int{}
	for _, b := range both {
		for _, e := range b.Each {
			if e.Result == console.EachDone {
				done[e.ID]++
			} else if e.Result != console.EachSkipped || e.Reason == "" {
				t.Errorf("%+v", e)
			}
		}
	}
	if len(done) != 9 || both[0].Done+both[1].Done != 9 || both[0].Failed+both[1].Failed != 0 {
		t.Errorf("done: %v, by %+v", done, both)
	}
	for i := range 8 {
		r.settled(chat.EventID(i + 1))
	}
	if n := len(r.saw()["ann"]); n != 8 {
		t.Errorf("ann saw %d, of 8", n)
	}
}
