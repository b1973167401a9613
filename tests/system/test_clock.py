"""The wall clock at its edges: midnight of the shop, opening and closing second, expiry."""
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime

from support.case import SystemTest
from support.client import Connection
from support.days import parse
from support.waiting import wait_until

# 2026-03-02 begins in Asia/Seoul.
MIDNIGHT = parse("2026-03-01T15:00:00Z")
SHORTLY_BEFORE = "2026-03-01 14:59:57"


def server_time(answer):
    return parsedate_to_datetime(answer.headers["date"])


class Clock(SystemTest):
    """Tests that set their own clock: each launches the server by itself."""
    server_per_test = True
    server_clock = SHORTLY_BEFORE

    def at(self, moment):
        """The same data, another time."""
        self.relaunch(clock=moment)

    def follow(self, path, until, duration=15):
        """Reads `path` as fast as it can until `until(answer)`; gives every answer."""
        answers = []
        end = time.monotonic() + duration
        while not answers or not until(answers[-1]):
            self.assertLess(time.monotonic(), end, f"{path}: {answers[-1:]}")
            answers.append(self.get(path))
        return answers


class MidnightTest(Clock):
    def items(self, answer):
        return {item["product_id"]: item["score"] for item in answer["items"]}

    def test_lists_roll_over_at_midnight_without_gap_and_without_a_stale_day(self):
        self.sell(("fridays", 5), occurred_at="2026-02-27T03:00:00Z")
        self.sell(("saturdays", 4), occurred_at="2026-02-28T03:00:00Z")
        self.sell(("sundays", 3))
        self.wait_for_scores({"fridays": 5, "saturdays": 4, "sundays": 3})
        before = {"3d": {"fridays": 5, "saturdays": 4, "sundays": 3}, "1d": {"sundays": 3}}
        after = {"3d": {"saturdays": 4, "sundays": 3}, "1d": {}}
        seen = {"3d": [], "1d": []}

        def rolled(answer):
            return server_time(answer) >= MIDNIGHT + timedelta(seconds=3)

        end = time.monotonic() + 20
        while not (seen["1d"] and rolled(seen["1d"][-1])):
            self.assertLess(time.monotonic(), end)
            for window in ("3d", "1d"):
                seen[window].append(self.get(f"/v1/products/popular?window={window}"))
        for window, answers in seen.items():
            days = [answer["window"]["to"] for answer in answers]
            self.assertEqual(sorted(days), days)
            self.assertEqual(set(days), {"2026-03-01", "2026-03-02"})
            for answer, day in zip(answers, days):
                wanted = before if day == "2026-03-01" else after
                self.assertEqual(self.items(answer), wanted[window], (window, day))
                if server_time(answer) >= MIDNIGHT + timedelta(seconds=2):
                    self.assertEqual(day, "2026-03-02", "a stale day")
                # The Date header is a cached one: it may be a little behind the list.
                if server_time(answer) < MIDNIGHT - timedelta(seconds=1):
                    self.assertEqual(day, "2026-03-01", "a day too early")

    def test_a_sale_counts_on_the_day_on_which_it_happens(self):
        self.sell(("tea", 1))
        self.wait_for_scores({"tea": 1}, "1d")
        self.follow("/v1/products/popular?window=1d",
                    lambda answer: answer["window"]["to"] == "2026-03-02")
        self.sell(("tea", 10))
        self.wait_for_scores({"tea": 10}, "1d")
        self.wait_for_scores({"tea": 11}, "3d")
        self.assertEqual(self.get("/v1/products/tea/rank?window=1d")["score"], 10)
        self.verify()

    def test_an_order_that_is_cancelled_after_midnight_is_taken_back_from_its_day(self):
        product = self.make_product(10)
        order = self.place("ann", [(product, 4)])["order_id"]
        self.post(f"/v1/orders/{order}/complete")
        self.wait_for_scores({product: 4}, "1d")
        self.follow("/v1/products/popular?window=1d",
                    lambda answer: answer["window"]["to"] == "2026-03-02")
        self.wait_for_scores({product: 4}, "3d")
        self.post(f"/v1/orders/{order}/cancel")
        self.wait_for_scores({product: None}, "3d")
        self.assertEqual(self.scores("1d"), {})
        self.verify()

    def test_days_without_any_sale_pass_too(self):
        self.sell(("tea", 1))
        self.wait_for_scores({"tea": 1})
        self.at("2026-03-04 14:59:57")
        self.assertEqual(self.popular()["window"]["to"], "2026-03-04")
        self.assertEqual(self.scores(), {})
        self.follow("/v1/products/popular", lambda answer: answer["window"]["to"] == "2026-03-05")

    def test_a_restart_after_midnight_shows_the_new_day_at_once(self):
        self.sell(("tea", 1))
        self.wait_for_scores({"tea": 1})
        self.at("2026-03-02 20:00:00")
        answer = self.popular("1d")
        self.assertEqual((answer["window"]["to"], answer["items"]), ("2026-03-03", []))
        self.assertEqual(self.scores("3d"), {"tea": 1})


