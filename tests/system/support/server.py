"""The real program as a child process: started, watched, ended by its pid.

Every process gets a clean environment and a folder of its own, so that tests run side by side.
"""
import os
import re
import signal
import subprocess
import threading
import urllib.parse

from support.waiting import DEADLINE, wait_until

LISTENING = re.compile(r"listening on (http://[^\s\"\\]+)")
CLOCK_LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
)


def binary():
    path = os.environ.get("RUSHLINE_BINARY")
    if not path:
        raise RuntimeError("RUSHLINE_BINARY must name the program under test")
    return os.path.abspath(path)


def clean_environment(extra=None):
    """The parent's environment without settings of Rushline, which would be read as such."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("RUSHLINE_", "LD_PRELOAD", "FAKETIME", "NO_COLOR"))}
    environment.update(extra or {})
    return environment


def is_sanitized():
    """Whether the program under test is built with a sanitizer."""
    with open(binary(), "rb") as program:
        content = program.read()
    return b"__asan_init" in content or b"__tsan_init" in content


def why_no_clock():
    """Why the clock of a child process cannot be set here; nothing when it can."""
    if not any(os.path.exists(path) for path in CLOCK_LIBRARIES):
        return "libfaketime is not installed"
    if is_sanitized():
        return "libfaketime cannot be loaded into a sanitized program"
    return None


def clock_environment(moment):
    """Lets the wall clock of a child start at `moment` (UTC); its monotonic clock stays true."""
    return _clock(f"@{moment}")


def clock_ahead(seconds):
    """Lets the wall clock of a child be ahead of the true one; its monotonic clock stays true."""
    return _clock(f"{seconds:+d}s")


def _clock(setting):
    library = next(path for path in CLOCK_LIBRARIES if os.path.exists(path))
    return {"LD_PRELOAD": library, "FAKETIME": setting, "TZ": "UTC", "NO_FAKE_STAT": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def run(*arguments, environment=None, folder=None, deadline=60, text_in=None):
    """Runs a verb to its end; gives its exit code, stdout and stderr."""
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True,
                          env=clean_environment(environment), cwd=folder, timeout=deadline,
                          input=text_in, check=False)


class Server:
    """`rushline serve` on a free loopback port."""

    def __init__(self, folder, flags=(), environment=None, clock=None, listen="127.0.0.1:0"):
        self.folder = str(folder)
        self.database = f"sqlite:{self.folder}/rushline.db"
        self.flags = list(flags)
        self.environment = dict(environment or {})
        if clock:
            self.environment.update(clock_environment(clock))
        self.listen = listen
        self.beside = []  # the other servers on the same data
        self.redis = None
        self.process = None
        self.addresses = []
        self.lines = []  # what it said on stderr; guarded by _said, as the two below
        self._ended = False
        self._said = threading.Condition()
        self._reader = None

    def share(self, data):
        """Lets it stand on a database and a Redis that other servers use, too."""
        database, memory = data
        self.database = database
        self.redis = memory
        self.flags += ["--redis", memory.url]
        return self

    def command(self):
        return [binary(), "serve", "--listen", self.listen, "--database", self.database,
                *self.flags]

    def launch(self):
        """Starts the process without waiting for anything."""
        self.process = subprocess.Popen(
            self.command(), env=clean_environment(self.environment), cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace")
        self.lines, self.addresses, self._ended = [], [], False
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()
        return self

    def start(self):
        """Starts it and waits until it listens."""
        self.launch()
        with self._said:
            ready = self._said.wait_for(lambda: self.addresses or self._ended, DEADLINE)
        if not ready or not self.addresses:
            self.kill()
            raise AssertionError("the server did not start:\n" + self.log())
        return self

    def _read(self, process):
        for line in process.stderr:
            found = LISTENING.search(line)
            with self._said:
                self.lines.append(line.rstrip("\n"))
                if found:
                    self.addresses.append(found.group(1))
                self._said.notify_all()
        with self._said:
            self._ended = True
            self._said.notify_all()

    @property
    def url(self):
        return self.addresses[0]

    @property
    def address(self):
        parts = urllib.parse.urlsplit(self.url)
        return parts.hostname, parts.port

    def all_addresses(self):
        """Its own and those of the servers beside it."""
        return [server.address for server in (self, *self.beside)]

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with self._said:
            return "\n".join(self.lines[-60:])

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, deadline=DEADLINE):
        """Waits for its end; gives the exit code (negative: the signal that ended it)."""
        wait_until(lambda: self.process.poll() is not None, "the server ends", deadline)
        self._reader.join(DEADLINE)
        self.process.stderr.close()
        return self.process.returncode

    def stop(self):
        """Drains it, as a service manager would; gives the exit code."""
        if self.is_running():
            self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        """kill -9; harmless when it has ended already."""
        if self.process is None:
            return None
        if self.is_running():
            self.process.kill()
        self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        self.process.stderr.close()
        return self.process.returncode
