"""The base of every system test: a server of its own, requests that say what they expect.

One server serves all tests of a class, unless the class sets `server_per_test`. Ids are unique
within the class, so that its tests do not meet.
"""
import atexit
import itertools
import json
import os
import pathlib
import shutil
import tempfile
import unittest

from support import postgres, redis
from support import server as child
from support.client import Connection, EventStream
from support.contract import fetch_contract
from support.waiting import wait_until


# The same tests over two servers with PostgreSQL and Redis: RUSHLINE_TEST_DISTRIBUTED=1.
DISTRIBUTED = os.environ.get("RUSHLINE_TEST_DISTRIBUTED") == "1"

_backends = {}  # the servers that all tests of this process share, and the data of each folder


def _shared_data(folder):
    """A PostgreSQL database and a Redis for the servers that stand on `folder`."""
    if "postgres" not in _backends:
        _backends["postgres"] = postgres.Postgres()
        atexit.register(_backends["postgres"].end)
    if folder not in _backends:
        memory = redis.Redis()
        atexit.register(memory.end)
        _backends[folder] = (_backends["postgres"].create_database(), memory)
    return _backends[folder]


def _at_end(owner, action):
    (owner.addClassCleanup if isinstance(owner, type) else owner.addCleanup)(action)


class SystemTest(unittest.TestCase):
    server_per_test = False
    server_flags = ()
    server_environment = {}
    server_clock = None  # the wall clock at the start, in UTC
    bearer = None
    maxDiff = None

    _numbers = itertools.count(1)
    folder = None
    server = None
    other = None  # the second server, when the tests run distributed
    shared = None  # and what both stand on: the database's URL, and the Redis
    contract = None
    http = None

    @classmethod
    def setUpClass(cls):
        if cls.server_clock and child.why_no_clock():
            raise unittest.SkipTest(child.why_no_clock())
        if DISTRIBUTED and (postgres.why_none() or redis.why_none()):
            raise unittest.SkipTest(postgres.why_none() or redis.why_none())
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        if not cls.server_per_test:
            cls.addClassCleanup(lambda: cls.server and cls.server.kill())
            cls._launch(cls, cls.folder)

    def setUp(self):
        if self.server_per_test:
            self.folder = pathlib.Path(tempfile.mkdtemp(dir=type(self).folder))
            self.addCleanup(lambda: self.server and self.server.kill())
            self.launch()

    @staticmethod
    def _launch(owner, folder, **changes):
        """Starts a server on `folder` and gives it to a class or to one of its tests."""
        options = {"flags": owner.server_flags, "environment": owner.server_environment,
                   "clock": owner.server_clock, **changes}
        owner.server = child.Server(folder, **options)
        if DISTRIBUTED:
            owner.shared = _shared_data(folder)
            owner.server.share(owner.shared)
            if owner.other is None or not owner.other.is_running():
                owner.other = child.Server(folder, flags=owner.server_flags)
                owner.other.share(owner.shared).start()
                _at_end(owner, owner.other.kill)
            owner.server.beside = [owner.other]
        owner.server.start()
        address = owner.server.address
        with Connection(address, bearer=owner.bearer) as connection:
            owner.contract = fetch_contract(connection)
        owner.http = Connection(address, owner.contract, owner.bearer)

    def launch(self, **changes):
        """Starts the server of this test on its folder (again)."""
        assert self.server_per_test
        self._launch(self, self.folder, **changes)
        self.addCleanup(self.http.close)

    def relaunch(self, **changes):
        """Ends the server properly and starts it again on the same data."""
        self.http.close()
        self.assertEqual(self.server.stop(), 0, self.server.log())
        self.launch(**changes)

    def connection(self, **options):
        connection = Connection(self.server.address, self.contract,
                                options.pop("bearer", self.bearer), **options)
        self.addCleanup(connection.close)
        return connection

    def stream(self, path, last_event_id=None, bearer=None):
        stream = EventStream(self.server.address, path, last_event_id, bearer=bearer)
        self.addCleanup(stream.connection.close)
        return stream

    # Requests. `status` and `code` are what the answer must be.

    def request(self, method, path, body=None, status=200, code=None, headers=None, key=None):
        headers = dict(headers or {})
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = self.http.request(method, path, body, headers)
        self.assertEqual(answer.status, status, f"{method} {path} {str(body)[:300]} → {answer!r}")
        if code is not None:
            self.assertEqual(answer.code, code, repr(answer))
        return answer

    def get(self, path, status=200, **expected):
        return self.request("GET", path, None, status, **expected)

    def post(self, path, body=None, status=200, **expected):
        return self.request("POST", path, body, status, **expected)

    def patch(self, path, body, status=200, **expected):
        return self.request("PATCH", path, body, status, **expected)

    def delete(self, path, status=204, **expected):
        return self.request("DELETE", path, None, status, **expected)

    # Things to test with.

    def unique(self, word):
        return f"{word}-{next(self._numbers)}"

    def make_product(self, stock=100, price=1000, name="Tea", **fields):
        body = {"name": name, "price": price, "stock": stock, **fields}
        return self.post("/v1/products", body, 201)["product_id"]

    def make_event(self, quantity=10, discount=None, **fields):
        body = {"name": "Drop", "quantity": quantity,
                "discount": discount or {"type": "fixed", "value": 100}, **fields}
        return self.post("/v1/coupon-events", body, 201)["coupon_event_id"]

    def event(self, event_id):
        return self.get(f"/v1/coupon-events/{event_id}").json()

    def press(self, event_id, user, status=201, **expected):
        return self.post(f"/v1/coupon-events/{event_id}/requests", {"user_id": user}, status,
                         **expected)

    def make_coupon(self, user, discount=None, **fields):
        """A coupon of `user` from an event of its own."""
        return self.press(self.make_event(1, discount, **fields), user)["coupon_id"]

    def place(self, user, lines, status=201, coupon=None, key=None, **expected):
        body = {"user_id": user,
                "lines": [{"product_id": product, "quantity": count} for product, count in lines]}
        if coupon is not None:
            body["coupon_id"] = coupon
        return self.post("/v1/orders", body, status, key=key or self.unique("key"), **expected)

    def sell(self, *lines, occurred_at=None):
        """Purchases of the shop's own system: (product, quantity); gives their ids."""
        purchases = [{"purchase_id": self.unique("P"), "product_id": product, "quantity": count}
                     for product, count in lines]
        for purchase in purchases:
            if occurred_at:
                purchase["occurred_at"] = occurred_at
        self.post("/v1/purchases", {"purchases": purchases})
        return [purchase["purchase_id"] for purchase in purchases]

    def popular(self, window="3d", limit=100):
        return self.get(f"/v1/products/popular?window={window}&limit={limit}").json()

    def scores(self, window="3d"):
        return {item["product_id"]: item["score"] for item in self.popular(window)["items"]}

    def wait_for_scores(self, expected, window="3d"):
        """Waits until the list has exactly these scores for these products (None: not on it)."""
        def seen():
            scores = self.scores(window)
            return {product: scores.get(product) for product in expected}
        wait_until(lambda: seen() == expected, f"scores {expected} in {window}")

    def all_items(self, path):
        """Every item of a list, page by page."""
        items, cursor = [], None
        joint = "&" if "?" in path else "?"
        while True:
            page = self.get(path + (f"{joint}cursor={cursor}" if cursor else "")).json()
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    def rushline(self, *arguments, status=0, **options):
        """Runs a verb; gives the finished process."""
        done = child.run(*arguments, folder=str(self.folder), **options)
        self.assertEqual(done.returncode, status,
                         f"rushline {arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def rushline_json(self, *arguments, **options):
        return json.loads(self.rushline(*arguments, "-o", "json", **options).stdout)

    def verify(self, *arguments):
        """The stored data keeps every promise that can be read from it."""
        return self.rushline("verify", "--database", self.server.database, *arguments)
