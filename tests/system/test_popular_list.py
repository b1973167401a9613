"""The best-seller list and the rank of one product."""
import re
from datetime import date, datetime, timedelta

from support.case import SystemTest
from support.days import DAYTIME_ZONE, days_ago, shop_zone
from support.waiting import seeded_random, wait_until


class PopularListTest(SystemTest):
    server_per_test = True
    server_flags = ("--shop-time-zone", DAYTIME_ZONE)

    def items(self, **query):
        return [(item["product_id"], item["score"]) for item in self.popular(**query)["items"]]

    def test_an_empty_list_says_its_window(self):
        body = self.popular()
        self.assertEqual(set(body), {"window", "as_of", "source", "stale", "items"})
        self.assertEqual(set(body["window"]), {"days", "from", "to", "time_zone"})
        self.assertEqual((body["items"], body["stale"], body["source"]), ([], False, "board"))
        self.assertEqual((body["window"]["days"], body["window"]["time_zone"]), (3, DAYTIME_ZONE))
        first, last = (date.fromisoformat(body["window"][end]) for end in ("from", "to"))
        self.assertEqual(last - first, timedelta(days=2))
        self.assertEqual(last, datetime.now(shop_zone()).date())
        today = self.popular(window="1d")["window"]
        self.assertEqual((today["days"], today["from"]), (1, today["to"]))

    def test_three_days_and_five_items_are_the_default(self):
        self.sell(*[(f"p{number}", number) for number in range(1, 10)])
        self.wait_for_scores({"p9": 9})
        body = self.get("/v1/products/popular").json()
        self.assertEqual(body["window"]["days"], 3)
        self.assertEqual([item["rank"] for item in body["items"]], [1, 2, 3, 4, 5])
        self.assertEqual([item["score"] for item in body["items"]], [9, 8, 7, 6, 5])

    def test_equal_scores_stand_in_descending_byte_order_of_the_ids(self):
        ids = ["a", "B", "b", "10", "9", "a.b", "a-b", "z:1", "@", "_x"]
        self.sell(*[(product, 5) for product in ids], ("top", 6))
        self.wait_for_scores({product: 5 for product in ids})
        wanted = [("top", 6)] + [(product, 5) for product in
                                 sorted(ids, key=str.encode, reverse=True)]
        self.assertEqual(self.items(), wanted)
        ranks = [item["rank"] for item in self.popular()["items"]]
        self.assertEqual(ranks, list(range(1, 12)))

    def test_a_window_counts_its_own_days_only(self):
        self.sell(("today", 1))
        for age in (1, 2, 3):
            self.sell((f"ago{age}", 10 + age), occurred_at=days_ago(age))
        self.wait_for_scores({"today": 1, "ago1": 11, "ago2": 12, "ago3": None})
        self.wait_for_scores({"today": 1, "ago1": None, "ago2": None, "ago3": None}, "1d")
        self.assertEqual(self.items(), [("ago2", 12), ("ago1", 11), ("today", 1)])

    def test_a_late_sale_touches_every_window_that_holds_its_day(self):
        self.sell(("tea", 1))
        self.wait_for_scores({"tea": 1})
        self.sell(("tea", 5), occurred_at=days_ago(2))
        self.wait_for_scores({"tea": 6})
        self.assertEqual(self.items(window="1d"), [("tea", 1)])

    def test_a_purchase_is_taken_back_from_its_own_day(self):
        self.sell(("tea", 2))
        [late] = self.sell(("tea", 5), occurred_at=days_ago(1))
        self.wait_for_scores({"tea": 7})
        self.delete(f"/v1/purchases/{late}")
        self.wait_for_scores({"tea": 2})
        self.assertEqual(self.items(window="1d"), [("tea", 2)])

    def test_a_product_without_sales_left_leaves_the_list(self):
        sold = self.sell(("tea", 2), ("cup", 1))
        self.wait_for_scores({"tea": 2, "cup": 1})
        self.delete(f"/v1/purchases/{sold[0]}")
        self.wait_for_scores({"tea": None, "cup": 1})
        self.assertEqual(self.popular()["items"][0]["rank"], 1)

    def test_labels_are_shown_and_follow_the_catalogue(self):
        product = self.make_product(name="Tea", price=250)
        self.sell((product, 3))
        self.wait_for_scores({product: 3})
        self.assertEqual(self.popular()["items"][0], {
            "rank": 1, "product_id": product, "name": "Tea", "price": 250, "score": 3})
        self.patch(f"/v1/products/{product}", {"name": 'Té "verde" \\ 茶', "price": 300})
        wait_until(lambda: self.popular()["items"][0]["name"] == 'Té "verde" \\ 茶', "new name")
        self.assertEqual(self.popular()["items"][0]["price"], 300)

    def test_a_product_that_is_registered_later_gets_its_label(self):
        self.sell(("later", 3))
        self.wait_for_scores({"later": 3})
        self.make_product(product_id="later", name="Named at last", price=5)
        wait_until(lambda: self.popular()["items"][0]["name"] == "Named at last", "the name")

    def test_a_strong_etag_answers_304_until_the_list_changes(self):
        self.sell(("tea", 2))
        self.wait_for_scores({"tea": 2})
        path = "/v1/products/popular?window=3d&limit=10"
        etag = self.get(path).headers["etag"]
        self.assertRegex(etag, re.compile(r'^"[^"]+"$'))
        for sent in (etag, f'"other", {etag}', "*", f"W/{etag}"):
            answer = self.get(path, 304, headers={"If-None-Match": sent})
            self.assertEqual((answer.body, answer.headers["etag"]), (b"", etag))
        self.get(path, 200, headers={"If-None-Match": '"other"'})
        self.sell(("cup", 1))
        self.wait_for_scores({"cup": 1})
        answer = self.get(path, 200, headers={"If-None-Match": etag})
        self.assertNotEqual(answer.headers["etag"], etag)

    def test_lists_of_other_limits_or_windows_have_other_etags(self):
        self.sell(("tea", 2), ("cup", 1))
        self.wait_for_scores({"tea": 2, "cup": 1})
        paths = [f"/v1/products/popular?window={window}&limit={limit}"
                 for window in ("1d", "3d") for limit in (1, 2)]
        self.assertEqual(len({self.get(path).headers["etag"] for path in paths}), 4)

    def test_head_gives_the_headers_of_get(self):
        path = "/v1/products/popular"
        whole, head = self.get(path), self.request("HEAD", path)
        self.assertEqual(head.headers["etag"], whole.headers["etag"])
        self.assertEqual(head.headers["content-length"], whole.headers["content-length"])

    def test_wrong_parameters_are_refused_by_name(self):
        for query, name in (("window=2d", "window"), ("window=3", "window"), ("window=", "window"),
                            ("limit=0", "limit"), ("limit=101", "limit"), ("limit=-1", "limit"),
                            ("limit=five", "limit"), ("size=5", "size")):
            answer = self.get(f"/v1/products/popular?{query}", 422, code="invalid_input")
            self.assertEqual(answer.fields, [name], query)

    def test_a_hundred_items_are_the_most(self):
        self.sell(*[(f"p{number:03}", 1 + number) for number in range(150)])
        self.wait_for_scores({"p149": 150})
        self.assertEqual(self.items(), [(f"p{n:03}", 1 + n) for n in range(149, 49, -1)])

    def test_the_list_equals_a_model_under_random_sales_and_returns(self):
        chance = seeded_random(self.id())
        model, purchases = {}, []
        for _ in range(60):
            if purchases and chance.random() < 0.4:
                purchase, product, quantity, recent = purchases.pop(
                    chance.randrange(len(purchases)))
                self.delete(f"/v1/purchases/{purchase}")
                quantity = -quantity
            else:
                product, quantity = f"p{chance.randrange(12)}", chance.randint(1, 9)
                age = chance.randrange(5)
                recent = age < 3
                [purchase] = self.sell((product, quantity), occurred_at=days_ago(age))
                purchases.append((purchase, product, quantity, recent))
            if recent:
                model[product] = model.get(product, 0) + quantity
        self.sell(("last", 1))
        self.wait_for_scores({"last": 1})
        model["last"] = 1
        wanted = sorted(((score, product) for product, score in model.items() if score > 0),
                        key=lambda pair: (pair[0], pair[1].encode()), reverse=True)
        self.assertEqual(self.items(), [(product, score) for score, product in wanted])
        self.verify()


