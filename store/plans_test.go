package store

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// What runs for every event must find its rows by an index, and by the right
// one: another that begins with the same column reads a lane's whole history.
func TestPlans(t *testing.T) {
	s, _ := newStore(t)
	listed := func(f Filter) string {
		f.Limit = 50
		text, _, err := f.query()
		must(t, err)
		return text
	}
	letters := func(f Letters, events bool) string {
		text, _ := f.query(lettersIn{events: events})
		return text
	}
	leaksOf := func(f LeakQuery) string {
		text, _ := f.query()
		return text
	}
	receipts := func(f ReceiptFilter) string {
		text, _ := f.list()
		return text
	}
	for _, tt := range []struct {
		name, text string
		uses       []string
	}{
		{"find a repeat", findSeen, []string{"SEARCH seen USING PRIMARY KEY (key=?)"}},
		{"add to a lane", addToLane, nil},
		{"lanes that are due", dueLanes, []string{"SEARCH lane USING INDEX lane_due (kind=? AND priority=? AND due_at<?)"}},
		{"lease a lane", leaseLane, []string{"SEARCH lane USING PRIMARY KEY (name=?)"}},
		{"next lane", nextLane, []string{"SEARCH lane USING INDEX lane_due (kind=? AND priority=? AND due_at>?)"}},
		{"lease an empty lane", leaseEmptyLane, []string{"SEARCH brake USING PRIMARY KEY (bot=?)"}},
		{"hold a lane", holdLane, []string{"SEARCH lane USING PRIMARY KEY (name=?)"}},
		{"whether a lane is held", heldLane, []string{"SEARCH lane USING PRIMARY KEY (name=?)"}},
		{"whether a lane is leased", isLeased, []string{"SEARCH lane USING PRIMARY KEY (name=?)"}},
		{"release a lane", releaseLane, []string{"SEARCH lane USING PRIMARY KEY (name=?)"}},
		{"head of a lane of events", headEvent, []string{"SEARCH event USING INDEX event_head (lane=?)", "SEARCH state USING PRIMARY KEY (bot=? AND group_id=?)",
			"SEARCH session USING PRIMARY KEY (bot=? AND group_id=? AND user_id=?)"}},
		{"forget sessions", expireSessions, []string{"SEARCH session USING PRIMARY KEY (bot=? AND group_id=? AND user_id=?)", "SEARCH session USING COVERING INDEX session_expires (expires<?)"}},
		{"a user's sessions", eraseSessions, []string{"SEARCH session USING INDEX session_user (app=? AND user_id=?)"}},
		{"whether somebody wants to be told", wantsReport, []string{"SEARCH message USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"the event of a message", insertReport, []string{"SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"a run begins", runBegins, []string{"SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"a ready event", readyEvent, []string{"SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"end an event", endEvent, []string{"SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"head of a lane of messages", headMessage, []string{"SEARCH message USING INDEX message_head (lane=?)"}},
		{"what goes together with it", besides, []string{"SEARCH message USING INDEX message_event (event_id=? AND rowid>?)"}},
		{"deliveries of a message", deliveriesOf, []string{"SEARCH delivery USING INDEX delivery_part (message_id=?)"}},
		{"end an abandoned attempt", endAbandoned, []string{"SEARCH attempt USING PRIMARY KEY (delivery_id=? AND n=?)"}},
		{"resolve a message", resolveMessage, []string{"SEARCH message USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"find a snapshot", hasSnapshot, []string{"SEARCH snapshot USING COVERING INDEX sqlite_autoindex_snapshot_1 (hash=?)"}},
		{"begin a delivery", beginDelivery, []string{"SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH message USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"end an attempt", endAttempt, []string{"SEARCH attempt USING PRIMARY KEY (delivery_id=? AND n=?)"}},
		{"save a delivery", saveDelivery, []string{"SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"end a message", endMessage, []string{"SEARCH message USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"forget what was seen", forgetSeen, []string{"SEARCH seen USING COVERING INDEX seen_at (at<?)", "SEARCH seen USING PRIMARY KEY (key=? AND group_id=?)"}},
		{"messages of an event", messagesOf, []string{"SEARCH message USING INDEX message_event (event_id=?)"}},
		{"drafts of an event", draftsOf, []string{"SEARCH message USING INDEX message_event (event_id=?)"}},
		{"drafts in a group", draftsIn, []string{"SEARCH message USING INDEX message_draft (lapses>?)"}},
		{"drafts that lapse", draftsDue, []string{"SEARCH message USING INDEX message_draft (lapses<?)"}},
		{"when the next draft lapses", firstLapse, []string{"SEARCH message USING COVERING INDEX message_draft (lapses>?)"}},
		{"attempts of a delivery", attemptsOf, []string{"SEARCH attempt USING PRIMARY KEY (delivery_id=?)"}},
		{"list all", listed(Filter{}), []string{"SEARCH event USING INTEGER PRIMARY KEY (rowid>?)"}},
		{"list a bot's", listed(Filter{Bot: "b", Before: 7}), []string{"SEARCH event USING INDEX event_bot (bot=? AND id>? AND id<?)"}},
		{"list a group's", listed(Filter{Group: "g"}), []string{"SEARCH event USING INDEX event_group (group_id=? AND id>?)"}},
		{"list the dead", listed(Filter{Status: chat.Dead}), []string{"SEARCH event USING COVERING INDEX event_open (status=?)", "SEARCH message USING INDEX message_stuck (status=?)"}},
		{"list those that are held", listed(Filter{Status: chat.Held}), []string{"SEARCH event USING COVERING INDEX event_open (status=?)", "SEARCH message USING INDEX message_stuck (status=?)"}},
		{"list those that wait", listed(Filter{Status: chat.Ready}), []string{"SEARCH event USING COVERING INDEX event_open (status=?)", "SCAN message USING INDEX message_head"}},
		{"list those that are over", listed(Filter{Status: chat.Done}), []string{"SEARCH event USING INTEGER PRIMARY KEY (rowid>?)"}},
		{"list a receipt's", listed(Filter{Receipt: "r"}), []string{"SEARCH event USING INDEX event_receipt (receipt=? AND rowid>?)"}},
		{"a paused bot's lanes go on", unpark, []string{"SEARCH lane USING INDEX lane_due (kind=? AND priority=? AND due_at=?)"}},
		{"list the events that wait for a person", letters(Letters{Bot: "b", Outcome: chat.Failed}, true), []string{"SEARCH event USING INDEX event_letter (id>?)"}},
		{"list the messages that wait for a person", letters(Letters{Group: "g"}, false), []string{"SEARCH message USING INDEX message_letter (id>?)"}},
		{"recalls of a delivery", recallsOf, []string{"SEARCH recall USING INDEX recall_delivery (delivery_id=?)"}},
		{"what of an event can be recalled", sentOfEvent, []string{"SEARCH message USING INDEX message_event (event_id=?)", "SEARCH delivery USING INDEX delivery_part (message_id=?)"}},
		{"the older ones with a key", olderKeyed, []string{"SEARCH message USING INDEX message_collapse (bot=? AND group_id=? AND collapse=? AND id<?)",
			"SEARCH delivery USING INDEX delivery_part (message_id=?)", "SEARCH lane USING PRIMARY KEY (name=?)", "SEARCH head USING INDEX message_head (lane=?)"}},
		{"what takes the place of a message", newerKeyed, []string{"SEARCH message USING INTEGER PRIMARY KEY (rowid=?)",
			"SEARCH newer USING COVERING INDEX message_collapse (bot=? AND group_id=? AND collapse=? AND id>?)"}},
		{"the run before", readRun, []string{"SEARCH message USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH event USING INTEGER PRIMARY KEY (rowid=?)",
			"SEARCH run USING PRIMARY KEY (bot=? AND trigger_name=? AND group_id=?)"}},
		{"widen a delivery", widenDelivery, []string{"SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"the last part", lastPart, []string{"SEARCH delivery USING COVERING INDEX delivery_part (message_id=?)"}},
		{"drop a reading that nothing needs", dropSnapshot, []string{"SEARCH snapshot USING INDEX sqlite_autoindex_snapshot_1 (hash=?)",
			"SEARCH message USING COVERING INDEX message_snapshot (snapshot=?)", "SEARCH delivery USING COVERING INDEX delivery_snapshot (snapshot=?)"}},
		{"what people did about an event", actsOf, []string{"SEARCH act USING INDEX act_event (event_id=?)"}},
		{"look for what is over", retireWindow, []string{"SEARCH event USING INTEGER PRIMARY KEY (rowid>?)", "SEARCH message USING INDEX message_event (event_id=?)"}},
		{"delete what is over", retireEvent, []string{"SEARCH event USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH message USING INDEX message_event (event_id=?)", "SEARCH timer USING INDEX timer_event (event_id=?)"}},
		{"delete its deliveries", dropDelivered, []string{"SEARCH delivery USING COVERING INDEX delivery_part (message_id=?)", "SEARCH message USING COVERING INDEX message_event (event_id=?)"}},
		{"delete its attempts", dropAttempts, []string{"SEARCH attempt USING PRIMARY KEY (delivery_id=?)", "SEARCH delivery USING COVERING INDEX delivery_part (message_id=?)"}},
		{"delete a reading that nothing needs", dropSnapshot, []string{"SEARCH message USING COVERING INDEX message_snapshot (snapshot=?)"}},
		{"attempts of what has no receipt", attemptsOfUnsealed, []string{"SEARCH delivery USING INDEX delivery_unsealed (ended>?)", "SEARCH attempt USING PRIMARY KEY (delivery_id=?)"}},
		{"find what has no receipt", readUnsealed, []string{"SEARCH delivery USING INDEX delivery_unsealed (ended>?)", "SEARCH message USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"say that it has one", sealDelivery, []string{"SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"list a bot's receipts", receipts(ReceiptFilter{Bot: "b", Before: 7}), []string{"SEARCH receipt USING INDEX receipt_bot (bot=? AND id>? AND id<?)"}},
		{"list a group's receipts", receipts(ReceiptFilter{Group: "g"}), []string{"SEARCH receipt USING INDEX receipt_group (group_id=? AND id>?)"}},
		{"part of a chain", receiptSpan, []string{"SEARCH receipt USING INDEX receipt_lane (lane=? AND n>? AND n<?)"}},
		{"the oldest of a chain", oldestReceipts, []string{"SEARCH receipt USING INDEX receipt_lane (lane=?)"}},
		{"overtake a timer", overtakeTimer, []string{"SEARCH timer USING INDEX timer_pending (bot=? AND group_id=? AND name=? AND key=?)"}},
		{"count a bot's timers", countPending, []string{"SEARCH timer USING COVERING INDEX timer_pending (bot=? AND group_id=?)"}},
		{"a bot's timers in a group", timersPending, []string{"SEARCH timer USING INDEX timer_pending (bot=? AND group_id=?)"}},
		{"timers that are due", dueTimers, []string{"SEARCH timer USING INDEX timer_due (due_at<?)"}},
		{"end a timer", fireTimer, []string{"SEARCH timer USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"timers of an event", timersOf, []string{"SEARCH timer USING INDEX timer_event (event_id=?)"}},
		{"void an event", voidEvent, []string{"SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"void a message", voidMessage, []string{"SEARCH message USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"void a key", voidKey, []string{"SEARCH seen USING PRIMARY KEY (key=?)"}},
		{"give a lane back", unlease, []string{"SEARCH lane USING PRIMARY KEY (name=?)"}},
		{"revive what was voided", revive, []string{"SEARCH seen USING PRIMARY KEY (key=?)"}},
		{"whether a leak is known", leakOf, []string{"SEARCH leak USING INDEX leak_message (app=? AND group_id=? AND msg_seq=? AND random=?)"}},
		{"leaks that are due", dueLeaks, []string{"SEARCH leak USING INDEX leak_due (due_at<?)"}},
		{"the next leak", nextLeak, []string{"SCAN leak USING COVERING INDEX leak_due"}},
		{"the events of a leak", eventsOfLeak, []string{"SEARCH leak_event USING PRIMARY KEY (leak_id=?)"}},
		{"the leaks of an event", leaksOfEvent, []string{"SEARCH leak_event USING COVERING INDEX leak_event_event (event_id=?)"}},
		{"a bot's leaks", leaksOf(LeakQuery{Bot: "b", Open: true}), []string{"SEARCH leak USING INTEGER PRIMARY KEY (rowid>?)", "SEARCH leak_event EXISTS USING COVERING INDEX leak_event_bot (bot=? AND leak_id=?)"}},
		{"up to where a group was looked through", swept, []string{"SEARCH watch USING PRIMARY KEY (app=? AND group_id=?)"}},
		{"count what is stuck", countStuck, []string{"SEARCH event USING COVERING INDEX event_open (status=?)", "SEARCH message USING COVERING INDEX message_stuck (status=?)", "SEARCH delivery USING COVERING INDEX delivery_stuck (status=?)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan := explain(t, s, tt.text)
			for _, want := range tt.uses {
				if !strings.Contains(plan, want) {
					t.Errorf("the plan has no %q:\n%s", want, plan)
				}
			}
			for line := range strings.Lines(plan) {
				if reads, ok := readsAll(line); ok && !slices.Contains(tt.uses, reads) || strings.Contains(line, "B-TREE") && !little[tt.name] {
					t.Errorf("the plan has %q:\n%s", line, plan)
				}
			}
		})
	}
}

// little are the plans that sort, by name: what is stuck or waits, and never all
// that is over.
var little = map[string]bool{"list the dead": true, "list those that are held": true, "list those that wait": true}

// readsAll reports whether a line of a plan reads a table or an index from end to
// end.
func readsAll(line string) (what string, ok bool) {
	line = strings.TrimSpace(line)
	return line, strings.HasPrefix(line, "SCAN") && !strings.HasPrefix(line, "SCAN CONSTANT ROW")
}

// However the filters are put together, no list may look at every row: only at
// those of an index that holds none that are over.
func TestNoListReadsAWholeTable(t *testing.T) {
	s, _ := newStore(t)
	const few = "SCAN message USING INDEX message_head"
	look := func(name, text string) {
		t.Helper()
		plan := explain(t, s, text)
		for line := range strings.Lines(plan) {
			if reads, ok := readsAll(line); ok && reads != few {
				t.Errorf("%s: the plan has %q:\n%s", name, reads, plan)
			}
		}
	}
	for set := range 1 << 7 {
		on := func(bit int) bool { return set>>bit&1 == 1 }
		for _, status := range []chat.Status{"", chat.Ready, chat.Held, chat.Done, chat.Dead} {
			f := Filter{Status: status, App: pick(on(0), chat.AppName("a")), Bot: pick(on(1), chat.BotName("b")), Group: pick(on(2), chat.GroupID("g")),
				Receipt: pick(on(3), chat.ReceiptID("r")), Before: pick(on(4), chat.EventID(7)), Since: pick(on(5), newHand().now()), Until: pick(on(6), newHand().now())}
			text, _, err := f.query()
			must(t, err)
			look(fmt.Sprintf("events %+v", f), text)
		}
	}
	for set := range 1 << 5 {
		on := func(bit int) bool { return set>>bit&1 == 1 }
		f := Letters{App: pick(on(0), chat.AppName("a")), Bot: pick(on(1), chat.BotName("b")), Group: pick(on(2), chat.GroupID("g")), Outcome: pick(on(3), chat.Failed)}
		for _, events := range []bool{true, false} {
			text, _ := f.query(lettersIn{events: events, before: pick(on(4), int64(7))})
			look(fmt.Sprintf("letters %+v", f), text)
		}
	}
}

// pick is v if it is wanted, and otherwise nothing.
func pick[T any](wanted bool, v T) (nothing T) {
	if wanted {
		return v
	}
	return nothing
}

var parameter = regexp.MustCompile(`\$\d+`)

func explain(t *testing.T, s *Store, text string) string {
	t.Helper()
	different := map[string]bool{}
	for _, p := range parameter.FindAllString(text, -1) {
		different[p] = true
	}
	var plan strings.Builder
	must(t, s.tx(t.Context(), func(q *tx) error {
		return q.each(func(row scanner) error {
			var id, parent, unused int
			var detail string
			err := row.Scan(&id, &parent, &unused, &detail)
			fmt.Fprintln(&plan, detail)
			return err
		}, "EXPLAIN QUERY PLAN "+text, make([]any, len(different))...)
	}))
	return plan.String()
}
