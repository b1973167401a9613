"""Faults of processes, disks, clocks and networks, without a Rushline server."""
import multiprocessing
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from fault import clock, disk, network
from fault.processes import Postgres, Redis
from support import postgres, redis
from support.waiting import DEADLINE, stays, wait_until


@unittest.skipIf(redis.why_none(), redis.why_none())
class RedisTest(unittest.TestCase):
    def setUp(self):
        self.redis = Redis("--appendfsync", "always")
        self.addCleanup(self.redis.end)
        self.redis.command("SET", "word", "kept")

    def test_killed_it_comes_back_with_its_file(self):
        self.redis.kill()
        self.redis.start()
        self.assertEqual(self.redis.command("GET", "word"), b"kept")

    def test_started_empty_it_has_forgotten_everything(self):
        self.redis.kill()
        self.redis.start_empty()
        self.assertEqual(self.redis.command("DBSIZE"), b":0")

    def test_frozen_it_answers_when_thawed(self):
        self.redis.freeze()
        with socket.create_connection(("127.0.0.1", self.redis.port), DEADLINE) as connection:
            connection.sendall(b"PING\r\n")
            connection.settimeout(0.1)
            with self.assertRaises(TimeoutError):
                connection.recv(7)
            self.redis.thaw()
            connection.settimeout(DEADLINE)
            self.assertEqual(connection.recv(7), b"+PONG\r\n")


@unittest.skipIf(postgres.why_none(), postgres.why_none())
class PostgresTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.end)
        cls.psql("CREATE TABLE told (word text)")

    @classmethod
    def psql(cls, statement):
        return cls.postgres.psql("shop1", statement).strip()

    def test_killed_it_comes_back_with_what_was_committed(self):
        self.psql("INSERT INTO told VALUES ('kept')")
        self.postgres.kill()
        self.postgres.start()
        self.assertEqual(self.psql("SELECT count(*) FROM told WHERE word = 'kept'"), "1")

    def test_ended_and_started_it_serves_again(self):
        self.postgres.end_by_signal()
        self.postgres.start()
        self.assertEqual(self.psql("SELECT 1"), "1")

    def test_frozen_no_session_answers_until_it_is_thawed(self):
        session = subprocess.Popen(
            [postgres.PROGRAMS / "psql", "-h", self.postgres.folder, "-p", str(self.postgres.port),
             "-U", "postgres", "-qAt", "shop1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        session.stdin.write("SELECT 1;\n")
        session.stdin.flush()
        self.assertEqual(session.stdout.readline(), "1\n")
        self.postgres.freeze()
        begun = time.monotonic()
        session.stdin.write("SELECT 2;\n")
        session.stdin.flush()
        os.set_blocking(session.stdout.fileno(), False)
        stays(lambda: not session.stdout.readline(), "no answer", 0.1)
        self.postgres.thaw()
        wait_until(lambda: session.stdout.readline() == "2\n", "the answer")
        self.assertGreaterEqual(time.monotonic() - begun, 0.1)
        session.communicate(timeout=DEADLINE)


@unittest.skipIf(clock.why_none(), clock.why_none())
class ClockTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="rushline-clock-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.clock = clock.Clock(self.folder, "test")

    def test_a_running_process_sees_its_clock_go_forward_and_back(self):
        child = subprocess.Popen(
            [sys.executable, "-c",
             "import sys, time\nfor _ in sys.stdin: print(time.time(), flush=True)"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **self.clock.environment})
        self.addCleanup(child.communicate)

        def ahead():
            child.stdin.write("\n")
            child.stdin.flush()
            return float(child.stdout.readline()) - time.time()

        self.assertAlmostEqual(ahead(), 0, delta=1)
        for seconds in (600, -600):
            self.clock.shift(seconds)
            wait_until(lambda by=seconds: abs(ahead() - by) < 1, f"{seconds} s ahead")
        self.clock.heal()
        wait_until(lambda: abs(ahead()) < 1, "the true time")


_no_disk = disk.why_none()


@unittest.skipIf(_no_disk, _no_disk)
class DiskTest(unittest.TestCase):
    def test_full_until_healed(self):
        small = disk.Disk(4)
        self.addCleanup(small.end)
        file = pathlib.Path(small.folder) / "data"
        file.write_bytes(b"x" * 1000)
        small.fill()
        self.assertEqual(small.free_bytes(), 0)
        with self.assertRaisesRegex(OSError, "No space"):
            with open(file, "ab", buffering=0) as growing:
                for _ in range(10):
                    growing.write(bytes(4096))
        small.heal()
        file.write_bytes(bytes(1_000_000))


def _in_a_network(answers):
    """What happens to connections between two hosts of a network: (what, error or the echo)."""
    network.move_out()
    own = network.Network(1)
    try:
        service = own.add_service(1)
        listener = socket.create_server((service, 0))
        port = listener.getsockname()[1]
        program = ("import socket, sys\n"
                   "link = socket.create_connection((sys.argv[1], int(sys.argv[2])), 0.5)\n"
                   "print(link.getsockname()[0])")

        def connect():
            done = subprocess.run([*own.prefix(0), "python3", "-c", program, service, str(port)],
                                  capture_output=True, text=True, check=False)
            return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

        answers.put(("whole", connect()))
        for what, break_it, mend_it in (
                ("replies", lambda: own.lose(service, own.host(0)),
                 lambda: own.find(service, own.host(0))),
                ("requests", lambda: own.lose(own.host(0), service), own.heal),
                ("cable", lambda: own.unplug(0), own.heal)):
            break_it()
            answers.put((what, connect()))
            mend_it()
            answers.put((what + " healed", connect()))
        answers.put(("host", own.host(0)))
    finally:
        own.end()
        answers.put(None)


_no_network = network.why_none()


@unittest.skipIf(_no_network, _no_network)
class NetworkTest(unittest.TestCase):
    def test_lost_packets_are_lost_in_silence_until_healed(self):
        # In a process of its own, which leaves our network for ever.
        context = multiprocessing.get_context("spawn")
        answers = context.Queue()
        child = context.Process(target=_in_a_network, args=(answers,))
        child.start()
        said = dict(iter(lambda: answers.get(timeout=DEADLINE), None))
        child.join(DEADLINE)
        host = said.pop("host")
        for what, answer in said.items():
            lost = what in ("replies", "requests", "cable")
            self.assertEqual(answer, "TimeoutError: timed out" if lost else host, what)
