"""The shipped Redis files as they are: they start, and each user may do its own work only."""
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from support.postgres import free_port
from support.redis import PROGRAM, SHIPPED, ask, shipped, why_none
from support.waiting import DEADLINE, wait_until

ROOT = SHIPPED.parents[1]
KEY_OF_EVENT = "coupon-events:{1}"


class Shipped(unittest.TestCase):
    """Processes that run on the shipped files, each as on a machine of its own."""

    def setUp(self):
        if why_none():
            self.skipTest(why_none())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-deploy-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.primary_port = free_port()

    def machine(self, port):
        """A folder with the shipped files, the example's addresses and paths replaced by these."""
        folder = self.folder / str(port)
        (folder / "data").mkdir(parents=True)
        for path in SHIPPED.iterdir():
            text = shipped(path.name, folder / "data")
            text = text.replace("/etc/redis/", f"{folder}/").replace(" 10.0.0.11\n", "\n")
            text = text.replace("10.0.0.1 6379", f"127.0.0.1 {self.primary_port}")
            (folder / path.name).write_text(text, encoding="utf-8")
        return folder

    def start(self, name, port, *flags):
        return self.run_on(self.machine(port), name, port, *flags)

    def run_on(self, folder, name, port, *flags):
        with open(folder / "log", "ab") as log:
            process = subprocess.Popen(
                [PROGRAM, folder / name, "--port", str(port), *flags], cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(process.wait, DEADLINE)
        self.addCleanup(process.send_signal, signal.SIGKILL)
        return process

    def start_primary(self):
        primary = self.start("redis.conf", self.primary_port)
        wait_until(lambda: self.is_up(self.primary_port), "the primary is up")
        return primary

    def is_up(self, port):
        try:
            return ask(port, "PING", user="operator") == b"+PONG"
        except OSError:
            return False

    def info(self, port, field):
        try:
            text = ask(port, "INFO", user="operator").decode()
        except OSError:
            return None  # a Redis that is promoted closes every connection
        found = re.search(rf"^{field}:(.*)\r$", text, re.MULTILINE)
        return found and found.group(1)


class FilesTest(Shipped):
    def test_without_its_passwords_it_does_not_start(self):
        for name, flags in (("redis.conf", ()), ("sentinel.conf", ("--sentinel",))):
            port = free_port()
            folder = self.machine(port)
            shutil.copy(SHIPPED / "users.acl", folder / "users.acl")
            text = (SHIPPED / name).read_text("utf-8").replace("/etc/redis/", f"{folder}/")
            text = text.replace("dir /var/lib/redis", f"dir {folder}/data")
            (folder / name).write_text(text.replace(" 10.0.0.11\n", "\n"), "utf-8")
            process = self.run_on(folder, name, port, *flags)
            self.assertNotEqual(process.wait(DEADLINE), 0, name)
            self.assertIn("password hash must be", (folder / "log").read_text("utf-8"), name)

    def test_it_keeps_what_it_was_given_and_refuses_instead_of_forgetting(self):
        self.start_primary()
        self.assertEqual(self.info(self.primary_port, "aof_enabled"), "1")
        self.assertEqual(self.info(self.primary_port, "maxmemory_policy"), "noeviction")

    def test_its_files_lie_where_it_says_and_not_where_it_is_started(self):
        self.start_primary()
        data = self.folder / str(self.primary_port) / "data"
        self.assertEqual([path.name for path in data.iterdir()], ["appendonlydir"])
        self.assertEqual([path.name for path in self.folder.iterdir()], [str(self.primary_port)])
        for name in ("redis.conf", "sentinel.conf"):
            self.assertIn("\ndir /var/lib/redis\n", (SHIPPED / name).read_text("utf-8"))
        self.assertIn("\ninclude /etc/redis/redis.conf\n",
                      (SHIPPED / "replica.conf").read_text("utf-8"))


class SentinelsTest(Shipped):
    """A primary, two replicas and three Sentinels, as the files and docs/redis.md ask for."""

    def setUp(self):
        super().setUp()
        self.primary = self.start_primary()
        self.replica_ports = [free_port() for _ in range(2)]
        for port in self.replica_ports:
            self.start("replica.conf", port)
        wait_until(lambda: self.info(self.primary_port, "connected_slaves") == "2", "both follow")
        self.sentinel_ports = [free_port() for _ in range(3)]
        for port in self.sentinel_ports:
            self.start("sentinel.conf", port, "--sentinel")
        wait_until(lambda: all(self.knows_all(port) for port in self.sentinel_ports),
                   "the Sentinels know all", 2 * DEADLINE)

    def knows_all(self, port):
        try:
            answer = ask(port, "SENTINEL", "MASTER", "shop", user="operator")
        except OSError:
            return False
        fields = dict(zip(answer[::2], answer[1::2]))
        return ((fields.get(b"flags"), fields.get(b"num-slaves"),
                 fields.get(b"num-other-sentinels")) == (b"master", b"2", b"2") and
                ask(port, "SENTINEL", "CKQUORUM", "shop", user="operator").startswith(b"+OK"))

    def promoted(self):
        ports = [port for port in self.replica_ports if self.info(port, "role") == "master"]
        return ports[0] if ports else None

    def test_they_agree_on_a_primary_that_dies_and_the_next_one_takes_writes(self):
        self.primary.kill()
        wait_until(self.promoted, "a replica is promoted", 2 * DEADLINE)
        promoted = self.promoted()
        wait_until(lambda: all(
            ask(port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "shop", user="rushline")[1] ==
            str(promoted).encode() for port in self.sentinel_ports), "all Sentinels name it")
        write = ("HSET", KEY_OF_EVENT, "epoch", "1")
        wait_until(lambda: ask(promoted, *write, user="rushline").startswith(b":"),
                   "it takes writes, because a replica follows it", 2 * DEADLINE)
        self.assertEqual(ask(promoted, "CONFIG", "GET", "min-replicas-to-write", user="doctor"),
                         [b"min-replicas-to-write", b"1"])

    def test_operators_may_order_a_failover_and_nobody_else(self):
        port = self.sentinel_ports[0]
        orders = (("SENTINEL", "FAILOVER", "shop"), ("SENTINEL", "SET", "shop", "quorum", "1"),
                  ("SENTINEL", "REMOVE", "shop"), ("SENTINEL", "RESET", "*"), ("SHUTDOWN",),
                  ("SENTINEL", "MONITOR", "mine", "127.0.0.1", "1", "1"),
                  ("SENTINEL", "CONFIG", "GET", "*"),
                  ("ACL", "LIST"), ("PUBLISH", "+switch-master", "x"))
        for words in (*orders, ("PING",), ("INFO",),
                      ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "shop")):
            self.assertTrue(ask(port, *words).startswith(b"-NOAUTH"), words)
        for words in orders:
            for user in ("rushline", "doctor", "sentinel"):
                self.assertTrue(ask(port, *words, user=user).startswith(b"-NOPERM"), (user, words))
        for user in ("rushline", "doctor"):
            self.assertEqual(ask(port, "SUBSCRIBE", "+switch-master", user=user)[0], b"subscribe")
            answer = ask(port, "SUBSCRIBE", "__sentinel__:hello", user=user)
            self.assertTrue(answer.startswith(b"-NOPERM"), answer)
        wait_until(lambda: ask(port, *orders[0], user="operator") == b"+OK",
                   "the Sentinel finds a replica good enough")
        wait_until(self.promoted, "a replica is promoted")
        wait_until(lambda: self.info(self.primary_port, "master_link_status") == "up",
                   "the old primary follows the new one", 2 * DEADLINE)


