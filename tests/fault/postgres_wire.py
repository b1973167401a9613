"""Finds statements in what a client says to PostgreSQL, however they are sent.

A statement that was prepared travels by its name only; so the words of each connection are followed
from its first byte on.
"""
import struct

_UNTYPED = (80877102, 80877103, 80877104)  # cancel, TLS and GSS: asked before the startup packet


class Statement:
    """A watch for fault.proxy: sees the execution of statements whose text begins with a word."""

    def __init__(self, word):
        self.word = word
        self.buffer = b""
        self.is_started = False
        self.names = {}  # of what was prepared → whether it is such a statement

    def sees(self, data):
        self.buffer += data
        found = False
        while True:
            message = self._next()
            if message is None:
                return found
            found |= self._is_wanted(*message)

    def _next(self):
        """The next whole message: its type and content."""
        head = 5 if self.is_started else 4
        if len(self.buffer) < head:
            return None
        length = struct.unpack("!I", self.buffer[head - 4:head])[0]
        whole = head - 4 + length
        if len(self.buffer) < whole:
            return None
        kind = self.buffer[:1] if self.is_started else b""
        content = self.buffer[head:whole]
        self.buffer = self.buffer[whole:]
        if not self.is_started and struct.unpack("!I", content[:4])[0] not in _UNTYPED:
            self.is_started = True
        return kind, content

    def _is_wanted(self, kind, content):
        if kind == b"Q":
            return content.lstrip().upper().startswith(self.word)
        if kind == b"P":
            name, _, rest = content.partition(b"\0")
            self.names[name] = rest.lstrip().upper().startswith(self.word)
        if kind == b"B":
            _, _, rest = content.partition(b"\0")
            return self.names.get(rest.partition(b"\0")[0], False)
        return False
