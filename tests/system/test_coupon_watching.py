"""Following an event: a request's state, the feed of coupons, the stream of states."""
import threading
import time

from support.case import SystemTest
from support.client import Connection
from support.days import from_now
from support.waiting import stays, wait_until


class RequestStateTest(SystemTest):
    def state(self, event, user, query="", **expected):
        return self.get(f"/v1/coupon-events/{event}/requests/{user}{query}", **expected)

    def test_the_state_of_a_request_is_what_became_of_it(self):
        event = self.make_event(1)
        self.assertEqual(self.state(event, "ann").json()["state"], "none")
        told = self.press(event, "ann").json()
        state = self.state(event, "ann").json()
        self.assertEqual(state["state"], "issued")
        for name in ("coupon_id", "issue_no", "issued_at", "expires_at"):
            self.assertEqual(state[name], told[name])
        # Refusals are not stored: of a sold-out event, whoever holds none is sold out.
        self.assertEqual(self.state(event, "nobody").json(), {"state": "sold_out"})

    def test_waiting_ends_when_the_coupon_is_issued(self):
        event = self.make_event(5)
        seen = []

        def follow():
            with Connection(self.server.address, self.contract) as connection:
                begun = time.monotonic()
                answer = connection.get(f"/v1/coupon-events/{event}/requests/ann?wait=30")
                seen.append((time.monotonic() - begun, answer))

        thread = threading.Thread(target=follow)
        thread.start()
        stays(lambda: not seen, "an undecided request is waited for", 0.4)
        self.press(event, "ann")
        thread.join(15)
        waited, answer = seen[0]
        self.assertEqual(answer["state"], "issued")
        self.assertLess(waited, 10)

    def test_waiting_ends_when_the_event_sells_out(self):
        event = self.make_event(1)
        with Connection(self.server.address, self.contract) as connection:
            path = f"/v1/coupon-events/{event}/requests/ann?wait=30"
            connection.send_request("GET", path)
            self.press(event, "bob")
            self.assertEqual(connection.read_answer("GET", path).json(), {"state": "sold_out"})

    def test_waiting_ends_by_itself(self):
        event, begun = self.make_event(1), time.monotonic()
        self.assertEqual(self.state(event, "ann", "?wait=1").json()["state"], "none")
        self.assertTrue(0.9 <= time.monotonic() - begun < 10)

    def test_a_decided_request_is_not_waited_for(self):
        event, begun = self.make_event(5), time.monotonic()
        self.press(event, "ann")
        self.assertEqual(self.state(event, "ann", "?wait=30")["state"], "issued")
        self.assertLess(time.monotonic() - begun, 10)

    def test_a_wait_outside_its_bounds_is_refused(self):
        event = self.make_event(5)
        for wait in ("31", "-1", "x", "1.5", ""):
            answer = self.state(event, "ann", f"?wait={wait}", status=422, code="invalid_input")
            self.assertEqual(answer.fields, ["wait"], wait)

    def test_a_user_that_cannot_be_one_is_not_found(self):
        self.state(self.make_event(5), "a%20b", status=404, code="not_found")
        self.state(self.make_event(5), "x" * 65, status=404, code="not_found")


class CouponFeedTest(SystemTest):
    def feed(self, event, query="", **expected):
        return self.get(f"/v1/coupon-events/{event}/coupons{query}", **expected)

    def numbers(self, answer):
        return [item["issue_no"] for item in answer["items"]]

    def test_the_feed_gives_the_coupons_in_the_order_of_their_numbers(self):
        event = self.make_event(100)
        told = [self.press(event, f"u{number}").json() for number in range(10)]
        answer = self.feed(event)
        self.assertEqual(self.numbers(answer), list(range(1, 11)))
        self.assertEqual([item["coupon_id"] for item in answer["items"]],
                         [coupon["coupon_id"] for coupon in told])
        self.assertEqual(answer["next"], 10)
        first = answer["items"][0]
        self.assertEqual(set(first), {"coupon_id", "coupon_event_id", "user_id", "issue_no",
                                      "state", "discount", "issued_at", "expires_at", "order_id"})
        self.assertEqual((first["user_id"], first["coupon_event_id"]), ("u0", event))

    def test_reading_on_after_a_number(self):
        event = self.make_event(100)
        for number in range(10):
            self.press(event, f"u{number}")
        first = self.feed(event, "?limit=4")
        self.assertEqual((self.numbers(first), first["next"]), ([1, 2, 3, 4], 4))
        second = self.feed(event, "?after=4&limit=4")
        self.assertEqual((self.numbers(second), second["next"]), ([5, 6, 7, 8], 8))
        self.assertEqual(self.numbers(self.feed(event, "?after=8&limit=4")), [9, 10])
        self.assertEqual(self.numbers(self.feed(event, "?after=10")), [])
        self.assertEqual(self.numbers(self.feed(event, "?after=999999")), [])

    def test_fifty_are_the_default_and_a_thousand_the_most(self):
        event = self.make_event(100)
        for number in range(60):
            self.press(event, f"u{number}")
        self.assertEqual(len(self.feed(event)["items"]), 50)
        self.assertEqual(len(self.feed(event, "?limit=1000")["items"]), 60)
        for query, name in (("limit=0", "limit"), ("limit=1001", "limit"), ("after=-1", "after"),
                            ("after=x", "after"), ("wait=31", "wait"), ("from=1", "from")):
            answer = self.feed(event, f"?{query}", status=422, code="invalid_input")
            self.assertEqual(answer.fields, [name], query)

    def test_waiting_ends_when_a_coupon_comes(self):
        event = self.make_event(5)
        self.press(event, "ann")
        path = f"/v1/coupon-events/{event}/coupons?after=1&wait=30"
        with Connection(self.server.address, self.contract) as connection:
            connection.send_request("GET", path)
            begun = time.monotonic()
            self.press(event, "bob")
            answer = connection.read_answer("GET", path)
        self.assertEqual([item["user_id"] for item in answer["items"]], ["bob"])
        self.assertLess(time.monotonic() - begun, 10)

    def test_waiting_ends_by_itself(self):
        event, begun = self.make_event(5), time.monotonic()
        self.assertEqual(self.feed(event, "?wait=1")["items"], [])
        self.assertTrue(0.9 <= time.monotonic() - begun < 10)

    def test_a_shop_that_follows_the_feed_gets_every_coupon_once(self):
        event, taken = self.make_event(200), []

        def follow():
            after = 0
            with Connection(self.server.address, self.contract) as connection:
                while len(taken) < 200:
                    answer = connection.get(
                        f"/v1/coupon-events/{event}/coupons?after={after}&limit=30&wait=10")
                    if not answer["items"]:
                        return
                    taken.extend(item["issue_no"] for item in answer["items"])
                    after = answer["next"]

        thread = threading.Thread(target=follow)
        thread.start()
        for number in range(200):
            self.press(event, f"u{number}")
        thread.join(30)
        self.assertEqual(taken, list(range(1, 201)))


