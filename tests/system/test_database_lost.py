"""PostgreSQL is restarted, failed over, cut off, frozen, held up: what was told stays true, whoever
waits is told the truth, and everything goes on by itself within 10 s."""
import itertools
import signal
import threading
import time
import unittest
from concurrent import futures

from support import postgres, redis
from support import server as child
from support.case import SystemTest
from support.client import Connection
from support.cutting_proxy import Cut, CuttingProxy
from support.promises import check_round, told
from support.rush import presses_of, rush
from support.waiting import stays, wait_until

AFTER_A_FAULT = 10  # seconds: L1
NOTICED_WITHIN = 5  # seconds: L4
PROBES_ANSWERED_WITHIN = 1  # seconds: what a hasty balancer waits


class DatabaseLost(SystemTest):
    """One server on the PostgreSQL of its class; who asks is told the truth."""
    server_per_test = True
    record = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if postgres.why_none():
            raise unittest.SkipTest(postgres.why_none())
        cls.record = postgres.Postgres()
        cls.addClassCleanup(cls.record.end)

    def launch(self, **changes):
        self.url = self.record.create_database()
        self.database = self.url.rsplit("/", 1)[1]
        self.use(self.start_server(self.url))

    def stored(self, sql):
        return self.record.query(sql, self.database)

    def start_server(self, url, environment=None):
        server = child.Server(self.folder, environment=environment)
        server.database = url
        self.addCleanup(server.kill)
        return server.start()

    def use(self, server):
        self.server = server
        self.http = Connection(server.address, self.contract, self.bearer)
        self.addCleanup(self.http.close)

    def ask(self, method, path, body=None, headers=None, server=None):
        with Connection((server or self.server).address) as connection:
            return connection.request(method, path, body, headers or {})

    def status(self):
        return self.ask("GET", "/v1/status").json()

    def findings(self):
        return [finding["code"] for finding in self.status()["findings"]]

    def degraded(self):
        return self.ask("GET", "/readyz").json()["degraded"]

    def probes_are_answered_at_once(self):
        begun = time.monotonic()
        statuses = [self.ask("GET", path).status for path in ("/livez", "/readyz")]
        return statuses == [200, 200] and time.monotonic() - begun < PROBES_ANSWERED_WITHIN

    def metric(self, name):
        text = self.ask("GET", "/metrics").body.decode()
        return sum(float(line.split(" ")[-1]) for line in text.splitlines()
                   if line.split(" ")[0] == name)

    def rush_while(self, event, users, happens, after=60):
        """A rush in the middle of which something happens; gives the presses."""
        answered, during = [], []

        with futures.ThreadPoolExecutor(1) as pool:
            def at_once(press):
                answered.append(press)
                if len(answered) == after:
                    during.append(pool.submit(happens))

            presses = rush(self.server, presses_of(users, event), 16, on_answer=at_once)
            during[0].result()
        return presses

    def check_truthful(self, presses):
        """A verdict, or 202, or 503 that says when to ask again; and nobody waited for ever."""
        for press in presses:
            self.assertTrue(press.status, press)
            self.assertIn(press.status, (200, 201, 202, 503), press)
            if press.status in (202, 503):
                self.assertIn("retry-after", press.headers, press)
            self.assertLess(press.completed - press.invoked, 5, press)

    def wait_until_decided(self, presses, healed):
        """Whoever was told `queued` is decided without asking again."""
        for press in told(presses, "queued"):
            path = press.headers["location"]

            def decided(path=path):
                answer = self.ask("GET", path)
                return answer.status == 200 and answer.json()["state"] in ("issued", "sold_out")
            wait_until(decided, f"{press.user} is decided", AFTER_A_FAULT)
        self.assertLess(time.monotonic() - healed, AFTER_A_FAULT)

    def check_goes_on(self, event, quantity, users, presses, healed):
        self.check_truthful(presses)
        self.wait_until_decided(presses, healed)
        presses += rush(self.server, presses_of(users, event), 16)
        self.assertEqual(len(told(presses[-len(users):], "issued", "sold_out")), len(users))
        check_round(self, presses, quantity, event)
        self.verify("--event", event)

    def press_meanwhile(self, event, user, wait=1):
        """A press in a thread of its own; gives (thread, answers)."""
        answers = []

        def press():
            answers.append(self.ask("POST", f"/v1/coupon-events/{event}/requests",
                                    {"user_id": user}, {"Prefer": f"wait={wait}"}))
        thread = threading.Thread(target=press)
        thread.start()
        return thread, answers


