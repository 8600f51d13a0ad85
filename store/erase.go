package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// Erase takes one user's id out of all that is over in an application, and with
// it the payloads and texts of the events that the user caused, also by way of a timer
// or of a report, the text of the messages that came of them, and what bots remember of
// the user alone. A token stands in its place, the same each time; also in leaks.
//
// What is still on its way does not go to the user any more, unless it may have
// been delivered already or is in somebody's hands. Otherwise an event of which
// something is ready or held, or a timer of which has not come, stays as it is and
// is named in Waiting. So does what bots remember of a group, or of somebody else,
// which is named in States, and a schedule that is there and names the user, in
// Schedules. That it was done is kept, without the id.
func (s *Store) Erase(ctx context.Context, app chat.AppName, user chat.UserID, by chat.By) (e chat.Erasure, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("erase a user: %w", err)
		}
	}()
	if err := errors.Join(user.Validate(), s.tx(ctx, func(q *tx) error { return q.erasureKey() })); err != nil {
		return e, err
	}
	if err := s.sealing.enter(ctx); err != nil {
		return e, err
	}
	defer s.sealing.leave()
	s.readings = nil
	x := eraser{user: user, app: app, now: micros(s.now()), caused: map[int64]bool{}}
	if err := s.reader.view(ctx, x.prepare); err != nil {
		return e, err
	}
	for some := range slices.Chunk(x.events, retireBatch) {
		if err := s.paced(ctx, afresh(&x.sum, func(q *tx) error { return x.each(q, some) })); err != nil {
			return e, err
		}
	}
	if err := x.receipts(ctx, s); err != nil {
		return e, err
	}
	for _, hash := range x.snapshots {
		if err := s.paced(ctx, afresh(&x.sum, func(q *tx) error { return x.snapshot(q, hash) })); err != nil {
			return e, err
		}
	}
	for _, rest := range []func(*tx) error{x.leaks, x.sessions, x.schedules} {
		if err := s.tx(ctx, afresh(&x.sum, rest)); err != nil {
			return e, err
		}
	}
	e = chat.Erasure{App: app, Hash: x.hash, Token: x.token, At: fromMicros(x.now), By: by, Counts: x.sum, Waiting: x.waiting, States: x.states, Schedules: x.left}
	return e, s.tx(ctx, func(q *tx) error { return q.keepErasure(e) })
}

