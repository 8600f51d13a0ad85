package plugintest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// delivered is a message whose pretend delivery is over.
type delivered struct {
	chat.Message
	seen   []chat.Share // by whom, and which body; by whom perhaps, if nobody can tell
	ending chat.Ending
}

// deliver has a message reach whom it is for, at once, unless something is in the way.
func (w *world) deliver(e chat.EventRecord, m chat.Message) delivered {
	w.messages++
	d := delivered{Message: m, ending: chat.Ending{Message: chat.MessageID(w.messages), Status: chat.Done, Outcome: chat.Sent}}
	who := audience.Of(m, w.spec.Audience.Bind(e.Sender)).Resolve(w.group)
	to, _ := who.Recipients()
	d.seen, d.ending.People = who.Shares(), to.Len()
	most := m.Most(w.asker.bot.Limits.Recipients)
	switch {
	case to.Len() == 0:
		d.ending.Outcome, d.ending.Reason = chat.Nobody, chat.ToldOfNobody
	case to.Len() > most:
		d.end(chat.Refused, fmt.Sprintf("it is for %d members, and may be for %d; sent to nobody", to.Len(), most))
	case !m.Expires.IsZero() && w.now.After(m.Expires):
		d.end(chat.Expired, "it was worth sending until "+m.Expires.UTC().Format("2006-01-02 15:04:05 MST"))
	case w.fate != "":
		d.end(w.fate, "the transcript has it so")
		w.fate = ""
	}
	if d.ending.Outcome != chat.Unknown {
		d.ending.Reached = d.reached()
	}
	return d
}

func (d delivered) reached() (n int) {
	for _, s := range d.seen {
		n += s.Recipients.Len()
	}
	return n
}

// fates are how a delivery can be made to end by a % line, and with what status.
var fates = map[chat.Outcome]chat.Status{
	chat.Failed: chat.Dead, chat.Refused: chat.Dead, chat.Partly: chat.Dead, chat.Unknown: chat.Held, chat.Expired: chat.Done,
}

// end has it end in another way than with everybody having it.
func (d *delivered) end(o chat.Outcome, reason string) {
	d.ending.Status, d.ending.Outcome, d.ending.Reason = fates[o], o, reason
	switch o {
	case chat.Unknown: // each of them may have it
	case chat.Partly:
		d.seen = withoutLast(d.seen)
	default:
		d.seen = nil
	}
}

// withoutLast leaves out the last of those who would have seen a message.
func withoutLast(list []chat.Share) []chat.Share {
	last := list[len(list)-1]
	list = slices.Clone(list[:len(list)-1])
	ids := last.Recipients.IDs()
	if to, err := chat.NewRecipients(ids[:len(ids)-1]); err == nil {
		list = append(list, chat.Share{Rendering: last.Rendering, Recipients: to})
	}
	return list
}

// doom reads a % line: how the delivery of the next message ends.
func (w *world) doom(text string) error {
	var known []string
	for o := range fates {
		known = append(known, string(o))
	}
	slices.Sort(known)
	next, outcome, _ := strings.Cut(text, " ")
	if next != "next" || !slices.Contains(known, outcome) {
		return fmt.Errorf("%% %s is nothing that can become of a message: write %% next and then one of %s", text, strings.Join(known, ", "))
	}
	w.fate = chat.Outcome(outcome)
	return nil
}

// reports lets the plugin handle what it wanted to be told of messages that e came to.
func (w *world) reports(ctx context.Context, e chat.EventRecord, said []delivered) (lines []string, err error) {
	for _, d := range said {
		if d.Report == nil {
			continue
		}
		came, err := w.report(ctx, e, d)
		if err != nil {
			return nil, err
		}
		lines = append(lines, came...)
	}
	return lines, nil
}

func (w *world) report(ctx context.Context, of chat.EventRecord, d delivered) (_ []string, err error) {
	w.events++
	e := w.blank()
	e.Kind, e.Trigger, e.Sender, e.Origin, e.ReportOf = chat.Reported, d.Report.Name, of.Sender, of.Origin, d.ending.Message
	d.ending.Data = d.Report.Data
	if e.Payload, err = json.Marshal(d.ending); err != nil {
		return nil, err
	}
	came := fmt.Sprintf("= %s comes: %s", e.Trigger, d.ending.Outcome)
	if n := d.ending.People; n > 0 {
		came += fmt.Sprintf(", %d of %d reached", d.ending.Reached, n)
	}
	lines, err := w.answer(ctx, e)
	return append([]string{came + spaced(d.ending.Data)}, lines...), err
}
