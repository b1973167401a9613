"""The shipped Redis files as they are: they start, and each user may do its own work only."""
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from support.postgres import free_port
from support.redis import PASSWORD, PROGRAM, SHIPPED, ask, shipped_users, why_none
from support.waiting import DEADLINE, wait_until

ROOT = SHIPPED.parents[1]
KEY_OF_EVENT = "coupon-events:{1}"


class Shipped(unittest.TestCase):
    """A folder with the shipped files, given passwords, and processes that run on them."""

    def setUp(self):
        if why_none():
            self.skipTest(why_none())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-deploy-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "users.acl").write_text("\n".join(shipped_users()) + "\n")
        self.primary_port = free_port()

    def copy(self, name):
        """A shipped file with the example's addresses, paths and passwords replaced by these."""
        text = (SHIPPED / name).read_text(encoding="utf-8")
        text = text.replace("/etc/redis/", f"{self.folder}/")
        text = text.replace("10.0.0.1 6379", f"127.0.0.1 {self.primary_port}")
        text = re.sub(r"PASSWORD_OF_\w+", PASSWORD, text)
        (self.folder / name).write_text(text, encoding="utf-8")
        return self.folder / name

    def start(self, name, port, *flags):
        folder = self.folder / str(port)
        folder.mkdir()
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen(
                [PROGRAM, self.copy(name), "--port", str(port), "--bind", "127.0.0.1", "--dir",
                 folder, *flags], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(process.wait, DEADLINE)
        self.addCleanup(process.send_signal, signal.SIGKILL)
        return process

    def start_primary(self):
        self.start("redis.conf", self.primary_port)
        wait_until(lambda: self.is_up(self.primary_port), "the primary is up")

    def is_up(self, port):
        try:
            return ask(port, "PING", user="operator") == b"+PONG"
        except OSError:
            return False

    def info(self, port, field):
        text = ask(port, "INFO", user="operator").decode()
        found = re.search(rf"^{field}:(.*)\r$", text, re.MULTILINE)
        return found and found.group(1)


class FilesTest(Shipped):
    def test_without_its_passwords_it_does_not_start(self):
        shutil.copy(SHIPPED / "users.acl", self.folder / "users.acl")
        process = self.start("redis.conf", self.primary_port)
        self.assertNotEqual(process.wait(DEADLINE), 0)

    def test_it_keeps_what_it_was_given_and_refuses_instead_of_forgetting(self):
        self.start_primary()
        self.assertEqual(self.info(self.primary_port, "aof_enabled"), "1")
        self.assertEqual(self.info(self.primary_port, "maxmemory_policy"), "noeviction")

    def test_a_replica_follows_and_sentinels_promote_it(self):
        self.start_primary()
        replica_port, sentinel_port = free_port(), free_port()
        self.start("replica.conf", replica_port)
        wait_until(lambda: self.is_up(replica_port), "the replica is up")
        wait_until(lambda: self.info(replica_port, "master_link_status") == "up", "it follows")
        self.start("sentinel.conf", sentinel_port, "--sentinel")
        wait_until(lambda: self.knows_replica(sentinel_port), "the Sentinel knows both")
        wait_until(lambda: ask(sentinel_port, "SENTINEL", "FAILOVER", "shop") == b"+OK",
                   "the Sentinel finds the replica good enough")
        wait_until(lambda: self.info(replica_port, "role") == "master", "it is promoted")
        wait_until(lambda: self.info(self.primary_port, "master_link_status") == "up",
                   "the old primary follows the new one")

    def knows_replica(self, port):
        try:
            answer = ask(port, "SENTINEL", "MASTER", "shop")
        except OSError:
            return False
        fields = dict(zip(answer[::2], answer[1::2]))
        return fields.get(b"flags") == b"master" and fields.get(b"num-slaves") == b"1"


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
                      ("FUNCTION", "LIST"), ("TIME",)):
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

    def test_every_setting_stands_under_a_comment(self):
        for name in ("redis.conf", "replica.conf", "sentinel.conf"):
            explained = False
            for number, line in enumerate((SHIPPED / name).read_text("utf-8").splitlines(), 1):
                explained = bool(line) and (explained or line.startswith("#"))
                self.assertTrue(explained or not line, f"{name}:{number}: {line}")