class EventSecondTest(Clock):
    def press_until(self, event, ends):
        """New users press one after another; gives (answer, moment of the server) of each."""
        answers = []
        end = time.monotonic() + 15
        with Connection(self.server.address, self.contract) as connection:
            while not (answers and ends(answers[-1])):
                self.assertLess(time.monotonic(), end, answers[-1:])
                answers.append(connection.post(f"/v1/coupon-events/{event}/requests",
                                               {"user_id": f"u{len(answers)}"}))
        return answers

    def test_nothing_is_issued_before_the_opening_second_and_everything_from_it_on(self):
        opens = "2026-03-01T15:00:00Z"
        event = self.make_event(100000, opens_at=opens)
        answers = self.press_until(event, lambda answer: answer.status == 201 and
                                   parse(answer["issued_at"]) > MIDNIGHT + timedelta(seconds=1))
        kinds = [answer.status for answer in answers]
        first = kinds.index(201)
        self.assertGreater(first, 0)
        self.assertEqual(set(kinds[:first]), {409})
        self.assertEqual({answer.code for answer in answers[:first]}, {"event_not_open"})
        self.assertEqual(set(kinds[first:]), {201})
        self.assertEqual([answer["issue_no"] for answer in answers[first:]],
                         list(range(1, len(answers) - first + 1)))
        self.assertGreaterEqual(parse(answers[first]["issued_at"]), parse(opens))
        self.assertLess(parse(answers[first]["issued_at"]), MIDNIGHT + timedelta(seconds=0.5))
        self.verify("--event", event)

    def test_everything_is_issued_before_the_closing_second_and_nothing_from_it_on(self):
        event = self.make_event(100000, closes_at="2026-03-01T15:00:00Z")
        answers = self.press_until(event, lambda answer: answer.status == 409 and
                                   server_time(answer) > MIDNIGHT + timedelta(seconds=1))
        kinds = [answer.status for answer in answers]
        first = kinds.index(409)
        self.assertEqual(set(kinds[:first]), {201})
        self.assertEqual(set(kinds[first:]), {409})
        self.assertEqual({answer.code for answer in answers[first:]}, {"event_closed"})
        self.assertLess(parse(answers[first - 1]["issued_at"]), MIDNIGHT)
        self.assertEqual(self.event(event)["state"], "closed")
        # Who holds a coupon is told so also after closing.
        self.assertTrue(self.press(event, "u0", 200)["repeat"])

    def test_a_request_that_waits_for_the_opening_is_not_decided_by_it(self):
        event = self.make_event(5, opens_at="2026-03-01T15:00:00Z")
        self.press(event, "ann", 409, code="event_not_open")
        wait_until(lambda: self.event(event)["state"] == "open", "open", deadline=10)
        self.assertEqual(self.get(f"/v1/coupon-events/{event}/requests/ann")["state"], "none")
        self.press(event, "ann", 201)


