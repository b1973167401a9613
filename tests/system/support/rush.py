"""Shoppers who press at the same time over many connections, and what they were told.

One thread drives every connection: each sends the next press as soon as its last one is answered,
so that the server always has as many presses in hand as there are connections.
"""
import json
import selectors
import socket
import time
from dataclasses import dataclass, field

from support.client import Answer, request_bytes
from support.waiting import DEADLINE


@dataclass
class Press:
    """One request of one user, in monotonic seconds; without a status: never answered."""
    user: str
    path: str
    invoked: float = 0.0
    completed: float = 0.0
    status: int = 0
    headers: dict = field(default_factory=dict)
    content: bytes = b""

    @property
    def body(self):
        return json.loads(self.content)

    @property
    def state(self):
        return self.body.get("state") or self.body.get("code")


class _Lane:
    """A connection and the press that it carries."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, DEADLINE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.press = None

    def send(self, press, headers):
        self.press = press
        press.invoked = time.monotonic()
        self.socket.sendall(request_bytes("POST", press.path, {"user_id": press.user}, headers))

    def read(self):
        """True when the answer is whole."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionResetError
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers["content-length"])
        if len(rest) < length:
            return False
        self.press.completed = time.monotonic()
        self.press.status = int(status_line.split(" ")[1])
        self.press.headers, self.press.content = headers, rest[:length]
        self.buffer = rest[length:]
        return True


def presses_of(users, event_id):
    return [Press(user, f"/v1/coupon-events/{event_id}/requests") for user in users]


def rush(server, presses, connections=64, headers=None, deadline=120, on_answer=None):
    """Sends every press in order, over connections to the server and those beside it in turn; gives
    those that were sent. Ends early when the servers die."""
    selector = selectors.DefaultSelector()
    waiting = iter(presses)
    sent = []

    def hand_on(lane):
        press = next(waiting, None)
        if press is None:
            selector.unregister(lane.socket)
            lane.socket.close()
            return
        sent.append(press)
        lane.send(press, headers)

    def drop(lane):
        selector.unregister(lane.socket)
        lane.socket.close()

    def step(lane, act):
        try:
            act(lane)
        except (ConnectionError, TimeoutError):
            drop(lane)

    def receive(lane):
        if lane.read():
            if on_answer:
                on_answer(lane.press)
            hand_on(lane)

    addresses = server.all_addresses()
    for number in range(connections):
        try:
            lane = _Lane(addresses[number % len(addresses)])
        except ConnectionError:
            continue
        selector.register(lane.socket, selectors.EVENT_READ, lane)
        step(lane, hand_on)
    end = time.monotonic() + deadline
    while selector.get_map():
        for entry, _ in selector.select(1):
            step(entry.data, receive)
        if time.monotonic() > end:
            raise AssertionError(f"{len(selector.get_map())} presses were not answered in time")
    return sent


def check_contract(contract, presses):
    """Holds every answer of a rush against the contract."""
    for press in presses:
        if press.status:
            contract.check("POST", press.path, Answer(press.status, press.headers, press.content))
