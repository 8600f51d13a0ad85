package daemon_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// ownTexts are the bots of the page on schedules that do not say the same to all, in the
// rig's group.
func ownTexts(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/examples/schedules/more.yaml")
	must(t, err)
	_, bots, ok := strings.Cut(string(page), "  # The whole of it to those who need it")
	if !ok {
		t.Fatal("the page has no such bots any more")
	}
	return "\n  #" + strings.NewReplacer("@TGS#2TEAMROOM01", room, "noticebot", "tellbot").Replace(bots)
}

// each lets the page's bot say to each their own text, and who gets which.
func each(t *testing.T, bots string) {
	t.Helper()
	r := newRig(t, bots)
	dee := "Dee D."
	must(t, r.sim.SetProfile(room, "cy", simulator.Profile{Fields: map[string]string{"points": "7"}}))
	must(t, r.sim.SetProfile(room, "dee", simulator.Profile{NameCard: &dee, Fields: map[string]string{"points": "12"}}))
	r.tell(0, "", "event", "points", "weekly", "--send")
	h := r.settled(1)
	want := map[string][]string{"cy": {"cy, you have 7 points this week."}, "dee": {"Dee D., you have 12 points this week."}}
	if saw := r.saw(); !reflect.DeepEqual(saw, want) {
		t.Errorf("they saw %v", saw)
	}
	if len(h.Messages) != 1 || len(h.Messages[0].Deliveries) != 2 {
		t.Fatalf("there are %+v", h.Messages)
	}
	r.tell(0, "text 1 to {\"users\":[\"cy\"]}\ntext 2 to {\"users\":[\"dee\"]}\npart 1, text 1: done: sent\npart 2, text 2: done: sent\n2 of 2 reached", "events", "show", h.Event.ID.String())
	if strings.Contains(r.log.String(), "points this week") {
		t.Error("the log has the text")
	}
}

func TestToEachMemberTheirOwnText(t *testing.T) { each(t, ownTexts(t)) }

func TestTheWholeOfItGoesToThoseWhoNeedIt(t *testing.T) {
	r := newRig(t, ownTexts(t))
	r.tell(0, "", "event", "maintenance", "tonight", "--send")
	if h := r.settled(1); h.Event.Status != chat.Done {
		t.Errorf("it is %s", h.Event.Reason)
	}
	const short, whole = "There is maintenance tonight.", "There is maintenance tonight: db-1, from 22:00 to 23:00. Uma is on call."
	want := map[string][]string{"ann": {whole}, "bo": {whole}, "cy": {short}, "dee": {short}}
	if saw := r.saw(); !reflect.DeepEqual(saw, want) {
		t.Errorf("they saw %v", saw)
	}
}
