"""Private PostgreSQL and Redis: installed programs, data in temporary folders, ended by pid."""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile

from harness.programs import CannotRun, Program, START_SECONDS_MAX, free_port, ticks_of, wait_for

POSTGRES_PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")

# As it comes, fsync included, but for room: a checkpoint in every run would measure the disk.
POSTGRES_SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "4GB", "max_connections": "300"}


class Postgres:
    """A cluster of its own; `url` leads to an empty database."""

    def __init__(self, options):
        if not (POSTGRES_PROGRAMS / "postgres").exists():
            raise CannotRun("PostgreSQL 15 is not installed (script/bootstrap bench)")
        self.folder = tempfile.mkdtemp(prefix="rushline-bench-", dir=options.folder)
        self.port = free_port()
        # PostgreSQL does not run as root.
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            owner = pwd.getpwnam(self.user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.process = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self):
        self._run("initdb", "-D", f"{self.folder}/data", "-U", "postgres", "-A", "trust", "-E",
                  "UTF8", "--locale=C.UTF-8", "--no-sync")
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder,
                    **POSTGRES_SETTINGS}
        with open(f"{self.folder}/log", "wb") as log:
            self.process = subprocess.Popen(
                [POSTGRES_PROGRAMS / "postgres", "-D", f"{self.folder}/data", "-p", str(self.port),
                 *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))],
                stdout=log, stderr=log, **self._as_owner())
        wait_for(lambda: self._run("pg_isready", "-q", "-h", self.folder, "-p", str(self.port),
                                   check=False).returncode == 0, "PostgreSQL is up",
                 START_SECONDS_MAX)
        self._run("createdb", "-h", self.folder, "-p", str(self.port), "-U", "postgres", "shop")

    def _as_owner(self):
        return {"user": self.user, "cwd": self.folder,
                "extra_groups": [] if self.user else None}

    def _run(self, program, *arguments, check=True):
        return subprocess.run([POSTGRES_PROGRAMS / program, *arguments], check=check,
                              capture_output=True, text=True, **self._as_owner())

    @property
    def url(self):
        return f"postgresql://postgres@127.0.0.1:{self.port}/shop"

    def sql(self, text):
        """The first column of the first row, as text."""
        try:
            return self._run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text,
                             self.url).stdout.strip()
        except subprocess.CalledProcessError as error:
            raise CannotRun(f"PostgreSQL: {error.stderr.strip()}") from error

    def wait_until_idle(self, seconds=60):
        """Until no session is in the middle of something."""
        wait_for(lambda: self.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND state <> 'idle' AND pid <> pg_backend_pid()") == "0",
            "PostgreSQL has nothing to do", seconds, every=0.1)

    @contextlib.contextmanager
    def holding(self, lock):
        """Holds the rows that the statement locks, as long as the block lasts."""
        with subprocess.Popen([POSTGRES_PROGRAMS / "psql", "-XAtq", self.url],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
            session.stdin.write(f"BEGIN;\n{lock};\n\\echo held\n")
            session.stdin.flush()
            while (line := session.stdout.readline()).strip() != "held":
                if not line:
                    raise CannotRun(f"PostgreSQL did not lock: {lock}")
            yield
            session.stdin.write("ROLLBACK;\n")
            session.stdin.close()

    def cpu_seconds(self, _threads=()):
        """Of the server and all its processes, those that have ended included."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        user, system = ticks_of(pathlib.Path(f"/proc/{self.process.pid}/stat"), True)
        for pid in children.read_text().split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                more = ticks_of(pathlib.Path(f"/proc/{pid}/stat"))
                user, system = user + more[0], system + more[1]
        return user, system

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis(Program):
    """A server of its own, append-only file written every second."""

    def __init__(self, options):
        program = shutil.which("redis-server")
        if not program:
            raise CannotRun("redis-server is not installed (script/bootstrap bench)")
        port = free_port()
        # The file is never rewritten: that would come in some rounds and not in others.
        super().__init__("Redis", [
            program, "--port", port, "--bind", "127.0.0.1", "--dir", "{folder}",
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
            "--auto-aof-rewrite-percentage", "0"], port, options.folder)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def ask(self, *words):
        """One command whose reply is a number or a text."""
        with socket.create_connection(("127.0.0.1", self.port), 30) as connection:
            connection.sendall(f"*{len(words)}\r\n".encode() + b"".join(
                b"$%d\r\n%s\r\n" % (len(word), word) for word in map(str.encode, words)))
            reply = connection.makefile("rb")
            head = reply.readline().decode().rstrip()
            if head.startswith("-"):
                raise CannotRun(f"Redis: {words[0]}: {head}")
            return reply.read(int(head[1:])).decode() if head.startswith("$") else head[1:]

    def info(self, section):
        lines = self.ask("INFO", section).splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def own_cpu_seconds(self):
        """User and system together, all threads, finer than /proc tells it."""
        cpu = self.info("cpu")
        return float(cpu["used_cpu_user"]) + float(cpu["used_cpu_sys"])
