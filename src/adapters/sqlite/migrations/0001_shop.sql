-- What belongs to the whole shop: its settings, and first answers kept by idempotency key.
--
-- In every table: times are microseconds since 1970 in UTC, days are days since 1970-01-01 in the
-- shop's time zone, money is in the smallest unit.

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- With rowids: the answers are long and would make the tree of random keys large.
CREATE TABLE idempotency (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  status INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  location TEXT NOT NULL,
  body BLOB NOT NULL,
  kept_until INTEGER  -- NULL = for ever
) STRICT;

CREATE UNIQUE INDEX idempotency_by_key ON idempotency (scope, key);
CREATE INDEX idempotency_by_end ON idempotency (kept_until) WHERE kept_until IS NOT NULL;