class UsersTest(Shipped):
    def setUp(self):
        super().setUp()
        self.start_primary()

    def allowed(self, user, *words):
        answer = ask(self.primary_port, *words, user=user)
        return isinstance(answer, list) or not answer.startswith((b"-NOPERM", b"-NOAUTH"))

    def test_nobody_comes_in_without_a_user(self):
        for words in (("PING",), ("GET", "a"), ("INFO",)):
            self.assertFalse(self.allowed(None, *words), words)

    def test_a_server_reaches_its_keys_and_no_others(self):
        for key in (KEY_OF_EVENT, "queue:coupon-events:{1}", "rank:{products}:state"):
            self.assertTrue(self.allowed("rushline", "EXISTS", key), key)
        for key in ("sessions", "coupon-events:1", "rank:{other}:state", "xcoupon-events:{1}"):
            self.assertFalse(self.allowed("rushline", "EXISTS", key), key)
        self.assertTrue(self.allowed("rushline", "PUBLISH", "coupon-events:marks", "1 1"))
        self.assertFalse(self.allowed("rushline", "PUBLISH", "__sentinel__:hello", "x"))

    def test_a_server_can_do_nothing_that_it_does_not_need(self):
        for words in (("FLUSHALL",), ("KEYS", "*"), ("CONFIG", "GET", "*"), ("SHUTDOWN",),
                      ("EVAL", "return 1", "0"), ("FUNCTION", "FLUSH"), ("GET", KEY_OF_EVENT),
                      ("REPLICAOF", "a", "1"), ("ACL", "LIST"), ("MONITOR",),
                      ("CLIENT", "KILL", "ID", "1"), ("SCAN", "0")):
            self.assertFalse(self.allowed("rushline", *words), words)

    def test_a_doctor_looks_at_settings_and_not_at_keys(self):
        for words in (("INFO",), ("CONFIG", "GET", "appendfsync"), ("ACL", "WHOAMI"),
                      ("FUNCTION", "LIST"), ("TIME",), ("CLUSTER", "SLOTS"), ("CLUSTER", "INFO")):
            self.assertTrue(self.allowed("doctor", *words), words)
        for words in (("EXISTS", KEY_OF_EVENT), ("CONFIG", "SET", "maxmemory", "0"), ("FLUSHALL",),
                      ("FUNCTION", "DELETE", "x"), ("ACL", "LIST"), ("KEYS", "*")):
            self.assertFalse(self.allowed("doctor", *words), words)


