-- What was sold: on its way (outbox), added up (sales_daily), and the purchases of the shop's own
-- order system by which it is known what was seen before.

-- One row: how far the record is. Boards and lists follow it. Whoever folds holds its lock.
CREATE TABLE rushline.record (
  only_one integer PRIMARY KEY CHECK (only_one = 1),
  revision bigint NOT NULL CHECK (revision >= 0),
  folded_at bigint NOT NULL,
  catalog_revision bigint NOT NULL CHECK (catalog_revision >= 0)
) WITH (fillfactor = 10);

INSERT INTO rushline.record (only_one, revision, folded_at, catalog_revision)
  VALUES (1, 0, (extract(epoch FROM now()) * 1000000)::bigint, 0);

-- Rows come and go: cleaned by how many they were, not by how many there are.
CREATE TABLE rushline.outbox (
  outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id text COLLATE "C" NOT NULL,
  day integer NOT NULL,
  score bigint NOT NULL,
  source text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- The day comes first, so that what changes together lies together however many days there are.
CREATE TABLE rushline.sales_daily (
  day integer NOT NULL,
  product_id text COLLATE "C" NOT NULL,
  quantity bigint NOT NULL,
  revision bigint NOT NULL CHECK (revision >= 1),
  PRIMARY KEY (day, product_id)
) WITH (fillfactor = 80);

-- Answers "what changed since".
CREATE INDEX sales_daily_by_revision ON rushline.sales_daily (day, revision);

CREATE TABLE rushline.purchases (
  purchase_id text COLLATE "C" NOT NULL,
  product_id text COLLATE "C" NOT NULL,
  quantity bigint NOT NULL CHECK (quantity >= 1),
  day integer NOT NULL,
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (purchase_id, product_id)
);
