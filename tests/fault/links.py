"""What a proxy knows of its connections, and the ways in which one of them can end."""
import collections
import enum
import socket
import struct

CHUNK = 64 * 1024
QUEUED_MAX = 1024 * 1024  # bytes on their way in one direction; then the sender has to wait


class Way(enum.Flag):
    REQUEST = enum.auto()
    REPLY = enum.auto()
    BOTH = REQUEST | REPLY


class Loss(enum.Enum):
    """What is lost with the request that a cut waits for; the connection ends with it."""
    REQUEST = "the request never arrives"
    REQUEST_TAIL = "only the first bytes of the request arrive"
    REPLY = "the request is carried out, and its answer never arrives"
    REPLY_TAIL = "only the first bytes of the answer arrive"


class Word:
    """Finds requests that contain these bytes."""

    def __init__(self, word):
        self.word = word
        self.tail = b""

    def sees(self, data):
        text = self.tail + data
        self.tail = text[-(len(self.word) - 1):] if len(self.word) > 1 else b""
        return self.word in text


class Cut:
    """Ends a connection at the next requests that `watch` finds; any request without one."""

    def __init__(self, loss, watch=None, count=1, keep=0):
        self.loss = loss
        self.watch = watch  # the name of a watch that the proxy was made with
        self.left = count
        self.keep = keep  # bytes of a torn request or answer that still arrive


class Stream:
    """Bytes on their way in one direction of one connection."""

    def __init__(self, way, source, sink):
        self.way = way
        self.source = source
        self.sink = sink
        self.queue = collections.deque()  # (due, bytes)
        self.size = 0
        self.ended = False  # the source has said its last word
        self.budget_at = 0.0  # throttled: when the next byte may go

    def put(self, data, due):
        self.queue.append((due, data))
        self.size += len(data)


class Link:
    """A client's connection and the one that the proxy made for it."""

    def __init__(self, client, target, watches):
        self.client = client
        self.target = target
        self.request = Stream(Way.REQUEST, client, target)
        self.reply = Stream(Way.REPLY, target, client)
        self.watches = watches
        self.cut = None  # whose request has passed, so that its answer is due to be lost
        self.is_silent = False  # the other end is gone, and nobody said so


def close(end, abruptly=False):
    """With a FIN, or abruptly with a RST."""
    if abruptly:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
