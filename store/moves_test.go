package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/moves"
)

// Each move of the table is made by the function that makes it, in a store of
// its own, whose file tells that it was made.
func TestEveryMoveIsMade(t *testing.T) {
	for _, m := range chat.Moves() {
		t.Run(fmt.Sprintf("%s from %s to %s by %s", m.Of, m.From, m.To, m.By), func(t *testing.T) {
			t.Parallel()
			clock := newHand()
			path := filepath.Join(t.TempDir(), "botd.db")
			w := &walker{T: t, s: openAt(t, path, clock.now), clock: clock}
			switch m.Of {
			case chat.AnEvent:
				w.event(m)
			case chat.AMessage:
				w.message(m)
			case chat.ADelivery:
				w.delivery(m)
			}
			seen, err := moves.All(t.Context(), path)
			must(t, err)
			if !slices.ContainsFunc(seen, func(s moves.Seen) bool { return s.Of == m.Of && s.From == m.From && s.To == m.To }) {
				t.Errorf("it was not made; what was: %v", seen)
			}
		})
	}
}

// walker makes moves.
type walker struct {
	*testing.T
	s     *Store
	clock *hand
}

func stand(s chat.Status, o chat.Outcome) chat.Stand { return chat.Stand{Status: s, Outcome: o} }

// endEvent accepts an event and ends it so.
func (w *walker) endEvent(to chat.Stand) chat.EventID {
	w.Helper()
	id := accept(w, w.s, arrival("", "@TGS#1")).Events[0]
	if to != ready {
		took := takeEvents(w, w.s, 1)[0]
		must(w, w.s.EndEvent(w.Context(), chat.EventEnd{Lease: took.Lease, Event: id, Status: to.Status, Outcome: to.Outcome}))
	}
	return id
}

// eventAt makes an event that stands so.
func (w *walker) eventAt(at chat.Stand) chat.EventID {
	w.Helper()
	switch at {
	case stand(chat.Done, chat.Retried):
		id := w.endEvent(stand(chat.Dead, chat.Failed))
		_, err := w.s.ReplayEvent(w.Context(), id, ann)
		must(w, err)
		return id
	case stand(chat.Done, chat.Dropped):
		id := w.endEvent(stand(chat.Dead, chat.Failed))
		must(w, w.s.DropEvent(w.Context(), id, ann))
		return id
	case stand(chat.Done, chat.Voided):
		return acceptLate(w, w.s, w.clock, held("", "@TGS#1")).Events[0]
	}
	return w.endEvent(at)
}

func (w *walker) event(m chat.Move) {
	w.Helper()
	switch {
	case m.By == chat.ByIntake:
		w.eventAt(m.To)
	case m.By == chat.ByDispatcher:
		w.endEvent(m.To)
		if m.To == ready {
			took := takeEvents(w, w.s, 1)[0]
			must(w, w.s.EndEvent(w.Context(), chat.EventEnd{Lease: took.Lease, Event: took.Event.ID, Status: chat.Ready}))
		}
	case m.By == chat.ByStore:
		end := done(w.accepted())
		end.State = chat.State{"n": []byte("1")}
		must(w, w.s.EndEvent(w.Context(), end))
		w.endEvent(ready)
		w.damage(`UPDATE state SET data = '{'`)
		takeEvents(w, w.s, 1)
	case m.By == chat.ByRetention:
		w.eventAt(m.From)
		w.retire()
	case m.From == chat.Stand{}:
		_, err := w.s.ReplayEvent(w.Context(), w.endEvent(stand(chat.Done, chat.Handled)), ann)
		must(w, err)
	case m.To.Outcome == chat.Retried:
		_, err := w.s.ReplayEvent(w.Context(), w.eventAt(m.From), ann)
		must(w, err)
	default:
		must(w, w.s.DropEvent(w.Context(), w.eventAt(m.From), ann))
	}
}

func (w *walker) accepted() chat.EventWork {
	accept(w, w.s, arrival("", "@TGS#1"))
	return takeEvents(w, w.s, 1)[0]
}

