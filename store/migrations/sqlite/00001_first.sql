-- Times are integers: microseconds since 1970, 0 where there is none.
-- due_at is schedule, backoff and lease in one.

-- +goose Up

PRAGMA application_id = 0x626f7464; -- "botd", so that nobody else's file is taken for ours

CREATE TABLE event (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- never given out twice
    receipt      TEXT    NOT NULL,
    app          TEXT    NOT NULL,
    bot          TEXT    NOT NULL,
    trigger_name TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    group_id     TEXT    NOT NULL,
    sender       TEXT    NOT NULL,
    lane         TEXT    NOT NULL,
    time         INTEGER NOT NULL,
    accepted     INTEGER NOT NULL,
    status       TEXT    NOT NULL,
    outcome      TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    attempts     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    ended        INTEGER NOT NULL,
    payload      BLOB    NOT NULL
);
-- The only index that begins with the lane: a second one would tempt the
-- planner to read a lane's whole history for its head.
CREATE INDEX event_head    ON event (lane, id) WHERE status = 'ready';
CREATE INDEX event_open    ON event (status, id) WHERE status <> 'done';
CREATE INDEX event_receipt ON event (receipt);
CREATE INDEX event_bot     ON event (bot, id);
CREATE INDEX event_group   ON event (group_id, id);

CREATE TABLE message (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id INTEGER NOT NULL,
    app      TEXT    NOT NULL,
    bot      TEXT    NOT NULL,
    group_id TEXT    NOT NULL,
    sender   TEXT    NOT NULL,
    lane     TEXT    NOT NULL,
    body     TEXT    NOT NULL, -- JSON of the whole message, rule included
    created  INTEGER NOT NULL,
    status   TEXT    NOT NULL,
    outcome  TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    ended    INTEGER NOT NULL,
    ceiling  TEXT    NOT NULL, -- JSON; empty before it is resolved
    snapshot TEXT    NOT NULL, -- snapshot.hash; empty before it is resolved
    read_at  INTEGER NOT NULL
);
CREATE INDEX message_head  ON message (lane, id) WHERE status = 'ready';
CREATE INDEX message_stuck ON message (status, id) WHERE status IN ('held', 'dead');
CREATE INDEX message_event ON message (event_id);

CREATE TABLE delivery (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    recipients TEXT    NOT NULL, -- JSON
    lost       TEXT    NOT NULL, -- JSON; empty for nobody
    random     INTEGER NOT NULL,
    series     INTEGER NOT NULL,
    digest     TEXT    NOT NULL,
    attempts   INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    status     TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    msg_seq    INTEGER NOT NULL,
    ended      INTEGER NOT NULL
);
CREATE UNIQUE INDEX delivery_part ON delivery (message_id, part);
CREATE INDEX delivery_stuck ON delivery (status, id) WHERE status IN ('held', 'dead');

CREATE TABLE attempt (
    delivery_id INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    random      INTEGER NOT NULL,
    people      INTEGER NOT NULL,
    began       INTEGER NOT NULL,
    ended       INTEGER NOT NULL,
    result      TEXT    NOT NULL,
    code        INTEGER NOT NULL,
    error       TEXT    NOT NULL,
    PRIMARY KEY (delivery_id, n)
) WITHOUT ROWID;

-- n is how many ready rows the lane has; it changes only in the transactions
-- that change those rows. take counts how often it was leased.
CREATE TABLE lane (
    name   TEXT    NOT NULL PRIMARY KEY,
    kind   TEXT    NOT NULL,
    app    TEXT    NOT NULL,
    n      INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    take   INTEGER NOT NULL,
    leased INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX lane_due ON lane (kind, due_at) WHERE n > 0;

CREATE TABLE budget (
    name    TEXT    NOT NULL PRIMARY KEY,
    next_at INTEGER NOT NULL -- the first place that is still free
) WITHOUT ROWID;

CREATE TABLE state (
    bot      TEXT NOT NULL,
    group_id TEXT NOT NULL,
    data     TEXT NOT NULL, -- JSON
    PRIMARY KEY (bot, group_id)
) WITHOUT ROWID;

CREATE TABLE snapshot (
    hash     TEXT    NOT NULL PRIMARY KEY,
    group_id TEXT    NOT NULL,
    type     TEXT    NOT NULL,
    read_at  INTEGER NOT NULL, -- of the first reading that came to this
    members  TEXT    NOT NULL  -- JSON
);

-- Dedupe keys have a life of their own, so that cleaning up events never makes
-- a repeat look new.
CREATE TABLE seen (
    key      TEXT    NOT NULL,
    group_id TEXT    NOT NULL,
    receipt  TEXT    NOT NULL,
    event_id INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (key, group_id)
) WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);

-- +goose Down

DROP TABLE seen;
DROP TABLE snapshot;
DROP TABLE state;
DROP TABLE budget;
DROP TABLE lane;
DROP TABLE attempt;
DROP TABLE delivery;
DROP TABLE message;
DROP TABLE event;
