"""A way to PostgreSQL that is cut in a COMMIT: before it arrives, before its answer does, or after
its answer, as by a server that is told to stop right then."""
import socket
import struct
import threading
from enum import Enum

# A frontend prepares it by its text once per session; the server tells each by its tag.
COMMIT = b"COMMIT\0"
COMMITTED = b"C\0\0\0\x0bCOMMIT\0"


class Cut(Enum):
    ASKED = 1     # the server does not hear of it
    ANSWERED = 2  # it is carried out, and nobody hears of that
    STOPPED = 3   # it is answered, and in place of what follows come the server's last words

    @property
    def word(self):
        return COMMIT if self is Cut.ASKED else COMMITTED


def last_words():
    """What a server says that is stopped by its administrator."""
    fields = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
    return b"E" + struct.pack("!I", len(fields) + 4) + fields


class CuttingProxy:
    """Cuts the connection of the commits that are armed; all else is passed on as it is."""

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._armed = dict.fromkeys(Cut, 0)  # guarded by _lock
        self.cuts = 0                        # guarded by _lock
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_next(self, cut):
        with self._lock:
            self._armed[cut] += 1

    def disarm(self):
        with self._lock:
            self._armed = dict.fromkeys(Cut, 0)

    def _cut_of(self, cuts, data):
        """The armed one that these bytes meet, or None."""
        with self._lock:
            for cut in cuts:
                if self._armed[cut] and cut.word in data:
                    self._armed[cut] -= 1
                    self.cuts += 1
                    return cut
        return None

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            for ends in ((client, server, [Cut.ASKED]),
                         (server, client, [Cut.ANSWERED, Cut.STOPPED])):
                threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source, sink, cuts):
        try:
            while data := source.recv(65536):
                if cut := self._cut_of(cuts, data):
                    if cut is Cut.STOPPED:
                        before = data.partition(cut.word)[0]
                        sink.sendall(before + cut.word + last_words())
                    break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def end(self):
        self._listener.close()