func (w *walker) damage(text string) {
	w.Helper()
	must(w, w.s.tx(w.Context(), func(q *tx) error { _, err := q.exec(text); return err }))
}

func (w *walker) retire() {
	w.Helper()
	w.clock.move(1000 * time.Hour)
	retire(w.T, w.s, Retention{Done: w.clock.now(), Dead: w.clock.now()})
}

// letter makes a message that ended so, of parts that ended so.
func (w *walker) letter(end chat.Stand, parts ...chat.Stand) chat.MessageRecord {
	w.Helper()
	users := []chat.UserID{"boss", "hana", "minji"}
	var list []part
	for i, p := range parts {
		list = append(list, part{users[i], p.Status, p.Outcome})
	}
	return letter(w.T, w.s, w.clock.now(), chat.MessageEnd{Status: end.Status, Outcome: end.Outcome}, list...)
}

// again has a message sent again, and brings the new one to its end.
func (w *walker) again(id chat.MessageID, resend bool) {
	w.Helper()
	_, err := w.s.RetryMessage(w.Context(), id, resend, ann)
	must(w, err)
	finish(w.T, w.s, w.clock.now(), takeMessages(w, w.s, 1)[0], chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent}, part{"boss", chat.Done, chat.Sent})
}

var (
	deadRefused = stand(chat.Dead, chat.Refused)
	heldUnknown = stand(chat.Held, chat.Unknown)
	partBegun   = stand(chat.Ready, begun)
)

// inDoubt is a part of a held message of which nobody knows what came.
func inDoubt(message chat.Stand) chat.Stand {
	if message == heldUnknown {
		return heldUnknown
	}
	return partBegun // held in the middle of it
}

func (w *walker) message(m chat.Move) {
	w.Helper()
	drafted := stand(chat.Held, chat.Drafted)
	switch {
	case m.From == drafted, m.To == drafted, m.From.Outcome == chat.Lapsed:
		w.draft(m)
	case m.By == chat.ByDispatcher && m.To.Outcome == chat.Dropped:
		w.replace(0)
	case m.By == chat.ByDispatcher:
		must(w, w.s.EndEvent(w.Context(), done(w.accepted(), chat.Everyone.Say("x")...)))
	case m.By == chat.ByWorker:
		w.letter(m.To)
	case m.By == chat.ByStore:
		must(w, w.s.EndEvent(w.Context(), done(w.accepted(), chat.Everyone.Say("x")...)))
		w.damage(`UPDATE message SET body = '{"to":7}'`)
		takeMessages(w, w.s, 1)
	case m.By == chat.ByRetention && m.From.Outcome == chat.Retried, m.From == chat.Stand{}:
		w.again(w.letter(deadRefused, deadRefused).ID, false)
		w.retire()
	case m.To.Outcome == chat.Voided:
		acceptLate(w, w.s, w.clock, held("", "@TGS#1"))
	case m.From.Outcome == chat.Voided:
		acceptLate(w, w.s, w.clock, held("", "@TGS#1"))
		w.retire()
	case m.By == chat.ByRetention:
		w.letter(m.From)
		w.retire()
	default:
		w.ask(m)
	}
}

// draft makes a move of a draft.
func (w *walker) draft(m chat.Move) {
	w.Helper()
	id := drafts(w.T, w.s, w.accepted(), w.clock.now().Add(time.Hour), chat.Everyone.Say("x")...)[0]
	switch {
	case m.To.Outcome == chat.Retried:
		_, err := w.s.ApproveMessage(w.Context(), id, ann)
		must(w, err)
	case m.To.Outcome == chat.Dropped:
		must(w, w.s.DropMessage(w.Context(), id, ann))
	case m.To.Outcome != chat.Drafted:
		w.clock.move(time.Hour)
		must(w, w.s.LapseDrafts(w.Context(), 1, nil))
		if m.By == chat.ByRetention {
			w.retire()
		}
	}
}