const (
	insertErasureKey = `INSERT INTO erasure_key (id, value) VALUES (1, $1) ON CONFLICT (id) DO NOTHING`
	readErasureKey   = `SELECT value FROM erasure_key WHERE id = 1`
	insertErasure    = `INSERT INTO erasure (app, hash, who, reason, at, counts) VALUES ($1, $2, $3, $4, $5, $6)`
	// What came of a timer that an event of the user set, the user caused too, and what
	// the chat service told of the user or of what the user did.
	ofUser = `
WITH RECURSIVE caused (id) AS (SELECT id FROM event WHERE app = $1 AND (sender = $2
		OR kind = 'callback' AND (instr(CAST(payload AS TEXT), $6) > 0 OR instr(CAST(payload AS TEXT), $7) > 0))
	UNION SELECT event.id FROM event JOIN caused ON event.timer_of = caused.id WHERE event.timer_of <> 0
	UNION SELECT event.id FROM event JOIN message ON message.id = event.report_of JOIN caused ON message.event_id = caused.id WHERE event.report_of <> 0),
named_by (id) AS (SELECT made FROM timer WHERE app = $1 AND made <> 0 AND (sender = $2 OR key = $2 OR payload LIKE $3 ESCAPE '\')
	UNION SELECT id FROM event WHERE app = $1 AND report_of <> 0 AND CAST(payload AS TEXT) LIKE $3 ESCAPE '\'
	UNION SELECT event.id FROM event JOIN named_by ON event.replay_of = named_by.id WHERE event.replay_of <> 0)
SELECT id, MAX(caused) FROM (
	SELECT id, 1 AS caused FROM caused
	UNION ALL SELECT event_id, 0 FROM message WHERE app = $1 AND (sender = $2 OR body LIKE $3 ESCAPE '\' OR ceiling LIKE $3 ESCAPE '\' OR limited_to LIKE $3 ESCAPE '\'
		OR collapse LIKE $4 ESCAPE '\' OR body LIKE '%"where":%' AND (body LIKE $4 ESCAPE '\' OR body LIKE $5 ESCAPE '\')
		OR ceiling LIKE '%"where":%' AND (ceiling LIKE $4 ESCAPE '\' OR ceiling LIKE $5 ESCAPE '\'))
	UNION ALL SELECT event_id, 0 FROM message JOIN delivery ON delivery.message_id = message.id
		WHERE app = $1 AND (recipients LIKE $3 ESCAPE '\' OR lost LIKE $3 ESCAPE '\')
	UNION ALL SELECT event_id, 0 FROM message WHERE app = $1 AND own <> 0 AND body LIKE $4 ESCAPE '\'
	UNION ALL SELECT event_id, 0 FROM act JOIN event ON event.id = act.event_id WHERE event.app = $1 AND act.who = $8
	UNION ALL SELECT event_id, 0 FROM timer WHERE app = $1 AND ` + timerNames + `
	UNION ALL SELECT id, 0 FROM event WHERE app = $1 AND origin LIKE '%"ceiling":%' AND (origin LIKE $3 ESCAPE '\'
		OR origin LIKE '%"where":%' AND (origin LIKE $4 ESCAPE '\' OR origin LIKE $5 ESCAPE '\'))
	UNION ALL SELECT id, 1 FROM named_by) AS named
GROUP BY id ORDER BY id`
	snapshotsWith = `
SELECT hash FROM snapshot WHERE members LIKE $2 ESCAPE '\'
	AND (EXISTS (SELECT 1 FROM message WHERE message.snapshot <> '' AND message.snapshot = snapshot.hash AND message.app = $1)
		OR EXISTS (SELECT 1 FROM delivery JOIN message ON message.id = delivery.message_id
			WHERE delivery.snapshot <> '' AND delivery.snapshot = snapshot.hash AND message.app = $1))`
	// explains says whether a reading is still to explain why something on its way
	// goes to the user. Then it is erased with that.
	explains = `
SELECT EXISTS (SELECT 1 FROM message JOIN delivery ON delivery.message_id = message.id
	WHERE message.snapshot <> '' AND message.snapshot = $1 AND delivery.status = 'ready' AND delivery.recipients LIKE $2 ESCAPE '\')
	OR EXISTS (SELECT 1 FROM delivery
	WHERE snapshot <> '' AND snapshot = $1 AND status = 'ready' AND recipients LIKE $2 ESCAPE '\')`
	statesWith = `
SELECT bot, group_id, '', data FROM state WHERE data LIKE $1 ESCAPE '\'
UNION ALL SELECT bot, group_id, user_id, data FROM session WHERE data LIKE $1 ESCAPE '\' AND NOT (app = $2 AND user_id = $3)
ORDER BY 1, 2, 3`
	eraseSessions = `DELETE FROM session WHERE app = $1 AND user_id = $2`
	// underWay is of an event in which something is still to be done.
	underWay = `
SELECT (SELECT COUNT(*) FROM event WHERE id = $1 AND status IN ('ready', 'held'))
	+ (SELECT COUNT(*) FROM message WHERE event_id = $1 AND status IN ('ready', 'held'))
	+ (SELECT COUNT(*) FROM timer WHERE event_id = $1 AND status = 'ready')
	+ (SELECT COUNT(*) FROM leak_event JOIN leak ON leak.id = leak_event.leak_id WHERE leak_event.event_id = $1 AND leak.ended = 0)`
	// Why an event ended may say who caused it, and quote what that user wrote.
	eraseEvent = `
UPDATE event SET sender = CASE sender WHEN $1 THEN $2 ELSE sender END, payload = $3, text = '',
	reason = CASE reason WHEN '' THEN '' ELSE '(erased)' END WHERE id = $4`
	eraseMessage  = `UPDATE message SET body = $1, ceiling = $2, limited_to = $3, sender = $4, reason = $5, collapse = '' WHERE id = $6`
	eraseDelivery = `UPDATE delivery SET recipients = $1, lost = $2, reason = $3 WHERE id = $4`
	readErrors    = `SELECT n, error FROM attempt WHERE delivery_id = $1 AND error <> ''`
	eraseError    = `UPDATE attempt SET error = $1 WHERE delivery_id = $2 AND n = $3`
	// onTheWay are deliveries of which no attempt can have reached anybody, and
	// which nobody works on now.
	onTheWay = `
SELECT ` + deliveryColumns + ` FROM delivery WHERE status = 'ready' AND series = 0 AND message_id IN (
	SELECT message.id FROM message JOIN lane ON lane.name = message.lane
	WHERE message.event_id = $1 AND message.status = 'ready' AND lane.leased = 0)`
	dropDelivery = `
UPDATE delivery SET status = 'done', outcome = 'dropped', reason = $1, ended = $2, due_at = 0 WHERE id = $3`
	moveSnapshot = `UPDATE message SET snapshot = $1 WHERE snapshot <> '' AND snapshot = $2`
	moveReading  = `UPDATE delivery SET snapshot = $1 WHERE snapshot <> '' AND snapshot = $2`
)

