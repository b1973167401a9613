"""The server as a service of systemd: what it tells its manager, and the shipped unit."""
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from support import server as child
from support.case import SystemTest
from support.client import EventStream
from support.waiting import DEADLINE

DEBIANS_PYTHON = "/usr/bin/python3"  # which python3-seccomp is installed for
UNDER_FILTER = pathlib.Path(__file__).resolve().parent / "support/under_filter.py"
SHIPPED = pathlib.Path(__file__).resolve().parents[2] / "deploy/systemd"
EXPOSURE_MAX = "15"  # tenths, as systemd-analyze security counts


class NotifyTest(SystemTest):
    server_per_test = True

    def launch(self, **changes):
        """Nothing yet: each test has its own socket."""

    def listen(self, name):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(name)
        listener.settimeout(DEADLINE)
        return listener

    def start(self, name, watchdog_us=None):
        environment = {"NOTIFY_SOCKET": name}
        if watchdog_us:
            environment["WATCHDOG_USEC"] = str(watchdog_us)
        self.server = child.Server(self.folder, environment=environment).start()
        self.addCleanup(self.server.kill)

    def check_ready_and_stopping(self, listener, name):
        self.start(name)
        self.assertEqual(listener.recv(1000).decode(),
                         f"READY=1\nSTATUS=listening on {self.server.url}")
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(listener.recv(1000).decode(), "STOPPING=1\nSTATUS=draining")

    def test_it_says_that_it_is_ready_and_that_it_ends(self):
        name = str(self.folder / "notify")
        self.check_ready_and_stopping(self.listen(name), name)

    def test_a_socket_of_the_abstract_namespace_is_as_good(self):
        name = f"rushline-test-{self.folder.name}"
        self.check_ready_and_stopping(self.listen("\0" + name), "@" + name)

    def test_it_says_that_it_lives_as_often_as_it_is_asked_to(self):
        name = str(self.folder / "notify")
        listener = self.listen(name)
        self.start(name, watchdog_us=200_000)
        words = [listener.recv(1000).decode().splitlines()[0] for _ in range(5)]
        self.assertEqual(words, ["READY=1"] + ["WATCHDOG=1"] * 4)

    def test_a_process_that_stands_still_says_nothing(self):
        name = str(self.folder / "notify")
        listener = self.listen(name)
        self.start(name, watchdog_us=200_000)
        self.assertIn("READY=1", listener.recv(1000).decode())
        listener.recv(1000)
        self.server.signal(signal.SIGSTOP)
        self.addCleanup(lambda: self.server.is_running() and self.server.signal(signal.SIGCONT))
        listener.settimeout(0.1)
        with self.assertRaises(TimeoutError):
            while True:  # what was said before it stood still
                listener.recv(1000)
        listener.settimeout(1)
        with self.assertRaises(TimeoutError):
            listener.recv(1000)
        listener.settimeout(DEADLINE)
        self.server.signal(signal.SIGCONT)
        self.assertEqual(listener.recv(1000).decode(), "WATCHDOG=1")

    def test_a_manager_that_does_not_listen_is_no_reason_not_to_start(self):
        self.start(str(self.folder / "nobody"), watchdog_us=200_000)
        self.assertEqual(self.server.stop(), 0)
        self.assertIn("no word to the service manager", self.server.log())


class FilteredServer(child.Server):
    """Under the system calls that the shipped unit allows."""

    def command(self):
        return [DEBIANS_PYTHON, "-B", UNDER_FILTER, SHIPPED / "rushline.service",
                *super().command()]


