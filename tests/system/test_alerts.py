"""A real Prometheus with our alerts: each staged fault is pending, and in the status, in 5 s (L4).

One PostgreSQL and one Prometheus for all tests. Each has a server, a database and a Redis of its
own, so that none waits for what another leaves behind: a rate stays high for a minute, restarts
count for a quarter of an hour. script/check-alerts sees that every alert is staged here.
"""
import itertools
import json
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
LINE_MAX = 10
# Rows of an outbox that is folded for long enough to be seen: 10,000 in a fold.
BACKLOG = 400_000
TESTS_MAX = 20  # a port for each, which Prometheus has to know before
DASHBOARD = pathlib.Path(__file__).resolve().parents[2] / "deploy/dashboard.json"


class Alerts(unittest.TestCase):
    numbers = itertools.count()

    @classmethod
    def setUpClass(cls):
        why_not = postgres.why_none() or redis.why_none() or prometheus.why_none()
        if why_not:
            raise unittest.SkipTest(why_not)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.record = postgres.Postgres()
        cls.addClassCleanup(cls.record.end)
        cls.places = [f"127.0.0.1:{postgres.free_port()}" for _ in range(TESTS_MAX)]
        cls.prometheus = prometheus.Prometheus(cls.places)
        cls.addClassCleanup(cls.prometheus.end)

    def start_server(self, *flags, database=None, clock=None):
        """The server of this test, with which nothing is wrong (but its `clock`)."""
        self.redis = redis.Redis()
        self.addCleanup(self.redis.end)
        self.instance = self.places.pop()
        self.database = database or self.record.create_database()
        self.server = child.Server(self.folder, flags, clock=clock, listen=self.instance)
        self.addCleanup(self.server.kill)
        self.server.share((self.database, self.redis)).start()
        self.http = Connection(self.server.address)
        self.addCleanup(self.http.close)
        if not clock:
            self.wait_until_well()

    def wait_until_well(self):
        wait_until(lambda: not self.alerts() and not self.findings(), "nothing is wrong", 30, 0.1)

    def stored(self, sql):
        return self.record.query(sql, self.database.rsplit("/", 1)[1])

    def hold(self, sql):
        """Somebody else's transaction; ends with the test, or before."""
        outsider = postgres.Outsider(self.record, self.database.rsplit("/", 1)[1], sql)
        self.addCleanup(outsider.end)
        return outsider

    def make_event(self):
        """One whose requests go through Redis."""
        answer = self.http.post("/v1/coupon-events", {
            "name": "Drop", "quantity": 50, "discount": {"type": "fixed", "value": 100}})
        self.assertEqual(answer.status, 201, repr(answer))
        event = answer["coupon_event_id"]
        wait_until(lambda: self.redis.has_line(event), "the event has its line")
        self.wait_until_well()
        return event

    def press(self, event, user, wait=0):
        """Sends a request for a coupon and waits for no answer."""
        shopper = socket.create_connection(self.server.address)
        self.addCleanup(shopper.close)
        shopper.sendall(request_bytes("POST", f"/v1/coupon-events/{event}/requests",
                                      {"user_id": user}, {"Prefer": f"wait={wait}"}))

    def sell(self):
        return self.http.post("/v1/purchases", {"purchases": [
            {"purchase_id": f"P{next(self.numbers)}", "product_id": "tea", "quantity": 1}]})

    def ask(self, path):
        with Connection(self.server.address) as connection:
            return connection.request("GET", path, None, {})

    def findings(self):
        return {finding["code"] for finding in self.ask("/v1/status").json()["findings"]}

    def metric(self, name):
        lines = self.ask("/metrics").body.decode().splitlines()
        return sum(float(line.split(" ")[1]) for line in lines if line.split(" ")[0] == name)

    def alerts(self):
        """Those of the server that are pending or firing."""
        return {alert for alert, instance in self.prometheus.alerts() if instance == self.instance}

    def check_noticed(self, fault, alert, finding=None, since=None):
        """After `fault` the alert is pending and the finding in the status, each in time."""
        fault()
        since = since or time.monotonic()
        at = {}

        def noticed():
            now = time.monotonic() - since
            if alert in self.alerts():
                at.setdefault(alert, now)
            if finding and finding in self.findings():
                at.setdefault(finding, now)
            return len(at) == (2 if finding else 1)

        wait_until(noticed, f"{alert} is pending and {finding or 'nothing'} found; so far: {at}",
                   NOTICED_WITHIN + 5, 0.05)
        self.assertLess(max(at.values()), NOTICED_WITHIN, at)


