"""Slow clients and storms of connections: they hold little, not for long, and harm nobody."""
import contextlib
import re
import resource
import select
import socket
import struct
import unittest

from support.case import SystemTest
from support.client import Connection
from support.waiting import wait_until

EACH = 250  # connections of each slow kind
DESCRIPTORS = 4096
INPUT_BUFFER = 16 * 1024  # what a slow connection may hold, at most
HEADER_SECONDS = 10
RESET = struct.pack("ii", 1, 0)
STATE = (socket.IPPROTO_TCP, socket.TCP_INFO, 1)  # its first byte is the state
ESTABLISHED = 1
UNFINISHED_POST = (b"POST /v1/purchases HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                   b"Content-Length: 4096\r\n\r\n{")


def allow_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < DESCRIPTORS:
        raise unittest.SkipTest(f"only {hard} descriptors are allowed here")
    if soft < DESCRIPTORS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))


class SlowClientsTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        allow_descriptors()
        super().setUpClass()

    def open(self, receive_bytes=None):
        plain = socket.socket()
        self.addCleanup(plain.close)
        if receive_bytes:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.settimeout(20)
        plain.connect(self.server.address)
        return plain

    def metric(self, name):
        with self.connection() as connection:
            text = connection.get("/metrics").body.decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if re.match(rf"{name}[ {{]", line))

    def resident_bytes(self):
        with open(f"/proc/{self.server.pid}/status", encoding="utf-8") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) * 1024

    def slow_ones(self, event):
        """What slowhttptest's four modes do."""
        path = f"/v1/coupon-events/{event}/requests"
        requests = {
            "headers": b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ",
            "body": f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                    "Content-Length: 4096\r\n\r\n{".encode(),
            "read": b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n",
            "range": b"GET /livez HTTP/1.1\r\nHost: a\r\nRange: bytes=0-"
                     + b"".join(b",5-%d" % end for end in range(1300)) + b"\r\n\r\n",
        }
        for kind, request in requests.items():
            for _ in range(EACH):
                client = self.open(2048 if kind == "read" else None)
                client.sendall(request)
                yield kind, client

    def test_good_requests_are_answered_while_many_are_slow(self):
        event = self.make_event(10_000)
        path = f"/v1/coupon-events/{event}/requests"
        self.post(path, {"user_id": "first"}, 201)
        before = self.resident_bytes()
        slow = list(self.slow_ones(event))
        wait_until(lambda: self.metric("rushline_http_connections") >= len(slow),
                   "every slow client is connected")

        for number in range(300):
            self.post(path, {"user_id": f"good-{number}"}, 201)
            self.get("/livez")

        # As many buffers as there are slow clients; and the answers that the readers do not take,
        # for which the kernel's own buffers are large enough.
        self.assertLess(self.resident_bytes() - before, 2 * len(slow) * INPUT_BUFFER + 16 * 2**20)
        answers = {kind: client for kind, client in slow}
        self.assertIn(b" 200 OK", answers["range"].recv(100), "ranges are ignored")

    def test_slow_headers_are_refused_in_their_time(self):
        client = self.open()
        client.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n")
        client.settimeout(HEADER_SECONDS + 10)
        self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 408"))

    def test_a_storm_of_connections_passes(self):
        for number in range(3_000):
            client = self.open()
            if number % 3 > 0:
                client.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            if number % 2 == 0:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
        self.get("/livez")
        wait_until(lambda: self.metric("rushline_http_connections") < EACH * 4 + 10,
                   "the connections of the storm are gone")


