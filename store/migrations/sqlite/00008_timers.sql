-- What plugins want to have later.

-- +goose Up

-- Of an event that was a timer: the event that set it. 0: it was none.
ALTER TABLE event ADD COLUMN timer_of INTEGER NOT NULL DEFAULT 0;
CREATE INDEX event_timer ON event (timer_of) WHERE timer_of <> 0;

-- A timer stays, when it is over, for as long as the event that set it.
CREATE TABLE timer (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id INTEGER NOT NULL, -- that set it
    app      TEXT    NOT NULL,
    bot      TEXT    NOT NULL,
    group_id TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    key      TEXT    NOT NULL, -- empty for none
    sender   TEXT    NOT NULL, -- empty for none
    payload  TEXT    NOT NULL, -- JSON; empty for none
    set_at   INTEGER NOT NULL,
    due_at   INTEGER NOT NULL,
    status   TEXT    NOT NULL, -- ready, done
    outcome  TEXT    NOT NULL, -- fired, replaced, cancelled
    reason   TEXT    NOT NULL,
    made     INTEGER NOT NULL, -- the event that came of it; 0 for none
    ended    INTEGER NOT NULL
);
-- One of a name and key is pending at a time. The listing by bot and group goes
-- by it, too.
CREATE UNIQUE INDEX timer_pending ON timer (bot, group_id, name, key) WHERE status = 'ready';
CREATE INDEX timer_due   ON timer (due_at, id) WHERE status = 'ready';
CREATE INDEX timer_event ON timer (event_id, id);

-- +goose Down

DROP TABLE timer;
DROP INDEX event_timer;
ALTER TABLE event DROP COLUMN timer_of;
