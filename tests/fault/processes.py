"""The processes of a world, with what can happen to a process: killed, frozen, ended, emptied.

Each starts again on the same address with the same data, as a service that is restarted does.
"""
import os
import pathlib
import shutil
import signal

from support import postgres, redis
from support import server as child
from support.waiting import DEADLINE, wait_until


class Server(child.Server):
    """A Rushline server that comes back to the port that it had first."""

    def __init__(self, folder, prefix=(), host="127.0.0.1", **options):
        super().__init__(folder, listen=f"{host}:0", **options)
        self.prefix = list(prefix)  # what the program is started by: in another network, say

    def command(self):
        return [*self.prefix, *super().command()]

    def start(self):
        super().start()
        host, port = self.address
        self.listen = f"{host}:{port}"
        return self

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)


class Redis(redis.Redis):
    def start(self):
        """Harmless when it runs."""
        if self.process is None or self.process.poll() is not None:
            super().start()

    def start_empty(self):
        """After kill(): its file is lost, too."""
        shutil.rmtree(pathlib.Path(self.folder) / "appendonlydir", ignore_errors=True)
        self.start()

    def end_by_signal(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(DEADLINE)


class Postgres(postgres.Postgres):
    def start(self):
        """Harmless when it runs."""
        if self.process is None or self.process.poll() is not None:
            super().start()

    def pids(self):
        """The postmaster's and those of its children, the postmaster's first."""
        pid = self.process.pid
        try:
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        except OSError:
            children = ""
        return [pid, *map(int, children.split())]

    def _signal_all(self, number):
        for pid in self.pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass  # it has just ended by itself

    def kill(self):
        """All at once, as when the machine dies."""
        children = self.pids()[1:]
        self._signal_all(signal.SIGKILL)
        self.process.wait(DEADLINE)
        # Without them nobody holds on to the shared memory of the one that died.
        wait_until(lambda: not any(_is_postgres(pid) for pid in children), "its children are gone")

    def freeze(self):
        self._signal_all(signal.SIGSTOP)

    def thaw(self):
        self._signal_all(signal.SIGCONT)

    def end_by_signal(self, number=signal.SIGINT):
        """SIGINT: a restart that sends every session home."""
        self.process.send_signal(number)
        self.process.wait(DEADLINE)

    def psql(self, database, statement):
        """What a statement gives, as text, from a session that no fault is between."""
        return self._run("psql", "-h", self.folder, "-p", str(self.port), "-U", "postgres", "-qAt",
                         "-d", database, "-c", statement)

    def end(self):
        if self.process.poll() is None:
            self.thaw()
            super().end()
        shutil.rmtree(self.folder, ignore_errors=True)


def _is_postgres(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "(postgres)" in status and status.rpartition(")")[2].split()[0] != "Z"
