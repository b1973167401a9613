"""The rest of a shop while a drop runs: purchases, orders, lists, and what operators do.

Whatever was not answered is sent again, the same, until it is: so that at rest everything is
certain, and what the lists must show can be counted.
"""
import collections
import datetime
import re
import time

from fault.traffic import Operation

AGAIN_S = 0.15
_REVISION = re.compile(r'"(\d+)-')


def _day_number(text):
    """Days since 1970 of an ISO date."""
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


class Books:
    """What was sold on `day` (an ISO date), over all rounds of a world."""

    def __init__(self, day):
        self.day = day
        self.day_number = _day_number(day)
        self.scores = collections.Counter()  # product → quantity, of what is certain
        self.open = 0  # operations that are not certain yet
        self.refusals = []  # of what cannot be refused

    def expected_list(self, count):
        """(product, score), best first, as every list must show them at rest."""
        sold = [(product, score) for product, score in self.scores.items() if score > 0]
        return sorted(sold, key=lambda item: (item[1], item[0]), reverse=True)[:count]


class _Certain(Operation):
    """Sent again until it is answered; `open` of the books counts it until then."""

    def __init__(self, books, history):
        self.books = books
        self.history = history
        books.open += 1

    def failed(self, traffic, when, how):
        self.write(when, "unknown")
        traffic.add(time.monotonic() + AGAIN_S, self)

    def answered(self, traffic, when, answer):
        if answer.status in (200, 201, 204):
            self.write(when, "done", answer)
            self.books.open -= 1
            self.done(traffic, answer)
        elif answer.status >= 500 or answer.code in ("in_progress", "too_fast"):
            # Whether a server that was too slow did it after all is unknown.
            self.write((when[0], None), "unknown")
            traffic.add(time.monotonic() + AGAIN_S, self)
        else:
            self.write(when, "refused", answer)
            self.books.open -= 1
            self.refused(answer)

    def done(self, traffic, answer):
        pass

    def refused(self, answer):
        """Nothing of the shop is refused as long as nothing that was acknowledged is lost."""
        self.books.refusals.append(f"{self.method} {self.path}: {answer.status} {answer.code}")

    def write(self, when, outcome, answer=None):
        raise NotImplementedError


class Purchase(_Certain):
    """One purchase of the shop's own system, of lines (product, quantity)."""
    method = "POST"
    path = "/v1/purchases"

    def __init__(self, books, history, name, lines, occurred_at, take_back=False):
        super().__init__(books, history)
        self.name = name
        self.lines = lines
        self.take_back = take_back
        self.body = {"purchases": [
            {"purchase_id": name, "product_id": product, "quantity": quantity,
             "occurred_at": occurred_at} for product, quantity in lines]}

    def write(self, when, outcome, answer=None):
        for product, quantity in self.lines:
            self.history.add(*when, kind="sale", purchase_id=self.name, product_id=product,
                             quantity=quantity, day=self.books.day_number, outcome=outcome)

    def done(self, traffic, answer):
        self.books.scores.update(dict(self.lines))
        if self.take_back:
            traffic.add(time.monotonic() + AGAIN_S, TakingBack(self))


class TakingBack(_Certain):
    method = "DELETE"

    def __init__(self, purchase):
        super().__init__(purchase.books, purchase.history)
        self.purchase = purchase
        self.path = f"/v1/purchases/{purchase.name}"

    def write(self, when, outcome, answer=None):
        self.history.add(*when, kind="take_back", purchase_id=self.purchase.name, outcome=outcome)

    def done(self, traffic, answer):
        self.books.scores.subtract(dict(self.purchase.lines))


class Order(_Certain):
    """One order under a key of its own; a completed one is a sale."""
    method = "POST"
    path = "/v1/orders"

    def __init__(self, books, history, key, user, product, quantity):
        super().__init__(books, history)
        self.key = key
        self.headers = {"Idempotency-Key": key}
        self.sold = (product, quantity)
        self.body = {"user_id": user, "lines": [{"product_id": product, "quantity": quantity}]}

    def write(self, when, outcome, answer=None):
        order = {"order_id": answer.body["order_id"]} if outcome == "done" else {}
        code = {"code": answer.code} if outcome == "refused" else {}
        self.history.add(*when, kind="order", key=self.key, outcome=outcome, **order, **code)

    def done(self, traffic, answer):
        traffic.add(time.monotonic(), Completion(self, answer.body["order_id"]))


class Completion(_Certain):
    method = "POST"

    def __init__(self, order, order_id):
        super().__init__(order.books, order.history)
        self.order = order
        self.name = f"order-{order_id}"
        self.path = f"/v1/orders/{order_id}/complete"
        self.body = {}

    def write(self, when, outcome, answer=None):
        product, quantity = self.order.sold
        self.history.add(*when, kind="sale", purchase_id=self.name, product_id=product,
                         quantity=quantity, day=self.books.day_number, outcome=outcome)

    def done(self, traffic, answer):
        self.books.scores.update(dict([self.order.sold]))


class ListReader(Operation):
    """Reads a list of one server again and again."""

    def __init__(self, history, server, window, limit, interval):
        self.history = history
        self.server = server
        self.window = window
        self.limit = limit
        self.interval = interval
        self.path = f"/v1/products/popular?window={window}&limit={limit}"
        self.failures = 0
        self.last = None  # (product, score) of the newest
        self.is_stale = None

    def answered(self, traffic, when, answer):
        if answer.status == 200:
            items = answer.body["items"]
            self.last = [(item["product_id"], item["score"]) for item in items]
            self.is_stale = answer.body["stale"]
            revision = int(_REVISION.match(answer.headers["etag"]).group(1))
            self.history.add(*when, kind="list", server=f"server-{self.server}",
                             list=f"{self.window} limit {self.limit}", revision=revision,
                             day=_day_number(answer.body["window"]["to"]),
                             items=[{"product_id": product, "score": score}
                                    for product, score in self.last])
        else:
            self.failures += 1
        traffic.add(time.monotonic() + self.interval, self)

    def failed(self, traffic, when, how):
        traffic.add(time.monotonic() + self.interval, self)


class Change(_Certain):
    """What an operator does to the event of a drop; sent again until it is answered."""

    def __init__(self, books, drop, kind, quantity=None):
        super().__init__(books, drop.history)
        self.drop = drop
        self.kind = kind
        self.quantity = quantity
        path = f"/v1/coupon-events/{drop.event}"
        if kind == "raise":
            self.method, self.path, self.body = "PATCH", path, {"quantity": quantity}
        else:
            self.method, self.path, self.body = "POST", f"{path}/{kind}", {"reason": "a fault run"}

    def refused(self, answer):
        """Raised by an earlier try, whose answer was lost."""
        if answer.code != "quantity_not_raised":
            super().refused(answer)

    def write(self, when, outcome, answer=None):
        quantity = {} if self.quantity is None else {"quantity": self.quantity}
        self.history.add(*when, kind=self.kind, event=self.drop.event, outcome=outcome, **quantity)
