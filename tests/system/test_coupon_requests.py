"""Asking for a coupon: every row of the answer table, Prefer, keys, Location."""
from concurrent.futures import ThreadPoolExecutor

from support.case import DISTRIBUTED, SystemTest
from support.client import Connection
from support.days import from_now, parse

ISSUED_FIELDS = {"state", "coupon_id", "issue_no", "issued_at", "expires_at", "repeat"}


class CouponRequestsTest(SystemTest):
    def test_an_issued_verdict_names_the_coupon_and_its_place(self):
        event = self.make_event(5)
        answer = self.press(event, "ann", 201)
        self.assertEqual(set(answer.json()), ISSUED_FIELDS)
        self.assertEqual((answer["state"], answer["issue_no"], answer["repeat"]),
                         ("issued", 1, False))
        self.assertIsNone(answer["expires_at"])
        self.assertEqual(answer.headers["location"], f"/v1/coupon-events/{event}/requests/ann")

    def test_pressing_again_gives_the_same_coupon(self):
        event = self.make_event(5)
        first = self.press(event, "ann", 201).json()
        for _ in range(3):
            again = self.press(event, "ann", 200).json()
            self.assertEqual(again, {**first, "repeat": True})
        self.assertEqual(self.event(event)["issued"], 1)

    def test_numbers_are_counted_without_gap(self):
        event = self.make_event(100)
        numbers = [self.press(event, f"u{number}")["issue_no"] for number in range(20)]
        self.assertEqual(numbers, list(range(1, 21)))

    def test_losing_is_an_answer_and_no_error(self):
        event = self.make_event(1)
        self.press(event, "ann")
        self.assertEqual(self.press(event, "bob", 200).json(), {"state": "sold_out"})
        self.assertEqual(self.press(event, "ann", 200)["state"], "issued")

    def test_a_holder_is_answered_the_coupon_whatever_its_state(self):
        event = self.make_event(1)
        coupon = self.press(event, "ann")["coupon_id"]
        self.place("ann", [(self.make_product(), 1)], coupon=coupon)
        self.assertEqual(self.press(event, "ann", 200)["coupon_id"], coupon)

    def test_a_number_is_taken_as_a_user(self):
        event = self.make_event(5)
        first = self.press(event, 12345)
        self.assertEqual(self.press(event, "12345", 200)["coupon_id"], first["coupon_id"])
        self.assertEqual(first.headers["location"], f"/v1/coupon-events/{event}/requests/12345")

    def test_users_that_differ_in_one_byte_are_two(self):
        event = self.make_event(5)
        for number, user in enumerate(("Ann", "ann", "ann.", "x" * 64, "x" * 63), 1):
            self.assertEqual(self.press(event, user)["issue_no"], number)

    def test_a_location_can_be_followed_for_every_character_of_an_id(self):
        event, user = self.make_event(5), "A.b_c:d@e-9"
        location = self.press(event, user).headers["location"]
        self.assertEqual(self.get(location)["state"], "issued")

    def test_wrong_users_are_refused_by_name(self):
        event = self.make_event(5)
        for body in ({}, {"user_id": None}, {"user_id": ""}, {"user_id": "a b"},
                     {"user_id": "x" * 65}, {"user_id": -1}, {"user_id": 1.5}, {"user_id": True},
                     {"user_id": 9007199254740992}, {"user_id": ["ann"]}, {"user_id": "é"}):
            answer = self.post(f"/v1/coupon-events/{event}/requests", body, 422)
            self.assertEqual((answer.code, answer.fields), ("invalid_input", ["user_id"]), body)
        answer = self.post(f"/v1/coupon-events/{event}/requests", {"user_id": "a", "n": 1}, 422)
        self.assertEqual(answer.fields, ["n"])
        self.assertEqual(self.event(event)["issued"], 0)

    # The rows of refusal come in their order.

    def test_before_the_opening(self):
        event = self.make_event(1, opens_at=from_now(3600))
        answer = self.press(event, "ann", 409, code="event_not_open")
        self.assertTrue(answer["detail"])
        self.get(f"/v1/coupon-events/{event}/requests/ann")

    def test_refusals_leave_no_trace(self):
        event = self.make_event(1)
        self.post(f"/v1/coupon-events/{event}/pause", {"reason": "r"})
        self.press(event, "ann", 409, code="event_paused")
        self.assertEqual(self.get(f"/v1/coupon-events/{event}/requests/ann").json()["state"],
                         "none")
        self.post(f"/v1/coupon-events/{event}/resume", {"reason": "r"})
        self.press(event, "bob", 201)
        self.assertEqual(self.press(event, "ann", 200)["state"], "sold_out")

    def test_closing_goes_before_pausing(self):
        event = self.make_event(1)
        self.post(f"/v1/coupon-events/{event}/pause", {"reason": "r"})
        self.post(f"/v1/coupon-events/{event}/close", {"reason": "r"})
        self.press(event, "ann", 409, code="event_closed")

    # Prefer.

    def test_not_decided_in_no_time_is_queued_with_a_place_to_look(self):
        event = self.make_event(100)
        seen = set()
        for number in range(50):
            answer = self.http.post(f"/v1/coupon-events/{event}/requests",
                                    {"user_id": f"u{number}"}, {"Prefer": "wait=0"})
            seen.add(answer.status)
            if answer.status == 202:
                self.assertEqual(answer.json()["state"], "queued")
                position = answer.json()["position"]
                self.assertTrue(position is None or (DISTRIBUTED and position >= 1), position)
                self.assertEqual(answer.headers["location"],
                                 f"/v1/coupon-events/{event}/requests/u{number}")
            else:
                self.assertEqual(answer.status, 201)
        self.assertLessEqual(seen, {201, 202})
        self.await_issued(event, [f"u{number}" for number in range(50)])

    def await_issued(self, event, users):
        for user in users:
            state = self.get(f"/v1/coupon-events/{event}/requests/{user}?wait=10")
            self.assertEqual(state["state"], "issued", user)

    def test_respond_async_is_queued_and_decided_all_the_same(self):
        event = self.make_event(3)
        answer = self.press(event, "ann", 202, headers={"Prefer": "respond-async"})
        self.assertEqual(answer.json(), {"state": "queued", "position": None})
        self.assertTrue(answer.headers["retry-after"].isdigit())
        self.await_issued(event, ["ann"])
        # A verdict that is known already is told at once.
        again = self.press(event, "ann", 200, headers={"Prefer": "respond-async"})
        self.assertEqual((again["state"], again["repeat"]), ("issued", True))

    def test_wait_and_wrong_preferences(self):
        event = self.make_event(100)
        for number, prefer in enumerate(("wait=30", "wait=2", "wait=31", "wait=-1", "wait=x", "",
                                         "handling=lenient", "wait", "wait=1, wait=5", ";;,=")):
            self.press(event, f"u{number}", 201, headers={"Prefer": prefer})

    def test_an_event_that_acknowledges_first_gives_its_verdict_in_direct_mode(self):
        # In direct mode both ways of acknowledging are the same.
        event = self.make_event(1, ack="queued")
        self.assertEqual(self.event(event)["ack"], "queued")
        answer = self.http.post(f"/v1/coupon-events/{event}/requests", {"user_id": "ann"})
        self.assertIn(answer.status, (201, 202))
        self.await_issued(event, ["ann"])

    # Keys.

    def test_a_key_gives_the_first_answer_again(self):
        event = self.make_event(5)
        first = self.press(event, "ann", 201, key="press-1")
        again = self.press(event, "ann", 201, key="press-1")
        self.assertEqual(first.body, again.body)
        self.assertEqual(again.headers["location"], first.headers["location"])
        self.assertTrue(self.press(event, "ann", 200)["repeat"])
        self.press(event, "bob", 422, key="press-1", code="idempotency_key_reused")
        self.assertEqual(self.event(event)["issued"], 1)

    def test_a_kept_refusal_is_given_again(self):
        event = self.make_event(5)
        self.post(f"/v1/coupon-events/{event}/pause", {"reason": "r"})
        self.press(event, "ann", 409, key="press-paused", code="event_paused")
        self.post(f"/v1/coupon-events/{event}/resume", {"reason": "r"})
        self.press(event, "ann", 409, key="press-paused", code="event_paused")
        self.press(event, "ann", 201, key="press-resumed")

    def test_keyed_and_plain_requests_share_one_quantity(self):
        event = self.make_event(10)

        def press(number):
            headers = {"Idempotency-Key": f"mix-{number}"} if number % 2 else {}
            with Connection(self.server.address, self.contract) as connection:
                return connection.post(f"/v1/coupon-events/{event}/requests",
                                       {"user_id": f"u{number}"}, headers)

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(press, range(60)))
        issued = [answer["issue_no"] for answer in answers if answer.status == 201]
        self.assertEqual(sorted(issued), list(range(1, 11)))
        self.assertEqual({answer["state"] for answer in answers if answer.status == 200},
                         {"sold_out"})

    def test_a_key_after_sold_out_was_told_sees_the_new_round(self):
        event = self.make_event(1)
        self.press(event, "a", 201, key="round-a")
        self.assertEqual(self.press(event, "b", 200)["state"], "sold_out")
        self.assertEqual(self.press(event, "a", 200)["state"], "issued")