class SystemCallsTest(SystemTest):
    server_per_test = True

    def launch(self, **changes):
        """Nothing yet: it may have to be skipped."""

    def start(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze is not installed")
        if subprocess.run([DEBIANS_PYTHON, "-c", "import seccomp"], capture_output=True,
                          check=False, timeout=60).returncode != 0:
            self.skipTest("python3-seccomp is not installed")
        if child.is_sanitized():
            self.skipTest("a sanitizer's own system calls are not the server's")
        self.server = FilteredServer(self.folder).start()
        self.addCleanup(self.server.kill)
        self.http = self.connection()

    def test_the_calls_that_the_unit_allows_are_enough(self):
        self.start()
        event = self.make_event(3)
        for number in range(5):
            self.press(event, f"u{number}", 201 if number < 3 else 200)
        with EventStream(self.server.address, f"/v1/coupon-events/{event}/stream") as stream:
            stream.next()
        for path in ("/metrics", "/v1/status", "/v1/products/popular"):
            self.assertEqual(self.http.get(path).status, 200, path)
        self.assertEqual(self.server.stop(), 0)
        self.assertNotIn("not permitted", self.server.log())

    def test_others_are_refused(self):
        self.start()
        with open(f"/proc/{self.server.pid}/status", encoding="ascii") as status:
            self.assertIn("Seccomp:\t2\n", status.read())
        tried = subprocess.run(
            [DEBIANS_PYTHON, "-B", UNDER_FILTER, SHIPPED / "rushline.service", DEBIANS_PYTHON,
             "-c", "import os; os.setpriority(os.PRIO_PROCESS, 0, 5)"],
            capture_output=True, text=True, check=False, timeout=60)
        self.assertIn("Operation not permitted", tried.stderr)


class UnitTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-unit-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        unit = (SHIPPED / "rushline.service").read_text(encoding="utf-8")
        self.unit = self.folder / "rushline.service"
        self.unit.write_text(unit.replace("/usr/bin/rushline", child.binary()))

    def analyze(self, *arguments):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze is not installed")
        return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True,
                              check=False, timeout=60)

    def test_systemd_understands_every_line(self):
        done = self.analyze("verify", str(self.unit))
        self.assertEqual((done.returncode, done.stderr.strip()), (0, ""))

    def test_it_may_do_little_else(self):
        done = self.analyze("security", "--offline=yes", f"--threshold={EXPOSURE_MAX}",
                            str(self.unit))
        self.assertEqual(done.returncode, 0, done.stdout[-300:] + done.stderr)

    def test_the_example_settings_are_valid(self):
        done = child.run("key", "create", "shop", "--scopes", "shop", "--keys",
                         self.folder / "keys")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = (SHIPPED / "rushline.toml").read_text(encoding="utf-8")
        path = self.folder / "rushline.toml"
        path.write_text(text.replace("/etc/rushline/", f"{self.folder}/"))
        environment = dict(re.findall(r"^(RUSHLINE_\w+)='(.*)'$", (SHIPPED / "secrets").read_text(),
                                      re.MULTILINE))
        done = child.run("config", "validate", "--config", path, environment=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        # The drain, with its delay, must be over before systemd loses its patience.
        times = sum(map(int, re.findall(r"^drain\w*_seconds = (\d+)$", text, re.MULTILINE)))
        patience = int(re.search(r"^TimeoutStopSec=(\d+)s$", self.unit.read_text(),
                                 re.MULTILINE).group(1))
        self.assertLess(times + 10, patience)

    def test_users_and_folders_can_be_made(self):
        if shutil.which("systemd-sysusers") is None:
            self.skipTest("systemd-sysusers is not installed")
        done = subprocess.run(["systemd-sysusers", "--dry-run", SHIPPED / "rushline.sysusers"],
                              capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_line_stands_under_a_comment(self):
        for name in ("rushline.service", "rushline.toml", "rushline.sysusers",
                     "rushline.tmpfiles", "secrets"):
            explained = False
            for number, line in enumerate((SHIPPED / name).read_text().splitlines(), 1):
                if line.startswith("["):
                    continue
                explained = bool(line) and (explained or line.startswith("#"))
                self.assertTrue(explained or not line, f"{name}:{number}: {line}")
