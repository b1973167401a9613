"""Writes down what was done and answered, in the format of docs/history.md."""
import json
import threading
import time

_EPOCH_US = time.time_ns() // 1000 - time.monotonic_ns() // 1000


def now_us():
    """Of the one clock of all histories: monotonic, counted from the true time at the start."""
    return _EPOCH_US + time.monotonic_ns() // 1000


class History:
    """Safe to add to from any thread."""

    def __init__(self):
        self.lines = []
        self.lock = threading.Lock()

    def add(self, invoke_us, complete_us=None, **fields):
        line = {"op": 0, **fields, "invoke_us": invoke_us}
        if complete_us is not None:
            line["complete_us"] = complete_us
        with self.lock:
            line["op"] = len(self.lines) + 1
            self.lines.append(line)
        return line

    def of_kind(self, *kinds):
        with self.lock:
            return [line for line in self.lines if line.get("kind") in kinds]

    def requests(self):
        return self.of_kind(None)

    def write(self, path, lines=None):
        with open(path, "w", encoding="utf-8") as file:
            for line in self.lines if lines is None else lines:
                file.write(json.dumps(line) + "\n")