class UserCouponsTest(SystemTest):
    def coupons(self, user):
        return self.all_items(f"/v1/users/{user}/coupons")

    def test_a_coupon_shows_what_it_is(self):
        event = self.make_event(5, {"type": "rate", "value": 20})
        answer = self.press(event, "ann")
        [coupon] = self.coupons("ann")
        self.assertEqual(coupon, {
            "coupon_id": answer["coupon_id"], "coupon_event_id": event, "user_id": "ann",
            "issue_no": 1, "state": "usable", "discount": {"type": "rate", "value": 20},
            "issued_at": answer["issued_at"], "expires_at": None, "order_id": None})

    def test_every_coupon_of_a_user_comes_once_page_by_page(self):
        made = [self.make_coupon("collector") for _ in range(25)]
        items = self.all_items("/v1/users/collector/coupons?limit=4")
        self.assertEqual(sorted(item["coupon_id"] for item in items), sorted(made))
        self.assertEqual(len(items), 25)

    def test_a_user_without_coupons_has_an_empty_list(self):
        self.assertEqual(self.get("/v1/users/nobody/coupons").json(), {"items": [], "next": None})
        self.get("/v1/users/a%20b/coupons", 404, code="not_found")

    def test_a_coupon_of_n_days_expires_when_day_n_plus_one_begins_in_the_shops_zone(self):
        answer = self.press(self.make_event(1, coupon_valid_days=3), "mia")
        issued, expires = parse(answer["issued_at"]), parse(answer["expires_at"])
        # Asia/Seoul has no daylight saving time: its days begin at 15:00 UTC.
        self.assertEqual((expires.hour, expires.minute, expires.second), (15, 0, 0))
        self.assertEqual(expires.microsecond, 0)
        days = (expires - issued).total_seconds() / 86400
        self.assertTrue(3 <= days <= 4, days)
        self.assertEqual(self.coupons("mia")[0]["expires_at"], answer["expires_at"])