// ask makes a move of a message for which a person asked.
func (w *walker) ask(m chat.Move) {
	w.Helper()
	switch doubt := inDoubt(m.From); {
	case m.To.Outcome == chat.Retried:
		w.again(w.letter(m.From).ID, false)
	case m.To.Outcome == chat.Dropped:
		must(w, w.s.DropMessage(w.Context(), w.letter(m.From).ID, ann))
	case m.To == heldUnknown:
		w.again(w.letter(m.From, doubt, deadRefused).ID, false)
	case m.To.Status == chat.Dead:
		w.answer(w.letter(m.From, doubt, m.To), chat.AnswerDrop)
	case m.To.Outcome == chat.Partly:
		w.answer(w.letter(m.From, doubt, stand(chat.Done, chat.Dropped)), chat.AnswerSent)
	default:
		w.answer(w.letter(m.From, doubt), chat.AnswerSent)
	}
}

// replace stores a message with the key of one that waits, with or without parts.
func (w *walker) replace(parts int) {
	w.Helper()
	must(w, w.s.EndEvent(w.Context(), done(w.accepted(), chat.Collapse("k", chat.Everyone.Say("x"))...)))
	if parts > 0 {
		took := takeMessages(w, w.s, 1)[0]
		resolve(w, w.s, took, people(w, "boss"))
		must(w, w.s.EndRound(w.Context(), chat.Round{Lease: took.Lease, Message: took.Message.ID, Keyed: true, Due: w.clock.now().Add(time.Hour)}))
	}
	must(w, w.s.EndEvent(w.Context(), done(w.accepted(), chat.Collapse("k", chat.Everyone.Say("y"))...)))
}

// answer answers about the first part of a message.
func (w *walker) answer(m chat.MessageRecord, a chat.Answer) {
	w.Helper()
	_, err := w.s.AnswerUnknown(w.Context(), message(w.T, w.s, m.ID).Deliveries[0].ID, a, ann)
	must(w, err)
}

func (w *walker) delivery(m chat.Move) {
	w.Helper()
	inTheMiddle := stand(chat.Held, chat.Refused)
	switch {
	case m.From == chat.Stand{} && m.To != ready:
		w.bornAs(m.To)
	case m.From == chat.Stand{}:
		w.letter(inTheMiddle, ready)
	case m.By == chat.ByDispatcher:
		w.replace(1)
	case m.By == chat.ByWorker && m.To == ready:
		w.letter(inTheMiddle, ready)
	case m.By == chat.ByWorker:
		w.letter(m.To, m.To)
	case m.By == chat.ByRetention && m.From.Outcome == chat.Retried:
		w.again(w.letter(deadRefused, deadRefused).ID, false)
		w.retire()
	case m.By == chat.ByRetention:
		w.letter(m.From, m.From)
		w.retire()
	case m.To.Outcome == chat.Sent && m.From == ready:
		w.answer(w.letter(inTheMiddle, partBegun), chat.AnswerSent)
	case m.To.Outcome == chat.Sent:
		w.answer(w.letter(m.From, m.From), chat.AnswerSent)
	case m.To.Outcome == chat.Dropped && m.From == ready:
		must(w, w.s.DropMessage(w.Context(), w.letter(inTheMiddle, ready).ID, ann))
	case m.To.Outcome == chat.Dropped:
		must(w, w.s.DropMessage(w.Context(), w.letter(m.From, m.From).ID, ann))
	case m.From == ready:
		w.again(w.letter(inTheMiddle, ready).ID, false)
	default:
		w.again(w.letter(m.From, m.From).ID, true)
	}
}

// bornAs ends a message with the one part to which it came, without an attempt.
func (w *walker) bornAs(to chat.Stand) {
	w.Helper()
	must(w, w.s.EndEvent(w.Context(), done(w.accepted(), chat.Admins.Say("x")...)))
	m := takeMessages(w, w.s, 1)[0]
	d := chat.Delivery{Message: m.Message.ID, Part: 1, Recipients: people(w, "boss"), Status: to.Status, Outcome: to.Outcome}
	must(w, w.s.EndRound(w.Context(), chat.Round{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d},
		Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: staff}, End: &chat.MessageEnd{Status: to.Status, Outcome: to.Outcome}}))
}

