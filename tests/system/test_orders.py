"""Orders: what placing takes, what completing and cancelling do, what a coupon takes off."""
import re
from concurrent.futures import ThreadPoolExecutor

from support.case import SystemTest
from support.client import Connection

ORDER_FIELDS = {"order_id", "user_id", "status", "lines", "subtotal", "discount", "total",
                "coupon_id", "created_at", "expires_at"}
RFC3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


class OrdersTest(SystemTest):
    def stock(self, product):
        return self.get(f"/v1/products/{product}")["stock"]

    def test_placing_takes_stock_and_answers_the_whole_order(self):
        tea, cup = self.make_product(10, 250), self.make_product(5, 999)
        order = self.place("ann", [(tea, 4), (cup, 1)], 201).json()
        self.assertEqual(set(order), ORDER_FIELDS)
        self.assertEqual(order["status"], "placed")
        self.assertEqual(order["user_id"], "ann")
        self.assertEqual(order["lines"],
                         [{"product_id": tea, "quantity": 4, "unit_price": 250},
                          {"product_id": cup, "quantity": 1, "unit_price": 999}])
        self.assertEqual((order["subtotal"], order["discount"], order["total"]), (1999, 0, 1999))
        self.assertIsNone(order["coupon_id"])
        self.assertRegex(order["created_at"], RFC3339_UTC)
        self.assertRegex(order["expires_at"], RFC3339_UTC)
        self.assertEqual((self.stock(tea), self.stock(cup)), (6, 4))
        self.assertEqual(self.get(f"/v1/orders/{order['order_id']}").json(), order)

    def test_an_order_names_itself_in_location(self):
        answer = self.place("ann", [(self.make_product(), 1)])
        self.assertEqual(answer.headers.get("location"), f"/v1/orders/{answer['order_id']}")

    def test_an_order_keeps_the_price_of_its_moment(self):
        product = self.make_product(10, 100)
        order = self.place("ann", [(product, 1)])["order_id"]
        self.patch(f"/v1/products/{product}", {"price": 900})
        self.assertEqual(self.get(f"/v1/orders/{order}")["total"], 100)
        self.assertEqual(self.place("ann", [(product, 1)])["total"], 900)

    def test_the_last_piece_is_sold_and_the_next_order_refused(self):
        product = self.make_product(2)
        self.place("ann", [(product, 2)])
        self.place("bob", [(product, 1)], 409, code="out_of_stock")
        self.assertEqual(self.stock(product), 0)

    def test_one_line_without_stock_takes_nothing_of_any_line(self):
        plenty, none = self.make_product(10), self.make_product(0)
        self.place("ann", [(plenty, 1), (none, 1)], 409, code="out_of_stock")
        self.assertEqual(self.stock(plenty), 10)

    def test_an_unknown_product_is_not_found_and_nothing_is_taken(self):
        plenty = self.make_product(10)
        self.place("ann", [(plenty, 1), ("nowhere", 1)], 404, code="not_found")
        self.assertEqual(self.stock(plenty), 10)

    def test_a_product_that_stands_in_two_lines_is_refused_by_name(self):
        product = self.make_product(10)
        answer = self.place("ann", [(product, 1), (product, 2)], 422, code="invalid_input")
        self.assertEqual(answer.fields, ["lines[1].product_id"])
        self.assertEqual(self.stock(product), 10)

    def test_completing_and_repeating_it(self):
        product = self.make_product(10)
        path = f"/v1/orders/{self.place('ann', [(product, 3)])['order_id']}"
        first = self.post(path + "/complete")
        self.assertEqual(first["status"], "completed")
        self.assertEqual(self.post(path + "/complete").json(), first.json())
        self.wait_for_scores({product: 3})
        self.assertEqual(self.stock(product), 7)

    def test_cancelling_gives_the_stock_back_once(self):
        product = self.make_product(10)
        path = f"/v1/orders/{self.place('ann', [(product, 3)])['order_id']}"
        for _ in range(3):
            self.assertEqual(self.post(path + "/cancel")["status"], "cancelled")
        self.assertEqual(self.stock(product), 10)
        self.post(path + "/complete", status=409, code="order_cancelled")

    def test_cancelling_a_completed_order_takes_the_ranking_back(self):
        product = self.make_product(10)
        path = f"/v1/orders/{self.place('ann', [(product, 3)])['order_id']}"
        self.post(path + "/complete")
        self.wait_for_scores({product: 3})
        self.post(path + "/cancel")
        self.wait_for_scores({product: None})
        self.post(path + "/cancel")
        self.assertEqual(self.stock(product), 10)
        self.verify()

    def test_an_unknown_order_is_not_found(self):
        for path in ("/v1/orders/999999", "/v1/orders/0", "/v1/orders/x", "/v1/orders/-1",
                     "/v1/orders/9007199254740992", "/v1/orders/01x"):
            self.get(path, 404, code="not_found")
        self.post("/v1/orders/999999/complete", status=404, code="not_found")
        self.post("/v1/orders/999999/cancel", status=404, code="not_found")

    def test_a_sum_beyond_what_json_can_carry_is_refused(self):
        dear = self.make_product(1000000, 1000000000000)
        answer = self.place("ann", [(dear, 1000000)], 422, code="invalid_input")
        self.assertTrue(answer.fields)
        self.assertEqual(self.stock(dear), 1000000)

    def test_a_hundred_lines_are_taken_and_one_more_is_refused(self):
        products = [self.make_product(1, 1) for _ in range(101)]
        order = self.place("ann", [(product, 1) for product in products[:100]])
        self.assertEqual(order["total"], 100)
        answer = self.place("ann", [(product, 1) for product in products], 422)
        self.assertEqual(answer.fields, ["lines"])

    def test_many_buyers_of_the_same_product_never_take_more_than_there_is(self):
        product = self.make_product(37)

        def buy(number):
            with Connection(self.server.address, self.contract) as connection:
                body = {"user_id": f"u{number}", "lines": [{"product_id": product, "quantity": 1}]}
                headers = {"Idempotency-Key": f"rush-{number}"}
                return connection.post("/v1/orders", body, headers).status

        with ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(buy, range(100)))
        self.assertEqual((statuses.count(201), statuses.count(409)), (37, 63))
        self.assertEqual(self.stock(product), 0)


