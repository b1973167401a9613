"""Purchases of the shop's own order system: taken in bulk, once each, all or nothing."""
from datetime import datetime, timedelta, timezone

from support.case import SystemTest


def line(purchase, product, quantity=1, **fields):
    return {"purchase_id": purchase, "product_id": product, "quantity": quantity, **fields}


class PurchasesTest(SystemTest):
    def take(self, lines, status=200, **expected):
        return self.post("/v1/purchases", {"purchases": lines}, status, **expected)

    def counts(self, answer):
        return answer["accepted"], answer["duplicates"]

    def test_purchases_count_once_however_often_they_are_sent(self):
        product = self.unique("p")
        lines = [line(self.unique("P"), product, 3), line(self.unique("P"), product, 4)]
        self.assertEqual(self.take(lines).json(), {"accepted": 2, "duplicates": 0})
        self.assertEqual(self.take(lines).json(), {"accepted": 0, "duplicates": 2})
        more = [*lines, line(self.unique("P"), product, 5)]
        self.assertEqual(self.counts(self.take(more)), (1, 2))
        self.wait_for_scores({product: 12})

    def test_a_purchase_may_have_a_line_per_product(self):
        purchase, first, second = self.unique("P"), self.unique("p"), self.unique("p")
        self.assertEqual(self.counts(self.take([line(purchase, first, 1)])), (1, 0))
        self.assertEqual(self.counts(self.take([line(purchase, second, 2)])), (1, 0))
        self.wait_for_scores({first: 1, second: 2})

    def test_the_same_line_twice_in_one_request_is_a_duplicate(self):
        product, purchase = self.unique("p"), self.unique("P")
        answer = self.take([line(purchase, product, 3), line(purchase, product, 3)])
        self.assertEqual(self.counts(answer), (1, 1))
        self.wait_for_scores({product: 3})

    def test_another_quantity_is_a_conflict_and_nothing_is_taken(self):
        product, other, purchase = self.unique("p"), self.unique("p"), self.unique("P")
        self.take([line(purchase, product, 3)])
        self.take([line(self.unique("P"), other, 9), line(purchase, product, 4)], 409,
                  code="purchase_conflict")
        probe = self.unique("p")
        self.take([line(self.unique("P"), probe, 1)])
        self.wait_for_scores({probe: 1, product: 3, other: None})

    def test_a_conflict_within_one_request_takes_nothing(self):
        product, purchase, probe = self.unique("p"), self.unique("P"), self.unique("p")
        self.take([line(purchase, product, 3), line(purchase, product, 4)], 409,
                  code="purchase_conflict")
        self.take([line(self.unique("P"), probe, 1)])
        self.wait_for_scores({probe: 1, product: None})

    def test_any_invalid_line_takes_nothing_and_is_named(self):
        good, probe = self.unique("p"), self.unique("p")
        wrong = [{"quantity": 0}, {"quantity": -1}, {"quantity": 1.5}, {"quantity": "1"},
                 {"quantity": 9007199254740992}, {"quantity": 1000001}, {"quantity": None},
                 {"product_id": ""}, {"product_id": "a b"}, {"purchase_id": "x" * 65},
                 {"occurred_at": "yesterday"}, {"occurred_at": "2026-13-01T00:00:00Z"},
                 {"occurred_at": 5}, {"colour": "red"}]
        for change in wrong:
            lines = [line(self.unique("P"), good, 1), {**line(self.unique("P"), good), **change}]
            answer = self.take(lines, 422, code="invalid_input")
            self.assertEqual(answer.fields, [f"purchases[1].{next(iter(change))}"], change)
        self.take([line(self.unique("P"), probe, 1)])
        self.wait_for_scores({probe: 1, good: None})

    def test_a_missing_field_is_named(self):
        for name in ("purchase_id", "product_id", "quantity"):
            lines = [{key: value for key, value in line("P", "p").items() if key != name}]
            self.assertEqual(self.take(lines, 422).fields, [f"purchases[0].{name}"])

    def test_ten_thousand_lines_are_taken_and_one_more_or_none_refused(self):
        product, batch = self.unique("p"), self.unique("B")
        lines = [line(f"{batch}-{number}", product) for number in range(10001)]
        self.assertEqual(self.take(lines, 422).fields, ["purchases"])
        self.assertEqual(self.take([], 422).fields, ["purchases"])
        self.assertEqual(self.counts(self.take(lines[:10000])), (10000, 0))
        self.assertEqual(self.counts(self.take(lines[:10000])), (0, 10000))
        self.wait_for_scores({product: 10000})

    def test_taking_back_takes_all_lines_back_and_may_be_repeated(self):
        purchase, first, second = self.unique("P"), self.unique("p"), self.unique("p")
        self.take([line(purchase, first, 3), line(purchase, second, 4)])
        self.wait_for_scores({first: 3, second: 4})
        self.delete(f"/v1/purchases/{purchase}")
        self.wait_for_scores({first: None, second: None})
        self.delete(f"/v1/purchases/{purchase}")
        probe = self.unique("p")
        self.take([line(self.unique("P"), probe, 1)])
        self.wait_for_scores({probe: 1, first: None, second: None})
        self.verify()

    def test_an_unknown_purchase_is_not_found(self):
        self.delete("/v1/purchases/nowhere", 404, code="not_found")

    def test_a_deleted_id_stays_used(self):
        purchase, product, probe = self.unique("P"), self.unique("p"), self.unique("p")
        self.take([line(purchase, product, 3)])
        self.delete(f"/v1/purchases/{purchase}")
        self.assertEqual(self.counts(self.take([line(purchase, product, 3)])), (0, 1))
        self.take([line(purchase, product, 5)], 409, code="purchase_conflict")
        late = self.unique("p")
        self.take([line(purchase, late, 3)], 409, code="purchase_conflict")
        self.take([line(self.unique("P"), probe, 1)])
        self.wait_for_scores({probe: 1, product: None, late: None})

    def test_a_late_purchase_counts_on_its_own_day(self):
        now = datetime.now(timezone.utc)
        week_ago = (now - timedelta(days=7)).isoformat().replace("+00:00", "Z")
        old, new = self.unique("p"), self.unique("p")
        self.take([line(self.unique("P"), old, 9, occurred_at=week_ago),
                   line(self.unique("P"), new, 1, occurred_at=now.isoformat())])
        self.wait_for_scores({old: None, new: 1})
        self.verify()

    def test_numbers_are_taken_as_ids(self):
        product = 123456789
        self.take([line(987654321, product, 2)])
        self.wait_for_scores({"123456789": 2})
        self.delete("/v1/purchases/987654321")
        self.wait_for_scores({"123456789": None})

    def test_a_repeated_key_gives_the_first_answer_again(self):
        lines = [line(self.unique("P"), self.unique("p"))]
        first = self.take(lines, key="bulk-1")
        self.assertEqual(self.take(lines, key="bulk-1").body, first.body)
        self.assertEqual(first["accepted"], 1)
        self.take([line(self.unique("P"), "x")], 422, key="bulk-1", code="idempotency_key_reused")

    def test_without_registration_a_product_is_ranked_but_has_no_label(self):
        product = self.unique("p")
        self.take([line(self.unique("P"), product, 7)])
        self.wait_for_scores({product: 7})
        item = next(item for item in self.popular()["items"] if item["product_id"] == product)
        self.assertEqual((item["name"], item["price"]), (None, None))
