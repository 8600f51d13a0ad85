package store

import (
	"encoding/json"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

// Columns in the order in which the functions below read them.
const (
	eventColumns = `event.id, event.receipt, event.app, event.bot, event.trigger_name, event.kind, event.group_id,
	event.sender, event.time, event.accepted, event.status, event.outcome, event.reason, event.attempts, event.due_at, event.ended,
	event.replay_of, event.timer_of, event.report_of, event.origin, event.expires`
	messageColumns = `id, event_id, app, bot, group_id, sender, body, created, status, outcome, reason, ended,
	ceiling, snapshot, read_at, replay_of, limited_to, surge, approved, report, lapses, own`
	deliveryColumns = `id, message_id, part, recipients, lost, random, series, digest, attempts, due_at, status,
	outcome, reason, msg_seq, ended, resent, snapshot, read_at, rendering`
	attemptColumns = `delivery_id, n, random, people, began, ended, result, code, error`
)

// rowsInto adds rows to a list, each as scan reads it.
func rowsInto[T any](list *[]T, scan func(scanner, *T) error) func(scanner) error {
	return func(row scanner) error {
		var x T
		err := scan(row, &x)
		*list = append(*list, x)
		return err
	}
}

// scanOne reads the only column of a row.
func scanOne[T any](row scanner, x *T) error { return row.Scan(x) }

// scanEvent reads eventColumns and what follows them. Due is for events that
// wait only.
func scanEvent(row scanner, e *chat.EventRecord, more ...any) error {
	var at, accepted, due, ended, expires int64
	var origin []byte
	err := row.Scan(append([]any{&e.ID, &e.Receipt, &e.App, &e.Bot, &e.Trigger, &e.Kind, &e.Group, &e.Sender,
		&at, &accepted, &e.Status, &e.Outcome, &e.Reason, &e.Attempts, &due, &ended, &e.ReplayOf, &e.TimerOf, &e.ReportOf, &origin, &expires}, more...)...)
	e.Time, e.Accepted, e.Ended, e.Expires = fromMicros(at), fromMicros(accepted), fromMicros(ended), fromMicros(expires)
	if e.Status == chat.Ready {
		e.Due = fromMicros(due)
	}
	if err != nil || len(origin) == 0 {
		return err
	}
	if err := json.Unmarshal(origin, &e.Origin); err != nil {
		return fmt.Errorf("%w: the origin of event %s: %w", errDamaged, e.ID, err)
	}
	return nil
}

// scanMessage reads messageColumns.
func scanMessage(row scanner, m *chat.MessageRecord) error {
	var body, ceiling, only []byte
	var created, ended, read, report, lapses int64
	err := row.Scan(&m.ID, &m.Event, &m.App, &m.Bot, &m.Group, &m.Sender, &body, &created, &m.Status, &m.Outcome,
		&m.Reason, &ended, &ceiling, &m.Snapshot, &read, &m.ReplayOf, &only, &m.Surge, &m.Approved, &report, &lapses, &m.Own)
	if err != nil {
		return err
	}
	m.ReportedBy = chat.EventID(max(report, 0))
	m.Created, m.Ended, m.ReadAt, m.Lapses = fromMicros(created), fromMicros(ended), fromMicros(read), fromMicros(lapses)
	if err := json.Unmarshal(body, &m.Message); err != nil {
		return fmt.Errorf("%w: message %s: %w", errDamaged, m.ID, err)
	}
	m.To, m.Renderings = m.Message.To, m.Message.Rules()
	if len(only) > 0 {
		if err := json.Unmarshal(only, &m.Only); err != nil {
			return fmt.Errorf("%w: whom message %s is limited to: %w", errDamaged, m.ID, err)
		}
	}
	if len(ceiling) == 0 {
		return nil
	}
	if err := json.Unmarshal(ceiling, &m.Ceiling); err != nil {
		return fmt.Errorf("%w: the ceiling of message %s: %w", errDamaged, m.ID, err)
	}
	return nil
}

// scanDelivery reads deliveryColumns.
func scanDelivery(row scanner, d *chat.Delivery) error {
	var recipients, lost []byte
	var series, due, ended, resent, read int64
	err := row.Scan(&d.ID, &d.Message, &d.Part, &recipients, &lost, &d.Random, &series, &d.Digest, &d.Attempts, &due,
		&d.Status, &d.Outcome, &d.Reason, &d.MsgSeq, &ended, &resent, &d.Snapshot, &read, &d.Rendering)
	if err != nil {
		return err
	}
	d.Series, d.Due, d.Ended, d.Resent = fromMicros(series), fromMicros(due), fromMicros(ended), fromMicros(resent)
	d.ReadAt = fromMicros(read)
	if err := json.Unmarshal(recipients, &d.Recipients); err != nil {
		return fmt.Errorf("%w: delivery %s: %w", errDamaged, d.ID, err)
	}
	if len(lost) == 0 {
		return nil
	}
	if err := json.Unmarshal(lost, &d.Lost); err != nil {
		return fmt.Errorf("%w: who was lost from delivery %s: %w", errDamaged, d.ID, err)
	}
	return nil
}

// scanAttempt reads attemptColumns.
func scanAttempt(row scanner, a *chat.Attempt) error {
	var began, ended int64
	err := row.Scan(&a.Delivery, &a.N, &a.Random, &a.People, &began, &ended, &a.Result, &a.Code, &a.Error)
	a.Began, a.Ended = fromMicros(began), fromMicros(ended)
	return err
}

// lostJSON is empty when nobody was lost, as nearly always.
func lostJSON(lost []chat.Exclusion) (string, error) {
	if len(lost) == 0 {
		return "", nil
	}
	b, err := json.Marshal(lost)
	return string(b), err
}
