-- Where webhooks came from, and what was sent under their keys.

-- +goose Up

-- JSON; empty for what no webhook brought. What comes of timers and replays has
-- that of the event it comes of.
ALTER TABLE event ADD COLUMN origin TEXT NOT NULL DEFAULT '';

-- A digest of what came under the key; empty where nobody asks.
ALTER TABLE seen ADD COLUMN print TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE seen DROP COLUMN print;
ALTER TABLE event DROP COLUMN origin;
