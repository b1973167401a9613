"""Child processes of the bench: started on free loopback ports, measured by pid, ended by pid."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
JSON_HEADERS = {"Content-Type": "application/json"}
START_SECONDS_MAX = 30


class CannotRun(Exception):
    """Why a figure could not be measured here; the report says so instead of a figure."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds, every=0.02):
    """Returns what the condition gave once it is true; CannotRun when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(every)
    raise CannotRun(f"{what}: not within {seconds} s")


def listens(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False


def ticks_of(stat, with_children=False):
    """User and system seconds from a stat file of /proc."""
    fields = stat.read_text().rsplit(")", 1)[1].split()
    user, system = int(fields[11]), int(fields[12])
    if with_children:
        user, system = user + int(fields[13]), system + int(fields[14])
    return user / TICKS_PER_SECOND, system / TICKS_PER_SECOND


class Program:
    """A child that listens on a port, with a folder of its own: `{folder}` in its arguments."""

    def __init__(self, name, arguments, port=None, folder=None, **how):
        self.name = name
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-bench-", dir=folder))
        self.log = self.folder / "stderr"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(word).replace("{folder}", str(self.folder)) for word in arguments],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, **how)
        try:
            self.port = port or wait_for(self._port_it_tells, f"{name} listens", START_SECONDS_MAX)
            wait_for(self._listens, f"{name} listens", START_SECONDS_MAX)
        except BaseException:
            self.stop()
            raise

    def _fail_if_ended(self):
        if self.process.poll() is not None:
            said = [line for line in self.log.read_text(errors="replace").splitlines() if line]
            raise CannotRun(f"{self.name} ended at its start: "
                            f"{said[0][:200] if said else 'silently'}")

    def _port_it_tells(self):
        told = re.search(r"listening on http://[^ ]*:(\d+)", self.log.read_text(errors="replace"))
        if not told:
            self._fail_if_ended()
        return told and int(told[1])

    def _listens(self):
        self._fail_if_ended()
        return listens(self.port)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def cpu_seconds(self, threads=()):
        """User and system seconds, of the process or of its threads whose names begin so."""
        base = pathlib.Path(f"/proc/{self.process.pid}")
        stats = [base / "stat"]
        if threads:
            stats = [task / "stat" for task in (base / "task").iterdir()
                     if (task / "comm").read_text().startswith(tuple(threads))]
        pairs = [ticks_of(stat) for stat in stats]
        return sum(user for user, _ in pairs), sum(system for _, system in pairs)

    def wait_until_idle(self, seconds=60):
        """Until it works off nothing any more, so that the other side's turn is its own."""
        def rests():
            before = sum(self.cpu_seconds())
            time.sleep(0.2)
            return sum(self.cpu_seconds()) - before < 0.02
        wait_for(rests, f"{self.name} has nothing to do", seconds)

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def _ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, {**JSON_HEADERS, **(headers or {})})
            response = connection.getresponse()
            return response, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise CannotRun(f"{self.name}: {method} {path}: {error!r}") from error
        finally:
            connection.close()

    def call(self, method, path, body=None, headers=None):
        response, data = self._ask(method, path, None if body is None else json.dumps(body),
                                   headers)
        if response.status >= 400:
            raise CannotRun(f"{self.name}: {method} {path} → {response.status} "
                            f"{data[:200].decode(errors='replace')}")
        return response, json.loads(data) if data else None

    def metrics(self):
        """The series of /metrics by name, added up over their labels."""
        sums = {}
        for line in self._ask("GET", "/metrics")[1].decode().splitlines():
            if line and not line.startswith("#"):
                name = re.match(r"\w+", line)[0]
                sums[name] = sums.get(name, 0.0) + float(line.rsplit(" ", 1)[1])
        return sums

    def metric(self, name):
        sums = self.metrics()
        if name not in sums:
            raise CannotRun(f"{self.name}: /metrics has no {name}")
        return sums[name]
