-- What is done about outcomes that stay unknown, and about what should not have
-- been sent.

-- +goose Up

-- When it was sent again by the bot's rule, which is at most once. 0: it was not.
ALTER TABLE delivery ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;

-- A recall is stored before the service is asked, with an empty result, and its
-- answer afterwards. A result that stays empty is not known.
CREATE TABLE recall (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id INTEGER NOT NULL,
    msg_seq     INTEGER NOT NULL,
    who         TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    result      TEXT    NOT NULL,
    code        INTEGER NOT NULL,
    error       TEXT    NOT NULL
);
CREATE INDEX recall_delivery ON recall (delivery_id, id);

-- +goose Down

DROP TABLE recall;
ALTER TABLE delivery DROP COLUMN resent;