class OrderCouponsTest(SystemTest):
    def coupons(self, user):
        return {item["coupon_id"]: item for item in self.all_items(f"/v1/users/{user}/coupons")}

    def test_a_fixed_discount_comes_off_and_the_coupon_is_used(self):
        product, user = self.make_product(10, 700), self.unique("user")
        coupon = self.make_coupon(user, {"type": "fixed", "value": 500})
        order = self.place(user, [(product, 2)], coupon=coupon).json()
        self.assertEqual((order["subtotal"], order["discount"], order["total"]), (1400, 500, 900))
        self.assertEqual(order["coupon_id"], coupon)
        held = self.coupons(user)[coupon]
        self.assertEqual((held["state"], held["order_id"]), ("used", order["order_id"]))

    def test_a_discount_never_exceeds_the_subtotal(self):
        product, user = self.make_product(10, 99), self.unique("user")
        order = self.place(user, [(product, 1)], coupon=self.make_coupon(
            user, {"type": "fixed", "value": 500})).json()
        self.assertEqual((order["discount"], order["total"]), (99, 0))

    def test_a_rate_is_rounded_down(self):
        product, user = self.make_product(10, 999), self.unique("user")
        for percent, discount in ((10, 99), (1, 9), (33, 329), (100, 999)):
            order = self.place(user, [(product, 1)], coupon=self.make_coupon(
                user, {"type": "rate", "value": percent})).json()
            self.assertEqual((order["discount"], order["total"]), (discount, 999 - discount))

    def test_a_used_coupon_is_not_usable_and_takes_no_stock(self):
        product, user = self.make_product(10), self.unique("user")
        coupon = self.make_coupon(user)
        self.place(user, [(product, 1)], coupon=coupon)
        self.place(user, [(product, 1)], 409, coupon=coupon, code="coupon_not_usable")
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 9)

    def test_the_coupon_of_somebody_else_or_of_nobody_is_not_usable(self):
        product, user = self.make_product(10), self.unique("user")
        coupon = self.make_coupon(user)
        self.place("thief", [(product, 1)], 409, coupon=coupon, code="coupon_not_usable")
        self.place("thief", [(product, 1)], 409, coupon=99999999, code="coupon_not_usable")
        self.assertEqual(self.coupons(user)[coupon]["state"], "usable")

    def test_an_order_without_stock_does_not_use_the_coupon(self):
        product, user = self.make_product(0), self.unique("user")
        coupon = self.make_coupon(user)
        self.place(user, [(product, 1)], 409, coupon=coupon, code="out_of_stock")
        self.assertEqual(self.coupons(user)[coupon]["state"], "usable")

    def test_cancelling_gives_the_coupon_back_to_be_used_again(self):
        product, user = self.make_product(10), self.unique("user")
        coupon = self.make_coupon(user)
        order = self.place(user, [(product, 1)], coupon=coupon)["order_id"]
        self.post(f"/v1/orders/{order}/cancel")
        held = self.coupons(user)[coupon]
        self.assertEqual((held["state"], held["order_id"]), ("usable", None))
        again = self.place(user, [(product, 1)], coupon=coupon)["order_id"]
        # A repeated cancel of the first order must not take the coupon from the second.
        self.post(f"/v1/orders/{order}/cancel")
        self.assertEqual(self.coupons(user)[coupon]["order_id"], again)

    def test_cancelling_a_completed_order_gives_the_coupon_back(self):
        product, user = self.make_product(10), self.unique("user")
        coupon = self.make_coupon(user)
        order = self.place(user, [(product, 1)], coupon=coupon)["order_id"]
        self.post(f"/v1/orders/{order}/complete")
        self.assertEqual(self.coupons(user)[coupon]["state"], "used")
        self.post(f"/v1/orders/{order}/cancel")
        self.assertEqual(self.coupons(user)[coupon]["state"], "usable")
        self.verify()

    def test_one_coupon_in_two_orders_at_once_is_used_once(self):
        product, user = self.make_product(100), self.unique("user")
        coupon = self.make_coupon(user)

        def buy(number):
            with Connection(self.server.address, self.contract) as connection:
                body = {"user_id": user, "coupon_id": coupon,
                        "lines": [{"product_id": product, "quantity": 1}]}
                headers = {"Idempotency-Key": f"{user}-{number}"}
                return connection.post("/v1/orders", body, headers).status

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(buy, range(16)))
        self.assertEqual((statuses.count(201), statuses.count(409)), (1, 15))
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 99)