// everyStand is each status with each outcome, whether there is such a thing or
// not.
func everyStand() []chat.Stand {
	var all []chat.Stand
	for _, s := range []chat.Status{chat.Ready, chat.Held, chat.Done, chat.Dead, "lost", ""} {
		for _, o := range []chat.Outcome{"", chat.Handled, chat.Sent, chat.Partly, chat.Nobody, chat.Dropped, chat.Expired, chat.Refused, chat.Failed,
			chat.Unknown, chat.Retried, "strange"} {
			all = append(all, stand(s, o))
		}
	}
	return all
}

// standsOf is where a thing can be.
func standsOf(of chat.Thing) []chat.Stand {
	var all []chat.Stand
	for _, m := range chat.Moves() {
		if m.Of == of && m.To.Status != "" && !slices.Contains(all, m.To) {
			all = append(all, m.To)
		}
	}
	return all
}

// refuses does something that must fail.
func (w *walker) refuses(what string, f func() error) {
	w.Helper()
	if err := f(); err == nil {
		w.Errorf("%s was accepted", what)
	}
}

// unchanged begins what must change nothing; what it returns ends it.
func (w *walker) unchanged() func() {
	before := dump(w.T, w.s)
	return func() {
		w.Helper()
		if diff := cmp.Diff(before, dump(w.T, w.s)); diff != "" {
			w.Errorf("something changed: %s", diff)
		}
	}
}

func newWalker(t *testing.T) *walker {
	s, clock := newStore(t)
	return &walker{T: t, s: s, clock: clock}
}

func TestWhoeverEndsSomethingCannotMakeAnotherMove(t *testing.T) {
	t.Run("an event", func(t *testing.T) {
		w := newWalker(t)
		took := w.accepted()
		defer w.unchanged()()
		for _, to := range everyStand() {
			if !chat.CanMove(chat.AnEvent, ready, to, chat.ByDispatcher) {
				w.refuses(to.String(), func() error {
					return w.s.EndEvent(t.Context(), chat.EventEnd{Lease: took.Lease, Event: took.Event.ID, Status: to.Status, Outcome: to.Outcome})
				})
			}
		}
	})
	t.Run("a message and a delivery", func(t *testing.T) {
		w := newWalker(t)
		must(t, w.s.EndEvent(t.Context(), done(w.accepted(), chat.Everyone.Say("x")...)))
		took := takeMessages(t, w.s, 1)[0]
		d := resolve(t, w.s, took, people(t, "boss"))[0]
		defer w.unchanged()()
		for _, to := range everyStand() {
			round := chat.Round{Lease: took.Lease, Message: took.Message.ID}
			if !chat.CanMove(chat.AMessage, ready, to, chat.ByWorker) {
				round.End = &chat.MessageEnd{Status: to.Status, Outcome: to.Outcome}
				w.refuses("a message: "+to.String(), func() error { return w.s.EndRound(t.Context(), round) })
			}
			if !chat.CanMove(chat.ADelivery, ready, to, chat.ByWorker) {
				round.End = nil
				d.Status, d.Outcome = to.Status, to.Outcome
				round.Deliveries = []chat.Delivery{d}
				w.refuses("a delivery: "+to.String(), func() error { return w.s.EndRound(t.Context(), round) })
			}
		}
	})
}