class RestartedTest(DatabaseLost):
    def restart_in_a_drop(self, number):
        event = self.make_event(300)
        users = [f"u{number}" for number in range(400)]
        healed = []

        def restart():
            self.record.stop(number)
            self.record.start()
            healed.append(time.monotonic())

        presses = self.rush_while(event, users, restart)
        self.check_goes_on(event, 300, users, presses, healed[0])

    def test_fast_in_the_middle_of_a_drop(self):
        self.restart_in_a_drop(signal.SIGINT)

    def test_immediately_in_the_middle_of_a_drop(self):
        self.restart_in_a_drop(signal.SIGQUIT)

    def test_while_it_is_away_refusals_say_so_and_memory_goes_on(self):
        event = self.make_event(1)
        product = self.make_product()
        self.press(event, "ann")
        self.record.stop()
        self.assertEqual(self.press(event, "ann", 200)["state"], "issued")
        body = {"user_id": "ann", "lines": [{"product_id": product, "quantity": 1}]}
        answer = self.ask("POST", "/v1/orders", body, {"Idempotency-Key": "once"})
        self.assertEqual((answer.status, answer.code), (503, "unavailable"))
        self.assertIn("retry-after", answer.headers)
        self.assertEqual(self.ask("GET", "/livez").status, 200)
        wait_until(lambda: self.degraded() == ["database"], "it is degraded", NOTICED_WITHIN)
        wait_until(lambda: "database_unavailable" in self.findings(), "the status says so", 5)
        self.record.start()
        wait_until(lambda: self.ask("POST", "/v1/orders", body,
                                    {"Idempotency-Key": "once"}).status == 201,
                   "orders go on", AFTER_A_FAULT)
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 99)
        self.verify()


