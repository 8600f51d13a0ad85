-- By which trigger an event came about that came of another.

-- +goose Up

-- Of what a timer became, or what tells how a message ended: the trigger of the first
-- event that led to it, which may be deleted by then. Empty: its own, or it is from before
-- this was kept, and the one that it came of says so.
ALTER TABLE event ADD COLUMN root TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE event DROP COLUMN root;
