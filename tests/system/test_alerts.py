"""A real Prometheus with our alerts: each staged fault is pending, and in the status, in 5 s (L4).

One PostgreSQL, one Redis, two servers and one Prometheus for all tests; each leaves them healed.
"""
import itertools
import pathlib
import shutil
import signal
import socket
import tempfile
import time
import unittest

from support import postgres, prometheus, redis
from support import server as child
from support.client import Connection, request_bytes
from support.waiting import wait_until

NOTICED_WITHIN = 5  # seconds: L4
CONNECTIONS_MAX = 40


class AlertsTest(unittest.TestCase):
    numbers = itertools.count()

    @classmethod
    def setUpClass(cls):
        why_not = postgres.why_none() or redis.why_none() or prometheus.why_none()
        if why_not:
            raise unittest.SkipTest(why_not)
        folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-test-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.record = postgres.Postgres()
        cls.addClassCleanup(cls.record.end)
        cls.redis = redis.Redis()
        cls.addClassCleanup(cls.redis.end)
        cls.database = cls.record.create_database()
        cls.server, cls.second = cls.start_server(folder), cls.start_server(folder)
        cls.prometheus = prometheus.Prometheus(
            f"{host}:{port}" for host, port in (cls.server.address, cls.second.address))
        cls.addClassCleanup(cls.prometheus.end)

    @classmethod
    def start_server(cls, folder):
        server = child.Server(folder, ["--http-connections-max", str(CONNECTIONS_MAX)])
        cls.addClassCleanup(server.kill)
        server.share((cls.database, cls.redis)).start()
        server.listen = "{}:{}".format(*server.address)  # should it be started again
        return server

    def setUp(self):
        self.http = Connection(self.server.address)
        self.addCleanup(self.http.close)
        self.wait_until_well()

    def wait_until_well(self):
        # What was turned away counts for a minute.
        wait_until(lambda: not self.alerts() and not self.alerts(self.second)
                   and not self.findings(), "nothing is wrong", 75, 0.1)

    def make_event(self):
        answer = self.http.post("/v1/coupon-events", {
            "name": "Drop", "quantity": 5, "discount": {"type": "fixed", "value": 100}})
        self.assertEqual(answer.status, 201, repr(answer))
        return answer["coupon_event_id"]

    def findings(self):
        with Connection(self.server.address) as connection:
            status = connection.request("GET", "/v1/status", None, {}).json()
        return {finding["code"] for finding in status["findings"]}

    def alerts(self, server=None):
        """Those of one server that are pending or firing."""
        host, port = (server or self.server).address
        return {alert for alert, instance in self.prometheus.alerts()
                if instance == f"{host}:{port}"}

    def check_noticed(self, fault, alert, finding, since=None):
        """After `fault` the alert is pending and the finding in the status, each in time."""
        fault()
        since = since or time.monotonic()
        at = {}

        def noticed():
            now = time.monotonic() - since
            if alert in self.alerts():
                at.setdefault(alert, now)
            if finding in self.findings():
                at.setdefault(finding, now)
            return len(at) == 2

        wait_until(noticed, f"{alert} is pending and {finding} found; so far: {at}",
                   NOTICED_WITHIN + 5, 0.05)
        self.assertLess(max(at.values()), NOTICED_WITHIN, at)

    def sell(self):
        return self.http.post("/v1/purchases", {"purchases": [
            {"purchase_id": f"P{next(self.numbers)}", "product_id": "tea", "quantity": 1}]})

    def test_redis_that_is_killed(self):
        self.make_event()
        self.wait_until_well()
        self.check_noticed(self.redis.kill, "RushlineRedisDown", "redis_unavailable")
        self.assertIn("RushlineDirectMode", self.alerts())
        # It is back, but the event goes to its line only when it has been healthy for a while.
        self.check_noticed(self.redis.start, "RushlineDirectMode", "direct_mode")
        self.wait_until_well()

    def test_redis_that_is_frozen(self):
        self.addCleanup(self.redis.thaw)
        self.check_noticed(self.redis.freeze, "RushlineRedisDown", "redis_unavailable")

    def test_a_replica_that_is_lost(self):
        replica = redis.Redis("--replicaof", f"{self.redis.address} {self.redis.port}")
        # It stays until the last test, because it would be missed for an hour.
        self.addClassCleanup(replica.end)
        wait_until(lambda: self.prometheus.values("rushline_redis_replicas") == {"1"},
                   "the replica is seen")
        self.check_noticed(replica.kill, "RushlineNoReplica", "redis_replica_lost")
        replica.start()
        self.wait_until_well()

    def test_a_database_that_is_frozen(self):
        event = self.make_event()
        self.wait_until_well()
        self.addCleanup(self.record.thaw)
        self.record.freeze()
        frozen = time.monotonic()
        with socket.create_connection(self.server.address) as shopper:
            body = b'{"user_id": "ann"}'
            shopper.sendall(request_bytes("POST", f"/v1/coupon-events/{event}/requests", body,
                                          {"Prefer": "wait=30"}))
            for alert, finding in (("RushlineDatabaseDown", "database_unavailable"),
                                   ("RushlineLineStuck", "line_stuck"),
                                   ("RushlineListStale", "list_stale")):
                self.check_noticed(lambda: None, alert, finding, frozen)

    def test_a_database_that_is_ended(self):
        self.addCleanup(self.record.start)
        self.check_noticed(self.record.stop, "RushlineDatabaseDown", "database_unavailable")
        refused = time.monotonic()

        def overloaded():
            for _ in range(20):
                self.sell()
            return "RushlineOverloaded" in self.alerts()

        wait_until(overloaded, "what is turned away is noticed", NOTICED_WITHIN + 5)
        self.assertLess(time.monotonic() - refused, NOTICED_WITHIN)

    def test_a_lock_that_somebody_holds(self):
        outsider = postgres.Outsider(self.record, self.database.rsplit("/", 1)[1],
                                     "LOCK TABLE rushline.record IN EXCLUSIVE MODE")
        self.addCleanup(outsider.end)
        self.check_noticed(self.sell, "RushlineListStale", "list_stale")
        # A write waits for limits::postgres_lock_time_max; that it failed is noticed then.
        wait_until(lambda: "RushlineWritesFailing" in self.alerts()
                   and "database_writes_fail" in self.findings(),
                   "writes that fail are noticed", 5 + NOTICED_WITHIN, 0.1)
        # The fold fails, too, and the sale that it does not fold grows old.
        wait_until(lambda: all(float(age) > 6 for age in self.prometheus.values(
            "rushline_outbox_oldest_age_seconds")), "the sale is 6 s old", NOTICED_WITHIN)

    def test_too_many_connections(self):
        def connect():
            for _ in range(CONNECTIONS_MAX - 6):
                connection = socket.create_connection(self.server.address)
                self.addCleanup(connection.close)

        self.check_noticed(connect, "RushlineConnectionsNearLimit", "near_limit")

    def test_a_server_that_is_gone(self):
        self.addCleanup(self.second.start)
        self.second.signal(signal.SIGKILL)
        killed = time.monotonic()
        self.second.wait()
        wait_until(lambda: "RushlineServerDown" in self.alerts(self.second), "it is missed",
                   NOTICED_WITHIN + 5, 0.05)
        self.assertLess(time.monotonic() - killed, NOTICED_WITHIN)
