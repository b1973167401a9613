"""Drops: many shoppers, few coupons, double presses; exact to the last coupon."""
from support.case import SystemTest
from support.promises import check_feed, check_round, coupon_of_each, told
from support.rush import check_contract, presses_of, rush
from support.waiting import seeded_random


class DropsTest(SystemTest):
    def drop(self, quantity, users, connections, **event):
        """Lets `users` press in this order; gives event, presses and who holds what."""
        event_id = self.make_event(quantity, **event)
        presses = rush(self.server, presses_of(users, event_id), connections)
        self.assertEqual(len(presses), len(users))
        check_contract(self.contract, presses)
        coupons = check_round(self, presses, quantity, event_id)
        self.verify("--event", event_id)
        return event_id, presses, coupons

    def test_one_coupon_and_64_shoppers(self):
        users = [f"u{number}" for number in range(64)]
        event, presses, coupons = self.drop(1, users, 64)
        self.assertEqual(len(coupons), 1)
        self.assertEqual(len(told(presses, "sold_out")), 63)
        self.assertEqual(self.event(event)["state"], "sold_out")

    def test_seven_coupons_and_ten_shoppers(self):
        _, presses, coupons = self.drop(7, [f"u{number}" for number in range(10)], 10)
        self.assertEqual(len(coupons), 7)
        self.assertEqual(len(told(presses, "sold_out")), 3)

    def test_1003_coupons_and_fewer_shoppers(self):
        users = [f"u{number}" for number in range(700)]
        event, presses, coupons = self.drop(1003, users, 32)
        self.assertEqual(len(coupons), 700)
        self.assertEqual(told(presses, "sold_out"), [])
        view = self.event(event)
        self.assertEqual((view["state"], view["issued"], view["remaining"]), ("open", 700, 303))

    def test_2000_coupons_and_10000_presses_of_4000_users_over_64_connections(self):
        chance = seeded_random(self.id())
        users = [f"u{number}" for number in range(4000)]
        presses = users + [chance.choice(users) for _ in range(6000)]
        chance.shuffle(presses)
        event, presses, coupons = self.drop(2000, presses, 64)
        self.assertEqual(len(coupons), 2000)
        winners = set(coupons)
        repeats = sum(press.user in winners for press in presses) - 2000
        self.assertEqual(sum(press.status == 201 for press in presses), 2000)
        self.assertEqual(sum(press.state == "issued" for press in presses) - 2000, repeats)
        view = self.event(event)
        self.assertEqual((view["issued"], view["remaining"], view["waiting"]), (2000, 0, 0))

    def test_one_user_who_presses_from_every_connection_gets_one_coupon(self):
        event, presses, coupons = self.drop(5, ["ann"] * 500, 64)
        self.assertEqual(len(coupons), 1)
        self.assertEqual(sum(press.status == 201 for press in presses), 1)
        self.assertEqual(self.event(event)["issued"], 1)

    def test_two_events_at_once_do_not_meet(self):
        first, second = self.make_event(50), self.make_event(80)
        users = [f"u{number}" for number in range(200)]
        mixed = [press for pair in zip(presses_of(users, first), presses_of(users, second))
                 for press in pair]
        presses = rush(self.server, mixed, 32)
        for event, quantity in ((first, 50), (second, 80)):
            of_event = [press for press in presses if f"/{event}/" in press.path]
            check_round(self, of_event, quantity, event)

    def test_raising_in_the_middle_of_a_rush_stays_exact(self):
        event = self.make_event(300)
        users = [f"u{number}" for number in range(2000)]
        answered = []

        def raise_once(press):
            answered.append(press)
            if len(answered) == 100:
                self.patch(f"/v1/coupon-events/{event}", {"quantity": 500})

        presses = rush(self.server, presses_of(users, event), 32, on_answer=raise_once)
        check_round(self, presses, 500, event)
        self.verify("--event", event)

    def test_a_second_round_gives_the_rest_to_who_asks_then(self):
        event = self.make_event(100)
        users = [f"u{number}" for number in range(300)]
        first = rush(self.server, presses_of(users, event), 32)
        held = check_round(self, first, 100, event)
        self.patch(f"/v1/coupon-events/{event}", {"quantity": 250})
        late = []
        while not told(late, "issued") or self.event(event)["issued"] < 250:
            late += rush(self.server, presses_of(users, event), 32)
        coupons = coupon_of_each(self, late, held)
        check_feed(self, event, coupons, 250)
        self.verify("--event", event)

    def test_closing_in_the_middle_leaves_what_was_told(self):
        event = self.make_event(100000)
        users = [f"u{number}" for number in range(2000)]
        answered = []

        def close_once(press):
            answered.append(press)
            if len(answered) == 700:
                self.post(f"/v1/coupon-events/{event}/close", {"reason": "enough"})

        presses = rush(self.server, presses_of(users, event), 32, on_answer=close_once)
        coupons = coupon_of_each(self, presses)
        self.assertEqual(len(coupons) + len(told(presses, "event_closed")), 2000)
        self.assertGreaterEqual(len(coupons), 700)
        check_feed(self, event, coupons, len(coupons))
        self.assertEqual(self.event(event)["issued"], len(coupons))
