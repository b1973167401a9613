"""Lines about requests: only what failed or was slow, by its route, found again by id and trace."""
import json
import signal

from support.case import SystemTest
from support.keys import make_key
from support.waiting import wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class RequestLinesTest(SystemTest):
    server_per_test = True

    def lines(self):
        """Every line of the log that is JSON."""
        return [json.loads(line) for line in list(self.server.lines) if line.startswith("{")]

    def about_requests(self):
        return [line for line in self.lines() if line["message"].startswith("a request ")]

    def test_requests_that_go_well_have_no_line(self):
        event = self.make_event(5)
        for number in range(20):
            self.press(event, f"u{number}", 201 if number < 5 else 200)
        self.get("/v1/orders/4711", 404)
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.about_requests(), [])

    def test_a_slow_request_is_named_by_route_and_trace_and_never_by_its_user(self):
        self.relaunch(flags=("--log-slow-request-ms", "1"))
        # A write ends with an fsync, which takes longer than a millisecond sooner or later.
        connection = self.connection()
        product = {"name": "Tea", "price": 1, "stock": 1}
        for number in range(300):
            connection.post("/v1/products", {**product, "product_id": f"secret-{number}"},
                            {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
            if self.about_requests():
                break
        line = wait_until(self.about_requests, "a slow request is told")[0]
        self.assertEqual(line["message"], "a request was slow")
        self.assertEqual((line["method"], line["route"]), ("POST", "/v1/products"))
        self.assertEqual(line["trace_id"], TRACE)
        self.assertGreater(line["ms"], 1)
        self.assertRegex(line["request_id"], "^[0-9a-f]{16}$")
        self.assertNotIn("secret-", json.dumps(line))

    def test_an_operators_change_and_a_stranger_are_told(self):
        key, line = make_key(self.folder, "office", "admin")
        keys = self.folder / "keys"
        keys.write_text(f"{line}\n", encoding="utf-8")
        self.relaunch(flags=("--keys", keys))
        connection = self.connection()
        known = {"Authorization": f"Bearer {key}"}
        product = {"product_id": "tea", "name": "Tea", "price": 1, "stock": 1}
        self.assertEqual(connection.post("/v1/products", product, known).status, 201)
        refused = connection.post("/v1/products", product)
        self.assertEqual(refused.status, 401)
        denied = wait_until(lambda: [line for line in self.lines()
                                     if line["message"] == "a request was denied"], "it is told")[0]
        self.assertEqual((denied["status"], denied["client"]), (401, "127.0.0.1"))
        self.assertEqual(denied["request_id"], refused.headers["x-request-id"])
        change = [line for line in self.lines()
                  if line["message"] == "an operator asked for a change"][0]
        self.assertEqual((change["key"], change["path"], change["status"]),
                         ("office", "/v1/products", 201))
        self.assertNotIn(key, self.server.log())
        self.assertIn('rushline_http_denied_total{status="401"} 1\n',
                      connection.get("/metrics").body.decode())

    def test_each_line_is_json_where_that_is_asked_for(self):
        self.relaunch(flags=("--log-format", "json"))
        self.assertEqual(self.server.stop(), 0)
        said = [json.loads(line)["message"] for line in self.server.lines]
        self.assertIn(f"listening on {self.server.url}", said)
        self.assertTrue(any(line.startswith("draining") for line in said))

    def test_a_trace_that_is_malformed_or_stands_twice_is_ignored(self):
        for headers in (b"traceparent: nonsense\r\n",
                        b"traceparent: 00-%s-00f067aa0ba902b7-01\r\n" % TRACE.encode() * 2):
            connection = self.connection()
            connection.send(b"GET /v1/products HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n")
            self.assertEqual(connection.read_answer("GET", "/v1/products").status, 200)

    def test_a_probe_that_is_told_to_stay_away_is_no_failure(self):
        self.relaunch(flags=("--http-drain-delay-seconds", "1"))
        self.server.signal(signal.SIGTERM)
        wait_until(lambda: self.connection().get("/readyz").status == 503, "it says that it ends")
        self.assertEqual(self.server.wait(), 0)
        self.assertEqual(self.about_requests(), [])
