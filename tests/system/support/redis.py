"""A private Redis for system tests, with the settings and users that are shipped in deploy/redis.

Its data is in a temporary folder, its port a free one of the loopback interface.
"""
import hashlib
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from support.postgres import free_port
from support.waiting import DEADLINE, wait_until

PROGRAM = pathlib.Path("/usr/bin/redis-server")
SHIPPED = pathlib.Path(__file__).resolve().parents[3] / "deploy/redis"
PASSWORD = "open-sesame"  # of every shipped user


def why_none():
    """Why there can be no Redis here; nothing when there can."""
    return None if PROGRAM.exists() else "Redis is not installed"


def shipped(name, folder):
    """A shipped file, with the passwords filled in, of a process whose files lie in `folder`."""
    text = (SHIPPED / name).read_text(encoding="utf-8")
    digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
    text = re.sub(r"#HASH_OF_\w+", "#" + digest, text)
    text = re.sub(r"PASSWORD_OF_\w+", PASSWORD, text)
    return text.replace("dir /var/lib/redis", f"dir {folder}")


def ask(port, *words, address="127.0.0.1", user=None):
    """What the Redis on the port answers: texts as such, arrays as lists, all else as its line.

    `user` is a shipped one; without it, whoever comes in without a password.
    """
    with socket.create_connection((address, port), DEADLINE) as connection:
        answer = connection.makefile("rb")
        if user:
            _send(connection, ("AUTH", user, PASSWORD))
            _read(answer)
        _send(connection, words)
        return _read(answer)


def _send(connection, words):
    parts = [str(word).encode() for word in words]
    connection.sendall(b"*%d\r\n" % len(parts) + b"".join(
        b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))


def _read(answer):
    line = answer.readline().rstrip(b"\r\n")
    if line.startswith(b"$") and line != b"$-1":
        return answer.read(int(line[1:]) + 2)[:-2]
    if line.startswith(b"*") and line != b"*-1":
        return [_read(answer) for _ in range(int(line[1:]))]
    return line


class Redis:
    """Started when made, in a folder of its own below `parent`; end() ends it by its pid.

    `settings` are flags that win over the shipped file. The default user is left as Redis makes it,
    so that tests can do what nobody else may; servers connect as the user that is shipped for them.
    """

    def __init__(self, *settings, parent=None, address="127.0.0.1", environment=None):
        self.folder = tempfile.mkdtemp(prefix="rushline-redis-", dir=parent)
        self.address = address
        self.environment = environment
        self.port = free_port()
        self.settings = settings
        self.process = None
        users = [line for line in shipped("users.acl", self.folder).splitlines()
                 if not line.startswith("user default ")]
        self.file = pathlib.Path(self.folder) / "redis.conf"
        self.file.write_text("\n".join(
            [shipped("redis.conf", self.folder), 'aclfile ""', f"bind {address}",
             f"port {self.port}", *users, ""]), encoding="utf-8")
        self.start()

    def start(self):
        """Also again after kill(), with what its file holds."""
        self.process = subprocess.Popen(
            [PROGRAM, self.file, *self.settings],
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
        return self.url_of("rushline")

    def url_of(self, user):
        return f"redis://{user}:{PASSWORD}@{self.address}:{self.port}/0"

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
