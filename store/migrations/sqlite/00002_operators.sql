-- What people do about what waits for them.

-- +goose Up

-- What was asked for again is a new row; this says of what. 0: it is the first.
ALTER TABLE event ADD COLUMN replay_of INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN replay_of INTEGER NOT NULL DEFAULT 0;
-- JSON of those who may get it, of all whom the rule has. Empty: it is not limited.
ALTER TABLE message ADD COLUMN limited_to TEXT NOT NULL DEFAULT '';

-- The head of a lane is the first whose bot is not paused, so its bot is in the
-- index too.
DROP INDEX event_head;
DROP INDEX message_head;
CREATE INDEX event_head   ON event (lane, id, bot) WHERE status = 'ready';
CREATE INDEX message_head ON message (lane, id, bot) WHERE status = 'ready';

-- Listings go by id, newest first, over both statuses that wait for a person.
-- The condition is not that of the other indexes, which would sort by status.
CREATE INDEX event_letter   ON event (id) WHERE status <> 'ready' AND status <> 'done';
CREATE INDEX message_letter ON message (id) WHERE status <> 'ready' AND status <> 'done';

-- An act is never changed. It keeps how its target stood before.
CREATE TABLE act (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id INTEGER NOT NULL,
    target   TEXT    NOT NULL, -- e17, m17 or d17
    what     TEXT    NOT NULL,
    who      TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    made     TEXT    NOT NULL, -- e17 or m17; empty for nothing
    status   TEXT    NOT NULL,
    outcome  TEXT    NOT NULL,
    because  TEXT    NOT NULL,
    ended    INTEGER NOT NULL
);
CREATE INDEX act_event ON act (event_id, id);

-- Bots that are paused; the empty name is all of them.
CREATE TABLE brake (
    bot    TEXT    NOT NULL PRIMARY KEY,
    who    TEXT    NOT NULL,
    reason TEXT    NOT NULL,
    at     INTEGER NOT NULL
) WITHOUT ROWID;

-- +goose Down

DROP TABLE brake;
DROP TABLE act;
DROP INDEX message_letter;
DROP INDEX event_letter;
DROP INDEX message_head;
DROP INDEX event_head;
CREATE INDEX event_head   ON event (lane, id) WHERE status = 'ready';
CREATE INDEX message_head ON message (lane, id) WHERE status = 'ready';
ALTER TABLE message DROP COLUMN limited_to;
ALTER TABLE message DROP COLUMN replay_of;
ALTER TABLE event DROP COLUMN replay_of;
