// The shop of the source report before its change: the database does everything. A coupon is a row
// lock on its event, an insert and an update, per request; the best sellers are a GROUP BY over the
// order lines of three days, per read.
//
//   node before.js --port PORT --database URL [--pool 16]
'use strict';

const fastify = require('fastify');
const { Pool } = require('pg');
const { linesOf, listen, popular, readOptions, windowDays } = require('./common.js');
const { makeEvent, makeTables } = require('./tables.js');

// Names make pg prepare a statement once per connection.
const LOCK = {
  name: 'lock', text: 'SELECT quantity, issued FROM peer.coupon_events WHERE id = $1 FOR UPDATE',
};
const INSERT = {
  name: 'insert',
  text: `INSERT INTO peer.coupons (event_id, user_id, issue_no) VALUES ($1, $2, $3)
         ON CONFLICT (event_id, user_id) DO NOTHING RETURNING id`,
};
const COUNT = {
  name: 'count', text: 'UPDATE peer.coupon_events SET issued = issued + 1 WHERE id = $1',
};
const HELD = {
  name: 'held',
  text: 'SELECT id, issue_no FROM peer.coupons WHERE event_id = $1 AND user_id = $2',
};
const POPULAR = {
  name: 'popular',
  text: `SELECT product_id, sum(quantity) AS score FROM peer.order_lines
         WHERE day = ANY ($1::date[])
         GROUP BY product_id ORDER BY score DESC, product_id LIMIT $2`,
};

function issued(coupon, repeat) {
  return {
    state: 'issued', coupon_id: Number(coupon.id), issue_no: Number(coupon.issue_no), repeat,
  };
}

// One transaction; the row lock is held from its first statement to its commit.
async function decide(session, event, user) {
  const { rows: [row] } = await session.query({ ...LOCK, values: [event] });
  if (!row) return [404, { code: 'not_found' }];
  const number = Number(row.issued) + 1;
  if (number > Number(row.quantity)) {
    const { rows: [held] } = await session.query({ ...HELD, values: [event, user] });
    return [200, held ? issued(held, true) : { state: 'sold_out' }];
  }
  const { rows: [made] } = await session.query({ ...INSERT, values: [event, user, number] });
  if (!made) {
    const { rows: [held] } = await session.query({ ...HELD, values: [event, user] });
    return [200, issued(held, true)];
  }
  await session.query({ ...COUNT, values: [event] });
  return [201, issued({ id: made.id, issue_no: number }, false)];
}

async function request(pool, event, user) {
  const session = await pool.connect();
  try {
    await session.query('BEGIN');
    const answer = await decide(session, event, user);
    await session.query('COMMIT');
    session.release();
    return answer;
  } catch (error) {
    session.release(error);
    throw error;
  }
}

function routes(server, pool) {
  server.get('/livez', async () => ({ status: 'ok' }));
  server.post('/v1/coupon-events', async (call, reply) => {
    reply.code(201);
    return makeEvent(pool, call.body);
  });
  server.post('/v1/coupon-events/:id/requests', async (call, reply) => {
    const [status, answer] = await request(pool, call.params.id, call.body.user_id);
    reply.code(status);
    return answer;
  });
  server.get('/v1/products/popular', async (call) => {
    const values = [windowDays(), Number(call.query.limit ?? 5)];
    const { rows } = await pool.query({ ...POPULAR, values });
    return popular(rows.map((row) => ({ productId: row.product_id, score: Number(row.score) })));
  });
  server.post('/v1/purchases', async (call) => {
    const lines = linesOf(call.body);
    const { rowCount } = await pool.query(
      `INSERT INTO peer.order_lines SELECT * FROM
         unnest($1::text[], $2::text[], $3::bigint[], $4::date[]) ON CONFLICT DO NOTHING`,
      ['purchaseId', 'productId', 'quantity', 'day'].map((of) => lines.map((line) => line[of])));
    return { accepted: rowCount, duplicates: lines.length - rowCount };
  });
}

async function main() {
  const options = readOptions();
  const pool = new Pool({ connectionString: options.database, max: Number(options.pool) });
  await makeTables(pool);
  const server = fastify({ bodyLimit: 4 * 1024 * 1024 });
  routes(server, pool);
  await listen(server, options.port);
}

main();
