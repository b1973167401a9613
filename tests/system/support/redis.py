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


def shipped_users(password=PASSWORD):
    """The lines of users.acl with the passwords filled in, as its documentation says."""
    text = (SHIPPED / "users.acl").read_text(encoding="utf-8")
    digest = hashlib.sha256(password.encode()).hexdigest()
    return re.sub(r"#HASH_OF_\w+", "#" + digest, text).splitlines()


def speak(port, words, user=None, whole=False):
    """Runs a command as `user` (name, password), on a connection of its own.

    Gives the first line of the answer; of a text, the text; with `whole`, the texts of an array.
    """
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as connection:
        answer = connection.makefile("rb")
        if user:
            _send(connection, ("AUTH", *user))
            answer.readline()
        _send(connection, words)
        first = _read(answer)
        if whole and first.startswith(b"*"):
            return [_read(answer) for _ in range(int(first[1:]))]
        return first


def _send(connection, words):
    parts = [str(word).encode() for word in words]
    connection.sendall(b"*%d\r\n" % len(parts) + b"".join(
        b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))


def _read(answer):
    line = answer.readline().rstrip(b"\r\n")
    if line.startswith(b"$") and line != b"$-1":
        return answer.read(int(line[1:]) + 2)[:-2]
    return line


class Redis:
    """Started when made; end() ends it by its pid.

    `settings` are flags that win over the shipped file. The default user is left as Redis makes it,
    so that tests can do what nobody else may; servers connect as the user that is shipped for them.
    """

    password = PASSWORD

    def __init__(self, *settings):
        self.folder = tempfile.mkdtemp(prefix="rushline-redis-")
        self.port = free_port()
        self.settings = settings
        self.process = None
        users = [line for line in shipped_users(self.password)
                 if not line.startswith("user default ")]
        self.file = pathlib.Path(self.folder) / "redis.conf"
        self.file.write_text("\n".join(
            [f"include {SHIPPED}/redis.conf", 'aclfile ""', "bind 127.0.0.1", f"port {self.port}",
             f"dir {self.folder}", *users, ""]), encoding="utf-8")
        self.start()

    def start(self):
        """Also again after kill(), with what its file holds."""
        self.process = subprocess.Popen(
            [PROGRAM, self.file, *self.settings],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._is_up, "Redis is up", DEADLINE)

    def _is_up(self):
        try:
            return self.command("PING") == b"+PONG"
        except OSError:
            return False

    def command(self, *words):
        """The first line of what Redis answers; of a text, the text."""
        return speak(self.port, words)

    @property
    def url(self):
        return self.url_of("rushline")

    def url_of(self, user):
        return f"redis://{user}:{self.password}@127.0.0.1:{self.port}/0"

    def kill(self):
        self.process.kill()
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
