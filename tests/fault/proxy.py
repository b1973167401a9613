"""A link between a server and what it stands on that can be made to fail while it runs.

The proxy listens on a free loopback port and passes everything on to its target. Its behaviour is
changed by calls from any thread; each call returns when it holds. One thread per proxy moves the
bytes. `heal()` takes back whatever was changed; what is lost by then stays lost.

    request   the way from the client to the target        reply   the way back
"""
import collections
import itertools
import selectors
import socket
import threading
import time

from fault.links import CHUNK, QUEUED_MAX, Cut, Link, Loss, Way, close

CALL_DEADLINE = 10
CONNECT_DEADLINE = 1


class Proxy:
    """Started when made; end() closes everything. Counts what it did in `counts`."""

    def __init__(self, target, watches=None):
        """`watches`: name → a callable that makes a watch (such as Word) for each connection."""
        self.target = target
        self.makers = dict(watches or {})
        self.counts = collections.Counter()
        self._delays = {Way.REQUEST: 0.0, Way.REPLY: 0.0}
        self._held = Way(0)
        self._bytes_per_second = {}
        self._cuts = []
        self._is_vanished = False
        self._links = set()
        self._calls = collections.deque()  # (what to do, when it is done)
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._listener = None
        self.port = 0
        self._listen()
        self._is_ended = False
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._thread.start()

    # What may be asked of it, from any thread.

    def delay(self, seconds, way=Way.BOTH):
        """Everything sent from now on takes longer."""
        self._call(lambda: self._set_delay(seconds, way))

    def hold(self, way=Way.BOTH):
        """Nothing passes; it arrives late, when healed: a network that drops every packet."""
        self._call(lambda: setattr(self, "_held", way))

    def throttle(self, bytes_per_second, way=Way.BOTH):
        self._call(lambda: self._bytes_per_second.update(
            {each: bytes_per_second for each in Way if each in way}))

    def vanish(self):
        """The target's host is gone without a FIN: silence, for old and new connections alike.
        Healing brings new ones back; the old stay silent for ever."""
        self._call(self._vanish)

    def reset(self):
        """RST on every connection; new ones are welcome."""
        self._call(lambda: [self._drop(link, abruptly=True) for link in list(self._links)])

    def refuse(self):
        """RST on every connection, and nobody listens any more."""
        self._call(self._refuse)

    def cut(self, loss, watch=None, count=1, keep=0):
        """Ends the connections of the next `count` requests that the watch finds."""
        assert watch is None or watch in self.makers, watch
        self._call(lambda: self._cuts.append(Cut(loss, watch, count, keep)))

    def heal(self):
        self._call(self._heal)

    def connections(self):
        return self._call(lambda: len(self._links))

    def end(self):
        self._call(lambda: setattr(self, "_is_ended", True))
        self._thread.join(CALL_DEADLINE)

    # The thread.

    def _call(self, action):
        done, answer = threading.Event(), []
        self._calls.append((lambda: answer.append(action()), done))
        self._waker.send(b"x")
        if not done.wait(CALL_DEADLINE):
            raise AssertionError("the proxy does not answer")
        return answer[0]

    def _run(self):
        while not self._is_ended:
            for entry, _ in self._selector.select(self._pause()):
                if entry.fileobj is self._woken:
                    self._answer_calls()
                elif entry.fileobj is self._listener:
                    self._accept()
                elif entry.data is not None:
                    self._receive(entry.data, entry.fileobj)
            for link in list(self._links):
                self._pump(link)
        for link in list(self._links):
            self._drop(link)
        for each in (self._listener, self._waker, self._woken):
            if each is not None:
                each.close()
        self._selector.close()

    def _pause(self):
        """Seconds until a byte is due; None when nothing but a socket can bring news."""
        now, next_due = time.monotonic(), None
        for stream in self._streams():
            if stream.queue and stream.way not in self._held:
                due = max(stream.queue[0][0], stream.budget_at, now + 0.001)
                next_due = due if next_due is None else min(due, next_due)
        return None if next_due is None else max(0.0, next_due - now)

    def _streams(self):
        return itertools.chain.from_iterable((link.request, link.reply) for link in self._links)

    def _answer_calls(self):
        self._woken.recv(CHUNK)
        while self._calls:
            action, done = self._calls.popleft()
            action()
            done.set()

    def _listen(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(128)
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._selector.register(listener, selectors.EVENT_READ)

    def _accept(self):
        try:
            client, _ = self._listener.accept()
        except (OSError, AttributeError):  # nobody listens any more
            return
        self.counts["connections"] += 1
        link = Link(client, None, {name: make() for name, make in self.makers.items()})
        if self._is_vanished:
            self._keep(link, client)
            self._fall_silent(link)
            return
        try:
            target = socket.create_connection(self.target, CONNECT_DEADLINE)
        except OSError:
            close(client, abruptly=True)
            return
        link.target = link.request.sink = link.reply.source = target
        self._keep(link, client)
        self._keep(link, target)

    def _keep(self, link, end):
        end.setblocking(False)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._links.add(link)
        self._selector.register(end, selectors.EVENT_READ, link)

    def _receive(self, link, source):
        if link not in self._links:
            return
        stream = link.request if source is link.client else link.reply
        try:
            data = source.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = None
        if link.is_silent:
            if not data:
                self._drop(link)
            return
        if data is None:
            self._drop(link, abruptly=True)
        elif not data:
            stream.ended = True
            self._selector.unregister(source)
        else:
            self._take(link, stream, data)

    def _take(self, link, stream, data):
        """Queues what was read, or ends the connection in the way that a cut asks for."""
        due = time.monotonic() + self._delays[stream.way]
        if stream is link.request:
            seen = {None} | {name for name, watch in link.watches.items() if watch.sees(data)}
            cut = next((each for each in self._cuts if each.left > 0 and each.watch in seen), None)
            if cut is not None:
                cut.left -= 1
                self.counts["cuts"] += 1
                if cut.loss in (Loss.REQUEST, Loss.REQUEST_TAIL):
                    kept = data[:cut.keep] if cut.loss is Loss.REQUEST_TAIL else b""
                    self._send_last(link, link.target, kept)
                    return
                link.cut = cut
        elif link.cut is not None:
            kept = data[:link.cut.keep] if link.cut.loss is Loss.REPLY_TAIL else b""
            self._send_last(link, link.client, kept)
            return
        stream.put(data, due)
        if stream.size > QUEUED_MAX:
            self._selector.unregister(stream.source)

    def _send_last(self, link, sink, data):
        try:
            sink.send(data)
        except OSError:
            pass
        self._drop(link)

    def _pump(self, link):
        for stream in (link.request, link.reply):
            if link.is_silent or link not in self._links:
                return
            self._pump_stream(link, stream)

    def _pump_stream(self, link, stream):
        if stream.way in self._held:
            return
        rate = self._bytes_per_second.get(stream.way)
        while stream.queue:
            now = time.monotonic()
            due, data = stream.queue[0]
            if max(due, stream.budget_at) > now:
                return
            piece = data if rate is None else data[:max(1, rate // 50)]
            try:
                count = stream.sink.send(piece)
            except BlockingIOError:
                return
            except OSError:
                self._drop(link, abruptly=True)
                return
            self._make_room(link, stream, count)
            stream.queue.popleft()
            if count < len(data):
                stream.queue.appendleft((due, data[count:]))
            if rate is not None:
                stream.budget_at = now + count / rate
        if stream.ended:
            self._end_stream(link, stream)

    def _make_room(self, link, stream, count):
        was_full = stream.size > QUEUED_MAX
        stream.size -= count
        if was_full and stream.size <= QUEUED_MAX:
            self._selector.register(stream.source, selectors.EVENT_READ, link)

    def _end_stream(self, link, stream):
        """Passes a FIN on; when both directions have ended, so has the link."""
        try:
            stream.sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        stream.ended = False
        stream.source = None
        if link.request.source is None and link.reply.source is None:
            self._drop(link)

    def _drop(self, link, abruptly=False):
        if link not in self._links:
            return
        self._links.discard(link)
        for end in (link.client, link.target):
            if end is None:
                continue
            if self._selector.get_map().get(end) is not None:
                self._selector.unregister(end)
            close(end, abruptly)

    def _fall_silent(self, link):
        link.is_silent = True
        if link.target is not None:
            if self._selector.get_map().get(link.target) is not None:
                self._selector.unregister(link.target)
            close(link.target, abruptly=True)
            link.target = None

    def _set_delay(self, seconds, way):
        for each in self._delays:
            if each in way:
                self._delays[each] = seconds

    def _vanish(self):
        self._is_vanished = True
        for link in list(self._links):
            self._fall_silent(link)

    def _refuse(self):
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None
        for link in list(self._links):
            self._drop(link, abruptly=True)

    def _heal(self):
        self._set_delay(0.0, Way.BOTH)
        self._held = Way(0)
        self._bytes_per_second.clear()
        self._cuts.clear()
        self._is_vanished = False
        for stream in self._streams():
            stream.budget_at = 0.0
            stream.queue = collections.deque((0.0, data) for _, data in stream.queue)
        for link in list(self._links):
            link.cut = None
        if self._listener is None:
            self._listen()

