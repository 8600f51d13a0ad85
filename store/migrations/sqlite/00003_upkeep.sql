-- What keeps the store small, and what was erased because somebody asked.

-- +goose Up

-- Whether a reading of a group is still needed.
CREATE INDEX message_snapshot ON message (snapshot) WHERE snapshot <> '';

-- That a person's data was erased. The id itself is not here.
CREATE TABLE erasure (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    app    TEXT    NOT NULL,
    hash   TEXT    NOT NULL, -- of the user's id, keyed
    who    TEXT    NOT NULL,
    reason TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    counts TEXT    NOT NULL  -- JSON
);

-- The key of those hashes: one row, made at the first erasure.
CREATE TABLE erasure_key (
    id    INTEGER NOT NULL PRIMARY KEY,
    value TEXT    NOT NULL
);

-- +goose Down

DROP TABLE erasure_key;
DROP TABLE erasure;
DROP INDEX message_snapshot;
