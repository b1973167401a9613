// The shop of the source report after its change: a coupon request is one `ZADD NX` into a line in
// Redis and answered at once; a scheduler takes from the line in order and writes the coupons to
// PostgreSQL; the best sellers are a `ZUNION` of three daily sets, per read.
//
//   node after.js --port PORT --database URL --redis URL [--fast] [--auto-pipelining]
//
// The scheduler looks ten times a second; with --fast it goes on as long as somebody waits. It
// takes up to a thousand places at a time and writes them with one statement, which is kinder than
// the report's one coupon after the other. As in the report, a place that was taken is lost if this
// process dies before the commit.
'use strict';

const fastify = require('fastify');
const Redis = require('ioredis');
const { Pool } = require('pg');
const { linesOf, listen, popular, readOptions, windowDays } = require('./common.js');
const { makeEvent, makeTables } = require('./tables.js');

const LOOK_EVERY_MS = 100;
const TAKE_MAX = 1000;
const DAYS_KEPT_SECONDS = 3 * 24 * 3600;

const lineOf = (event) => `queue:coupon-events:${event}`;
const rankOf = (day) => `rank:products:daily:${day.replaceAll('-', '')}`;

const ISSUE = {
  name: 'issue',
  text: `WITH event AS (SELECT id, quantity, issued FROM peer.coupon_events
                        WHERE id = $1 FOR UPDATE),
         arrived AS (SELECT who, row_number() OVER (ORDER BY place) AS place
                     FROM unnest($2::text[]) WITH ORDINALITY AS line(who, place)
                     WHERE NOT EXISTS (SELECT FROM peer.coupons AS held
                                       WHERE held.event_id = $1 AND held.user_id = who)),
         made AS (INSERT INTO peer.coupons (event_id, user_id, issue_no)
                  SELECT event.id, who, event.issued + place FROM event, arrived
                  WHERE event.issued + place <= event.quantity RETURNING 1)
         UPDATE peer.coupon_events SET issued = issued + (SELECT count(*) FROM made)
         WHERE id = $1`,
};

// Takes once from the head of an event's line; whether more may be there.
async function takeOnce(redis, pool, event) {
  const taken = await redis.zpopmin(lineOf(event), TAKE_MAX);
  if (taken.length === 0) return false;
  const users = taken.filter((_, at) => at % 2 === 0);
  await pool.query({ ...ISSUE, values: [event, users] });
  return users.length === TAKE_MAX;
}

async function schedule(redis, pool, events, fast) {
  for (;;) {
    let more = false;
    for (const event of events) more = (await takeOnce(redis, pool, event)) || more;
    if (fast && more) continue;
    await new Promise((resolve) => { setTimeout(resolve, fast ? 1 : LOOK_EVERY_MS); });
  }
}

// Every read unites the three sets, as the report has it; the union comes back whole, lowest first.
async function readPopular(redis, limit) {
  const keys = windowDays().map(rankOf);
  const flat = await redis.zunion(keys.length, ...keys, 'WITHSCORES');
  const ranked = [];
  for (let at = flat.length - 2; at >= 0 && ranked.length < limit; at -= 2) {
    ranked.push({ productId: flat[at], score: Number(flat[at + 1]) });
  }
  return popular(ranked);
}

async function raiseRanks(redis, lines) {
  const together = redis.pipeline();
  for (const line of lines) together.zincrby(rankOf(line.day), line.quantity, line.productId);
  for (const day of new Set(lines.map((line) => line.day))) {
    together.expire(rankOf(day), DAYS_KEPT_SECONDS);
  }
  await together.exec();
  return { accepted: lines.length, duplicates: 0 };
}

function routes(server, pool, redis, events) {
  server.get('/livez', async () => ({ status: 'ok' }));
  server.post('/v1/coupon-events', async (call, reply) => {
    const event = await makeEvent(pool, call.body);
    events.add(event.coupon_event_id);
    reply.code(201);
    return event;
  });
  server.post('/v1/coupon-events/:id/requests', async (call, reply) => {
    await redis.zadd(lineOf(call.params.id), 'NX', Date.now(), call.body.user_id);
    reply.code(202);
    return { state: 'queued', position: null };
  });
  server.get('/v1/products/popular', async (call) =>
    readPopular(redis, Number(call.query.limit ?? 5)));
  server.post('/v1/purchases', async (call) => raiseRanks(redis, linesOf(call.body)));
}

async function main() {
  const options = readOptions();
  const pool = new Pool({ connectionString: options.database, max: Number(options.pool) });
  const redis = new Redis(options.redis, { enableAutoPipelining: options['auto-pipelining'] });
  await makeTables(pool);
  const events = new Set();
  const server = fastify({ bodyLimit: 4 * 1024 * 1024 });
  routes(server, pool, redis, events);
  await listen(server, options.port);
  await schedule(redis, pool, events, options.fast);
}

main();
