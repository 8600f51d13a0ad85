-- What members saw although it was to be held, and events that were stored too late.

-- +goose Up

-- Whether the event of the key was voided, so that whoever wrote it was told to write
-- it again. It is kept with the key, which outlives the event.
ALTER TABLE seen ADD COLUMN voided INTEGER NOT NULL DEFAULT 0;

-- A message that was seen, and what came of taking it back. ended 0: it is still tried.
CREATE TABLE leak (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    app      TEXT    NOT NULL,
    group_id TEXT    NOT NULL,
    msg_seq  INTEGER NOT NULL,
    random   INTEGER NOT NULL,
    sender   TEXT    NOT NULL,
    shown    INTEGER NOT NULL,
    found    INTEGER NOT NULL,
    found_by TEXT    NOT NULL,
    result   TEXT    NOT NULL, -- empty while it is tried
    attempts INTEGER NOT NULL,
    due_at   INTEGER NOT NULL, -- while it is tried: not before this
    ended    INTEGER NOT NULL,
    code     INTEGER NOT NULL,
    error    TEXT    NOT NULL
);
-- The random, too, since a group that is made anew has its numbers again.
CREATE UNIQUE INDEX leak_message ON leak (app, group_id, msg_seq, random);
CREATE INDEX leak_due ON leak (due_at, id) WHERE ended = 0;

-- The events that the message became. A leak goes when the last of them goes.
CREATE TABLE leak_event (
    leak_id  INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    bot      TEXT    NOT NULL,
    PRIMARY KEY (leak_id, event_id)
) WITHOUT ROWID;
CREATE INDEX leak_event_event ON leak_event (event_id);
CREATE INDEX leak_event_bot ON leak_event (bot, leak_id);

-- Up to which number a group's history was looked through for leaks; -1: it was not yet,
-- and at is since when it is watched.
CREATE TABLE watch (
    app      TEXT    NOT NULL,
    group_id TEXT    NOT NULL,
    msg_seq  INTEGER NOT NULL,
    at       INTEGER NOT NULL, -- when that was
    PRIMARY KEY (app, group_id)
) WITHOUT ROWID;

-- +goose Down

DROP TABLE watch;
DROP TABLE leak_event;
DROP TABLE leak;
ALTER TABLE seen DROP COLUMN voided;
