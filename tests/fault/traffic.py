"""Sends operations when they are due, over keep-alive connections to every server of a world.

One thread drives all connections. Each operation is told once how it ended; what it does next, it
asks for by itself. An operation whose connection could not even be made has not begun: it goes to
another connection.
"""
import heapq
import itertools
import json
import selectors
import socket
import time

from fault.history import now_us
from support.client import request_bytes

ANSWER_TIMEOUT = 3.0  # of a shopper's patience; a verdict is waited for two seconds
CONNECT_TIMEOUT = 0.5
RECONNECT_PAUSE = 0.05


class Operation:
    """Something to ask a server for. Subclasses say what, and what becomes of the answer."""
    method = "GET"
    path = "/"
    body = None
    headers = {}
    server = None  # the number of the server that shall answer; None: any
    timeout = ANSWER_TIMEOUT

    def answered(self, traffic, when, answer):
        """`when`: (invoke, complete) in microseconds."""
        raise NotImplementedError

    def failed(self, traffic, when, how):
        """Nobody knows what became of it: `how` is "error" or "timeout", the second time None."""
        raise NotImplementedError


class Answer:
    def __init__(self, status, headers, content):
        self.status = status
        self.headers = headers
        self.content = content

    @property
    def body(self):
        """The object in it; an empty one when there is none."""
        try:
            body = json.loads(self.content)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def code(self):
        """The stable word of a refusal; nothing when it is none."""
        return self.body.get("code") if 400 <= self.status < 500 or self.status == 503 else None


class _Lane:
    """A connection to one server, for one operation at a time."""

    def __init__(self, number, address, headers):
        self.number = number
        self.address = address
        self.headers = headers
        self.socket = None
        self.is_open = False
        self.deadline = 0.0
        self.not_before = 0.0
        self.operation = None
        self.invoke_us = None
        self.buffer = b""

    def open(self):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(self.address)
        self.is_open = False

    def send(self):
        self.is_open = True
        self.buffer = b""
        operation = self.operation
        self.invoke_us = now_us()
        self.deadline = time.monotonic() + operation.timeout
        self.socket.send(request_bytes(operation.method, operation.path, operation.body,
                                       {**self.headers, **operation.headers}))

    def read(self):
        """The answer when it is whole; otherwise nothing. OSError when it cannot come any more."""
        data = self.socket.recv(262144)
        if not data:
            raise ConnectionResetError("ended")
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        if len(rest) < int(headers.get("content-length", 0)):
            return None
        return Answer(int(status_line.split(" ")[1]), headers, rest)


class Traffic:
    """`run()` in a thread; `add()` before that, and from within the operations."""

    def __init__(self, addresses, lanes_per_server=16, bearer=None):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        self.selector = selectors.DefaultSelector()
        self.lanes = [_Lane(number, address, headers) for _ in range(lanes_per_server)
                      for number, address in enumerate(addresses)]
        self.servers = len(addresses)
        self.waiting = []  # a heap of (due, order, operation)
        self.order = itertools.count()
        self.is_stopped = False

    def add(self, due, operation):
        heapq.heappush(self.waiting, (due, next(self.order), operation))

    def stop(self):
        """From any thread: nothing more is sent; what is on its way is waited for."""
        self.is_stopped = True

    def run(self):
        try:
            while not self.is_stopped or self._busy():
                self._send_what_is_due()
                for entry, events in self.selector.select(self._pause()):
                    self._step(entry.data, events)
                self._give_up_late()
        finally:
            for lane in self.lanes:
                self._close(lane)
            self.selector.close()

    def _busy(self):
        return [lane for lane in self.lanes if lane.operation is not None]

    def _pause(self):
        due = self.waiting[0][0] - time.monotonic() if self.waiting else 0.02
        return min(0.02, max(0.001, due))

    def _send_what_is_due(self):
        now = time.monotonic()
        kept = []
        while self.waiting and self.waiting[0][0] <= now and not self.is_stopped:
            entry = heapq.heappop(self.waiting)
            lane = self._free_lane(entry[2].server, now)
            if lane is None:
                kept.append(entry)
                if entry[2].server is None or len(kept) > 50:
                    break
            else:
                self._start(lane, entry[2])
        for entry in kept:
            heapq.heappush(self.waiting, entry)

    def _free_lane(self, server, now):
        """The next one in turn, so that servers take turns, too."""
        for at, lane in enumerate(self.lanes):
            if lane.operation is None and lane.not_before <= now and server in (None, lane.number):
                self.lanes.append(self.lanes.pop(at))
                return lane
        return None

    def _start(self, lane, operation):
        lane.operation = operation
        lane.invoke_us = None
        try:
            if lane.socket is None:
                lane.open()
                lane.deadline = time.monotonic() + CONNECT_TIMEOUT
                self.selector.register(lane.socket, selectors.EVENT_WRITE, lane)
            else:
                lane.send()
        except OSError:
            self._lose(lane, "error")

    def _step(self, lane, events):
        try:
            if events & selectors.EVENT_WRITE:
                error = lane.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error:
                    raise OSError(error, "not connected")
                self.selector.modify(lane.socket, selectors.EVENT_READ, lane)
                lane.send()
                return
            answer = lane.read()
        except OSError:
            self._lose(lane, "error")
            return
        if answer is not None:
            operation, lane.operation = lane.operation, None
            operation.server_that_answered = lane.number
            operation.answered(self, (lane.invoke_us, now_us()), answer)
            if answer.headers.get("connection") == "close":
                self._close(lane)

    def _give_up_late(self):
        now = time.monotonic()
        for lane in self._busy():
            if lane.deadline < now:
                self._lose(lane, "timeout")

    def _lose(self, lane, how):
        operation, lane.operation = lane.operation, None
        self._close(lane)
        lane.not_before = time.monotonic() + RECONNECT_PAUSE
        if operation is None:
            return  # an idle connection ended
        if lane.invoke_us is None:
            self.add(time.monotonic(), operation)
        else:
            operation.server_that_answered = lane.number
            operation.failed(self, (lane.invoke_us, None), how)

    def _close(self, lane):
        if lane.socket is not None:
            self.selector.unregister(lane.socket)
            lane.socket.close()
            lane.socket = None
