-- What was sold: on its way (outbox), added up (sales_daily), and the purchases of the shop's own
-- order system by which it is known what was seen before.

-- One row: how far the record is. Boards and lists follow it.
CREATE TABLE record (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  revision INTEGER NOT NULL CHECK (revision >= 0),
  folded_at INTEGER NOT NULL,
  catalog_revision INTEGER NOT NULL CHECK (catalog_revision >= 0)
) STRICT;

INSERT INTO record (only, revision, folded_at, catalog_revision)
  VALUES (1, 0, unixepoch() * 1000000, 0);

CREATE TABLE outbox (
  outbox_id INTEGER PRIMARY KEY,
  product_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  score INTEGER NOT NULL,
  source TEXT NOT NULL
) STRICT;

-- The day comes first, so that what changes together lies together however many days there are.
CREATE TABLE sales_daily (
  day INTEGER NOT NULL,
  product_id TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  revision INTEGER NOT NULL CHECK (revision >= 1),
  PRIMARY KEY (day, product_id)
) STRICT, WITHOUT ROWID;

-- Answers "what changed since" without touching the table.
CREATE INDEX sales_daily_by_revision ON sales_daily (day, revision, product_id, quantity);

CREATE TABLE purchases (
  purchase_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity >= 1),
  day INTEGER NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
  PRIMARY KEY (purchase_id, product_id)
) STRICT, WITHOUT ROWID;
