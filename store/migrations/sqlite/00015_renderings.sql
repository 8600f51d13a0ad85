-- Messages that have several bodies, each for some of their recipients.

-- +goose Up

-- Which of its message's bodies a delivery has: 0 is the message's own.
ALTER TABLE delivery ADD COLUMN rendering INTEGER NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE delivery DROP COLUMN rendering;
