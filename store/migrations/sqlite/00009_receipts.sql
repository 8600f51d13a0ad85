-- What can be proved to somebody else about each delivery that ended, chained
-- by hash, lane by lane.

-- +goose Up

-- sealed is the number of its last receipt, 0 for none; news is how much was
-- learnt since. A delivery that ends has news without another statement.
ALTER TABLE delivery ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN news INTEGER NOT NULL DEFAULT 1;
CREATE INDEX delivery_unsealed ON delivery (ended, id) WHERE status <> 'ready' AND news > 0;

-- A body is never changed. What names somebody is in opened, next to it, and is
-- what an erasure takes away; so are the two keys.
CREATE TABLE receipt (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    lane        TEXT    NOT NULL,
    n           INTEGER NOT NULL,
    prev        TEXT    NOT NULL,
    hash        TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    app         TEXT    NOT NULL,
    bot         TEXT    NOT NULL,
    group_id    TEXT    NOT NULL,
    message_id  INTEGER NOT NULL,
    delivery_id INTEGER NOT NULL,
    body        TEXT    NOT NULL, -- canonical JSON
    opened      TEXT    NOT NULL, -- JSON
    content_key TEXT    NOT NULL,
    reading_key TEXT    NOT NULL
);
CREATE UNIQUE INDEX receipt_lane ON receipt (lane, n);
CREATE INDEX receipt_delivery ON receipt (delivery_id, id);
CREATE INDEX receipt_bot ON receipt (bot, id);
CREATE INDEX receipt_group ON receipt (group_id, id);

-- The head of each lane's chain, and the last receipt that was deleted from its
-- beginning; 0 and empty for none.
CREATE TABLE chain (
    lane     TEXT    NOT NULL PRIMARY KEY,
    n        INTEGER NOT NULL,
    hash     TEXT    NOT NULL,
    cut_n    INTEGER NOT NULL,
    cut_hash TEXT    NOT NULL
) WITHOUT ROWID;

-- +goose Down

DROP TABLE chain;
DROP TABLE receipt;
DROP INDEX delivery_unsealed;
ALTER TABLE delivery DROP COLUMN news;
ALTER TABLE delivery DROP COLUMN sealed;
