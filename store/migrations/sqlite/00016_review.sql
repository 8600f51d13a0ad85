-- Messages that wait until somebody releases them.

-- +goose Up

-- Until when a draft may be released. 0: the message is none.
ALTER TABLE message ADD COLUMN lapses INTEGER NOT NULL DEFAULT 0;
-- The trigger whose review a draft waits for.
ALTER TABLE message ADD COLUMN review TEXT NOT NULL DEFAULT '';
CREATE INDEX message_draft ON message (lapses, id) WHERE outcome = 'review';

-- Whether it is what botd itself tells those who review drafts.
ALTER TABLE message ADD COLUMN own INTEGER NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE message DROP COLUMN own;
DROP INDEX message_draft;
ALTER TABLE message DROP COLUMN review;
ALTER TABLE message DROP COLUMN lapses;
