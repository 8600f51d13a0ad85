package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

// A bot is paused by a row in brake, one with an empty name pauses all. Its
// events and messages stay in their lanes and are passed over when the head of
// a lane is looked for. A lane in which nothing else waits is parked: it falls
// due never, until its bot goes on. So a pause costs one look at each lane that
// is due, holds on over restarts, and changes no order.
const (
	// parked is the due_at of such a lane.
	parked = int64(1) << 62
	// eventMoves and messageMoves say of a row that its bot is not paused.
	eventMoves   = `NOT EXISTS (SELECT 1 FROM brake WHERE brake.bot IN (event.bot, ''))`
	messageMoves = `NOT EXISTS (SELECT 1 FROM brake WHERE brake.bot IN (message.bot, ''))`
)

// errParked says that all that waits in a lane is of bots that are paused.
var errParked = errors.New("parked")

const (
	countReady = `SELECT COUNT(*) FROM %s WHERE lane = $1 AND status = 'ready'`
	parkLane   = `UPDATE lane SET leased = 0, due_at = $1 WHERE name = $2`
)

// noHead says why a lane that was taken has no head, and sees to it that it is
// not taken again for that.
func (q *tx) noHead(k kind, l chat.Lease) error {
	var n int
	if err := q.one(fmt.Sprintf(countReady, k), l.Lane).Scan(&n); err != nil {
		return fmt.Errorf("count lane %s: %w", l.Lane, err)
	}
	if n == 0 {
		return q.recount(k, l.Lane)
	}
	if _, err := q.exec(parkLane, parked, l.Lane); err != nil {
		return fmt.Errorf("park lane %s: %w", l.Lane, err)
	}
	return errParked
}

const (
	insertBrake = `
INSERT INTO brake (bot, who, reason, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (bot) DO NOTHING`
	deleteBrake = `DELETE FROM brake WHERE bot = $1`
	readBrakes  = `SELECT bot, who, reason, at FROM brake ORDER BY bot`
	unpark      = `UPDATE lane SET due_at = $1 WHERE kind = $2 AND priority IN (0, 1, 2) AND n > 0 AND due_at = $3`
)

// Pause puts the brake on a bot; the empty name is all of them. When it
// returns, no plugin is run and no attempt is begun for it any more; what was
// begun before comes to its end. What is for the bot is accepted and kept. Of a
// pause that is there already, since when, by whom and why stays what it is.
func (s *Store) Pause(ctx context.Context, bot chat.BotName, by chat.By) error {
	err := s.tx(ctx, func(q *tx) error {
		_, err := q.exec(insertBrake, string(bot), by.Who, by.Reason, micros(s.now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("pause %s: %w", allOr(bot), err)
	}
	return nil
}

// Resume takes the brake off that [Store.Pause] put on under the same name, and
// what waited goes on in its order. One that is not there is [ErrNotFound].
func (s *Store) Resume(ctx context.Context, bot chat.BotName) error {
	err := s.tx(ctx, func(q *tx) error {
		n, err := q.exec(deleteBrake, string(bot))
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		for k := kind(0); k < kinds && err == nil; k++ {
			_, err = q.exec(unpark, micros(s.now()), k.String(), parked)
			q.awake(k)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("resume %s: %w", allOr(bot), err)
	}
	return nil
}

func allOr(bot chat.BotName) string {
	if bot == "" {
		return "all bots"
	}
	return "bot " + string(bot)
}

// Pauses lists the brakes, that on all bots first.
func (s *Store) Pauses(ctx context.Context) ([]chat.Pause, error) {
	var list []chat.Pause
	err := s.reader.view(ctx, func(v view) error {
		return v.each(func(row scanner) error {
			var p chat.Pause
			var at int64
			err := row.Scan(&p.Bot, &p.Who, &p.Reason, &at)
			p.At = fromMicros(at)
			list = append(list, p)
			return err
		}, readBrakes)
	})
	if err != nil {
		return nil, fmt.Errorf("list pauses: %w", err)
	}
	return list, nil
}
