-- What belongs to the whole shop: its settings, and first answers kept by idempotency key.
--
-- In every table: times are microseconds since 1970 in UTC, days are days since 1970-01-01 in the
-- shop's time zone, money is in the smallest unit, ids of the shop compare by bytes.

CREATE TABLE rushline.meta (
  key text COLLATE "C" PRIMARY KEY,
  value text NOT NULL
);

CREATE TABLE rushline.idempotency (
  scope text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  fingerprint bytea NOT NULL,
  status integer NOT NULL,
  content_type text NOT NULL,
  location text NOT NULL,
  body bytea NOT NULL,
  kept_until bigint,  -- NULL = for ever
  PRIMARY KEY (scope, key)
);

CREATE INDEX idempotency_by_end ON rushline.idempotency (kept_until) WHERE kept_until IS NOT NULL;