class OrderKeysTest(SystemTest):
    def test_an_order_without_a_key_is_unreadable(self):
        product = self.make_product(10)
        body = {"user_id": "ann", "lines": [{"product_id": product, "quantity": 1}]}
        self.post("/v1/orders", body, 400, code="idempotency_key_missing")
        # Before anything is said about the body.
        for wrong in ({}, {"user_id": "ann", "lines": []}):
            self.post("/v1/orders", wrong, 400, code="idempotency_key_missing")
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 10)

    def test_the_same_key_gives_the_first_answer_again_and_one_order(self):
        product = self.make_product(10)
        first = self.place("ann", [(product, 1)], key="again")
        second = self.place("ann", [(product, 1)], key="again")
        self.assertEqual(first.body, second.body)
        self.assertEqual(first.headers.get("location"), second.headers.get("location"))
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 9)

    def test_the_first_answer_is_given_even_when_the_order_has_moved_on(self):
        product = self.make_product(10)
        first = self.place("ann", [(product, 1)], key="moved-on")
        self.post(f"/v1/orders/{first['order_id']}/cancel")
        self.assertEqual(self.place("ann", [(product, 1)], key="moved-on").body, first.body)

    def test_a_refusal_is_kept_too(self):
        product = self.make_product(0)
        first = self.place("ann", [(product, 1)], 409, key="refused", code="out_of_stock")
        self.patch(f"/v1/products/{product}", {"add_stock": 5})
        again = self.place("ann", [(product, 1)], 409, key="refused", code="out_of_stock")
        self.assertEqual(first["detail"], again["detail"])
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 5)
        self.place("ann", [(product, 1)], 201, key="refused-2")

    def test_the_key_with_another_body_is_refused(self):
        product = self.make_product(10)
        self.place("ann", [(product, 1)], key="two-bodies")
        self.place("ann", [(product, 2)], 422, key="two-bodies", code="idempotency_key_reused")
        self.place("bob", [(product, 1)], 422, key="two-bodies", code="idempotency_key_reused")
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 9)

    def test_a_key_that_is_too_long_or_not_visible_is_refused(self):
        product = self.make_product(10)
        self.place("ann", [(product, 1)], 201, key="k" * 128)
        for key in ("k" * 129, "with blank", "tab\there", "\xfcber"):
            answer = self.place("ann", [(product, 1)], 422, key=key, code="invalid_input")
            self.assertEqual([field.lower() for field in answer.fields], ["idempotency-key"])
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 9)

    def test_the_same_order_from_many_connections_is_one_order(self):
        product = self.make_product(100)
        body = {"user_id": "ann", "lines": [{"product_id": product, "quantity": 1}]}

        def buy(_):
            with Connection(self.server.address, self.contract) as connection:
                return connection.post("/v1/orders", body, {"Idempotency-Key": "storm"})

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(buy, range(64)))
        placed = [answer for answer in answers if answer.status == 201]
        for answer in answers:
            if answer.status != 201:
                self.assertEqual((answer.status, answer.code), (409, "in_progress"))
        self.assertEqual(len({answer["order_id"] for answer in placed}), 1)
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 99)

    def test_completing_with_a_key_is_repeated_like_any_answer(self):
        product = self.make_product(10)
        order = self.place("ann", [(product, 1)])["order_id"]
        first = self.post(f"/v1/orders/{order}/complete", key="complete-once")
        self.post(f"/v1/orders/{order}/cancel")
        again = self.post(f"/v1/orders/{order}/complete", key="complete-once")
        self.assertEqual(first.body, again.body)
        self.assertEqual(self.get(f"/v1/orders/{order}")["status"], "cancelled")
