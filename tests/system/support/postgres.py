"""A private PostgreSQL for system tests: data in a temporary folder, a free loopback port."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile

from support.waiting import DEADLINE, wait_until

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")


def why_none():
    """Why there can be no PostgreSQL here; nothing when there can."""
    return None if (PROGRAMS / "postgres").exists() else "PostgreSQL 15 is not installed"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """Started when made; end() ends it by its pid."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="rushline-postgres-")
        self.port = free_port()
        # PostgreSQL does not run as root.
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            owner = pwd.getpwnam(self.user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", self.folder + "/data", "-U", "postgres", "-A", "trust", "-E",
                  "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.process = None
        self.start()
        self.databases = 0
        self.url = self.create_database()

    def start(self):
        """Also again after stop()."""
        with open(self.folder + "/log", "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self.folder + "/data", "-p", str(self.port),
                 "-c", "listen_addresses=127.0.0.1",
                 "-c", "unix_socket_directories=" + self.folder],
                stdout=log, stderr=log, user=self.user, cwd=self.folder,
                extra_groups=[] if self.user else None)
        wait_until(self._is_up, "PostgreSQL is up", DEADLINE)

    def _run(self, program, *arguments):
        subprocess.run([PROGRAMS / program, *arguments], check=True, capture_output=True,
                       user=self.user, cwd=self.folder, extra_groups=[] if self.user else None)

    def _is_up(self):
        done = subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", self.folder, "-p",
                               str(self.port)], check=False)
        return done.returncode == 0

    def create_database(self):
        """A new, empty one; its URL."""
        self.databases += 1
        name = f"shop{self.databases}"
        self._run("createdb", "-h", self.folder, "-p", str(self.port), "-U", "postgres", name)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def freeze(self):
        """Every process of it: the sessions are processes of their own."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self):
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in (self.process.pid, *map(int, children.read_text(encoding="ascii").split())):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass  # a session that has just ended

    def stop(self):
        """At once, without waiting for sessions; harmless when it has ended."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(DEADLINE)

    def end(self):
        if self.process.poll() is None:
            self.thaw()
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