class RestartedBehindALineTest(DatabaseLost):
    """Two servers with Redis: places in line outlive the database's absence."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if redis.why_none():
            raise unittest.SkipTest(redis.why_none())

    def launch(self, **changes):
        url = self.record.create_database()
        self.redis = redis.Redis()
        self.addCleanup(self.redis.end)
        self.servers = []
        for _ in range(2):
            server = child.Server(self.folder).share((url, self.redis))
            self.addCleanup(server.kill)
            self.servers.append(server.start())
        self.servers[0].beside = [self.servers[1]]
        self.use(self.servers[0])

    def test_in_the_middle_of_a_drop_nobody_leaves_the_line(self):
        event = self.make_event(300)
        key = f"coupon-events:{{{event}}}"
        wait_until(lambda: self.redis.command("EXISTS", key) == b":1", "the event has its line")
        users = [f"u{number}" for number in range(400)]
        healed = []

        def restart():
            self.record.stop(signal.SIGQUIT)
            self.record.start()
            healed.append(time.monotonic())

        presses = self.rush_while(event, users, restart)
        self.check_goes_on(event, 300, users, presses, healed[0])
        self.assertEqual(self.metric("rushline_lines_left_total"), 0)


class TwoHosts(DatabaseLost):
    """The address names a primary and its standby."""
    is_waited_for = True

    def launch(self, **changes):
        self.url = self.record.create_database()
        self.database = self.url.rsplit("/", 1)[1]
        self.standby = postgres.Postgres(primary=self.record)
        self.addCleanup(self.standby.end)
        self.record.wait_for_standby(self.is_waited_for)
        hosts = f"127.0.0.1:{self.record.port},127.0.0.1:{self.standby.port}"
        self.use(self.start_server(f"postgresql://postgres@{hosts}/{self.database}"))

    def fail_over_in_a_drop(self, lose):
        event = self.make_event(300)
        users = [f"u{number}" for number in range(400)]
        healed = []

        def fail_over():
            lose()
            self.standby.promote()
            healed.append(time.monotonic())

        presses = self.rush_while(event, users, fail_over)
        self.check_goes_on(event, 300, users, presses, healed[0])
        return event


class FailoverTest(TwoHosts):
    def test_to_a_synchronous_standby_loses_nothing_that_was_told(self):
        self.assertEqual(self.findings(), [])
        self.fail_over_in_a_drop(self.record.kill)


class FrozenPrimaryTest(TwoHosts):
    def test_away_from_a_frozen_primary_which_is_not_believed_when_it_comes_back(self):
        event = self.fail_over_in_a_drop(self.record.freeze)
        self.record.thaw()
        # It answers again, and takes itself for the primary; reads and writes stay where they are.
        self.assertEqual(self.stored("SELECT pg_is_in_recovery()"), "f")
        self.patch(f"/v1/coupon-events/{event}", {"quantity": 301})
        for _ in range(20):
            self.assertEqual(self.event(event)["quantity"], 301)
        # Nor when the new one is away.
        self.standby.stop()
        before = self.stored("SELECT count(*) FROM rushline.coupons")
        stays(lambda: self.ask("GET", f"/v1/coupon-events/{event}").status == 503,
              "the old primary is not read", 1)
        self.assertEqual(self.stored("SELECT count(*) FROM rushline.coupons"), before)
        self.standby.start()
        wait_until(lambda: self.ask("GET", f"/v1/coupon-events/{event}").status == 200,
                   "it goes on with the new one", AFTER_A_FAULT)


class CancelledCommitTest(TwoHosts):
    def test_what_was_not_replicated_is_told_by_nobody_and_lost_by_the_failover(self):
        event = self.make_event(1)
        path = f"/v1/coupon-events/{event}/requests"
        self.standby.freeze()
        thread, answers = self.press_meanwhile(event, "ann")

        def is_visible():
            self.record.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE "
                              "wait_event = 'SyncRep'")
            return self.stored("SELECT count(*) FROM rushline.coupons") == "1"
        wait_until(is_visible, "ann's coupon is there for everybody who looks")
        thread.join()
        self.assertEqual((answers[0].status, answers[0].json()["state"]), (202, "queued"))
        self.assertEqual(self.metric("rushline_database_in_doubt"), 1)
        for user in ("ann", "bob"):
            thread, answers = self.press_meanwhile(event, user)
            thread.join()
            self.assertEqual(answers[0].status, 202, user)
        self.assertEqual(self.ask("GET", path + "/ann").status, 503)
        self.record.kill()
        self.standby.thaw()
        self.standby.promote()
        wait_until(lambda: self.ask("GET", path + "/ann").json().get("state") == "issued",
                   "ann is decided", AFTER_A_FAULT)
        self.assertEqual(self.ask("GET", path + "/bob").json()["state"], "sold_out")
        self.assertEqual(self.metric("rushline_database_in_doubt"), 0)
        self.verify("--event", event)


class StandbyAwayTest(TwoHosts):
    def test_writes_are_refused_reads_go_on_and_no_connection_is_left_behind(self):
        event = self.make_event(10)
        self.press(event, "ann")
        self.standby.freeze()
        thread, answers = self.press_meanwhile(event, "bob")
        thread.join()
        self.assertEqual(answers[0].status, 202)
        wait_until(lambda: "database_commits_hang" in self.findings(), "it is noticed", 5)
        product = {"name": "Tea", "price": 1, "stock": 1}
        wait_until(lambda: self.ask("POST", "/v1/products", product).code == "unavailable",
                   "a commit was given up, and others are refused at once")
        self.assertEqual(self.event(event)["issued"], 1)
        self.assertLess(int(self.record.query(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")), 6)
        self.standby.thaw()
        path = f"/v1/coupon-events/{event}/requests/bob"
        wait_until(lambda: self.ask("GET", path).json().get("state") == "issued", "bob is decided",
                   AFTER_A_FAULT)
        wait_until(lambda: self.findings() == [], "nothing is wrong any more", AFTER_A_FAULT)


class UnsafeTest(TwoHosts):
    is_waited_for = False

    def test_a_standby_that_nobody_waits_for_is_warned_of(self):
        self.assertIn("database_no_standby_waited_for", self.findings())
        self.assertIn("synchronous_standby_names", self.server.log())
        unsafe = 'rushline_database_unsafe{reason="no_standby_waited_for"}'
        self.assertEqual(self.metric(unsafe), 1)
        wait_until(lambda: self.metric('rushline_database_standbys{state="streaming"}') == 1,
                   "the standby is seen")
        lag = 'rushline_database_standby_lag_seconds{until="replayed"}'
        self.standby.freeze()
        self.record.query("CREATE TABLE anything ()")
        wait_until(lambda: self.metric(lag) > 2, "a standby that stands still falls behind")
        self.standby.thaw()
        wait_until(lambda: self.metric(lag) < 1, "it catches up", interval=0.1)
        self.record.wait_for_standby()
        wait_until(lambda: self.metric(unsafe) == 0 and self.findings() == [],
                   "it is noticed that commits wait now", 5)


class CutCommitTest(DatabaseLost):
    def launch(self, **changes):
        super().launch(**changes)
        self.proxy = CuttingProxy(self.record.port)
        self.addCleanup(self.proxy.end)
        self.server.kill()
        self.use(self.start_server(
            f"postgresql://postgres@127.0.0.1:{self.proxy.port}/{self.database}"))

    def test_in_a_drop_every_verdict_is_told_once_and_stays(self):
        event = self.make_event(300)
        users = [f"u{number}" for number in range(600)]
        answered, cuts = [], itertools.cycle(Cut)

        def cut(press):
            answered.append(press)
            if len(answered) % 40 == 0:
                self.proxy.cut_next(next(cuts))

        presses = rush(self.server, presses_of(users, event), 16, on_answer=cut)
        self.proxy.disarm()
        self.assertGreater(self.proxy.cuts, 5)
        self.check_goes_on(event, 300, users, presses, time.monotonic())

    def test_an_order_is_one_order_whatever_was_cut(self):
        product = self.make_product(stock=10)
        body = {"user_id": "ann", "lines": [{"product_id": product, "quantity": 1}]}
        for number, cut in enumerate((*Cut, *Cut)):
            self.proxy.cut_next(cut)
            wait_until(lambda key=f"k{number}": self.ask(
                "POST", "/v1/orders", body, {"Idempotency-Key": key}).status == 201, "it is placed")
        self.proxy.disarm()
        self.assertGreaterEqual(self.proxy.cuts, 3)
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 4)
        self.verify()


class HeldRowTest(DatabaseLost):
    def test_of_an_event_keeps_nobody_from_anything_else(self):
        held = [self.make_event(10) for _ in range(5)]
        other = self.make_event(100_000)
        product = self.make_product(stock=100_000)
        outsider = postgres.Outsider(
            self.record, self.database, "SELECT event_id FROM rushline.coupon_events WHERE "
            f"event_id IN ({','.join(map(str, held))}) FOR UPDATE")
        self.addCleanup(outsider.end)
        begun = time.monotonic()
        waiting = [self.press_meanwhile(event, "ann") for event in held]
        for thread, answers in waiting:
            thread.join()
            self.assertEqual(answers[0].json()["state"], "queued")
        numbers = itertools.count()

        def others_go_on():
            user = f"u{next(numbers)}"
            self.press(other, user)
            self.place(user, [(product, 1)])
            self.get("/v1/products/popular")
            self.assertEqual(self.event(held[0])["issued"], 0)
            return time.monotonic() - begun < 7
        while others_go_on():
            pass
        self.assertIn("database_rows_held", self.findings())
        outsider.end()
        for event in held:
            wait_until(lambda at=event: self.event(at)["issued"] == 1, "it is decided",
                       AFTER_A_FAULT)
        self.verify()


class FrozenDatabaseTest(DatabaseLost):
    def test_waits_are_bounded_and_all_are_decided_afterwards(self):
        event = self.make_event(300)
        users = [f"u{number}" for number in range(400)]
        healed = []

        def freeze():
            self.record.freeze()
            try:
                self.assertEqual(self.ask("GET", "/livez").status, 200)
                wait_until(lambda: self.degraded() == ["database"], "it is degraded",
                           NOTICED_WITHIN)
                stays(self.probes_are_answered_at_once, "it lives and is ready", 6)
            finally:
                self.record.thaw()
                healed.append(time.monotonic())

        presses = self.rush_while(event, users, freeze)
        self.check_goes_on(event, 300, users, presses, healed[0])


class FrozenServerTest(DatabaseLost):
    def test_in_the_middle_of_settling_it_holds_up_the_others_for_a_bounded_time(self):
        event = self.make_event(150)
        users = [f"u{number}" for number in range(200)]
        frozen = self.start_server(self.url,
                                   {"RUSHLINE_FAIL_POINT": "settle.locked:5:60000"})
        presses = []
        rushing = threading.Thread(target=lambda: presses.extend(
            rush(frozen, presses_of(users, event), 8)))
        rushing.start()
        wait_until(lambda: self.record.query(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rushline' AND state = "
            "'idle in transaction' AND state_change < now() - interval '0.5 s'") == "1",
                   "it stands in the middle of a transaction")
        frozen.signal(signal.SIGSTOP)
        begun = time.monotonic()
        there = []

        def is_decided():
            there.extend(rush(self.server, presses_of(["late"], event), 1))
            return there[-1].state == "issued"
        wait_until(is_decided, "the other server decides", AFTER_A_FAULT)
        self.assertLess(time.monotonic() - begun, AFTER_A_FAULT)
        frozen.kill()
        rushing.join()
        self.assertTrue(told(presses, "issued"))
        presses += there + rush(self.server, presses_of(users, event), 16)
        check_round(self, presses, 150, event)
        self.verify("--event", event)
