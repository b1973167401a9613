"""Bad input to every endpoint, made from the contract: refused, named, and nothing is stored."""
import sqlite3

from support.bad_input import NO_OBJECT, UNREADABLE, Bodies, names
from support.case import SystemTest
from support.contract import METHODS
from support.waiting import seeded_random

NO_DIGITS = [byte for byte in range(256) if not chr(byte).isdigit()]


class BadInputTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("prepare")
        case.make_product(product_id="bad-input", stock=100)
        cls.order = case.place("ann", [("bad-input", 1)])["order_id"]
        cls.event_id = case.make_event(1000)
        cls.before = cls.stored()

    def prepare(self):
        """Not a test: what the test case that fills the database is made for."""

    def tearDown(self):
        self.get("/livez")
        self.assertTrue(self.server.is_running(), self.server.log())
        self.assertEqual(self.stored(), self.before)

    @classmethod
    def stored(cls):
        """Every row of every table but the ones that may change without anybody asking."""
        database = sqlite3.connect(f"file:{cls.folder}/rushline.db?mode=ro", uri=True)
        try:
            tables = [name for name, in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            return {table: sorted(map(repr, database.execute(f"SELECT * FROM {table}")))
                    for table in tables}
        finally:
            database.close()

    def operations(self):
        """(method, path with ids that exist, operation) of everything under /v1."""
        for template, item in self.contract.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method.upper(), self.filled(template), {
                        **item[method],
                        "parameters": [self.contract.resolve(parameter) for parameter in
                                       item.get("parameters", []) +
                                       item[method].get("parameters", [])]}

    def filled(self, template):
        if template.startswith("/v1/orders/{"):
            return self._fill(template, self.order)
        if template.startswith("/v1/coupon-events/{"):
            return self._fill(template, self.event_id, "nobody")
        return self._fill(template, "bad-input")

    def _fill(self, template, *values):
        for value in values:
            if "{" in template:
                head, _, rest = template.partition("{")
                template = f"{head}{value}{rest.partition('}')[2]}"
        self.assertNotIn("{", template)
        return template

    def writes(self):
        """(method, path, bodies) of everything that takes a body with fields."""
        for method, path, operation in self.operations():
            body = self.contract.resolve(operation.get("requestBody", {}))
            schema = body.get("content", {}).get("application/json", {}).get("schema")
            if schema is not None and self.contract.resolve(schema).get("properties"):
                yield method, path, Bodies(self.contract, schema)

    def send(self, method, path, body, headers=None):
        return self.http.request(method, path, body,
                                 {"Idempotency-Key": self.unique("bad"), **(headers or {})})

    def test_every_wrong_field_of_every_body_is_refused_by_its_name(self):
        count, paths = 0, set()
        for method, path, bodies in self.writes():
            for field, body in bodies.mutants():
                answer = self.send(method, path, body)
                self.assertEqual(answer.status, 422, f"{method} {path} {body} → {answer!r}")
                self.assertEqual(answer.code, "invalid_input", f"{path} {body} → {answer!r}")
                self.assertTrue(names(answer.fields, field),
                                f"{path} {body}: {field} is not named by {answer.fields}")
                count += 1
            paths.add(path)
        self.assertGreaterEqual(len(paths), 8)
        self.assertGreater(count, 400)

    def test_every_unreadable_body_is_refused(self):
        for method, path, _ in self.writes():
            for what, content in UNREADABLE:
                answer = self.send(method, path, content)
                self.assertEqual((answer.status, answer.code), (400, "unreadable"),
                                 f"{method} {path}: {what} → {answer!r}")
            for content in NO_OBJECT:
                answer = self.send(method, path, content)
                self.assertIn(answer.status, (400, 422), f"{method} {path}: {content}")

    def test_a_field_that_stands_twice_is_refused(self):
        for method, path, bodies in self.writes():
            name = next(iter(bodies.valid))
            answer = self.send(method, path, f'{{"{name}": 1, "{name}": 1}}'.encode())
            self.assertIn(answer.status, (400, 422), f"{method} {path}")

    def test_every_other_content_type_is_refused(self):
        for method, path, bodies in self.writes():
            for kind in ("text/plain", "application/xml", ""):
                answer = self.send(method, path, bodies.valid, {"Content-Type": kind})
                self.assertEqual((answer.status, answer.code), (415, "unsupported_media_type"),
                                 f"{method} {path} {kind!r}")

    def test_every_other_method_is_refused(self):
        for template, item in self.contract.document["paths"].items():
            for method in {"GET", "PUT", "POST", "PATCH", "DELETE"} - {
                    name.upper() for name in METHODS if name in item}:
                answer = self.http.request(method, self.filled(template))
                self.assertEqual((answer.status, answer.code), (405, "method_not_allowed"),
                                 f"{method} {template}")

    def test_every_parameter_that_is_unknown_wrong_or_doubled_is_refused_by_its_name(self):
        count = 0
        for method, path, operation in self.operations():
            if method != "GET" or not path.startswith("/v1/") or path.endswith("/stream"):
                continue
            names_in_query = [parameter["name"] for parameter in operation["parameters"]
                              if parameter["in"] == "query"]
            queries = [("surplus=1", "surplus")]
            for name in names_in_query:
                queries += [(f"{name}={value}", name) for value in
                            ("", "-1", "1.5", "%20", "9007199254740993", "%F0%9F%8D%B5", "x%00y")]
                queries.append((f"{name}=1&{name}=2", name))
            for query, name in queries:
                answer = self.http.get(f"{path}?{query}")
                self.assertEqual(answer.status, 422, f"{path}?{query} → {answer!r}")
                self.assertIn(name, answer.fields, f"{path}?{query}")
                count += 1
            self.assertEqual(self.http.get(f"{path}?limit=%zz").status, 400, path)
        self.assertGreater(count, 50)

    def test_every_id_that_cannot_be_one_is_not_found(self):
        wrong = ("%20", "a%20b", "x" * 65, "%00", "%ff", "%C3%A9", "a%2Fb", "..", "-", "0")
        for template, item in self.contract.document["paths"].items():
            if "{" not in template:
                continue
            for value in wrong:
                if value in ("-", "0", "..") and not template.startswith(
                        ("/v1/orders", "/v1/coupon-events/{")):
                    continue  # a shop may use these as ids
                path = self._fill(template, value, "nobody", "nobody")
                for method in (name.upper() for name in METHODS if name in item):
                    body = {"reason": "r"} if method == "POST" else None
                    if path.endswith("/requests"):
                        body = {"user_id": "ann"}
                    if method == "PATCH":
                        body = {"name": "n"} if "products" in path else {"quantity": 5000}
                    if path.endswith(("/complete", "/cancel")):
                        body = None
                    answer = self.http.request(method, path, body)
                    self.assertEqual((answer.status, answer.code), (404, "not_found"),
                                     f"{method} {path} → {answer!r}")

    def test_random_bytes_never_harm(self):
        chance = seeded_random(self.id())
        valid = b'{"user_id": "ann", "lines": [{"product_id": "bad-input", "quantity": 0}]}'
        for _ in range(300):
            content = bytearray(valid)
            for _ in range(chance.randint(1, 6)):
                # Whatever is hit, the quantity stays wrong: its zero may only become no digit.
                content[chance.randrange(len(content))] = chance.choice(NO_DIGITS)
            answer = self.send("POST", "/v1/orders", bytes(content))
            self.assertIn(answer.status, (400, 422), bytes(content))
