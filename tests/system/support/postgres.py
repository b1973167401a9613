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
    """Started when made, with its data in a folder of its own below `parent`; end() ends it by its
    pid."""

    def __init__(self, *settings, parent=None, address="127.0.0.1", environment=None):
        self.folder = tempfile.mkdtemp(prefix="rushline-postgres-", dir=parent)
        self.address = address
        self.environment = environment
        self.settings = settings
        self.port = free_port()
        self.process = None
        # PostgreSQL does not run as root.
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            owner = pwd.getpwnam(self.user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", self.folder + "/data", "-U", "postgres", "-A", "trust", "-E",
                  "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()
        self.databases = 0
        self.url = self.create_database()

    def start(self):
        """Also again after an end that was none of end(), with what it has stored."""
        with open(self.folder + "/log", "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self.folder + "/data", "-p", str(self.port),
                 "-c", f"listen_addresses={self.address}",
                 "-c", "unix_socket_directories=" + self.folder, *self.settings],
                stdout=log, stderr=log, user=self.user, cwd=self.folder, env=self.environment,
                extra_groups=[] if self.user else None)
        wait_until(self._is_up, "PostgreSQL is up", DEADLINE)

    def _run(self, program, *arguments):
        """Gives what it prints."""
        done = subprocess.run([PROGRAMS / program, *arguments], check=True, capture_output=True,
                              user=self.user, cwd=self.folder, text=True,
                              extra_groups=[] if self.user else None)
        return done.stdout

    def _is_up(self):
        done = subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", self.folder, "-p",
                               str(self.port)], check=False)
        return done.returncode == 0

    def create_database(self):
        """A new, empty one; its URL."""
        self.databases += 1
        name = f"shop{self.databases}"
        self._run("createdb", "-h", self.folder, "-p", str(self.port), "-U", "postgres", name)
        return f"postgresql://postgres@{self.address}:{self.port}/{name}"

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(DEADLINE)
        shutil.rmtree(self.folder, ignore_errors=True)
