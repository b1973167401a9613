"""A load balancer as shops have it: asks /readyz now and then, and keeps to who said 200 last."""
import itertools
import threading
import time

from support.client import Connection, ConnectionEnded

PROBE_TIME_MAX = 2  # seconds for an answer of /readyz


class Balancer:
    """Looks at every server each `interval` seconds, on a thread of its own, until it ends."""

    def __init__(self, addresses, interval):
        self.interval = interval
        self._lock = threading.Lock()
        self._ready = dict.fromkeys(addresses, False)  # guarded by _lock
        self._turn = itertools.count()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self):
        self._ended.set()
        self._thread.join()

    def _run(self):
        while True:
            for address in list(self._ready):
                is_ready = self._ask(address)
                with self._lock:
                    self._ready[address] = is_ready
            if self._ended.wait(self.interval):
                return

    @staticmethod
    def _ask(address):
        try:
            with Connection(address, timeout=PROBE_TIME_MAX) as connection:
                return connection.get("/readyz").status == 200
        except (OSError, ConnectionEnded):
            return False

    def is_ready(self, address):
        with self._lock:
            return self._ready[address]

    def pick(self):
        """One of those that are ready, in turn; nothing when none is."""
        with self._lock:
            ready = [address for address, is_ready in self._ready.items() if is_ready]
        return ready[next(self._turn) % len(ready)] if ready else None


class Customer(threading.Thread):
    """Sends one request after the other, each to a server that the balancer calls ready.

    Nothing is ever sent twice: what goes wrong after the balancer has chosen is a failure.
    `requests` gives (method, path, body, headers) for each; `answers` has the results.
    """

    def __init__(self, balancer, requests, pause):
        super().__init__(daemon=True)
        self.balancer = balancer
        self.requests = requests
        self.pause = pause
        self.answers = []   # (address, request, answer)
        self.failures = []  # sentences
        self.ended = threading.Event()

    def run(self):
        connections = {}
        for request in self.requests:
            if self.ended.wait(self.pause):
                break
            address = self.balancer.pick()
            if address is None:
                self.failures.append("no server was ready")
                continue
            for other in [known for known in connections if not self.balancer.is_ready(known)]:
                connections.pop(other).close()
            connection = connections.setdefault(address, Connection(address))
            begun = time.monotonic()
            try:
                connection.send_request(*request)
                self.answers.append((address, request, connection.read_answer(*request[:2])))
            except (OSError, ConnectionEnded) as error:
                self.failures.append(f"{request} to {address} after "
                                     f"{time.monotonic() - begun:.3f} s: {error!r}")
                connections.pop(address).close()
        for connection in connections.values():
            connection.close()
