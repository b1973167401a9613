"""A private PostgreSQL for system tests: data in a temporary folder, a free loopback port; and a
standby of one, and somebody else who holds a row of it."""
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


def _children_of(pid):
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in children.split()]


class Postgres:
    """Started when made, with its data in a folder of its own below `parent`; end() ends it by its
    pid. `settings`: NAME=VALUE. `primary`: the one that it is a standby of."""

    def __init__(self, *settings, primary=None, parent=None, address="127.0.0.1",
                 environment=None):
        self.folder = tempfile.mkdtemp(prefix="rushline-postgres-", dir=parent)
        self.address = address
        self.environment = environment
        self.port = free_port()
        self.settings = settings
        # PostgreSQL does not run as root.
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            owner = pwd.getpwnam(self.user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.process = None
        self.databases = 0
        if primary:
            self._run("pg_basebackup", "-D", self.folder + "/data", "-R", "-X", "stream", "-c",
                      "fast", "--no-sync", "-d", f"host=127.0.0.1 port={primary.port} "
                      "user=postgres application_name=standby")
            self.start()
            return
        self._run("initdb", "-D", self.folder + "/data", "-U", "postgres", "-A", "trust", "-E",
                  "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()
        self.url = self.create_database()

    def start(self):
        """Also again after stop() or kill(), with the data that it had."""
        with open(self.folder + "/log", "ab") as log:
            settings = [word for setting in self.settings for word in ("-c", setting)]
            self.process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self.folder + "/data", "-p", str(self.port),
                 "-c", f"listen_addresses={self.address}",
                 "-c", "unix_socket_directories=" + self.folder, *settings],
                stdout=log, stderr=log, user=self.user, cwd=self.folder, env=self.environment,
                extra_groups=[] if self.user else None)
        wait_until(self._is_up, "PostgreSQL is up", DEADLINE)

    def _run(self, program, *arguments):
        return subprocess.run([PROGRAMS / program, *arguments], check=True, capture_output=True,
                              text=True, user=self.user, cwd=self.folder,
                              extra_groups=[] if self.user else None).stdout

    def _is_up(self):
        done = subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", self.folder, "-p",
                               str(self.port)], check=False)
        return done.returncode == 0

    def create_database(self):
        """A new, empty one; its URL."""
        self.databases += 1
        name = f"shop{self.databases}"
        self._run("createdb", "-h", self.folder, "-p", str(self.port), "-U", "postgres", name)
        return self.url_of(name)

    def url_of(self, name):
        return f"postgresql://postgres@{self.address}:{self.port}/{name}"

    def query(self, sql, database="postgres"):
        """What it answers, without headings, one row a line."""
        return self._run("psql", "-h", self.folder, "-p", str(self.port), "-U", "postgres", "-At",
                         "-d", database, "-c", sql).strip()

    def wait_for_standby(self, is_waited_for=True):
        """Lets commits wait for the standby that is connected, or for none."""
        wait_until(lambda: self.query("SELECT count(*) FROM pg_stat_replication WHERE state = "
                                      "'streaming'") == "1", "the standby follows")
        names = "standby" if is_waited_for else ""
        self.query(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.query("SELECT pg_reload_conf()")
        wanted = "sync" if is_waited_for else "async"
        wait_until(lambda: self.query("SELECT sync_state FROM pg_stat_replication") == wanted,
                   f"the standby is {wanted}")

    def promote(self):
        self.query("SELECT pg_promote()")

    def _send_to_all(self, number):
        # Its head first, so that it starts no other process meanwhile.
        children = _children_of(self.process.pid)
        self.process.send_signal(number)
        for child in children:
            try:
                os.kill(child, number)
            except ProcessLookupError:
                pass

    def freeze(self):
        """Every process of it stands still, its sockets stay open."""
        self._send_to_all(signal.SIGSTOP)

    def thaw(self):
        self._send_to_all(signal.SIGCONT)

    def kill(self):
        """As a power failure would."""
        self._send_to_all(signal.SIGKILL)
        self.process.wait(DEADLINE)

    def stop(self, number=signal.SIGINT):
        """SIGINT: "fast"; SIGQUIT: "immediate"."""
        self.process.send_signal(number)
        self.process.wait(DEADLINE)

    def end(self):
        if self.process.poll() is None:
            self.thaw()
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)


class Outsider:
    """Somebody with a transaction of their own, which stays open until end()."""

    def __init__(self, server, database, sql):
        self.process = subprocess.Popen(
            [PROGRAMS / "psql", "-h", server.folder, "-p", str(server.port), "-U", "postgres",
             "-At", "-d", database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            user=server.user, cwd=server.folder, extra_groups=[] if server.user else None)
        self.process.stdin.write(f"BEGIN;\n{sql};\n\\echo begun\n")
        self.process.stdin.flush()
        while self.process.stdout.readline().strip() != "begun":
            assert self.process.poll() is None, "psql ended"

    def end(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(DEADLINE)
        self.process.stdout.close()