class WordsTest(unittest.TestCase):
    """users.acl, what the functions call, and docs/redis.md say the same."""

    WITHOUT_FUNCTIONS = {
        "ping", "role", "select", "client|setname", "wait", "asking", "cluster|slots",
        "cluster|info", "fcall", "function|load", "function|list", "function|delete",
        "subscribe"}

    def words_of_server(self):
        text = (SHIPPED / "users.acl").read_text(encoding="utf-8")
        line = next(line for line in text.splitlines() if line.startswith("user rushline "))
        return [word for word in line.split() if word[0] in "+~&"]

    def test_a_server_may_run_exactly_what_its_functions_call(self):
        called = set()
        for path in (ROOT / "src/adapters/redis/functions").glob("*.lua"):
            called |= {name.lower() for name in
                       re.findall(r"redis\.p?call\('(\w+)'", path.read_text(encoding="utf-8"))}
        granted = {word[1:] for word in self.words_of_server() if word[0] == "+"}
        self.assertEqual(granted - self.WITHOUT_FUNCTIONS, called)

    def test_every_word_is_explained(self):
        page = (ROOT / "docs/redis.md").read_text(encoding="utf-8").replace("\\|", "|")
        for word in self.words_of_server():
            self.assertIn(f"`{word}`", page)

    def test_every_setting_stands_under_a_comment_of_its_own(self):
        for name in ("redis.conf", "replica.conf", "sentinel.conf"):
            before = ""
            for number, line in enumerate((SHIPPED / name).read_text("utf-8").splitlines(), 1):
                is_setting = line and not line.startswith("#")
                self.assertTrue(not is_setting or re.match(r"# \S", before),
                                f"{name}:{number}: {line}")
                before = line