class RankTest(SystemTest):
    server_per_test = True
    server_flags = ("--shop-time-zone", DAYTIME_ZONE)

    def rank(self, product, window="3d"):
        body = self.get(f"/v1/products/{product}/rank?window={window}").json()
        self.assertEqual(set(body), {"product_id", "rank", "score"})
        self.assertEqual(body["product_id"], product)
        return body["rank"], body["score"]

    def test_the_rank_of_every_product_is_its_place_in_the_list(self):
        self.sell(*[(f"p{number:03}", 1 + number % 40) for number in range(200)])
        self.wait_for_scores({"p199": 40})
        order = sorted((1 + number % 40, f"p{number:03}") for number in range(200))[::-1]
        for place in (1, 2, 50, 100, 101, 150, 200):
            score, product = order[place - 1]
            self.assertEqual(self.rank(product), (place, score))

    def test_a_product_that_was_not_sold_has_no_rank(self):
        self.sell(("old", 5), occurred_at=days_ago(1))
        self.wait_for_scores({"old": 5})
        self.assertEqual(self.rank("nowhere"), (None, 0))
        self.assertEqual(self.rank("old"), (1, 5))
        self.assertEqual(self.rank("old", "1d"), (None, 0))

    def test_three_days_are_the_default_and_others_are_refused(self):
        self.assertEqual(self.get("/v1/products/tea/rank")["rank"], None)
        answer = self.get("/v1/products/tea/rank?window=7d", 422, code="invalid_input")
        self.assertEqual(answer.fields, ["window"])

    def test_an_id_that_cannot_be_one_is_not_found(self):
        self.get("/v1/products/a%20b/rank", 404, code="not_found")