class ExpiryTest(Clock):
    def coupon(self, user):
        return self.get(f"/v1/users/{user}/coupons")["items"][0]

    def test_a_coupon_expires_when_day_n_plus_one_begins(self):
        self.at("2026-02-28 15:00:01")  # one second into 2026-03-01 of the shop
        product = self.make_product(10)
        event = self.make_event(10, coupon_valid_days=1)
        expires = self.press(event, "ann")["expires_at"]
        coupon = self.press(event, "bob")["coupon_id"]
        self.assertEqual(parse(expires), parse("2026-03-02T15:00:00Z"))
        self.at("2026-03-02 14:59:57")
        self.assertEqual(self.coupon("ann")["state"], "usable")
        self.place("bob", [(product, 1)], 201, coupon=coupon)
        wait_until(lambda: self.coupon("ann")["state"] == "expired", "expired", deadline=10)
        self.place("ann", [(product, 1)], 409, coupon=self.coupon("ann")["coupon_id"],
                   code="coupon_not_usable")
        # A used coupon stays used; a holder of an expired one still holds it.
        self.assertEqual(self.coupon("bob")["state"], "used")
        self.assertEqual(self.press(event, "ann", 200)["state"], "issued")

    def test_an_issue_in_the_last_second_of_a_day_counts_as_that_day(self):
        event = self.make_event(100000, coupon_valid_days=1)
        last = self.press(event, "ann").json()
        self.assertLess(parse(last["issued_at"]), MIDNIGHT)
        self.assertEqual(parse(last["expires_at"]), parse("2026-03-02T15:00:00Z"))
        wait_until(lambda: server_time(self.get("/livez")) > MIDNIGHT, "midnight", deadline=10)
        self.assertEqual(parse(self.press(event, "bob")["expires_at"]),
                         parse("2026-03-03T15:00:00Z"))

    def test_an_unpaid_order_expires_after_half_an_hour_and_gives_everything_back(self):
        self.at("2026-03-01 03:00:00")
        product, coupon = self.make_product(10), self.make_coupon("ann")
        order = self.place("ann", [(product, 4)], coupon=coupon).json()
        paid = self.place("bob", [(product, 1)])["order_id"]
        self.post(f"/v1/orders/{paid}/complete")
        path = f"/v1/orders/{order['order_id']}"
        half_an_hour = parse(order["expires_at"]) - parse(order["created_at"])
        self.assertEqual(half_an_hour, timedelta(minutes=30))
        self.at("2026-03-01 03:29:56")
        self.assertEqual(self.get(path)["status"], "placed")
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 5)
        wait_until(lambda: self.get(path)["status"] == "expired", "expired", deadline=20)
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 9)
        self.assertEqual(self.coupon("ann")["state"], "usable")
        self.post(path + "/complete", status=409, code="order_expired")
        self.assertEqual(self.post(path + "/cancel")["status"], "expired")
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 9)
        self.assertEqual(self.get(f"/v1/orders/{paid}")["status"], "completed")
        self.verify()

    def test_keys_are_kept_for_a_day_and_those_of_orders_as_long_as_the_order(self):
        self.at("2026-03-01 03:00:00")
        body = {"name": "Once", "price": 1, "stock": 100}
        first = self.post("/v1/products", body, 201, key="a-day")
        order = self.place("ann", [(first["product_id"], 1)], key="for-ever")
        self.at("2026-03-02 02:59:00")
        self.assertEqual(self.post("/v1/products", body, 201, key="a-day").body, first.body)
        self.at("2026-06-01 00:00:00")
        again = self.place("ann", [(first["product_id"], 1)], key="for-ever")
        self.assertEqual(again.body, order.body)


class ZoneTest(Clock):
    server_clock = "2026-03-08 04:59:57"  # before midnight of the day that has 23 hours
    server_flags = ("--shop-time-zone", "America/New_York")

    def test_days_follow_the_zone_of_the_shop_over_a_change_of_its_clocks(self):
        self.sell(("tea", 1))
        self.wait_for_scores({"tea": 1}, "1d")
        answer = self.popular("1d")
        self.assertEqual((answer["window"]["to"], answer["window"]["time_zone"]),
                         ("2026-03-07", "America/New_York"))
        self.follow("/v1/products/popular?window=1d",
                    lambda answer: answer["window"]["to"] == "2026-03-08")
        expires = self.press(self.make_event(1, coupon_valid_days=1), "ann")["expires_at"]
        self.assertEqual(parse(expires), parse("2026-03-10T04:00:00Z"))
        self.at("2026-03-09 03:59:57")
        self.follow("/v1/products/popular?window=1d",
                    lambda answer: answer["window"]["to"] == "2026-03-09")
