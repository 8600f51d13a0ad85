-- Schedules, and what became of each of their times.

-- +goose Up

-- When what comes of the event is not worth sending any more. 0: never.
ALTER TABLE event ADD COLUMN expires INTEGER NOT NULL DEFAULT 0;

-- Those of the configuration and those made by hand. One that is gone is kept while
-- its firings are.
CREATE TABLE schedule (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    origin        TEXT    NOT NULL, -- file, hand
    bot           TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    trigger_name  TEXT    NOT NULL,
    group_id      TEXT    NOT NULL, -- empty leaves it to the trigger
    sender        TEXT    NOT NULL, -- empty for none
    payload       TEXT    NOT NULL, -- JSON; empty for none
    timing        TEXT    NOT NULL, -- JSON
    lateness      TEXT    NOT NULL, -- JSON
    made_by       TEXT    NOT NULL, -- who made it by hand; empty for nobody
    made_for      TEXT    NOT NULL, -- and why
    created       INTEGER NOT NULL,
    started       INTEGER NOT NULL,
    decided       INTEGER NOT NULL,
    paused        INTEGER NOT NULL, -- since when; 0: it is not
    paused_until  INTEGER NOT NULL, -- 0: until somebody resumes it
    paused_by     TEXT    NOT NULL,
    paused_for    TEXT    NOT NULL,
    paused_before TEXT    NOT NULL, -- JSON; pauses before, of which times may not be decided; empty for none
    gone          INTEGER NOT NULL  -- since when it is no more; 0: it is there
);
CREATE UNIQUE INDEX schedule_name ON schedule (bot, name, origin) WHERE gone = 0;
CREATE INDEX schedule_bot ON schedule (bot, id);

-- A time of a schedule: struck, with a receipt, or left out, without one. Many that
-- were left out in a row for one reason are one row.
CREATE TABLE firing (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    schedule_id INTEGER NOT NULL,
    meant       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    struck      INTEGER NOT NULL,
    done        INTEGER NOT NULL, -- 0: what came of it is not over
    outcome     TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    receipt     TEXT    NOT NULL, -- of its events; empty: none were made
    deadline    INTEGER NOT NULL, -- 0 for none
    late        INTEGER NOT NULL, -- when somebody was told that it is late; 0: nobody was
    who         TEXT    NOT NULL, -- who had it struck by hand; empty for nobody
    because     TEXT    NOT NULL
);
-- Each time makes events once, and is left out once.
CREATE UNIQUE INDEX firing_struck ON firing (schedule_id, meant) WHERE receipt <> '';
CREATE UNIQUE INDEX firing_left ON firing (schedule_id, meant) WHERE receipt = '';
CREATE INDEX firing_schedule ON firing (schedule_id, meant, id);
CREATE INDEX firing_receipt ON firing (receipt) WHERE receipt <> '';
CREATE INDEX firing_open ON firing (id) WHERE done = 0;
CREATE INDEX firing_busy ON firing (schedule_id) WHERE done = 0;
-- Those that were not out by their deadline, or may come to be so.
CREATE INDEX firing_late ON firing (deadline, id) WHERE late = 0 AND deadline <> 0 AND (done = 0 OR done > deadline OR outcome IN ('failed', 'missed', 'expired', 'refused'));

-- What people did to schedules, of which the target is one and not an event.
CREATE INDEX act_schedule ON act (event_id, target, id) WHERE event_id = 0;

-- +goose Down

DROP INDEX act_schedule;
DROP TABLE firing;
DROP TABLE schedule;
ALTER TABLE event DROP COLUMN expires;
