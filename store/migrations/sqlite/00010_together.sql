-- Messages that need no order among themselves, and lanes by their priority.

-- +goose Up

-- Which of its event's messages it may be on its way together with: those of the
-- same number, if that is not 0.
ALTER TABLE message ADD COLUMN together INTEGER NOT NULL DEFAULT 0;

-- 0 high, 1 normal, which lanes of events are too, 2 low.
ALTER TABLE lane ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
UPDATE lane SET priority = 0 WHERE kind = 'message' AND name LIKE '%/high';
UPDATE lane SET priority = 2 WHERE kind = 'message' AND name LIKE '%/low';
DROP INDEX lane_due;
CREATE INDEX lane_due ON lane (kind, priority, due_at) WHERE n > 0;

-- +goose Down

DROP INDEX lane_due;
CREATE INDEX lane_due ON lane (kind, due_at) WHERE n > 0;
ALTER TABLE lane DROP COLUMN priority;
ALTER TABLE message DROP COLUMN together;