// Whoever has a lease of the right lane, and names something that has ended.
func TestWhatEndedIsNotEndedAgain(t *testing.T) {
	for _, from := range standsOf(chat.AnEvent) {
		if from == ready {
			continue
		}
		t.Run("an event that is "+from.String(), func(t *testing.T) {
			w := newWalker(t)
			id := w.eventAt(from)
			w.endEvent(ready)
			lease := takeEvents(t, w.s, 1)[0].Lease
			defer w.unchanged()()
			for _, to := range standsOf(chat.AnEvent) {
				w.refuses("to "+to.String(), func() error {
					return w.s.EndEvent(t.Context(), chat.EventEnd{Lease: lease, Event: id, Status: to.Status, Outcome: to.Outcome})
				})
			}
		})
	}
	for _, from := range standsOf(chat.ADelivery) {
		if from == ready {
			continue
		}
		t.Run("a delivery that is "+from.String(), func(t *testing.T) {
			w := newWalker(t)
			var m chat.MessageRecord
			if from.Outcome == chat.Retried {
				m = w.letter(deadRefused, deadRefused)
				w.again(m.ID, false)
			} else {
				m = w.letter(from, from)
			}
			d := message(t, w.s, m.ID).Deliveries[0].Delivery
			must(t, w.s.EndEvent(t.Context(), done(w.accepted(), chat.Everyone.Say("y")...)))
			lease := takeMessages(t, w.s, 1)[0].Lease
			defer w.unchanged()()
			for _, to := range standsOf(chat.ADelivery) {
				d.Status, d.Outcome = to.Status, to.Outcome
				w.refuses("its part to "+to.String(), func() error {
					return w.s.EndRound(t.Context(), chat.Round{Lease: lease, Message: m.ID, Deliveries: []chat.Delivery{d}})
				})
				w.refuses("its message to "+to.String(), func() error {
					return w.s.EndRound(t.Context(), chat.Round{Lease: lease, Message: m.ID, End: &chat.MessageEnd{Status: to.Status, Outcome: to.Outcome}})
				})
			}
		})
	}
}

func TestAPersonCannotMakeAnotherMove(t *testing.T) {
	w := newWalker(t)
	for of, text := range map[chat.Thing]string{chat.AnEvent: actOnEvent, chat.AMessage: actOnMessage, chat.ADelivery: actOnDelivery} {
		for _, from := range standsOf(of) {
			for _, to := range everyStand() {
				if chat.CanMove(of, from, to, chat.ByOperator) {
					continue
				}
				before, after := chat.Standing{Status: from.Status, Outcome: from.Outcome}, chat.Standing{Status: to.Status, Outcome: to.Outcome}
				if err := w.s.tx(t.Context(), func(q *tx) error { return q.settle(text, of, 1, before, after) }); err == nil {
					t.Errorf("%s from %s to %s was accepted", of, from, to)
				}
			}
		}
	}
}

func TestAPersonDoesNothingAboutWhatDoesNotWait(t *testing.T) {
	for _, from := range standsOf(chat.AMessage) {
		if from.Status != chat.Ready && from.Status != chat.Done {
			continue
		}
		t.Run("a message that is "+from.String(), func(t *testing.T) {
			w := newWalker(t)
			var m chat.MessageID = 1
			switch {
			case from == ready:
				must(t, w.s.EndEvent(t.Context(), done(w.accepted(), chat.Everyone.Say("x")...)))
			case from.Outcome == chat.Retried:
				m = w.letter(deadRefused, deadRefused).ID
				w.again(m, false)
			case from.Outcome == chat.Voided:
				acceptLate(t, w.s, w.clock, held("", "@TGS#1"))
			case from.Outcome == chat.Lapsed:
				w.draft(chat.Move{Of: chat.AMessage, From: stand(chat.Held, chat.Drafted), To: from})
			default:
				m = w.letter(from, stand(chat.Done, chat.Sent)).ID
			}
			defer w.unchanged()()
			w.refuses("to drop", func() error { return w.s.DropMessage(t.Context(), m, ann) })
			w.refuses("to retry", func() error { _, err := w.s.RetryMessage(t.Context(), m, true, ann); return err })
			for _, a := range []chat.Answer{chat.AnswerSent, chat.AnswerResend, chat.AnswerDrop} {
				w.refuses("to answer "+string(a), func() error { _, err := w.s.AnswerUnknown(t.Context(), 1, a, ann); return err })
			}
		})
	}
	for _, from := range standsOf(chat.AnEvent) {
		if from.Status == chat.Held || from.Status == chat.Dead {
			continue
		}
		t.Run("an event that is "+from.String(), func(t *testing.T) {
			w := newWalker(t)
			id := w.eventAt(from)
			defer w.unchanged()()
			w.refuses("to drop", func() error { return w.s.DropEvent(t.Context(), id, ann) })
			if from == ready {
				w.refuses("to replay", func() error { _, err := w.s.ReplayEvent(t.Context(), id, ann); return err })
			}
		})
	}
}
