"""A private Redis for system tests: data in a temporary folder, a free loopback port."""
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

from support.postgres import free_port
from support.waiting import DEADLINE, wait_until

PROGRAM = pathlib.Path("/usr/bin/redis-server")


def why_none():
    """Why there can be no Redis here; nothing when there can."""
    return None if PROGRAM.exists() else "Redis is not installed"


def ask(port, *words, address="127.0.0.1"):
    """What the Redis on the port answers: texts as such, arrays as lists, all else as its line."""
    with socket.create_connection((address, port), DEADLINE) as connection:
        parts = [str(word).encode() for word in words]
        connection.sendall(b"*%d\r\n" % len(parts) + b"".join(
            b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return _read(connection.makefile("rb"))


def _read(answer):
    line = answer.readline().rstrip(b"\r\n")
    if line.startswith(b"$") and line != b"$-1":
        return answer.read(int(line[1:]) + 2)[:-2]
    if line.startswith(b"*") and line != b"*-1":
        return [_read(answer) for _ in range(int(line[1:]))]
    return line


class Redis:
    """Started when made, in a folder of its own below `parent`; end() ends it by its pid. Writes
    its file every second, as in use."""

    def __init__(self, *settings, parent=None, address="127.0.0.1", environment=None):
        self.folder = tempfile.mkdtemp(prefix="rushline-redis-", dir=parent)
        self.address = address
        self.environment = environment
        self.port = free_port()
        self.settings = settings
        self.process = None
        self.start()

    def start(self):
        """Also again after kill(), with what its file holds."""
        self.process = subprocess.Popen(
            [PROGRAM, "--bind", self.address, "--port", str(self.port), "--dir", self.folder,
             "--save", "", "--appendonly", "yes", "--daemonize", "no", *self.settings],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self.environment)
        wait_until(self._is_up, "Redis is up", DEADLINE)

    def _is_up(self):
        try:
            return self.command("PING") == b"+PONG"
        except OSError:
            return False

    def command(self, *words):
        """What it answers: see ask()."""
        return ask(self.port, *words, address=self.address)

    def has_line(self, event):
        return self.command("EXISTS", f"coupon-events:{{{event}}}") == b":1"

    @property
    def url(self):
        return f"redis://{self.address}:{self.port}/0"

    def kill(self):
        self.process.kill()
        self.process.wait(DEADLINE)

    def shut_down(self):
        """Properly: its file holds everything."""
        try:
            self.command("SHUTDOWN")
        except OSError:
            pass  # it does not answer
        self.process.wait(DEADLINE)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def end(self):
        if self.process.poll() is None:
            self.thaw()
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
