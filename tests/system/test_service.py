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
from support.waiting import DEADLINE

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
