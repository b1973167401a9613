"""kill -9 on the way of an order and of its sale to the list: all of it or none, and once."""
import threading

from support.case import DISTRIBUTED, SystemTest
from support.client import Connection, ConnectionEnded
from support.fail_points import NAMES, start_until_killed
from support.waiting import seeded_random

ORDER_POINTS = [name for name in NAMES if name.startswith(("write.", "order.", "outbox.", "fold."))]
SALE_POINTS = [name for name in NAMES if name.startswith(("write.", "outbox.", "fold."))]
GONE = (ConnectionEnded, ConnectionError, TimeoutError)
STOCK = 1000


def describe(point, chance):
    """When to die at `point`: in the middle of things, at once or after a stall."""
    # A start commits a few things of its own, and pushes once; all sales may be folded at once.
    counts = {"write": range(8, 21), "fold": [2 if point == "fold.before_push" else 1]}
    count = chance.choice(counts.get(point.split(".")[0], range(1, 5)))
    return f"{point}:{count}:{chance.choice((0, 80))}"


def start_until_killed_at(case, point, chance):
    """Of two servers either may fold: the other one comes back when this one has died of it."""
    if DISTRIBUTED and point.startswith("fold."):
        case.other.stop()
    return start_until_killed(case, describe(point, chance))


class Flow:
    """One order on its way: what shall happen to it, and what its shopper was told."""

    def __init__(self, number, products, coupon):
        self.key = f"flow-{number}"
        self.completes = number % 3 != 0
        self.cancels = number % 3 == 0 or number % 5 == 0
        self.body = {"user_id": f"u{number}", "lines": [
            {"product_id": products[number % len(products)], "quantity": 1 + number % 4},
            {"product_id": products[(number + 1) % len(products)], "quantity": 1}]}
        if coupon:
            self.body["coupon_id"] = coupon
        self.placed = None  # the first answer
        self.told = "placed"

    def run(self, connection):
        """Goes as far as the server lives. May be run again from any point."""
        answer = connection.post("/v1/orders", self.body, {"Idempotency-Key": self.key})
        assert answer.status == 201, answer
        if self.placed is not None:
            assert answer.body == self.placed, (answer.body, self.placed)
        self.placed = answer.body
        path = f"/v1/orders/{answer['order_id']}"
        status = connection.get(path)["status"]
        order = ("placed", "completed", "cancelled")
        assert order.index(status) >= order.index(self.told), (self.key, status, self.told)
        if self.completes and status == "placed":
            status = self._step(connection, path, "complete", "completed")
        if self.cancels and status != "cancelled":
            self._step(connection, path, "cancel", "cancelled")

    def _step(self, connection, path, action, status):
        answer = connection.post(f"{path}/{action}")
        assert (answer.status, answer["status"]) == (200, status), answer
        self.told = status
        return status

    @property
    def is_kept(self):
        return not self.cancels

    @property
    def is_sold(self):
        return self.completes and not self.cancels


class KilledOrderTest(SystemTest):
    server_per_test = True

    def make_flows(self, count):
        products = [self.make_product(STOCK, 100 + number) for number in range(5)]
        flows = []
        for number in range(count):
            coupon = self.make_coupon(f"u{number}") if number % 2 else None
            flows.append(Flow(number, products, coupon))
        return products, flows

    def run_flows(self, flows, address, threads=4):
        """Several shoppers at once; gives what went wrong beside the death of the server."""
        failures = []

        def shop(own):
            try:
                with Connection(address, self.contract) as connection:
                    for flow in own:
                        flow.run(connection)
            except GONE:
                pass
            except Exception as error:  # told to the test by the caller
                failures.append(error)

        workers = [threading.Thread(target=shop, args=(flows[start::threads],))
                   for start in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        self.assertEqual(failures, [])

    def kill_at(self, point):
        chance = seeded_random(f"{self.id()} {point}")
        products, flows = self.make_flows(40)
        self.assertEqual(self.server.stop(), 0)
        server = start_until_killed_at(self, point, chance)
        self.run_flows(flows, server.address)
        self.assertEqual(server.wait(), -9, f"{point} was not reached\n{server.log()}")
        self.launch()
        self.run_flows(flows, self.server.address)
        self.check(products, flows)

    def check(self, products, flows):
        stock = {product: STOCK for product in products}
        scores = dict.fromkeys(products)
        for flow in flows:
            self.assertIsNotNone(flow.placed, flow.key)
            for line in flow.body["lines"]:
                product, quantity = line["product_id"], line["quantity"]
                if flow.is_kept:
                    stock[product] -= quantity
                if flow.is_sold:
                    scores[product] = (scores[product] or 0) + quantity
            if "coupon_id" in flow.body:
                [coupon] = self.all_items(f"/v1/users/{flow.body['user_id']}/coupons")
                self.assertEqual(coupon["state"], "used" if flow.is_kept else "usable", flow.key)
        self.assertEqual({product: self.get(f"/v1/products/{product}")["stock"]
                          for product in products}, stock)
        self.wait_for_scores(scores)
        self.verify()


class KilledPurchaseTest(SystemTest):
    server_per_test = True

    def kill_at(self, point):
        chance = seeded_random(f"{self.id()} {point}")
        bulks = [[{"purchase_id": f"B{bulk}-{number}", "product_id": f"p{chance.randrange(8)}",
                   "quantity": chance.randint(1, 5)} for number in range(30)]
                 for bulk in range(20)]
        returned = [f"B{bulk}-{number}" for bulk in range(20) for number in (0, 7)]
        self.assertEqual(self.server.stop(), 0)
        server = start_until_killed_at(self, point, chance)
        told = []
        with Connection(server.address, self.contract) as connection:
            try:
                for number, bulk in enumerate(bulks):
                    answer = connection.post("/v1/purchases", {"purchases": bulk})
                    self.assertEqual(answer["accepted"], 30)
                    told.append(number)
                    connection.request("DELETE", f"/v1/purchases/B{number}-0")
            except GONE:
                pass
        self.assertEqual(server.wait(), -9, f"{point} was not reached\n{server.log()}")
        self.launch()
        for number, bulk in enumerate(bulks):
            answer = self.post("/v1/purchases", {"purchases": bulk}).json()
            if number in told:
                self.assertEqual(answer, {"accepted": 0, "duplicates": 30})
            self.assertIn(answer["accepted"], (0, 30))
        for purchase in returned:
            self.delete(f"/v1/purchases/{purchase}")
        self.check(bulks, returned)

    def check(self, bulks, returned):
        scores = {}
        for line in (line for bulk in bulks for line in bulk):
            if line["purchase_id"] not in returned:
                product = line["product_id"]
                scores[product] = scores.get(product, 0) + line["quantity"]
        self.wait_for_scores(scores)
        self.assertEqual(self.scores(), scores)
        self.verify()


class FailPointsTest(SystemTest):
    def test_every_named_point_is_walked_through(self):
        # By this file, test_kill_in_a_drop.py, test_redis.py and test_rankings_redis_lost.py.
        elsewhere = ("write.", "settle.", "line.", "epoch.", "rebuild.")
        walked = set(ORDER_POINTS) | {name for name in NAMES if name.startswith(elsewhere)}
        self.assertEqual(walked, set(NAMES))
        self.assertGreaterEqual(len(NAMES), 14)


def kill_test(point):
    return lambda self: self.kill_at(point)


for _case, _points in ((KilledOrderTest, ORDER_POINTS), (KilledPurchaseTest, SALE_POINTS)):
    for _point in _points:
        setattr(_case, f"test_killed_at_{_point.replace('.', '_')}", kill_test(_point))
