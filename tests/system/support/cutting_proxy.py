"""A way to PostgreSQL that is cut in a COMMIT: before it arrives, or before its answer does."""
import socket
import threading

# A frontend prepares it by its text once per session; the server tells each by its tag.
ASKED = b"COMMIT\0"
ANSWERED = b"C\0\0\0\x0bCOMMIT\0"


class CuttingProxy:
    """Cuts the connection of the commits that are armed; all else is passed on as it is."""

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._armed = {ASKED: 0, ANSWERED: 0}  # guarded by _lock
        self.cuts = 0                          # guarded by _lock
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_next(self, word):
        with self._lock:
            self._armed[word] += 1

    def _is_cut(self, word, data):
        with self._lock:
            if word not in data or not self._armed[word]:
                return False
            self._armed[word] -= 1
            self.cuts += 1
            return True

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            for ends in ((client, server, ASKED), (server, client, ANSWERED)):
                threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source, sink, word):
        try:
            while data := source.recv(65536):
                if self._is_cut(word, data):
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
