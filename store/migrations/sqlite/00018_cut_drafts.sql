-- Drafts that their reviewers were not shown all of.

-- +goose Up

-- Whether what the reviewers of a draft were shown is cut, so that only an operator may
-- release it.
ALTER TABLE message ADD COLUMN cut INTEGER NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE message DROP COLUMN cut;
