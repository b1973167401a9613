"""HTTP/1.1 by hand: keep-alive connections whose every byte a test may choose.

Each answer is held against the contract (support/contract.py) unless a connection is made without
one. Reading is strict: an answer that is not framed as promised fails the test.
"""
import json as json_text
import socket
import time

from support.waiting import DEADLINE


class Answer:
    """One answer; headers by their lower-case names."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json_text.loads(self.body)

    @property
    def code(self):
        """The stable word of a problem."""
        return self.json().get("code")

    @property
    def fields(self):
        """The names of the fields that a problem complains of."""
        return [error["field"] for error in self.json().get("errors", [])]

    def __getitem__(self, name):
        return self.json()[name]

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:600]!r}"


class ConnectionEnded(Exception):
    """The server closed the connection where an answer was due."""


def encode_body(body):
    if body is None:
        return None
    return body if isinstance(body, bytes) else json_text.dumps(body).encode()


def request_bytes(method, path, body=None, headers=None, host="rushline.test"):
    """A request as it goes over the wire. A header set to None is left out."""
    content = encode_body(body)
    lines = {"Host": host}
    if content is not None:
        lines["Content-Type"] = "application/json"
        lines["Content-Length"] = str(len(content))
    lines.update(headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + (content or b"")


class Connection:
    """One keep-alive connection. For one thread."""

    def __init__(self, address, contract=None, bearer=None, timeout=DEADLINE):
        self.address = address
        self.contract = contract
        self.bearer = bearer
        self.timeout = timeout
        self.socket = None
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def open(self):
        if self.socket is None:
            self.socket = socket.create_connection(self.address, self.timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.buffer = b""
        return self

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def send(self, data):
        self.open()
        self.socket.sendall(data)

    def send_request(self, method, path, body=None, headers=None):
        self.send(request_bytes(method, path, body, self._with_key(headers)))

    def _with_key(self, headers):
        if self.bearer is None:
            return headers
        return {"Authorization": f"Bearer {self.bearer}", **(headers or {})}

    def request(self, method, path, body=None, headers=None):
        """Sends and reads; a kept connection that was closed meanwhile is opened anew."""
        fresh = self.socket is None
        try:
            self.send_request(method, path, body, headers)
            return self.read_answer(method, path)
        except (ConnectionEnded, ConnectionResetError, BrokenPipeError):
            self.close()
            if fresh:
                raise
        self.send_request(method, path, body, headers)
        return self.read_answer(method, path)

    def get(self, path, headers=None):
        return self.request("GET", path, None, headers)

    def post(self, path, body=None, headers=None):
        return self.request("POST", path, body, headers)

    # Reading.

    def fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionEnded(f"after {self.buffer[:200]!r}")
        self.buffer += data

    def take_line(self):
        while b"\r\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def take(self, count):
        while len(self.buffer) < count:
            self.fill()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def read_head(self):
        """Status and headers; an interim 1xx is skipped."""
        while True:
            version, status, *_ = self.take_line().split(" ", 2)
            assert version == "HTTP/1.1", f"version {version!r}"
            headers = {}
            while line := self.take_line():
                name, _, value = line.partition(":")
                assert name and name == name.strip(), f"header {line!r}"
                assert name.lower() not in headers, f"header {name} twice"
                headers[name.lower()] = value.strip()
            if not status.startswith("1"):
                return int(status), headers

    def read_answer(self, method="GET", path=None):
        status, headers = self.read_head()
        assert "transfer-encoding" not in headers, f"chunked answer: {headers}"
        length = headers.get("content-length")
        if method == "HEAD" or status in (204, 304):
            body = b""
        else:
            assert length is not None, f"no Content-Length: {status} {headers}"
            body = self.take(int(length))
        if headers.get("connection", "").lower() == "close":
            self.expect_end()
        answer = Answer(status, headers, body)
        if self.contract is not None and path is not None:
            self.contract.check(method, path, answer)
        return answer

    def expect_end(self):
        """The server must close now and send nothing more."""
        try:
            while data := self.socket.recv(65536):
                self.buffer += data
        except ConnectionResetError:
            pass
        assert not self.buffer, f"bytes after the last answer: {self.buffer[:200]!r}"
        self.close()


class EventStream:
    """Server-Sent Events, read one by one."""

    def __init__(self, address, path, last_event_id=None, timeout=DEADLINE, bearer=None):
        self.connection = Connection(address, bearer=bearer, timeout=timeout)
        headers = {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        self.connection.send_request("GET", path, None, headers)
        self.status, self.headers = self.connection.read_head()
        self.text = b""
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def _take_chunk(self):
        size = int(self.connection.take_line(), 16)
        data = self.connection.take(size)
        assert self.connection.take(2) == b"\r\n"
        if size == 0:
            self.ended = True
        self.text += data

    def next(self, timeout=DEADLINE):
        """The next event as {event, data, id, at}; nothing when the stream ends or none comes."""
        self.connection.socket.settimeout(timeout)
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            while b"\n\n" in self.text:
                block, self.text = self.text.split(b"\n\n", 1)
                event = {"at": time.monotonic()}
                for line in block.decode().split("\n"):
                    name, _, value = line.partition(":")
                    if name:
                        event[name] = value.removeprefix(" ")
                if "data" in event:
                    event["data"] = json_text.loads(event["data"])
                    return event
            if self.ended:
                return None
            try:
                self._take_chunk()
            except TimeoutError:
                return None
        return None
