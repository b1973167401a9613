// The peers' tables in PostgreSQL: a shop's, with the constraints that a coupon needs. Made anew at
// each start, in a schema of their own.
'use strict';

const TABLES = `
  DROP SCHEMA IF EXISTS peer CASCADE;
  CREATE SCHEMA peer;
  CREATE TABLE peer.coupon_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    quantity bigint NOT NULL,
    issued bigint NOT NULL DEFAULT 0 CHECK (issued BETWEEN 0 AND quantity)
  ) WITH (fillfactor = 50);
  CREATE TABLE peer.coupons (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint NOT NULL,
    user_id text NOT NULL,
    issue_no bigint NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (event_id, user_id)
  );
  CREATE TABLE peer.order_lines (
    order_id text NOT NULL,
    product_id text NOT NULL,
    quantity bigint NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (order_id, product_id)
  );
  CREATE INDEX ON peer.order_lines (day);
`;

async function makeTables(pool) {
  await pool.query(TABLES);
}

async function makeEvent(pool, { name, quantity }) {
  const made = await pool.query(
    'INSERT INTO peer.coupon_events (name, quantity) VALUES ($1, $2) RETURNING id',
    [name, quantity]);
  return { coupon_event_id: Number(made.rows[0].id), name, quantity };
}

module.exports = { makeEvent, makeTables };
