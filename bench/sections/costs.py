"""P20: what one request costs each part, on PostgreSQL and Redis; docs/scaling.md adds them up.

CPU of the server, of Redis and of all of PostgreSQL's processes while requests of one kind are made
as fast as they are answered, and until what they left to do is done, by their number. No goal: what
there is to compare with stands in the other sections.
"""

import statistics

from harness.loads import Closed
from harness.measures import measures
from harness.programs import CannotRun
from harness.purchases import LIST, fill_rushline, product, quantity_of, wait_until_listed
from harness.stage import make_event, requests_of, wait_until_settled
from sections.distributed_verdicts import CONNECTIONS, issued_of

PRODUCTS = 10_000
LINES = 10_000  # of one bulk of purchases


class Shop:
    """One server with what it needs."""

    def __init__(self, stage, through_the_line=True):
        self.options = stage.options
        self.database = stage.postgres()
        self.redis = stage.redis() if through_the_line else None
        self.server = stage.rushline(self.database, self.redis)
        self.first = iter(range(0, 10**9, 1_000_000))

    def cpu_seconds(self):
        """By part."""
        parts = {"Rushline": sum(self.server.cpu_seconds())}
        if self.redis:
            parts["Redis"] = self.redis.own_cpu_seconds()
        parts["PostgreSQL"] = sum(self.database.cpu_seconds())
        return parts

    def wal_bytes(self):
        return float(self.database.sql("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"))

    def press(self, event):
        """One run of requests for coupons, until the line is empty; how many there were."""
        load = Closed(self.options, self.server, CONNECTIONS, "post", requests_of(event),
                      next(self.first))
        wait_until_settled(self.server, event)
        return load.requests


def report_costs(report, shop, what, run):
    """`run` makes requests and returns their number."""
    rounds, wal = [], []
    for _ in range(shop.options.rounds):
        before, wal_before = shop.cpu_seconds(), shop.wal_bytes()
        count = run()
        if count == 0:
            raise CannotRun(f"{what}: nothing was done")
        after = shop.cpu_seconds()
        rounds.append({part: (after[part] - before[part]) * 1e6 / count for part in after})
        wal.append((shop.wal_bytes() - wal_before) / count)
    parts = [f"{part} {statistics.median(costs[part] for costs in rounds):.1f}"
             for part in rounds[0]]
    report.row("P20 itself", f"CPU of {what}", f"{', '.join(parts)} µs",
               f"{statistics.median(wal):,.0f} bytes of WAL",
               [sum(costs.values()) for costs in rounds], "µs")


@measures("P20")
def cost_of_a_list(stage, report):
    shop = Shop(stage)
    fill_rushline(shop.server, PRODUCTS)
    report_costs(report, shop, "a list read, top 100",
                 lambda: Closed(shop.options, shop.server, 64, "get", LIST).requests)


@measures("P20")
def cost_of_a_new_connection(stage, report):
    """Accepted for one request, answered and closed; less a list read, it is the connection's."""
    shop = Shop(stage)
    fill_rushline(shop.server, PRODUCTS)
    report_costs(report, shop, "a list read, top 100, over a new connection",
                 lambda: Closed(shop.options, shop.server, 64, "get", LIST, "Connection",
                                "close").requests)


@measures("P20")
def cost_of_a_sold_out_verdict(stage, report):
    shop = Shop(stage)
    event = make_event(shop.server, quantity=1)
    shop.server.call("POST", requests_of(event), {"user_id": "the-winner"})
    report_costs(report, shop, "a sold-out verdict", lambda: shop.press(event))


def report_coupons(report, shop, what, ack):
    event = make_event(shop.server, ack=ack)

    def run():
        before = issued_of(shop.server, event)
        shop.press(event)
        return issued_of(shop.server, event) - before

    report_costs(report, shop, what, run)


@measures("P20")
def cost_of_a_coupon_through_the_line(stage, report):
    shop = Shop(stage)
    report_coupons(report, shop, "a coupon through the line", "verdict")
    report_coupons(report, shop, "a coupon through the line, ack queued", "queued")


@measures("P20")
def cost_of_a_coupon_directly(stage, report):
    report_coupons(report, Shop(stage, through_the_line=False), "a coupon, direct mode", "verdict")


@measures("P20")
def cost_of_a_purchase(stage, report):
    shop = Shop(stage)
    fill_rushline(shop.server, PRODUCTS)
    turns = iter(range(1, 1_000_000))

    def run():
        turn = next(turns)
        shop.server.call("POST", "/v1/purchases", {"purchases": [
            {"purchase_id": f"cost-{turn}-{n}", "product_id": product(n), "quantity": 1}
            for n in range(LINES)]})
        wait_until_listed(shop.server, PRODUCTS - 1, quantity_of(PRODUCTS - 1) + turn)
        return LINES

    report_costs(report, shop, f"a purchase in bulk, {LINES:,} a request, until it is listed", run)


@measures("P20")
def cost_of_an_order(stage, report):
    shop = Shop(stage)
    shop.server.call("POST", "/v1/products", {"product_id": "one", "name": "One", "price": 1000,
                                              "stock": 100_000_000})
    report_costs(report, shop, "an order, 64 buyers", lambda: Closed(
        shop.options, shop.server, 64, "order", "/v1/orders", "one",
        next(shop.first)).requests)
