package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// unsealed is a delivery that has news, and how much.
type unsealed struct {
	chat.Ended
	news int64
}

// qualified is a list of columns with the name of their table.
func qualified(table, columns string) string {
	list := strings.Split(columns, ",")
	for i := range list {
		list[i] = table + "." + strings.TrimSpace(list[i])
	}
	return strings.Join(list, ", ")
}

var (
	ownColumns   = `delivery.sealed, delivery.news, message.lane, event.trigger_name, event.kind, event.replay_of`
	ownCount     = len(strings.Split(ownColumns, ","))
	messageCount = len(strings.Split(messageColumns, ","))
	readUnsealed = `SELECT ` + ownColumns + `, ` + qualified("message", messageColumns) + `, ` + qualified("delivery", deliveryColumns) + `
FROM delivery JOIN message ON message.id = delivery.message_id JOIN event ON event.id = message.event_id
WHERE ` + hasNews + ` ORDER BY delivery.ended, delivery.id LIMIT $1`
	attemptsOfUnsealed = `SELECT ` + attemptColumns + ` FROM attempt WHERE delivery_id IN (
SELECT delivery.id FROM delivery WHERE ` + hasNews + ` ORDER BY delivery.ended, delivery.id LIMIT $1)`
)

// someUnsealed is for how many room is made at once.
const someUnsealed = 100

const hasNews = `delivery.ended >= 0 AND delivery.status <> 'ready' AND delivery.news > 0`

// unsealed reads what has ended over the connection that writes: it has the rows
// in memory still, and reads them for a fraction of what database/sql takes.
// Nothing is made of them while it is held.
func (s *Store) unsealed(ctx context.Context, limit int) (list []unsealed, err error) {
	var groups known
	err = s.tx(ctx, func(q *tx) (err error) {
		groups = known{map[string]chat.Membership{}, s.readings}
		list, err = q.unsealed(limit, groups)
		return err
	})
	s.readings = groups.kept()
	now := fromMicros(micros(s.now()))
	for i := range list {
		list[i].Now = now
	}
	return list, err
}

// known are readings of groups by their hash, which is of all that a receipt is
// made of: those of this batch, and those of batches before.
type known struct{ now, before map[string]chat.Membership }

// mostKept is how many members of groups are kept in memory, about.
const mostKept = 50_000

// kept are those for the next batch. When there are too many, some of those
// before are left out.
func (k known) kept() map[string]chat.Membership {
	members := 0
	for hash, m := range k.before {
		members += len(m.Members)
		if _, there := k.now[hash]; !there && members <= mostKept {
			k.now[hash] = m
		}
	}
	return k.now
}

func (k known) reading(q *tx, hash string) (m chat.Membership, err error) {
	m, there := k.now[hash]
	if there {
		return m, nil
	}
	if m, there = k.before[hash]; !there {
		m, err = readingOf(q, hash)
	}
	if err == nil {
		k.now[hash] = m
	}
	return m, err
}

func (q *tx) unsealed(limit int, groups known) (list []unsealed, err error) {
	err = q.each(func(r scanner) error {
		if list == nil {
			list = make([]unsealed, 0, min(limit, someUnsealed))
		}
		list = append(list, unsealed{})
		return list[len(list)-1].scan(r.(row))
	}, readUnsealed, limit)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	tries, err := q.attemptsOfUnsealed(limit)
	if err != nil {
		return nil, err
	}
	for i := range list {
		u := &list[i]
		if u.Damaged != "" {
			continue
		}
		u.Tries = tries[u.Delivery.ID]
		if err := u.complete(q, groups); err != nil {
			return nil, fmt.Errorf("delivery %s: %w", u.Delivery.ID, err)
		}
	}
	return list, nil
}

func (u *unsealed) scan(r row) error {
	err := r.from(0, ownCount).Scan(&u.Before, &u.news, &u.Lane, &u.Event.Trigger, &u.Event.Kind, &u.Event.ReplayOf)
	if err != nil {
		return err
	}
	// Both ids are known also of a row of which not all can be read.
	message, delivery := r.from(ownCount, messageCount), r.from(ownCount+messageCount, r.ColumnCount())
	if err = scanMessage(message, &u.Message); err == nil {
		err = scanDelivery(delivery, &u.Delivery)
	}
	u.Message.ID, u.Delivery.ID = chat.MessageID(r.ColumnInt64(message.first)), chat.DeliveryID(r.ColumnInt64(delivery.first))
	u.Event.ID = u.Message.Event
	return u.damage(err)
}

// damage keeps it apart that a row says something that cannot be read: one such
// row must not keep the others from having their receipts.
func (u *unsealed) damage(err error) error {
	if errors.Is(err, errDamaged) {
		u.Damaged, err = err.Error(), nil
	}
	return err
}

// attemptsOfUnsealed are those of all that [tx.unsealed] has found.
func (q *tx) attemptsOfUnsealed(limit int) (map[chat.DeliveryID][]chat.Attempt, error) {
	all := make([]chat.Attempt, 0, min(limit, someUnsealed))
	err := q.each(rowsInto(&all, scanAttempt), attemptsOfUnsealed, limit)
	slices.SortFunc(all, func(a, b chat.Attempt) int {
		return cmp.Or(cmp.Compare(a.Delivery, b.Delivery), cmp.Compare(a.N, b.N))
	})
	of := make(map[chat.DeliveryID][]chat.Attempt, len(all))
	for i, from := 1, 0; i <= len(all); i++ {
		if i == len(all) || all[i].Delivery != all[from].Delivery {
			of[all[from].Delivery] = slices.Clip(all[from:i])
			from = i
		}
	}
	return of, err
}

// complete adds what is in tables of its own. Nobody has acted on a delivery that
// only ended.
func (u *unsealed) complete(q *tx, groups known) (err error) {
	if u.Before > 0 || u.news > 1 {
		if u.Recalls, err = recallsOn(q, u.Delivery.ID); err != nil {
			return err
		}
		acts, err := actsOn(q, u.Event.ID)
		if err != nil {
			return err
		}
		for _, a := range acts {
			if a.Target == u.Delivery.ID.String() {
				u.Acts = append(u.Acts, a)
			}
		}
	}
	if u.Delivery.Snapshot != "" { // its recipients joined later
		u.Message.Snapshot, u.Message.ReadAt = u.Delivery.Snapshot, u.Delivery.ReadAt
	}
	u.Group, err = groups.reading(q, u.Message.Snapshot)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: the reading of its group is not there", errDamaged)
	}
	return u.damage(err)
}