class AlertsTest(Alerts):
    def test_redis_that_is_killed_and_then_comes_and_goes(self):
        self.start_server()
        self.make_event()
        first = self.metric("rushline_redis_connects_total")
        self.check_noticed(self.redis.kill, "RushlineRedisDown", "redis_unavailable")
        self.assertIn("RushlineDirectMode", self.alerts())
        # It is back, but the event goes to its line only when it has been healthy for a while.
        self.check_noticed(self.redis.start, "RushlineDirectMode", "direct_mode")
        self.wait_until_well()
        for times in range(2, 7):
            self.redis.kill()
            self.redis.start()
            wait_until(lambda times=times: self.metric("rushline_redis_connects_total")
                       >= first + times, "the server comes back to Redis")
        self.check_noticed(lambda: None, "RushlineRedisFlapping")

    def test_redis_that_is_frozen(self):
        self.start_server()
        self.check_noticed(self.redis.freeze, "RushlineRedisDown", "redis_unavailable")

    def test_a_replica_that_is_lost(self):
        self.start_server()
        replica = redis.Redis("--replicaof", f"{self.redis.address} {self.redis.port}")
        self.addCleanup(replica.end)
        seen = f'rushline_redis_replicas{{instance="{self.instance}"}}'
        wait_until(lambda: self.prometheus.values(seen) == [1], "the replica is seen")
        self.check_noticed(replica.kill, "RushlineNoReplica", "redis_replica_lost")

    def test_a_database_that_is_frozen(self):
        self.start_server()
        event = self.make_event()
        self.addCleanup(self.record.thaw)
        self.record.freeze()
        frozen = time.monotonic()
        self.press(event, "ann", 30)
        for alert, finding in (("RushlineDatabaseDown", "database_unavailable"),
                               ("RushlineLineStuck", "line_stuck"),
                               ("RushlineListStale", "list_stale")):
            self.check_noticed(lambda: None, alert, finding, frozen)

    def test_a_database_that_is_ended(self):
        self.start_server()
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
        self.start_server()
        self.hold("LOCK TABLE rushline.record IN EXCLUSIVE MODE")
        self.check_noticed(self.sell, "RushlineListStale", "list_stale")
        # A write waits for limits::postgres_lock_time_max; that it failed is noticed then.
        wait_until(lambda: self.metric('rushline_database_units_total{kind="write",'
                                       'outcome="failed"}') > 0, "a write fails")
        self.check_noticed(lambda: None, "RushlineWritesFailing", "database_writes_fail")
        # The fold fails, too, and the sale that it does not fold grows old.
        wait_until(lambda: self.metric("rushline_outbox_oldest_age_seconds") > 6,
                   "the sale is 6 s old", NOTICED_WITHIN)

    def test_a_row_that_somebody_holds(self):
        self.start_server("--coupons-line-max", str(LINE_MAX))
        event = self.make_event()
        outsider = self.hold("SELECT 1 FROM rushline.coupon_events FOR UPDATE")
        for number in range(LINE_MAX - 1):
            self.press(event, f"u{number}", 30)
        pressed = time.monotonic()
        self.check_noticed(lambda: None, "RushlineRowsHeld", "database_rows_held", pressed)
        self.check_noticed(lambda: None, "RushlineQueueNearLimit", "near_limit", pressed)
        wait_until(lambda: self.metric("rushline_coupon_oldest_wait_seconds") > 2.1,
                   "they have waited for more than 2 s")
        self.check_noticed(outsider.end, "RushlineVerdictsSlow")

    def test_sales_that_are_not_added_up(self):
        self.start_server()
        # An archive of purchases, the first of them written a minute ago.
        self.check_noticed(lambda: self.stored(
            "INSERT INTO rushline.outbox (product_id, day, score, source, written_at) SELECT "
            "'tea' || number % 10000, 20000, 1, 'purchase', (extract(epoch FROM now()) - 60) * "
            f"1000000 FROM generate_series(1, {BACKLOG}) number"),
                           "RushlineOutboxLag", "outbox_behind")

    def test_too_many_connections(self):
        self.start_server("--http-connections-max", str(CONNECTIONS_MAX))

        def connect():
            for _ in range(CONNECTIONS_MAX - 6):
                connection = socket.create_connection(self.server.address)
                self.addCleanup(connection.close)

        self.check_noticed(connect, "RushlineConnectionsNearLimit", "near_limit")

    def test_a_server_that_is_gone_and_ends_again_after_each_start(self):
        self.start_server()
        uptime = f'rushline_uptime_seconds{{instance="{self.instance}"}}'
        for times in range(1, 4):
            wait_until(lambda: max(self.prometheus.values(uptime), default=0) >= 1,
                       "this life is seen")
            self.server.kill()
            if times == 1:
                killed = time.monotonic()
                wait_until(lambda: "RushlineServerDown" in self.alerts(), "it is missed",
                           NOTICED_WITHIN + 5, 0.05)
                self.assertLess(time.monotonic() - killed, NOTICED_WITHIN)
            self.server.start()
            started = time.monotonic()
            if times < 3:
                wait_until(lambda times=times: self.prometheus.values(f"resets({uptime}[15m])")
                           == [times], "its end is seen")
        self.check_noticed(lambda: None, "RushlineRestarting", since=started)

    def test_a_server_that_drains_and_does_not_end(self):
        self.start_server("--http-drain-delay-seconds", "60")
        self.check_noticed(lambda: self.server.signal(signal.SIGTERM), "RushlineNotReady",
                           "draining")

    def test_a_clock_that_is_wrong(self):
        if child.why_no_clock():
            self.skipTest(child.why_no_clock())
        self.start_server(clock="2026-03-01 15:00:00")
        self.check_noticed(lambda: None, "RushlineClockOff", "clock_off")

    def test_settings_of_postgresql_that_are_unsafe(self):
        self.start_server()
        for setting, value, finding in (("fsync", "off", "database_fsync_off"),
                                        ("synchronous_commit", "local", "database_commits_local")):
            with self.subTest(setting):
                self.addCleanup(self.configure, f"RESET {setting}")
                self.check_noticed(lambda sql=f"SET {setting} = '{value}'": self.configure(sql),
                                   "RushlineDatabaseUnsafe", finding)
                self.configure(f"RESET {setting}")
                self.wait_until_well()

    def configure(self, change):
        self.record.query("ALTER SYSTEM " + change)
        self.record.query("SELECT pg_reload_conf()")

    def test_the_dashboard_shows_something_in_every_panel(self):
        self.start_server()
        board = json.loads(DASHBOARD.read_text("utf-8"))
        queries = [target["expr"].replace("$__rate_interval", "1m")
                   .replace("$instance", self.instance)
                   for panel in board["panels"] for target in panel.get("targets", [])]
        self.assertGreater(len(queries), 50)
        for query in queries:
            wait_until(lambda query=query: self.prometheus.values(query), query, NOTICED_WITHIN)

    def test_a_standby_that_nobody_waits_for_and_one_that_is_away(self):
        record = postgres.Postgres()
        self.addCleanup(record.end)
        standby = postgres.Postgres(primary=record)
        self.addCleanup(standby.end)
        record.wait_for_standby()
        name = record.url.rsplit("/", 1)[1]
        self.start_server(database="postgresql://postgres@127.0.0.1:"
                          f"{record.port},127.0.0.1:{standby.port}/{name}")
        event = self.make_event()
        self.check_noticed(lambda: record.wait_for_standby(False), "RushlineDatabaseUnsafe",
                           "database_no_standby_waited_for")
        record.wait_for_standby()
        self.addCleanup(standby.thaw)
        standby.freeze()
        frozen = time.monotonic()
        self.press(event, "ann", 30)
        self.check_noticed(lambda: None, "RushlineCommitsHang", "database_commits_hang", frozen)

        def is_visible():
            record.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE "
                         "wait_event = 'SyncRep'")
            return record.query("SELECT count(*) FROM rushline.coupons", name) == "1"

        wait_until(is_visible, "what no standby has is there for everybody who looks")
        self.check_noticed(lambda: None, "RushlineDatabaseInDoubt", "database_in_doubt")
