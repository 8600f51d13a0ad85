package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

const (
	erasureColumns = `id, app, hash, who, reason, at, counts`
	listErasures   = `SELECT ` + erasureColumns + ` FROM erasure ORDER BY id DESC`
	erasuresOf     = `SELECT ` + erasureColumns + ` FROM erasure WHERE app = $1 AND hash = $2 ORDER BY id DESC`
)

// erasureHash is what is kept of a user's id. Without the key, which is in the
// store alone, nobody can try out whose it is.
func erasureHash(key string, app chat.AppName, user chat.UserID) string {
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "%q %q", app, user)
	return hex.EncodeToString(mac.Sum(nil))
}

// erasureToken is what stands in the place of an id that was erased.
func erasureToken(hash string) chat.UserID { return chat.UserID("erased-" + hash[:20]) }

// Erasures lists what was erased, the newest first. It does not say of whom.
func (s *Store) Erasures(ctx context.Context) (list []chat.Erasure, err error) {
	err = s.reader.view(ctx, func(v view) error {
		list, err = v.erasures(listErasures)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	return list, nil
}

// CheckErased says whether a user was erased from an application, and when.
func (s *Store) CheckErased(ctx context.Context, app chat.AppName, user chat.UserID) (c chat.ErasureCheck, err error) {
	c.App = app
	err = s.reader.view(ctx, func(v view) error {
		var key string
		if err := v.one(readErasureKey).Scan(&key); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return nil // nobody was erased yet, so there is no key
			}
			return err
		}
		hash := erasureHash(key, app, user)
		c.Token = erasureToken(hash)
		c.Erasures, err = v.erasures(erasuresOf, string(app), hash)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("look whether a user was erased: %w", err)
	}
	return c, nil
}

func (v view) erasures(text string, args ...any) ([]chat.Erasure, error) {
	var list []chat.Erasure
	err := v.each(func(row scanner) error {
		var e chat.Erasure
		var at int64
		var counts []byte
		if err := row.Scan(&e.ID, &e.App, &e.Hash, &e.By.Who, &e.By.Reason, &at, &counts); err != nil {
			return err
		}
		e.At, e.Token = fromMicros(at), erasureToken(e.Hash)
		if err := json.Unmarshal(counts, &e.Counts); err != nil {
			return fmt.Errorf("%w: erasure %d: %w", errDamaged, e.ID, err)
		}
		list = append(list, e)
		return nil
	}, text, args...)
	return list, err
}
