// What both peers share: their options, and the routes by which the bench fills them. They speak as
// much of Rushline's HTTP as the same load needs, and no more.
'use strict';

const { parseArgs } = require('node:util');

const options = {
  port: { type: 'string' },
  database: { type: 'string' },
  redis: { type: 'string' },
  pool: { type: 'string', default: '16' },
  fast: { type: 'boolean', default: false },
  'auto-pipelining': { type: 'boolean', default: false },
};

function readOptions() {
  return parseArgs({ options }).values;
}

// The shop's day of a moment, in Asia/Seoul, which knows no summer time.
function dayOf(moment) {
  return new Date(moment.getTime() + 9 * 3600 * 1000).toISOString().slice(0, 10);
}

// The days of the window that ends today.
function windowDays(now = new Date()) {
  return [0, 1, 2].map((back) => dayOf(new Date(now.getTime() - back * 24 * 3600 * 1000)));
}

function linesOf(body) {
  return body.purchases.map((line) => ({
    purchaseId: line.purchase_id,
    productId: line.product_id,
    quantity: line.quantity,
    day: dayOf(line.occurred_at ? new Date(line.occurred_at) : new Date()),
  }));
}

function popular(ranked) {
  return {
    items: ranked.map(({ productId, score }, place) => ({
      rank: place + 1, product_id: productId, name: null, price: null, score,
    })),
  };
}

async function listen(server, port) {
  await server.listen({ host: '127.0.0.1', port: Number(port) });
  process.stderr.write(`listening on http://127.0.0.1:${port}\n`);
  process.on('SIGTERM', () => process.exit(0));
}

module.exports = { dayOf, linesOf, listen, popular, readOptions, windowDays };
