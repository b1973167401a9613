"""Coupon events: created, watched, paused, resumed, raised, closed; what their life refuses."""
from support.case import SystemTest
from support.days import from_now, parse
from support.waiting import wait_until

EVENT_FIELDS = {"coupon_event_id", "name", "state", "quantity", "issued", "remaining", "waiting",
                "discount", "opens_at", "closes_at", "sold_out_at", "ack"}


class CouponEventsTest(SystemTest):
    def change(self, event, action, status=200, reason="as planned", **expected):
        return self.post(f"/v1/coupon-events/{event}/{action}", {"reason": reason}, status,
                         **expected)

    def raise_to(self, event, quantity, status=200, **expected):
        return self.patch(f"/v1/coupon-events/{event}", {"quantity": quantity}, status, **expected)

    # Creating.

    def test_an_event_without_times_is_open_at_once(self):
        body = {"name": "Drop „eins“", "quantity": 7, "discount": {"type": "rate", "value": 15}}
        answer = self.post("/v1/coupon-events", body, 201)
        event = answer.json()
        self.assertEqual(set(event), EVENT_FIELDS)
        self.assertEqual(event["state"], "open")
        self.assertEqual((event["quantity"], event["issued"], event["remaining"]), (7, 0, 7))
        self.assertEqual((event["name"], event["discount"]), (body["name"], body["discount"]))
        self.assertEqual((event["opens_at"], event["closes_at"]), (None, None))
        self.assertEqual((event["sold_out_at"], event["waiting"]), (None, 0))
        self.assertEqual(event["ack"], "verdict")
        self.assertEqual(self.event(event["coupon_event_id"]), event)
        self.assertEqual(answer.headers.get("location"),
                         f"/v1/coupon-events/{event['coupon_event_id']}")

    def test_times_are_answered_in_utc(self):
        event = self.event(self.make_event(opens_at="2091-01-01T09:00:00+09:00",
                                           closes_at="2091-01-02T00:00:00.5Z"))
        self.assertEqual(parse(event["opens_at"]), parse("2091-01-01T00:00:00Z"))
        self.assertTrue(event["opens_at"].endswith("Z"))
        self.assertEqual(parse(event["closes_at"]), parse("2091-01-02T00:00:00.500000Z"))
        self.assertEqual(event["state"], "scheduled")

    def test_an_opening_in_the_past_is_open(self):
        self.assertEqual(self.event(self.make_event(opens_at=from_now(-60)))["state"], "open")

    def test_wrong_fields_are_named(self):
        good = {"name": "Drop", "quantity": 1, "discount": {"type": "fixed", "value": 1}}
        wrong = [({"name": ""}, "name"), ({"name": "x" * 201}, "name"),
                 ({"quantity": 0}, "quantity"), ({"quantity": -1}, "quantity"),
                 ({"quantity": 1000000001}, "quantity"),
                 ({"discount": None}, "discount"), ({"discount": 5}, "discount"),
                 ({"discount": {"type": "gift", "value": 1}}, "discount.type"),
                 ({"discount": {"type": "rate", "value": 0}}, "discount.value"),
                 ({"discount": {"type": "rate", "value": 101}}, "discount.value"),
                 ({"discount": {"type": "fixed", "value": 0}}, "discount.value"),
                 ({"discount": {"type": "fixed", "value": 1, "x": 1}}, "discount.x"),
                 ({"coupon_valid_days": 0}, "coupon_valid_days"),
                 ({"coupon_valid_days": 36501}, "coupon_valid_days"),
                 ({"ack": "later"}, "ack"), ({"opens_at": "soon"}, "opens_at"),
                 ({"closes_at": "2020-01-01T00:00:00Z"}, "closes_at"),
                 ({"opens_at": from_now(100), "closes_at": from_now(50)}, "closes_at"),
                 ({"state": "open"}, "state")]
        for change, name in wrong:
            answer = self.post("/v1/coupon-events", {**good, **change}, 422, code="invalid_input")
            self.assertEqual(answer.fields, [name], change)

    def test_a_repeated_key_creates_one_event(self):
        body = {"name": "Once", "quantity": 1, "discount": {"type": "fixed", "value": 1}}
        first = self.post("/v1/coupon-events", body, 201, key="event-once")
        self.assertEqual(self.post("/v1/coupon-events", body, 201, key="event-once").body,
                         first.body)

    def test_an_unknown_event_is_not_found(self):
        for event in ("999999", "0", "-1", "x", "9007199254740992"):
            path = f"/v1/coupon-events/{event}"
            self.get(path, 404, code="not_found")
            self.get(path + "/coupons", 404, code="not_found")
            self.get(path + "/stream", 404, code="not_found")
            self.get(path + "/requests/ann", 404, code="not_found")
            self.post(path + "/requests", {"user_id": "ann"}, 404, code="not_found")
            self.post(path + "/pause", {"reason": "r"}, 404, code="not_found")
            self.patch(path, {"quantity": 5}, 404, code="not_found")

    # Its life.

    def test_a_paused_event_refuses_newcomers_and_resumes(self):
        event = self.make_event(5)
        self.press(event, "early")
        self.assertEqual(self.change(event, "pause")["state"], "paused")
        self.press(event, "ann", 409, code="event_paused")
        self.assertTrue(self.press(event, "early", 200)["repeat"])
        self.assertEqual(self.change(event, "pause")["state"], "paused")
        self.assertEqual(self.change(event, "resume")["state"], "open")
        self.assertEqual(self.change(event, "resume")["state"], "open")
        self.assertEqual(self.press(event, "ann")["issue_no"], 2)

    def test_a_closed_event_refuses_newcomers_and_every_change(self):
        event = self.make_event(5)
        self.press(event, "early")
        self.assertEqual(self.change(event, "close")["state"], "closed")
        self.press(event, "ann", 409, code="event_closed")
        self.assertTrue(self.press(event, "early", 200)["repeat"])
        self.assertEqual(self.change(event, "close")["state"], "closed")
        self.change(event, "pause", 409, code="event_closed")
        self.change(event, "resume", 409, code="event_closed")
        self.raise_to(event, 10, 409, code="event_closed")
        self.patch(f"/v1/coupon-events/{event}", {"closes_at": from_now(60)}, 409,
                   code="event_closed")

    def test_a_reason_is_required(self):
        event = self.make_event()
        for action in ("pause", "resume", "close"):
            for body in ({}, {"reason": ""}, {"reason": 5}, {"reason": "x" * 501}):
                answer = self.post(f"/v1/coupon-events/{event}/{action}", body, 422)
                self.assertEqual(answer.fields, ["reason"], body)
        self.assertEqual(self.event(event)["state"], "open")

    def test_a_scheduled_event_can_be_paused_and_closed(self):
        event = self.make_event(5, opens_at=from_now(3600))
        self.press(event, "ann", 409, code="event_not_open")
        self.change(event, "pause")
        self.change(event, "resume")
        self.assertEqual(self.event(event)["state"], "scheduled")
        self.assertEqual(self.change(event, "close")["state"], "closed")

    def test_the_last_coupon_sells_the_event_out(self):
        event = self.make_event(2)
        self.press(event, "a")
        self.assertEqual(self.event(event)["state"], "open")
        self.press(event, "b")
        view = self.event(event)
        self.assertEqual((view["state"], view["issued"], view["remaining"]), ("sold_out", 2, 0))
        self.assertIsNotNone(view["sold_out_at"])
        self.assertEqual(self.press(event, "c", 200).json(), {"state": "sold_out"})

    def test_a_sold_out_event_that_is_closed_still_says_sold_out_to_who_asks(self):
        event = self.make_event(1)
        self.press(event, "a")
        self.assertEqual(self.change(event, "close")["state"], "closed")
        self.assertEqual(self.press(event, "b", 200).json(), {"state": "sold_out"})
        self.assertTrue(self.press(event, "a", 200)["repeat"])

    def test_a_sold_out_event_that_is_paused_still_says_sold_out(self):
        event = self.make_event(1)
        self.press(event, "a")
        self.assertEqual(self.change(event, "pause")["state"], "sold_out")
        self.assertEqual(self.press(event, "b", 200)["state"], "sold_out")

    # Raising.

    def test_raising_an_event_that_is_not_sold_out_counts_at_once(self):
        event = self.make_event(2)
        self.press(event, "a")
        view = self.raise_to(event, 5).json()
        self.assertEqual((view["quantity"], view["remaining"], view["state"]), (5, 4, "open"))
        for number, user in enumerate("bcde", 2):
            self.assertEqual(self.press(event, user)["issue_no"], number)
        self.assertEqual(self.press(event, "f", 200)["state"], "sold_out")

    def test_raising_a_sold_out_event_opens_a_new_round_one_second_later(self):
        event = self.make_event(1)
        self.press(event, "a")
        self.assertEqual(self.press(event, "b", 200)["state"], "sold_out")
        view = self.raise_to(event, 3).json()
        self.assertEqual((view["quantity"], view["issued"], view["remaining"]), (3, 1, 2))
        self.assertEqual(self.press(event, "b", 200)["state"], "sold_out")

        def pressed():
            answer = self.http.post(f"/v1/coupon-events/{event}/requests", {"user_id": "b"})
            return answer if answer.status == 201 else None

        answer = wait_until(pressed, "the new round", deadline=5)
        self.assertEqual(answer["issue_no"], 2)
        self.assertTrue(self.press(event, "a", 200)["repeat"])
        self.assertEqual(self.event(event)["state"], "open")
        self.assertIsNone(self.event(event)["sold_out_at"])
        self.assertEqual(self.press(event, "c")["issue_no"], 3)
        self.assertEqual(self.press(event, "d", 200)["state"], "sold_out")
        self.verify("--event", event)

    def test_the_quantity_only_goes_up(self):
        event = self.make_event(5)
        self.raise_to(event, 4, 409, code="quantity_not_raised")
        self.assertEqual(self.raise_to(event, 5)["quantity"], 5)
        for quantity in (0, -1, 1.5, "6", None, 1000000001):
            answer = self.raise_to(event, quantity, 422, code="invalid_input")
            self.assertEqual(answer.fields, ["quantity"], quantity)
        self.assertEqual(self.event(event)["quantity"], 5)

    # The closing time.

    def test_the_closing_time_can_be_moved(self):
        event = self.make_event(5, closes_at=from_now(100))
        later = from_now(3600)
        view = self.patch(f"/v1/coupon-events/{event}", {"closes_at": later})
        self.assertEqual(parse(view["closes_at"]), parse(later))
        self.assertEqual(parse(self.event(event)["closes_at"]), parse(later))

    def test_a_closing_time_in_the_past_or_before_the_opening_is_refused(self):
        event = self.make_event(5, opens_at=from_now(600))
        for moment in (from_now(-60), from_now(300), "never", 5, None):
            answer = self.patch(f"/v1/coupon-events/{event}", {"closes_at": moment}, 422)
            self.assertEqual(answer.fields, ["closes_at"], moment)
        self.assertIsNone(self.event(event)["closes_at"])

    def test_an_event_closes_by_its_time(self):
        event = self.make_event(5, closes_at=from_now(1))
        wait_until(lambda: self.event(event)["state"] == "closed", "closed by time", deadline=10)
        self.press(event, "ann", 409, code="event_closed")

    def test_an_event_opens_by_its_time(self):
        event = self.make_event(5, opens_at=from_now(1))
        self.assertEqual(self.event(event)["state"], "scheduled")
        wait_until(lambda: self.event(event)["state"] == "open", "opened by time", deadline=10)
        self.press(event, "ann")

    def test_a_patch_without_fields_or_with_others_changes_nothing(self):
        event = self.make_event(5)
        before = self.event(event)
        answer = self.patch(f"/v1/coupon-events/{event}", {"name": "Other"}, 422)
        self.assertEqual(answer.fields, ["name"])
        self.assertEqual(self.event(event), before)


class CouponEventListTest(SystemTest):
    def test_every_event_comes_once_page_by_page(self):
        made = [self.make_event(1, name=f"Event {number}") for number in range(60)]
        first = self.get("/v1/coupon-events").json()
        self.assertEqual(len(first["items"]), 50)
        self.assertIsNotNone(first["next"])
        items = self.all_items("/v1/coupon-events?limit=7")
        self.assertEqual(sorted(item["coupon_event_id"] for item in items), made)
        self.assertEqual(len(items), 60)
        self.assertEqual(items[0], self.event(items[0]["coupon_event_id"]))
        newest_first = [item["coupon_event_id"] for item in items]
        self.assertEqual(newest_first, sorted(newest_first, reverse=True))
