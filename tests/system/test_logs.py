"""Lines about requests: only what failed or was slow, by its route, found again by id and trace."""
import json
import signal

from support.case import SystemTest
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
