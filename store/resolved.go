package store

import (
	"encoding/json"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

const (
	resolveMessage = `
UPDATE message SET ceiling = $1, snapshot = $2, read_at = $3, surge = $4
WHERE id = $5 AND lane = $6 AND status = 'ready' AND snapshot = ''`
	insertDelivery = `
INSERT INTO delivery (message_id, part, recipients, lost, random, series, digest, attempts, due_at,
	status, outcome, reason, msg_seq, ended, resent,
	snapshot, read_at, rendering)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`
)

// resolution is chat.Resolved as it is stored.
type resolution struct {
	chat.Membership
	hash, ceiling string
	surge, people int
}

// encodeResolved is done before the transaction, where others would wait for
// it. It is nil for nil.
func encodeResolved(r *chat.Resolved) (*resolution, error) {
	if r == nil {
		return nil, nil
	}
	ceiling, err := json.Marshal(r.Ceiling)
	if err != nil {
		return nil, fmt.Errorf("the ceiling: %w", err)
	}
	return &resolution{r.Membership, r.Membership.Hash(), string(ceiling), r.Surge, r.People}, nil
}

// resolved stores what the head of a lane was held against, and its deliveries,
// which it gives their ids. A message is resolved once.
func (q *tx) resolved(lane string, m chat.MessageID, r *resolution, rows []encoded) error {
	n, err := q.exec(resolveMessage, r.ceiling, r.hash, micros(r.ReadAt), r.surge, int64(m), lane)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("message %s is not a ready one of lane %s, or was resolved before", m, lane)
	}
	if err := q.keepSnapshot(r.hash, r.Membership); err != nil {
		return err
	}
	if err := q.keepRun(m, r.people); err != nil {
		return err
	}
	for i := range rows {
		if err := q.addDelivery(m, &rows[i]); err != nil {
			return fmt.Errorf("store part %d: %w", rows[i].Part, err)
		}
	}
	return nil
}

func (q *tx) addDelivery(m chat.MessageID, d *encoded) error {
	id, err := q.insert(insertDelivery, int64(m), d.Part, d.recipients, d.lost, int64(d.Random), micros(d.Series), d.Digest, d.Attempts,
		micros(d.Due), string(d.Status), string(d.Outcome), d.Reason, int64(d.MsgSeq), micros(d.Ended), micros(d.Resent), d.Snapshot, micros(d.ReadAt), d.Rendering)
	d.ID = chat.DeliveryID(id)
	return err
}
