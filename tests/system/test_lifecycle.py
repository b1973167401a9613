"""Starting, draining, ending, starting again: what the server owes to who is in its hands."""
import signal
import sqlite3
import threading
import time

from support import server as child
from support.case import SystemTest
from support.client import Connection, ConnectionEnded
from support.promises import check_round, told
from support.rush import check_contract, presses_of, rush
from support.waiting import wait_until


class DrainTest(SystemTest):
    server_per_test = True

    def test_an_idle_server_ends_with_zero_and_closes_its_connections(self):
        connection = self.connection()
        connection.get("/livez")
        begun = time.monotonic()
        self.assertEqual(self.server.stop(), 0, self.server.log())
        self.assertLess(time.monotonic() - begun, 10)
        connection.expect_end()

    def test_what_is_in_hand_is_committed_and_told(self):
        event = self.make_event(100000)
        answered = []

        def end_soon(press):
            answered.append(press)
            if len(answered) == 300:
                self.server.signal(signal.SIGTERM)

        users = [f"u{number}" for number in range(20000)]
        presses = rush(self.server, presses_of(users, event), 32, on_answer=end_soon)
        self.assertEqual(self.server.wait(), 0, self.server.log())
        self.assertLess(len(presses), 20000)
        lost = [press for press in presses if not press.status]
        # A press that was on the wire when the connection closed may be lost; no more of them.
        self.assertLessEqual(len(lost), 32)
        self.assertEqual({press.status for press in presses if press.status} - {201, 503}, set())
        check_contract(self.contract, presses)
        self.launch()
        issued = told(presses, "issued")
        self.assertGreaterEqual(len(issued), 300)
        users = [press.user for press in presses]
        presses += rush(self.server, presses_of(users, event), 16)
        check_round(self, presses, 100000, event)

    def test_long_polls_and_streams_do_not_hold_the_end_up(self):
        event = self.make_event(5)
        path = f"/v1/coupon-events/{event}/requests/ann?wait=30"
        poll = self.connection()
        poll.send_request("GET", path)
        stream = self.stream(f"/v1/coupon-events/{event}/stream")
        stream.next()
        begun = time.monotonic()
        self.assertEqual(self.server.stop(), 0, self.server.log())
        self.assertLess(time.monotonic() - begun, 15)
        self.assertEqual(poll.read_answer("GET", path).status, 200)
        self.assertIsNone(stream.next())

    def test_while_draining_it_is_not_ready_and_takes_no_new_connection(self):
        holding = self.connection()
        body = b'{"name": "In hand", "price": 1, "stock": 1}'
        holding.send(b"POST /v1/products HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body[:10])
        asking = self.connection()
        asking.send(b"GET /readyz HTTP/1.1\r\nHost: a\r\n")
        self.get("/livez")
        self.server.signal(signal.SIGTERM)
        wait_until(self.refuses_connections, "no new connections")
        asking.send(b"\r\n")
        answer = asking.read_answer("GET", "/readyz")
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.headers["connection"], "close")
        holding.send(body[10:])
        answer = holding.read_answer("POST", "/v1/products")
        self.assertEqual((answer.status, answer.headers["connection"]), (201, "close"))
        self.assertEqual(self.server.wait(), 0, self.server.log())

    def refuses_connections(self):
        try:
            with Connection(self.server.address, timeout=2) as connection:
                connection.open()
            return False
        except ConnectionRefusedError:
            return True

    def hold_open(self):
        """A request whose end never comes."""
        holding = self.connection()
        holding.send(b"POST /v1/products HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                     b"Content-Length: 100\r\n\r\n{")
        self.get("/livez")

    def test_a_second_signal_ends_at_once(self):
        self.hold_open()
        self.server.signal(signal.SIGTERM)
        wait_until(self.refuses_connections, "it drains")
        self.assertTrue(self.server.is_running())
        begun = time.monotonic()
        self.server.signal(signal.SIGTERM)
        self.assertIn(self.server.wait(), (143, -signal.SIGTERM))
        self.assertLess(time.monotonic() - begun, 5)
        self.launch()
        self.verify()

    def test_draining_has_an_end(self):
        self.relaunch(flags=("--http-drain-seconds", "1"))
        self.hold_open()
        self.assertEqual(self.server.stop(), 0, self.server.log())

    def test_an_interrupt_drains_too(self):
        self.server.signal(signal.SIGINT)
        self.assertEqual(self.server.wait(), 0, self.server.log())


class RestartTest(SystemTest):
    server_per_test = True

    def test_a_restart_keeps_everything(self):
        product, user = self.make_product(10, 500, "Tea"), "ann"
        event = self.make_event(5, {"type": "rate", "value": 10}, coupon_valid_days=3)
        coupon = self.press(event, user)["coupon_id"]
        order = self.place(user, [(product, 2)], coupon=coupon, key="kept")
        self.post(f"/v1/orders/{order['order_id']}/complete")
        self.sell((product, 5), ("other", 3))
        self.wait_for_scores({product: 7, "other": 3})
        paused = self.make_event(7)
        self.post(f"/v1/coupon-events/{paused}/pause", {"reason": "later"})
        paths = ["/v1/products", f"/v1/products/{product}", f"/v1/orders/{order['order_id']}",
                 "/v1/coupon-events", f"/v1/coupon-events/{event}/coupons",
                 f"/v1/users/{user}/coupons", f"/v1/coupon-events/{event}/requests/{user}",
                 f"/v1/products/{product}/rank"]
        before = [self.get(path).json() for path in paths]
        items = self.popular()["items"]
        for _ in range(2):
            self.relaunch()
            self.assertEqual([self.get(path).json() for path in paths], before)
            # The list is filled before the server listens.
            self.assertEqual(self.popular()["items"], items)
        again = self.place(user, [(product, 2)], coupon=coupon, key="kept")
        self.assertEqual(again.body, order.body)
        self.assertEqual(self.press(event, user, 200)["coupon_id"], coupon)
        self.press(paused, "bob", 409, code="event_paused")
        self.verify()

    def test_an_etag_is_not_reused_for_another_list_after_a_restart(self):
        self.sell(("tea", 1))
        self.wait_for_scores({"tea": 1})
        etag = self.get("/v1/products/popular").headers["etag"]
        self.server.kill()
        self.launch()
        self.sell(("cup", 9))
        self.wait_for_scores({"cup": 9})
        self.get("/v1/products/popular", 200, headers={"If-None-Match": etag})

    def test_a_database_keeps_the_zone_it_was_made_with(self):
        self.assertEqual(self.server.stop(), 0)
        server = child.Server(self.folder, flags=("--shop-time-zone", "Europe/Berlin")).launch()
        self.addCleanup(server.kill)
        self.assertEqual(server.wait(), 3, server.log())
        self.assertIn("Asia/Seoul", server.log())
        self.assertIn("Europe/Berlin", server.log())
        self.launch(flags=("--shop-time-zone", "Asia/Seoul"))

    def test_a_database_of_a_newer_version_is_refused_and_left_alone(self):
        self.assertEqual(self.server.stop(), 0)
        path = f"{self.folder}/rushline.db"
        with sqlite3.connect(path) as database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(schema_migrations)")]
            newest = dict(zip(columns, database.execute(
                "SELECT * FROM schema_migrations ORDER BY version DESC").fetchone()))
            newest.update(version=newest["version"] + 1, name="from_the_future")
            marks = ", ".join("?" * len(columns))
            database.execute(f"INSERT INTO schema_migrations VALUES ({marks})",
                             list(newest.values()))
        database.close()
        server = child.Server(self.folder).launch()
        self.addCleanup(server.kill)
        self.assertNotEqual(server.wait(), 0)
        self.assertIn("newer", server.log())

    def test_a_file_that_is_no_database_is_refused_with_a_sentence(self):
        self.assertEqual(self.server.stop(), 0)
        for suffix in ("", "-wal", "-shm"):
            (self.folder / f"rushline.db{suffix}").unlink(missing_ok=True)
        (self.folder / "rushline.db").write_bytes(b"This is no database. " * 500)
        server = child.Server(self.folder).launch()
        self.addCleanup(server.kill)
        self.assertEqual(server.wait(), 3, server.log())
        self.assertIn("rushline.db", server.log())

    def test_a_folder_that_does_not_exist_is_refused_with_a_sentence(self):
        server = child.Server(self.folder)
        server.database = f"sqlite:{self.folder}/nowhere/rushline.db"
        server.launch()
        self.addCleanup(server.kill)
        self.assertIn(server.wait(), (3, 4), server.log())
        self.assertIn("nowhere", server.log())

    def test_redis_beside_sqlite_is_refused_with_a_sentence_that_says_why(self):
        flags = ("--redis", "redis://127.0.0.1:6379/0")
        server = child.Server(self.folder, flags=flags).launch()
        self.addCleanup(server.kill)
        self.assertEqual(server.wait(), 3, server.log())
        self.assertIn("one server, which decides requests directly", server.log())


class RollingRestartTest(SystemTest):
    server_per_test = True

    def test_a_drop_goes_on_over_restarts_while_shoppers_press(self):
        event = self.make_event(300)
        presses, threads = [], []
        for turn in range(4):
            users = [f"u{number}" for number in range(turn * 60, turn * 60 + 150)]
            thread = threading.Thread(target=lambda users=users, server=self.server:
                                      presses.extend(rush(server, presses_of(users, event), 8)))
            thread.start()
            threads.append(thread)
            wait_until(lambda: self.event(event)["issued"] > turn * 60, "some are issued")
            try:
                self.relaunch()
            except ConnectionEnded as ended:
                self.fail(str(ended))
            thread.join(30)
        users = sorted({press.user for press in presses})
        presses += rush(self.server, presses_of(users, event), 8)
        check_round(self, presses, 300, event)
        self.verify()
