"""HTTP from end to end: limits on line, header, body and time; framing; pipelining."""
import json
import time

from support.case import SystemTest
from support.client import ConnectionEnded, request_bytes
from support.waiting import wait_until


class HttpLimitsTest(SystemTest):
    def send_raw(self, data, method="GET", path="/livez"):
        """Sends bytes on a connection of their own; gives the answer and the connection."""
        connection = self.connection()
        connection.send(data)
        return connection.read_answer(method, path), connection

    def refused(self, data, status, code, closed=True):
        answer, connection = self.send_raw(data)
        self.assertEqual((answer.status, answer.code), (status, code), data[:200])
        if closed:
            self.assertEqual(answer.headers.get("connection"), "close", data[:200])
            self.assertIsNone(connection.socket, "the connection must be closed")
        self.get("/livez")

    def test_a_request_line_of_8_kib_is_taken_and_a_longer_one_refused(self):
        path = "/v1/products?cursor=" + "x" * 4000
        self.get(path, 422)
        self.refused(f"GET /{'x' * 9000} HTTP/1.1\r\nHost: a\r\n\r\n".encode(), 414,
                     "uri_too_long")
        self.refused(b"GET /" + b"x" * 100000, 414, "uri_too_long")

    def test_headers_up_to_16_kib_are_taken_and_more_refused(self):
        self.get("/livez", headers={"X-Long": "x" * 8000})
        many = "".join(f"X-{number}: {'y' * 100}\r\n" for number in range(300))
        self.refused(f"GET /livez HTTP/1.1\r\nHost: a\r\n{many}\r\n".encode(), 431,
                     "header_too_large")
        self.refused(b"GET /livez HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 40000, 431,
                     "header_too_large")

    def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(self):
        head = b"POST /v1/products HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        answer, _ = self.send_raw(head + b"Content-Length: 4194305\r\n\r\n", "POST",
                                  "/v1/products")
        self.assertEqual((answer.status, answer.code), (413, "payload_too_large"))
        answer, _ = self.send_raw(head + b"Content-Length: 99999999999999999999\r\n\r\n", "POST",
                                  "/v1/products")
        self.assertIn(answer.status, (400, 413))

    def test_a_chunked_body_that_grows_too_large_is_refused(self):
        connection = self.connection()
        connection.send(b"POST /v1/products HTTP/1.1\r\nHost: a\r\nContent-Type: application/json"
                        b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        try:
            for _ in range(80):
                connection.send(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused in the middle; the answer stands to be read
        self.assertEqual(connection.read_answer("POST", "/v1/products").status, 413)

    def test_a_body_of_4_mib_is_taken(self):
        body = {"name": "N", "price": 1, "stock": 1}
        content = json.dumps(body).encode().ljust(4 * 1024 * 1024)
        self.post("/v1/products", content, 201)

    def test_a_chunked_body_is_taken(self):
        content = json.dumps({"name": "Chunked", "price": 1, "stock": 1}).encode()
        pieces = b"".join(b"%x\r\n%b\r\n" % (len(content[at:at + 7]), content[at:at + 7])
                          for at in range(0, len(content), 7))
        answer, connection = self.send_raw(
            b"POST /v1/products HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n", "POST", "/v1/products")
        self.assertEqual((answer.status, answer["name"]), (201, "Chunked"))
        self.assertEqual(connection.get("/livez").status, 200)

    def test_expect_100_continue_is_answered(self):
        connection = self.connection()
        content = json.dumps({"name": "Expected", "price": 1, "stock": 1}).encode()
        connection.send(b"POST /v1/products HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                        % len(content))
        self.assertEqual(connection.take_line(), "HTTP/1.1 100 Continue")
        self.assertEqual(connection.take_line(), "")
        connection.send(content)
        self.assertEqual(connection.read_answer("POST", "/v1/products").status, 201)

    def test_what_cannot_be_read_is_refused_and_the_connection_closed(self):
        for data in (b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"GET /livez\r\n\r\n",
                     b"GET /livez HTTP/1.1\r\n\r\n",  # no Host
                     b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                     b"GET /livez HTTP/9.9\r\nHost: a\r\n\r\n",
                     b"GET /livez HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
                     b"GET /livez HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
                     b"GET /livez HTTP/1.1\r\nHost: a\r\nX: y\r\n folded\r\n\r\n",
                     b"GET /live\x00z HTTP/1.1\r\nHost: a\r\n\r\n",
                     b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"):
            self.refused(data, 400, "unreadable")

    def test_shapes_that_smuggle_requests_are_refused(self):
        head = b"POST /v1/products HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        inner = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        for data in (head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                     head + b"Content-Length: -1\r\n\r\n",
                     head + b"Content-Length: +5\r\n\r\nhello",
                     head + b"Content-Length: 5x\r\n\r\nhello",
                     head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
                     head + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                     head + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"):
            answer, connection = self.send_raw(data, "POST", "/v1/products")
            self.assertEqual(answer.status, 400, data)
            self.assertIsNone(connection.socket, data)
        answer, connection = self.send_raw(head + b"Content-Length: 2\r\n\r\n{}" + inner, "POST",
                                           "/v1/products")
        self.assertEqual(answer.status, 422)
        self.assertEqual(connection.read_answer().status, 200)

    def test_another_content_type_is_refused_and_the_connection_lives(self):
        connection = self.connection()
        for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", None,
                     "application/jsonx", "multipart/form-data; boundary=x"):
            answer = connection.post("/v1/products", {"name": "N", "price": 1, "stock": 1},
                                     {"Content-Type": kind})
            self.assertEqual((answer.status, answer.code), (415, "unsupported_media_type"), kind)
        for kind in ("application/json; charset=utf-8", "Application/JSON"):
            answer = connection.post("/v1/products", {"name": "N", "price": 1, "stock": 1},
                                     {"Content-Type": kind})
            self.assertEqual(answer.status, 201, kind)

    def test_a_known_path_with_another_method_names_the_allowed_ones(self):
        for method, path in (("DELETE", "/v1/products"), ("PUT", "/v1/products/x"),
                             ("POST", "/v1/products/popular"), ("GET", "/v1/purchases/x"),
                             ("BREW", "/v1/products"), ("PATCH", "/livez")):
            answer = self.request(method, path, status=405, code="method_not_allowed")
            self.assertTrue(answer.headers["allow"], path)

    def test_pipelined_requests_are_answered_in_their_order(self):
        event = self.make_event(50)
        path = f"/v1/coupon-events/{event}/requests"
        connection = self.connection()
        connection.send(b"".join(request_bytes("POST", path, {"user_id": f"u{number}"}) +
                                 request_bytes("GET", "/livez") for number in range(60)))
        numbers = []
        for number in range(60):
            answer = connection.read_answer("POST", path)
            if number < 50:
                numbers.append(answer["issue_no"])
            else:
                self.assertEqual(answer.json(), {"state": "sold_out"})
            self.assertEqual(connection.read_answer("GET", "/livez").status, 200)
        self.assertEqual(numbers, list(range(1, 51)))

    def test_a_request_may_come_byte_by_byte(self):
        connection = self.connection()
        for byte in request_bytes("POST", "/v1/products", {"name": "N", "price": 1, "stock": 1}):
            connection.send(bytes([byte]))
        self.assertEqual(connection.read_answer("POST", "/v1/products").status, 201)

    def test_connection_close_is_honoured_and_http_10_understood(self):
        answer, connection = self.send_raw(
            b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        self.assertEqual((answer.status, connection.socket), (200, None))
        answer, connection = self.send_raw(b"GET /livez HTTP/1.0\r\n\r\n")
        self.assertEqual((answer.status, connection.socket), (200, None))

    def test_a_client_that_leaves_before_its_answer_harms_nobody(self):
        event = self.make_event(500)
        path = f"/v1/coupon-events/{event}/requests"
        for number in range(100):
            connection = self.connection()
            connection.send_request("POST", path, {"user_id": f"gone{number}"})
            connection.close()
        wait_until(lambda: self.event(event)["waiting"] == 0, "nobody waits any more")
        self.press(event, "ann")
        self.verify("--event", event)

    def test_too_slow_a_header_ends_with_408(self):
        connection = self.connection()
        begun = time.monotonic()
        connection.send(b"GET /livez HTTP/1.1\r\nHost: a\r\n")
        answer = connection.read_answer("GET", "/livez")
        self.assertEqual((answer.status, answer.code), (408, "request_timeout"))
        self.assertGreater(time.monotonic() - begun, 5)


class ConnectionLimitTest(SystemTest):
    server_flags = ("--http-connections-max", "20")

    def test_one_connection_too_many_is_answered_503_and_room_is_made_again(self):
        held = []
        refusals = 0
        for _ in range(30):
            connection = self.connection()
            try:
                answer = connection.get("/livez")
            except (ConnectionEnded, ConnectionResetError, BrokenPipeError):
                refusals += 1
                continue
            if answer.status == 200:
                held.append(connection)
            else:
                self.assertEqual((answer.status, answer.code), (503, "too_many_connections"))
                refusals += 1
        self.assertTrue(15 <= len(held) <= 20, len(held))
        self.assertGreater(refusals, 0)
        for connection in held:
            connection.close()

        def lets_in():
            with self.connection() as connection:
                try:
                    return connection.get("/livez").status == 200
                except (ConnectionEnded, ConnectionResetError, BrokenPipeError):
                    return False

        wait_until(lets_in, "there is room again")


class BodyLimitTest(SystemTest):
    server_flags = ("--http-body-bytes-max", "1024")

    def test_the_limit_on_bodies_is_a_setting(self):
        small = json.dumps({"name": "N", "price": 1, "stock": 1}).encode()
        self.post("/v1/products", small.ljust(1024), 201)
        self.post("/v1/products", small.ljust(1025), 413, code="payload_too_large")