func (q *tx) erasureKey() error {
	_, err := q.exec(insertErasureKey, rand.Text())
	return err
}

func (q *tx) keepErasure(e chat.Erasure) error {
	counts, err := json.Marshal(e.Counts)
	if err == nil {
		_, err = q.exec(insertErasure, string(e.App), e.Hash, e.By.Who, e.By.Reason, micros(e.At), string(counts))
	}
	return err
}

// eraser takes one user out of what is over.
type eraser struct {
	user, token chat.UserID
	quoted      string // the user, as JSON has it
	app         chat.AppName
	hash        string
	now         int64
	events      []int64
	caused      map[int64]bool // of those: the user caused it, or its payload names the user
	snapshots   []string
	sum         chat.Erased
	waiting     []chat.EventID
	states      []chat.StateRef
	left        []chat.ScheduleID
}

// prepare finds where the user is named. Whether it really is the user and not
// one of a like name is found out row by row.
func (x *eraser) prepare(v view) error {
	var key string
	if err := v.one(readErasureKey).Scan(&key); err != nil {
		return err
	}
	x.hash = erasureHash(key, x.app, x.user)
	x.token = erasureToken(x.hash)
	quoted, err := json.Marshal(x.user)
	if err != nil {
		return err
	}
	x.quoted = string(quoted)
	asked, err := json.Marshal(written(x.user))
	if err != nil {
		return err
	}
	like := containing(x.quoted)
	err = errors.Join(
		v.each(func(row scanner) error {
			var id int64
			var caused bool
			err := row.Scan(&id, &caused)
			x.events, x.caused[id] = append(x.events, id), caused
			return err
		}, ofUser, string(x.app), string(x.user), like, containing(string(x.user)), containing(string(asked[1:len(asked)-1])), `"user":`+x.quoted, `"by":`+x.quoted, x.asReviewer()),
		v.each(func(row scanner) error {
			var hash string
			err := row.Scan(&hash)
			x.snapshots = append(x.snapshots, hash)
			return err
		}, snapshotsWith, string(x.app), like),
		v.each(func(row scanner) error { return x.state(row) }, statesWith, like, string(x.app), string(x.user)))
	return err
}

