-- Messages of which only the newest is sent, people who come to qualify while
-- one is being sent, and messages for many more people than the last time.

-- +goose Up

-- The key under which a newer message takes the place of this one. Empty: none does.
ALTER TABLE message ADD COLUMN collapse TEXT NOT NULL DEFAULT '';
CREATE INDEX message_collapse ON message (bot, group_id, collapse, id) WHERE status = 'ready' AND collapse <> '';

-- For how many people a person is asked whether it is to be sent, and for how
-- many one has said yes. 0: nobody is asked, and nobody has.
ALTER TABLE message ADD COLUMN surge INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN approved INTEGER NOT NULL DEFAULT 0;

-- The reading of the group that the recipients were added by. Empty: it is the
-- message's own.
ALTER TABLE delivery ADD COLUMN snapshot TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN read_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX delivery_snapshot ON delivery (snapshot) WHERE snapshot <> '';

-- For how many people the last event of a trigger was in a group, counted by its
-- largest message, and the one before. 0: it is not known.
CREATE TABLE run (
    bot          TEXT    NOT NULL,
    trigger_name TEXT    NOT NULL,
    group_id     TEXT    NOT NULL,
    event_id     INTEGER NOT NULL,
    people       INTEGER NOT NULL,
    before_event INTEGER NOT NULL,
    before       INTEGER NOT NULL,
    PRIMARY KEY (bot, trigger_name, group_id)
) WITHOUT ROWID;

-- +goose Down

DROP TABLE run;
DROP INDEX delivery_snapshot;
ALTER TABLE delivery DROP COLUMN read_at;
ALTER TABLE delivery DROP COLUMN snapshot;
ALTER TABLE message DROP COLUMN approved;
ALTER TABLE message DROP COLUMN surge;
DROP INDEX message_collapse;
ALTER TABLE message DROP COLUMN collapse;