class FullServerTest(SystemTest):
    server_flags = ("--http-connections-max", "40")
    server_per_test = True

    def answer_of(self, client):
        client.settimeout(20)
        with contextlib.suppress(ConnectionResetError):
            return client.recv(4096)
        return b""

    def test_more_connections_than_allowed_are_told_so_and_nobody_else_suffers(self):
        before = self.enterContext(self.connection())
        self.assertEqual(before.get("/livez").status, 200)
        inside = [socket.create_connection(self.server.address) for _ in range(39)]
        for client in inside:
            self.addCleanup(client.close)
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertIn(b"200 OK", self.answer_of(client))
        outside = [socket.create_connection(self.server.address) for _ in range(20)]
        for client in outside:
            self.addCleanup(client.close)
            answer = self.answer_of(client)
            self.assertIn(b"503", answer)
            self.assertIn(b"too_many_connections", answer)
            self.assertIn(b"\r\nRetry-After: ", answer)
        self.assertEqual(before.get("/livez").status, 200)

        for client in inside + outside:
            client.close()
        with self.connection() as connection:
            wait_until(lambda: connection.get("/livez").status == 200, "there is room again")

    def test_who_is_idle_makes_way_for_who_wants_something(self):
        idle = [socket.create_connection(self.server.address) for _ in range(39)]
        for client in idle:
            self.addCleanup(client.close)

        def is_let_in():
            with socket.create_connection(self.server.address) as client:
                client.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
                return b"200 OK" in self.answer_of(client)
        self.get("/livez")
        wait_until(is_let_in, "somebody who is idle has made way", deadline=30, interval=0.5)

    def fill_with(self, part, receive_bytes=None):
        slow = []
        for _ in range(40):
            client = socket.socket()
            self.addCleanup(client.close)
            if receive_bytes:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            client.connect(self.server.address)
            client.sendall(part)
            slow.append(client)
        return slow

    def is_served(self):
        with socket.create_connection(self.server.address) as client:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                client.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            return b"200 OK" in self.answer_of(client)

    def check_that_the_slow_make_way(self, part):
        self.http.close()
        slow = self.fill_with(part)
        self.assertFalse(self.is_served(), "the server is full")
        wait_until(self.is_served, "somebody who is slow has made way", deadline=3.5,
                   interval=0.1)
        ended, _, _ = select.select(slow, [], [], 0)
        self.assertTrue(ended)
        self.assertLess(len(ended), len(slow), "no more than necessary")
        for client in ended:
            self.assertIn(b" 408 ", self.answer_of(client))

    def test_slow_heads_make_way_for_who_wants_something(self):
        self.check_that_the_slow_make_way(b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ")

    def test_slow_bodies_make_way_for_who_wants_something(self):
        self.check_that_the_slow_make_way(UNFINISHED_POST)

    def test_who_takes_no_answer_makes_way_for_who_wants_something(self):
        self.http.close()
        slow = self.fill_with(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 50, 2048)
        self.assertFalse(self.is_served(), "the server is full")
        # When they took something last is known from the first look on.
        wait_until(self.is_served, "somebody who takes nothing has made way", deadline=6,
                   interval=0.1)
        cut = [client for client in slow if client.getsockopt(*STATE)[0] != ESTABLISHED]
        self.assertTrue(cut)
        self.assertLess(len(cut), len(slow), "no more than necessary")


class FullShopListenerTest(SystemTest):
    server_flags = ("--http-connections-max", "20", "--admin-listen", "127.0.0.1:0")
    server_per_test = True

    def test_probes_and_operators_are_answered_while_slow_shoppers_hold_everything(self):
        self.http.close()
        line = wait_until(lambda: [line for line in self.server.lines if "operators" in line],
                          "the second listener is named")[0]
        admin = ("127.0.0.1", int(re.search(r"http://[\d.]+:(\d+)", line)[1]))
        for _ in range(20):
            client = socket.create_connection(self.server.address)
            self.addCleanup(client.close)
            client.sendall(UNFINISHED_POST)
        with socket.create_connection(self.server.address) as outside:
            outside.settimeout(20)
            self.assertIn(b"too_many_connections", outside.recv(4096), "the shop's side is full")

        for path in ("/livez", "/readyz", "/startupz"):
            with Connection(admin) as probe:
                self.assertEqual(probe.get(path).status, 200, path)
        with Connection(admin) as operator:
            body = {"name": "Drop", "quantity": 1, "discount": {"type": "fixed", "value": 1}}
            event = operator.post("/v1/coupon-events", body)
            self.assertEqual(event.status, 201)
            path = f"/v1/coupon-events/{event.json()['coupon_event_id']}/pause"
            self.assertEqual(operator.post(path, {"reason": "a rush"}).status, 200)
