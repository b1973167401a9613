"""P12, P13: purchases taken in bulk, and orders of one product, on SQLite and on PostgreSQL."""

import http.client
import json
import statistics
import time

from harness.limits import raw_postgres, raw_sqlite
from harness.loads import Closed
from harness.measures import measures
from harness.programs import CannotRun, JSON_HEADERS

LINES, REQUESTS = 10_000, 10
POOL = 16


def bulk_rate(server, round_number):
    """Rows per second of ten full requests, one after the other."""
    bodies = [json.dumps({"purchases": [
        {"purchase_id": f"b-{round_number}-{part}-{n}", "product_id": f"product-{n}",
         "quantity": 1} for n in range(LINES)]}) for part in range(REQUESTS)]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    begun = time.monotonic()
    for body in bodies:
        connection.request("POST", "/v1/purchases", body, JSON_HEADERS)
        answer = connection.getresponse().read()
        if answer != b'{"accepted":%d,"duplicates":0}' % LINES:
            raise CannotRun(f"purchases were not taken: {answer[:200].decode()}")
    return LINES * REQUESTS / (time.monotonic() - begun)


def bulk(stage, report, server, bare_rate, where):
    pairs = [(bulk_rate(server, n), bare_rate()) for n in range(stage.options.rounds)]
    report.row("P12", f"bulk purchases, {LINES:,} a request, {where}",
               f"{statistics.median(a for a, _ in pairs):,.0f} rows/s",
               f"bare insert {statistics.median(b for _, b in pairs):,.0f} rows/s",
               [a / b for a, b in pairs])


def order_rates(stage, server, bare_rate):
    server.call("POST", "/v1/products", {"product_id": "one", "name": "One", "price": 1000,
                                         "stock": 100_000_000})
    first = iter(range(0, 10**8, 1_000_000))
    return [(Closed(stage.options, server, 64, "order", "/v1/orders", "one",
                    next(first)).per_second, bare_rate()) for _ in range(stage.options.rounds)]


@measures("P12")
def purchases_embedded(stage, report):
    bulk(stage, report, stage.rushline(),
         lambda: raw_sqlite(stage.options, "purchases", LINES)[0], "embedded")


@measures("P13")
def orders_embedded(stage, report):
    pairs = order_rates(stage, stage.rushline(), lambda: raw_sqlite(stage.options, "orders", 1)[0])
    report.row("P13 itself", "orders, 64 buyers of one product, embedded",
               f"{statistics.median(a for a, _ in pairs):,.0f}/s",
               "one commit per order, no HTTP and no other buyer "
               f"{statistics.median(b for _, b in pairs):,.0f}/s", [a / b for a, b in pairs])


@measures("P12")
def purchases_postgres(stage, report):
    options, database = stage.options, stage.postgres()
    ours = stage.rushline(database)
    bulk(stage, report, ours,
         lambda: raw_postgres(options, database, "purchases", LINES).rows_per_second, "PostgreSQL")


@measures("P13")
def orders_postgres(stage, report):
    """Both sides on the same PostgreSQL: 64 buyers, and the pool of the "before" peer, for whom
    more sessions would only wait longer for the same row."""
    options, database = stage.options, stage.postgres()
    ours = stage.rushline(database)
    pairs = order_rates(stage, ours, lambda: raw_postgres(
        options, database, "orders", 1, sessions=POOL).rows_per_second)
    report.row("P13", "orders, 64 buyers of one product, PostgreSQL",
               f"{statistics.median(a for a, _ in pairs):,.0f}/s",
               f"one row lock per order, {POOL} sessions, no HTTP "
               f"{statistics.median(b for _, b in pairs):,.0f}/s", [a / b for a, b in pairs])