class EventStreamTest(SystemTest):
    def open(self, event, last_event_id=None):
        stream = self.stream(f"/v1/coupon-events/{event}/stream", last_event_id)
        self.assertEqual(stream.status, 200)
        self.assertEqual(stream.headers["content-type"].split(";")[0], "text/event-stream")
        self.assertEqual(stream.headers["transfer-encoding"], "chunked")
        return stream

    def test_the_stream_begins_with_the_event_as_it_is(self):
        event = self.make_event(5)
        first = self.open(event).next()
        self.assertEqual(first["event"], "state")
        self.assertEqual(first["data"], self.event(event))
        self.assertTrue(first["id"])

    def test_every_change_is_seen_until_the_event_is_sold_out(self):
        event = self.make_event(3)
        stream = self.open(event)
        self.assertEqual(stream.next()["data"]["issued"], 0)
        for issued in (1, 2, 3):
            self.press(event, f"u{issued}")
            self.assertEqual(stream.next()["data"]["issued"], issued)
        self.post(f"/v1/coupon-events/{event}/close", {"reason": "done"})
        self.assertEqual(stream.next()["data"]["state"], "closed")

    def test_a_rush_is_told_at_most_four_times_a_second(self):
        event = self.make_event(1000000)
        stream = self.open(event)
        states = [stream.next()]
        stop = time.monotonic() + 2
        number = 0
        while time.monotonic() < stop:
            number += 1
            self.press(event, f"u{number}")
        while states[-1]["data"]["issued"] < number:
            states.append(stream.next())
        self.assertGreater(len(states), 3)
        duration = states[-1]["at"] - states[0]["at"]
        self.assertLessEqual(len(states) - 1, 4 * duration + 2)
        issued = [state["data"]["issued"] for state in states]
        self.assertEqual(issued, sorted(issued))

    def test_resuming_with_the_last_id_does_not_repeat_the_state(self):
        event = self.make_event(3)
        last = self.open(event).next()["id"]
        stream = self.open(event, last)
        self.assertIsNone(stream.next(timeout=0.8))
        self.press(event, "ann")
        self.assertEqual(stream.next()["data"]["issued"], 1)

    def test_resuming_after_a_change_tells_it_at_once(self):
        event = self.make_event(3)
        last = self.open(event).next()["id"]
        self.press(event, "ann")
        self.assertEqual(self.open(event, last).next()["data"]["issued"], 1)
        self.assertEqual(self.open(event, "nonsense").next()["data"]["issued"], 1)

    def test_opening_by_time_is_told(self):
        event = self.make_event(3, opens_at=from_now(1))
        stream = self.open(event)
        states = [stream.next()["data"]["state"]]
        while states[-1] != "open":
            states.append(stream.next()["data"]["state"])
        self.assertEqual(states, ["scheduled", "open"])

    def test_many_watchers_see_the_same(self):
        event = self.make_event(3)
        streams = [self.open(event) for _ in range(30)]
        for stream in streams:
            self.assertEqual(stream.next()["data"]["issued"], 0)
        self.press(event, "ann")
        for stream in streams:
            self.assertEqual(stream.next()["data"]["issued"], 1)

    def test_a_watcher_who_leaves_is_forgotten(self):
        event = self.make_event(3)
        stream = self.open(event)
        stream.next()

        def open_streams():
            text = self.get("/metrics").body.decode()
            return [line for line in text.splitlines()
                    if line.startswith("rushline_") and "streams" in line]

        self.assertTrue(open_streams(), "no metric counts the streams")
        watched = open_streams()
        stream.connection.close()
        wait_until(lambda: open_streams() != watched, "the stream is counted as gone")
