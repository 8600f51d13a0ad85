package store

import (
	"context"
	"time"

	"github.com/botd-chat/botd/chat"
)

// TargetedSends is when the service last took a targeted message of an application, and
// when it last refused one with that code; the zero time where it never did. It changes
// nothing, and a process may have the store open meanwhile.
func TargetedSends(ctx context.Context, rawURL string, app chat.AppName, code int) (accepted, refused time.Time, err error) {
	path, err := pathOf(rawURL)
	if err != nil {
		return accepted, refused, err
	}
	db, err := openReading(path)
	if err != nil {
		return accepted, refused, err
	}
	defer db.Close()
	var took, gave int64
	err = db.QueryRowContext(ctx, `
SELECT COALESCE(MAX(CASE WHEN attempt.result = $2 THEN attempt.ended END), 0), COALESCE(MAX(CASE WHEN attempt.code = $3 THEN attempt.ended END), 0)
FROM attempt JOIN delivery ON delivery.id = attempt.delivery_id JOIN message ON message.id = delivery.message_id
WHERE message.app = $1`, app, chat.Yes, code).Scan(&took, &gave)
	return fromMicros(took), fromMicros(gave), err
}
