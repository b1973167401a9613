"""Health, status, metrics, and the contract that the server states of itself."""
import re

import jsonschema

from support.case import SystemTest
from support.contract import METHODS
from support.waiting import wait_until

# Every endpoint of the product.
ENDPOINTS = """
post /v1/products; get /v1/products; get /v1/products/{}; patch /v1/products/{}
get /v1/products/popular; get /v1/products/{}/rank
post /v1/orders; get /v1/orders/{}; post /v1/orders/{}/complete; post /v1/orders/{}/cancel
post /v1/purchases; delete /v1/purchases/{}
post /v1/coupon-events; get /v1/coupon-events; get /v1/coupon-events/{}
patch /v1/coupon-events/{}; post /v1/coupon-events/{}/pause
post /v1/coupon-events/{}/resume; post /v1/coupon-events/{}/close
post /v1/coupon-events/{}/requests; get /v1/coupon-events/{}/requests/{}
get /v1/coupon-events/{}/coupons; get /v1/coupon-events/{}/stream
get /v1/users/{}/coupons
get /livez; get /readyz; get /startupz; get /metrics; get /openapi.json; get /v1/status
"""


class AroundTest(SystemTest):
    def test_a_running_server_is_alive_ready_and_started(self):
        for path in ("/livez", "/readyz", "/startupz"):
            self.get(path)

    def test_nothing_of_health_wants_a_body_or_takes_another_method(self):
        for path in ("/livez", "/readyz", "/startupz", "/metrics", "/openapi.json", "/v1/status"):
            self.assertEqual(self.request("HEAD", path).body, b"")
            self.post(path, {}, 405, code="method_not_allowed")

    def test_the_status_says_what_there_is(self):
        status = self.get("/v1/status").json()
        self.assertEqual(status["mode"], "direct")
        self.assertRegex(status["version"], r"^\d+\.\d+\.\d+")
        self.assertEqual(self.rushline("version").stdout.split()[1].split("+")[0],
                         status["version"].split("+")[0])

    def test_an_unknown_path_is_not_found(self):
        for path in ("/", "/v1", "/v1/", "/v2/products", "/v1/products/", "/livez/", "/LIVEZ",
                     "/v1/coupon-events/1/unknown", "//v1/products", "/v1/orders/1/complete/x"):
            answer = self.http.get(path)
            self.assertEqual((answer.status, answer.code), (404, "not_found"), path)

    def test_every_problem_has_an_id_of_its_own(self):
        answers = [self.get("/nowhere", 404) for _ in range(20)]
        self.assertEqual(len({answer["request_id"] for answer in answers}), 20)
        answer = self.http.get("/nowhere")
        self.assertEqual(answer.headers["x-request-id"], answer["request_id"])
        self.assertTrue(all(answer["type"].endswith("errors#not_found") for answer in answers))

    def test_options_tells_the_methods(self):
        answer = self.request("OPTIONS", "/v1/products", status=204)
        allowed = {word.strip() for word in answer.headers["allow"].split(",")}
        self.assertEqual(allowed, {"GET", "HEAD", "POST", "OPTIONS"})


class MetricsTest(SystemTest):
    def series(self):
        """Every sample as name{labels} → value."""
        text = self.get("/metrics").body.decode()
        samples = [line.rsplit(" ", 1) for line in text.splitlines() if line[:1] not in ("#", "")]
        return {name: float(value) for name, value in samples}

    def test_every_series_is_ours_described_and_there_from_the_start(self):
        answer = self.get("/metrics")
        self.assertTrue(answer.headers["content-type"].startswith("text/plain"))
        text = answer.body.decode()
        described = set(re.findall(r"^# TYPE (\S+) (?:counter|gauge|histogram)$", text, re.M))
        self.assertEqual(described, set(re.findall(r"^# HELP (\S+) .+$", text, re.M)))
        for name in self.series():
            self.assertRegex(name, r"^(rushline|process)_[a-z0-9_]+(\{.*\})?$")
            family = re.sub(r"\{.*|_(bucket|sum|count)(\{.*)?$", "", name)
            self.assertTrue(family in described or name.split("{")[0] in described, name)

    def test_metrics_agree_with_what_happened(self):
        before = self.series()
        event = self.make_event(2)
        for user in ("a", "b", "c", "a"):
            self.http.post(f"/v1/coupon-events/{event}/requests", {"user_id": user})

        def risen():
            after = self.series()
            self.assertEqual(set(after), set(before))
            return {name for name, value in after.items()
                    if value - before[name] == 2 and "issued" in name}

        wait_until(risen, "a metric counts the two coupons")


class OpenApiTest(SystemTest):
    def schemas(self, node):
        if isinstance(node, dict):
            if "schema" in node:
                yield node["schema"]
            for child in node.values():
                yield from self.schemas(child)
        elif isinstance(node, list):
            for child in node:
                yield from self.schemas(child)

    def test_the_contract_is_openapi_31_and_its_schemas_are_valid(self):
        document = self.contract.document
        self.assertRegex(document["openapi"], r"^3\.1\.")
        for schema in [*self.schemas(document["paths"]),
                       *document["components"]["schemas"].values()]:
            jsonschema.Draft202012Validator.check_schema(schema)

    def test_every_reference_leads_somewhere(self):
        def references(node):
            if isinstance(node, dict):
                for name, child in node.items():
                    if name == "$ref":
                        yield child
                    else:
                        yield from references(child)
            elif isinstance(node, list):
                for child in node:
                    yield from references(child)

        found = set(references(self.contract.document))
        self.assertTrue(found)
        for reference in found:
            self.assertTrue(self.contract.resolve({"$ref": reference}), reference)

    def test_every_endpoint_is_declared_and_nothing_else(self):
        declared = {f"{method} {re.sub(r'{[^}]*}', '{}', path)}"
                    for path, item in self.contract.document["paths"].items()
                    for method in METHODS if method in item}
        wanted = {line.strip() for line in ENDPOINTS.replace("\n", ";").split(";") if line.strip()}
        self.assertEqual(declared, wanted)

    def test_every_example_is_valid(self):
        count = 0
        for item in self.contract.document["paths"].values():
            for method in METHODS:
                operation = item.get(method, {})
                bodies = [operation.get("requestBody", {}),
                          *operation.get("responses", {}).values()]
                for body in bodies:
                    for content in self.contract.resolve(body).get("content", {}).values():
                        examples = [example["value"] for example in
                                    content.get("examples", {}).values()]
                        examples += [content["example"]] if "example" in content else []
                        for example in examples:
                            self.contract.check_schema(content["schema"], example)
                            count += 1
        self.assertGreater(count, 10)

    def test_every_operation_declares_what_can_go_wrong(self):
        for path, item in self.contract.document["paths"].items():
            for method in METHODS:
                if method in item and path.startswith("/v1/"):
                    responses = set(item[method]["responses"])
                    self.assertTrue(responses & {"default", "4XX", "503", "5XX"}, (method, path))
