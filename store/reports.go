package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/botd-chat/botd/chat"
)

// reportWanted stands in the place of the event that tells how a message ended,
// before it has.
const reportWanted = -1

// reportOf is how it is stored whether a plugin wants to be told.
func reportOf(m chat.Message) int64 {
	if m.Report == nil {
		return 0
	}
	return reportWanted
}

const (
	wantsReport = `SELECT report FROM message WHERE id = $1`
	// insertReport takes the event's origin along, and with it what bounds the
	// answers to it.
	insertReport = `
INSERT INTO event (receipt, app, bot, trigger_name, kind, group_id, sender, lane, time, accepted,
	status, outcome, reason, attempts, due_at, ended, payload, report_of, origin, root)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 'ready', '', '', 0, $9, 0, $10, $11, origin, ` + rootOf + `
FROM event WHERE id = $12
RETURNING id`
	reported = `UPDATE message SET report = $1 WHERE id = $2 AND report = -1`
)

// left is for every message that is not ready any more, in the transaction that
// ends it and after all else that is stored of it there.
func (q *tx) left(m chat.MessageID, now time.Time) error {
	var report int64
	err := q.one(wantsReport, int64(m)).Scan(&report)
	if err == nil && report == reportWanted {
		err = q.report(m, now)
	}
	if err != nil {
		return fmt.Errorf("tell the plugin how message %s ended: %w", m, err)
	}
	return nil
}

// report stores the event that tells how a message ended, if the plugin wants it and
// what it wants can be read.
func (q *tx) report(id chat.MessageID, now time.Time) error {
	var m chat.MessageRecord
	if err := scanMessage(q.one(readMessage, int64(id)), &m); unlessDamaged(err) != nil {
		return err
	}
	if m.Message.Report == nil {
		return nil
	}
	list, err := deliveries(q, id)
	if unlessDamaged(err) != nil {
		return err
	}
	payload, err := json.Marshal(ending(m, list))
	if err != nil {
		return err
	}
	receipt, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("draw a receipt: %w", err)
	}
	lane := eventLane(m.Bot, m.Group)
	var made int64
	err = q.one(insertReport, receipt.String(), string(m.App), string(m.Bot), string(m.Message.Report.Name), string(chat.Reported),
		string(m.Group), string(m.Sender), lane, micros(now), payload, int64(id), int64(m.Event)).Scan(&made)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the message's own event is gone, which only damage brings about, and with it what bounds the answer
	}
	if err != nil {
		return fmt.Errorf("store the event: %w", err)
	}
	n, err := q.exec(reported, made, int64(id))
	if err == nil && n != 1 {
		err = errors.New("it was told before")
	}
	if err != nil {
		return err
	}
	return q.add(events, lane, m.App, 1, now)
}

// ending is what is told of a message, of which these are the deliveries.
func ending(m chat.MessageRecord, list []chat.Delivery) chat.Ending {
	all := make([]chat.DeliveryHistory, len(list))
	for i, d := range list {
		all[i].Delivery = d
	}
	p, reason := chat.ProgressOf(all), m.Reason
	if m.Outcome == chat.Nobody {
		reason = chat.ToldOfNobody
	}
	for _, d := range list { // the service may have said whom it did not find
		for _, id := range d.Recipients.IDs() {
			reason = replaceWord(reason, string(id), "…")
		}
	}
	return chat.Ending{Message: m.ID, Status: m.Status, Outcome: m.Outcome, Reason: reason,
		People: p.People, Reached: p.Reached, Data: m.Message.Report.Data}
}
