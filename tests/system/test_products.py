"""Products: created, listed, found, changed; what an id, a name, a price and a stock may be."""
from support.case import SystemTest


class ProductsTest(SystemTest):
    def test_a_created_product_is_answered_and_found_again(self):
        body = {"product_id": "sku:1@a.b_C-9", "name": "Tee & „Kanne“ 茶", "price": 1990, "stock": 7}
        self.assertEqual(self.post("/v1/products", body, 201).json(), body)
        self.assertEqual(self.get("/v1/products/sku:1@a.b_C-9").json(), body)

    def test_a_percent_encoded_id_is_the_same_product(self):
        product = self.make_product(product_id="a:b@c")
        self.assertEqual(self.get("/v1/products/a%3Ab%40c")["product_id"], product)

    def test_an_id_is_made_up_when_none_is_given(self):
        first, second = self.make_product(), self.make_product()
        self.assertNotEqual(first, second)
        self.assertEqual(self.get(f"/v1/products/{first}")["product_id"], first)

    def test_an_id_that_is_made_up_avoids_those_of_the_shop(self):
        word, number = self.make_product().rsplit("-", 1)
        for ahead in range(1, 6):
            self.make_product(product_id=f"{word}-{int(number) + ahead}")
        made = [self.make_product() for _ in range(6)]
        self.assertEqual(len(set(made)), 6)

    def test_a_number_is_taken_as_the_digits_of_an_id(self):
        body = {"product_id": 9007199254740991, "name": "N", "price": 0, "stock": 0}
        answer = self.post("/v1/products", body, 201)
        self.assertEqual(answer["product_id"], "9007199254740991")
        self.assertEqual(self.get("/v1/products/9007199254740991")["price"], 0)

    def test_an_id_of_64_characters_is_taken_and_one_of_65_refused(self):
        self.make_product(product_id="x" * 64)
        body = {"product_id": "x" * 65, "name": "N", "price": 1, "stock": 1}
        answer = self.post("/v1/products", body, 422, code="invalid_input")
        self.assertEqual(answer.fields, ["product_id"])

    def test_an_id_that_is_taken_is_refused_and_changes_nothing(self):
        product = self.make_product(name="First", price=5, stock=5, product_id=self.unique("sku"))
        body = {"product_id": product, "name": "Second", "price": 9, "stock": 9}
        self.post("/v1/products", body, 409, code="product_exists")
        self.assertEqual(self.get(f"/v1/products/{product}").json(),
                         {"product_id": product, "name": "First", "price": 5, "stock": 5})

    def test_all_wrong_fields_are_told_together(self):
        body = {"product_id": "no blanks", "name": "", "price": -1, "stock": 1.5, "colour": "red"}
        answer = self.post("/v1/products", body, 422, code="invalid_input")
        self.assertEqual(sorted(answer.fields), ["colour", "name", "price", "product_id", "stock"])

    def test_a_patch_changes_only_what_it_names(self):
        product = self.make_product(stock=10, price=100, name="Old")
        path = f"/v1/products/{product}"
        self.assertEqual(self.patch(path, {"name": "New"}).json(),
                         {"product_id": product, "name": "New", "price": 100, "stock": 10})
        self.assertEqual(self.patch(path, {"price": 200})["price"], 200)
        self.assertEqual(self.patch(path, {"add_stock": 5})["stock"], 15)
        self.assertEqual(self.get(path).json(),
                         {"product_id": product, "name": "New", "price": 200, "stock": 15})

    def test_stock_can_be_taken_away_down_to_zero_and_no_further(self):
        path = f"/v1/products/{self.make_product(stock=10)}"
        self.assertEqual(self.patch(path, {"add_stock": -10})["stock"], 0)
        self.patch(path, {"add_stock": -1}, 409, code="out_of_stock")
        self.assertEqual(self.get(path)["stock"], 0)

    def test_a_refused_patch_changes_nothing(self):
        path = f"/v1/products/{self.make_product(stock=1, name='Old')}"
        self.patch(path, {"name": "New", "add_stock": -2}, 409, code="out_of_stock")
        self.assertEqual(self.get(path)["name"], "Old")

    def test_an_unknown_product_is_not_found(self):
        self.get("/v1/products/nowhere", 404, code="not_found")
        self.patch("/v1/products/nowhere", {"name": "N"}, 404, code="not_found")

    def test_a_repeated_key_gives_the_first_answer_again(self):
        body = {"name": "Once", "price": 1, "stock": 1}
        first = self.post("/v1/products", body, 201, key="product-once")
        again = self.post("/v1/products", body, 201, key="product-once")
        self.assertEqual(first.json(), again.json())
        self.post("/v1/products", {**body, "price": 2}, 422, key="product-once",
                  code="idempotency_key_reused")


class ProductListTest(SystemTest):
    def test_every_product_comes_once_in_the_order_of_the_ids_page_by_page(self):
        wanted = [f"page-{number:03}" for number in range(120)]
        for product in reversed(wanted):
            self.make_product(product_id=product)
        first = self.get("/v1/products").json()
        self.assertEqual(len(first["items"]), 50)
        items = self.all_items("/v1/products?limit=7")
        self.assertEqual([item["product_id"] for item in items], wanted)
        whole = self.get("/v1/products?limit=1000").json()
        self.assertEqual(whole["items"], items)
        self.assertIsNone(whole["next"])

    def test_a_limit_outside_its_bounds_is_refused_by_name(self):
        for limit in ("0", "-1", "1001", "x", "1.5", "", "9007199254740992"):
            answer = self.get(f"/v1/products?limit={limit}", 422, code="invalid_input")
            self.assertEqual(answer.fields, ["limit"], limit)

    def test_a_cursor_that_cannot_be_one_is_refused_by_name(self):
        answer = self.get("/v1/products?cursor=%20%20", 422, code="invalid_input")
        self.assertEqual(answer.fields, ["cursor"])

    def test_an_unknown_parameter_is_refused_by_name(self):
        answer = self.get("/v1/products?offset=5", 422, code="invalid_input")
        self.assertEqual(answer.fields, ["offset"])
