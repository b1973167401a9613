"""A primary, two replicas and three Sentinels for system tests, on free loopback ports, with the
settings and users that are shipped in deploy/redis."""
import pathlib
import shutil
import subprocess
import tempfile

from support import redis
from support.postgres import free_port
from support.waiting import DEADLINE, wait_until

NAME = "shop"
DOWN_AFTER_MS = 500  # of silence, then a Sentinel takes a server for lost
SENTINELS = 3
# Sentinels look at everything every few seconds; for tests, several times a second. One that did
# not get to run for two seconds only watches for the next thirty; here, for one.
PACE = ("info-period", "200", "ask-period", "200", "publish-period", "200", "ping-period", "100",
        "tilt-period", "1000")


class Sentinel:
    """One of them. Started when made; end() ends it by its pid."""

    def __init__(self, primary_port):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-sentinel-"))
        self.port = free_port()
        self.process = None
        text = redis.shipped("sentinel.conf", self.folder)
        text = text.replace(" 10.0.0.1 6379 ", f" 127.0.0.1 {primary_port} ")
        (self.folder / "sentinel.conf").write_text(
            f"{text}\nbind 127.0.0.1\nport {self.port}\n"
            f"sentinel down-after-milliseconds {NAME} {DOWN_AFTER_MS}\n"
            f"sentinel failover-timeout {NAME} 1500\n", encoding="utf-8")
        self.start()

    def start(self):
        """Also again after kill(), with what it has written down."""
        self.process = subprocess.Popen(
            [redis.PROGRAM, self.folder / "sentinel.conf", "--sentinel"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._is_up, "a Sentinel is up", DEADLINE)
        self.command("SENTINEL", "DEBUG", *PACE)

    def _is_up(self):
        try:
            return self.command("PING") == b"+PONG"
        except OSError:
            return False

    def command(self, *words, user="operator"):
        return redis.ask(self.port, *words, user=user)

    def knows(self, others, replicas):
        """Whether it knows that many other Sentinels and replicas."""
        info = self.command("INFO", "sentinel").decode()
        return "status=ok,address" in info and f"slaves={replicas},sentinels={others + 1}" in info

    def primary_port(self):
        """Of the one that it names."""
        return int(self.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)[1])

    def kill(self):
        self.process.kill()
        self.process.wait(DEADLINE)

    def end(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Sentinels:
    """Started when made: every Sentinel knows all others and every replica. end() ends all."""

    def __init__(self):
        primary = redis.Redis()
        self.servers = [primary]
        for _ in range(2):
            self.servers.append(redis.Redis("--replicaof", f"127.0.0.1 {primary.port}",
                                            "--repl-diskless-sync-delay", "0"))
        wait_until(lambda: b"connected_slaves:2" in primary.command("INFO", "replication"),
                   "both replicas follow")
        self.sentinels = [Sentinel(primary.port) for _ in range(SENTINELS)]
        wait_until(lambda: all(one.knows(SENTINELS - 1, 2) for one in self.sentinels),
                   "the Sentinels know each other")

    @property
    def url(self):
        return self.url_of("rushline")

    def url_of(self, user):
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in self.sentinels)
        return f"sentinel://{user}:{redis.PASSWORD}@{hosts}/{NAME}"

    def primary(self):
        """The server that a Sentinel names."""
        one = next(one for one in self.sentinels if one.process.poll() is None)
        port = one.primary_port()
        return next(server for server in self.servers if server.port == port)

    def command(self, *words):
        """To the primary."""
        return self.primary().command(*words)

    def has_line(self, event):
        return self.primary().has_line(event)

    def end(self):
        for process in self.sentinels + self.servers:
            process.end()
