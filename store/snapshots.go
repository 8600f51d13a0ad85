package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

const (
	hasSnapshot    = `SELECT 1 FROM snapshot WHERE hash = $1`
	insertSnapshot = `
INSERT INTO snapshot (hash, group_id, type, read_at, members) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (hash) DO NOTHING`
	readSnapshot = `SELECT group_id, type, read_at, members FROM snapshot WHERE hash = $1`
)

// keepSnapshot keeps a reading of a group, unless one like it is there.
func (q *tx) keepSnapshot(hash string, m chat.Membership) error {
	var there int
	err := q.one(hasSnapshot, hash).Scan(&there)
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	members, err := json.Marshal(m.Members)
	if err == nil {
		_, err = q.exec(insertSnapshot, hash, string(m.Group), string(m.Type), micros(m.ReadAt), string(members))
	}
	if err != nil {
		return fmt.Errorf("keep the members of group %s: %w", m.Group, err)
	}
	return nil
}

// Snapshot returns the reading of a group with that [chat.Membership.Hash].
// ReadAt is when it was first read so; a message says when it was read for it.
func (s *Store) Snapshot(ctx context.Context, hash string) (m chat.Membership, err error) {
	err = s.reader.view(ctx, func(v view) error {
		m, err = readingOf(v, hash)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return chat.Membership{}, fmt.Errorf("snapshot %.40q: %w", hash, err)
	}
	return m, nil
}

func readingOf(q asker, hash string) (m chat.Membership, err error) {
	var read int64
	var members []byte
	if err := q.one(readSnapshot, hash).Scan(&m.Group, &m.Type, &read, &members); err != nil {
		return m, err
	}
	m.ReadAt = fromMicros(read)
	if err := json.Unmarshal(members, &m.Members); err != nil {
		return m, fmt.Errorf("%w: the members of group %s: %w", errDamaged, m.Group, err)
	}
	return m, nil
}