func (x *eraser) state(row scanner) error {
	var r chat.StateRef
	var data []byte
	if err := row.Scan(&r.Bot, &r.Group, &r.User, &data); err != nil {
		return err
	}
	var state chat.State
	if err := json.Unmarshal(data, &state); err != nil {
		return fmt.Errorf("state of bot %s in group %s: %w", r.Bot, r.Group, err)
	}
	for key, value := range state {
		if key == string(x.user) || strings.Contains(string(value), x.quoted) {
			r.Key = key
			x.states = append(x.states, r)
		}
	}
	return nil
}

func (x *eraser) each(q *tx, ids []int64) error {
	for _, id := range ids {
		var n int
		if err := q.one(underWay, id).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			x.waiting = append(x.waiting, chat.EventID(id))
			if err := x.dropOf(q, id); err != nil {
				return fmt.Errorf("event %s: %w", chat.EventID(id), err)
			}
			continue
		}
		if err := x.event(q, chat.EventID(id)); err != nil {
			return fmt.Errorf("event %s: %w", chat.EventID(id), err)
		}
	}
	return nil
}

func (x *eraser) dropOf(q *tx, id int64) error {
	var list []chat.Delivery
	err := q.each(rowsInto(&list, scanDelivery), onTheWay, id)
	for _, d := range list {
		if err == nil && d.Recipients.Has(x.user) {
			err = x.drop(q, d)
		}
	}
	return err
}

// drop leaves the user out of a delivery. If nobody else is in it, it is over;
// the message ends when its turn comes.
func (x *eraser) drop(q *tx, d chat.Delivery) error {
	kept, somebody := d.Recipients.Keep(func(id chat.UserID) bool { return id != x.user })
	if !somebody {
		var err error
		if kept, err = x.recipients(d.Recipients); err != nil {
			return err
		}
		if _, err := q.exec(dropDelivery, chat.ErasedReason, x.now, int64(d.ID)); err != nil {
			return err
		}
		d.Reason = chat.ErasedReason
	}
	d.Recipients, d.Lost = kept, append(d.Lost, chat.Exclusion{User: x.token, Reason: chat.ErasedReason, At: fromMicros(x.now)})
	x.sum.Dropped++
	return x.save(q, d)
}

func (x *eraser) event(q *tx, id chat.EventID) error {
	if x.caused[int64(id)] {
		if err := q.counted(eraseEvent, &x.sum.Events, string(x.user), string(x.token), []byte(`{}`), int64(id)); err != nil {
			return err
		}
	}
	if err := errors.Join(x.origin(q, id), x.timers(q, id), x.acts(q, id)); err != nil {
		return err
	}
	var list []chat.MessageRecord
	err := q.each(rowsInto(&list, scanMessage), messagesOf, int64(id))
	for _, m := range list {
		if err == nil {
			err = x.message(q, m)
		}
	}
	return err
}

func (x *eraser) message(q *tx, m chat.MessageRecord) error {
	before, err := columnsOf(m)
	if err != nil {
		return err
	}
	if m.Sender == x.user || x.caused[int64(m.Event)] {
		m.Message.Text, m.Message.Elements, m.Message.Collapse = erased, nil, ""
	}
	x.renderings(m)
	x.own(&m)
	m.Message.Report = x.report(m)
	if speaksOf(m.Message.Collapse, string(x.user)) {
		m.Message.Collapse = ""
	}
	m.Sender, m.Reason = x.instead(m.Sender), x.words(x.unsaid(m.Reason))
	m.Message.To = x.rule(m.Message.To)
	if m.Ceiling != nil {
		ceiling := x.rule(*m.Ceiling)
		m.Ceiling = &ceiling
	}
	if m.Only != nil {
		only, err := x.recipients(*m.Only)
		if err != nil {
			return err
		}
		m.Only = &only
	}
	after, err := columnsOf(m)
	if err != nil {
		return err
	}
	if after != before {
		if _, err := q.exec(eraseMessage, after[0], after[1], after[2], after[3], after[4], int64(m.ID)); err != nil {
			return err
		}
		x.sum.Messages++
	}
	list, err := deliveries(q, m.ID)
	for _, d := range list {
		if err == nil {
			err = x.delivery(q, d)
		}
	}
	return err
}

