-- What bots remember of single members, what members wrote, and events that tell
-- how a message ended.

-- +goose Up

-- What a bot remembers of one member of a group, until it is forgotten.
CREATE TABLE session (
    bot      TEXT    NOT NULL,
    group_id TEXT    NOT NULL,
    user_id  TEXT    NOT NULL,
    app      TEXT    NOT NULL,
    data     TEXT    NOT NULL, -- JSON
    expires  INTEGER NOT NULL,
    PRIMARY KEY (bot, group_id, user_id)
) WITHOUT ROWID;
CREATE INDEX session_expires ON session (expires);
CREATE INDEX session_user ON session (app, user_id);

-- What the sender wrote. Empty for what nobody wrote.
ALTER TABLE event ADD COLUMN text TEXT NOT NULL DEFAULT '';

-- The message whose end the event tells. 0: it tells of none. One event alone tells
-- of a message; others are that one, handled again.
ALTER TABLE event ADD COLUMN report_of INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX event_report ON event (report_of) WHERE report_of <> 0 AND replay_of = 0;

-- The event that tells the message's plugin how it ended. -1: it is wanted, and the
-- message has not ended; 0: nobody wants it.
ALTER TABLE message ADD COLUMN report INTEGER NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE message DROP COLUMN report;
DROP INDEX event_report;
ALTER TABLE event DROP COLUMN report_of;
ALTER TABLE event DROP COLUMN text;
DROP TABLE session;