// columnsOf is what of a message can name somebody: body, ceiling, limited_to,
// sender and reason, as they are stored.
func columnsOf(m chat.MessageRecord) (c [5]string, err error) {
	body, err := json.Marshal(m.Message)
	if err != nil {
		return c, err
	}
	c[0], c[3], c[4] = string(body), string(m.Sender), m.Reason
	if m.Ceiling != nil {
		b, err := json.Marshal(m.Ceiling)
		if err != nil {
			return c, err
		}
		c[1] = string(b)
	}
	if m.Only != nil {
		b, err := json.Marshal(m.Only)
		if err != nil {
			return c, err
		}
		c[2] = string(b)
	}
	return c, nil
}

func (x *eraser) delivery(q *tx, d chat.Delivery) error {
	left := slices.ContainsFunc(d.Lost, func(l chat.Exclusion) bool { return l.User == x.user })
	if !left && !d.Recipients.Has(x.user) {
		return nil
	}
	to, err := x.recipients(d.Recipients)
	if err != nil {
		return err
	}
	d.Recipients = to
	for i := range d.Lost {
		d.Lost[i].User = x.instead(d.Lost[i].User)
	}
	x.sum.Parts++
	return x.save(q, d)
}

func (x *eraser) save(q *tx, d chat.Delivery) error {
	rows, err := encodeDeliveries([]chat.Delivery{d})
	if err == nil {
		_, err = q.exec(eraseDelivery, rows[0].recipients, rows[0].lost, x.words(d.Reason), int64(d.ID))
	}
	if err != nil {
		return err
	}
	return x.errors(q, d.ID)
}

// errors takes the user out of what the service said about the attempts of a delivery.
func (x *eraser) errors(q *tx, id chat.DeliveryID) error {
	said := map[int]string{}
	err := q.each(func(row scanner) error {
		var n int
		var text string
		err := row.Scan(&n, &text)
		said[n] = text
		return err
	}, readErrors, int64(id))
	for n, text := range said {
		if after := x.words(text); err == nil && after != text {
			_, err = q.exec(eraseError, after, int64(id), n)
		}
	}
	return err
}

// snapshot puts a reading without the user in the place of one, under the hash
// that it then has.
func (x *eraser) snapshot(q *tx, hash string) error {
	var needed bool
	if err := q.one(explains, hash, containing(x.quoted)).Scan(&needed); err != nil || needed {
		return err
	}
	var m chat.Membership
	var read int64
	var members []byte
	err := q.one(readSnapshot, hash).Scan(&m.Group, &m.Type, &read, &members)
	if err == nil {
		err = json.Unmarshal(members, &m.Members)
	}
	if err != nil {
		return fmt.Errorf("a reading of a group: %w", err)
	}
	if _, there := m.Find(x.user); !there {
		return nil
	}
	m.ReadAt = fromMicros(read)
	for i := range m.Members {
		if m.Members[i].ID == x.user {
			m.Members[i] = chat.Member{ID: x.token, Role: m.Members[i].Role}
		}
	}
	slices.SortFunc(m.Members, func(a, b chat.Member) int { return strings.Compare(string(a.ID), string(b.ID)) })
	if err := q.keepSnapshot(m.Hash(), m); err != nil {
		return err
	}
	for _, text := range []string{moveSnapshot, moveReading} {
		if _, err := q.exec(text, m.Hash(), hash); err != nil {
			return err
		}
	}
	return q.counted(dropSnapshot, &x.sum.Snapshots, hash)
}

func (x *eraser) instead(id chat.UserID) chat.UserID {
	if id == x.user {
		return x.token
	}
	return id
}

func (x *eraser) all(ids []chat.UserID) []chat.UserID {
	own := slices.Clone(ids)
	for i := range own {
		own[i] = x.instead(own[i])
	}
	return own
}

func (x *eraser) recipients(r chat.Recipients) (chat.Recipients, error) {
	return chat.NewRecipients(x.all(r.IDs()))
}
