"""Canaries: every secret is a word of its own, and no word of them ever comes out anywhere.

The servers run with debug logs, meet what goes wrong (refused keys, a Redis that dies and rejects,
a database that goes away), and everything that they and the verbs say is searched.
"""
import json
import os
import subprocess
import unittest

from support import postgres, redis
from support import server as child
from support.case import SystemTest
from support.client import Connection
from support.tokens import shopper_token
from support.waiting import wait_until

# What a password may begin with, and what others take for the end of a URL or of a word.
AWKWARD = "it's, \"a<;"
CANARIES = {
    "database password": AWKWARD + "canary-yellowhammer",
    "redis password": AWKWARD + "canary-goldfinch",
    "wrong redis password": AWKWARD + "canary-nightjar",
    "API key that is not known": "canary-kingfisher",
    "idempotency key": "canary-bullfinch",
    "user": "canary-wren",
}


class Nest(unittest.TestCase):
    """Collects whatever was said, and looks for canaries in it."""

    def setUp(self):
        self.said = {}  # where → text
        self.secrets = dict(CANARIES)

    def hear(self, where, text):
        self.said[where] = self.said.get(where, "") + text

    def run_verb(self, *arguments, **options):
        done = child.run(*arguments, **options)
        self.hear(" ".join(map(str, arguments[:2])), done.stdout + done.stderr)
        return done

    def hear_server(self, server):
        self.hear("log", "\n".join(server.lines))

    def check_silence(self, *allowed):
        """No secret is in anything that was said. `allowed`: (where, secret) that belong there."""
        for where, text in self.said.items():
            for what, secret in self.secrets.items():
                if (where, what) not in allowed:
                    self.assertNotIn(secret.removeprefix(AWKWARD), text,
                                     f"the {what} came out in {where}")

    def make_key(self, path, field, *how):
        """A new key or secret, whose line is put into the file."""
        done = child.run("key", "create", "shop", *how, "--keys", path, "-o", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)[field]


class EmbeddedCanaryTest(SystemTest, Nest):
    server_per_test = True

    def setUp(self):
        Nest.setUp(self)
        super().setUp()

    def launch(self, **changes):
        keys, self.shopper_secrets = self.folder / "keys", self.folder / "shopper-secrets"
        self.bearer = self.make_key(keys, "key", "--scopes", "shop,admin")
        secret = self.make_key(self.shopper_secrets, "secret", "--shopper")
        self.secrets |= {"API key": self.bearer, "shopper secret": secret}
        self.server = child.Server(self.folder, (
            "--keys", str(keys), "--shopper-secrets", str(self.shopper_secrets), "--log-level",
            "debug", "--log-slow-request-ms", "1")).start()
        self.http = Connection(self.server.address, None, self.bearer)
        self.addCleanup(self.http.close)

    def test_keys_and_names_stay_out_of_everything_that_is_said(self):
        with Connection(self.server.address, None, CANARIES["API key that is not known"]) as other:
            self.hear("answer 401", repr(other.get("/v1/products")))
        token = shopper_token(CANARIES["user"], self.secrets["shopper secret"], lasts=-3600)
        self.secrets["expired token"] = token
        with Connection(self.server.address, None, token) as other:
            self.hear("answer to a token", repr(other.get(f"/v1/users/{CANARIES['user']}/coupons")))
        event = self.make_event(1)
        self.press(event, CANARIES["user"])
        product = self.make_product(stock=1)
        self.place(CANARIES["user"], [(product, 1)], key=CANARIES["idempotency key"])
        self.place(CANARIES["user"], [(product, 1)], status=409, key="another")
        self.get(f"/v1/users/{CANARIES['user']}/coupons")
        for path in ("/metrics", "/v1/status", "/readyz"):
            self.hear(path, self.get(path).body.decode())
        target = ("--target", self.server.url)
        environment = {"RUSHLINE_KEY": self.bearer}
        bundle = self.folder / "bundle"
        self.run_verb("doctor", "--database", self.server.database, "--keys",
                      self.folder / "keys", *target, "--bundle", bundle, environment=environment)
        self.hear("bundle", bundle.read_text())
        self.assertIn("rushline_build_info", self.said["bundle"])
        self.run_verb("config", "show", "--origin", "--keys", self.folder / "keys",
                      environment=environment)
        self.run_verb("event", "list", *target, environment=environment)
        self.run_verb("event", "list", *target,
                      environment={"RUSHLINE_KEY": CANARIES["API key that is not known"]})
        self.run_verb("verify", "--database", self.server.database)
        # A file that is broken is told, and not quoted.
        broken = self.secrets["secret in a broken file"] = "canary-siskin"
        self.shopper_secrets.write_text(f"spring {broken} {broken} {broken}\n")
        wait_until(lambda: "the keys were replaced by something else" in self.server.log(),
                   "the broken file is told")
        self.assertEqual(self.server.stop(), 0)
        self.hear_server(self.server)
        self.check_silence(("answer to a token", "user"))


class DistributedCanaryTest(Nest):
    @classmethod
    def setUpClass(cls):
        why_not = postgres.why_none() or redis.why_none()
        if why_not:
            raise unittest.SkipTest(why_not)

    def setUp(self):
        super().setUp()
        self.record = postgres.Postgres()
        self.addCleanup(lambda: self.record.process.poll() is None and self.record.end())
        self.memory = redis.Redis()
        self.addCleanup(self.memory.end)
        self.memory.command("ACL", "SETUSER", "rushline", "resetpass",
                            ">" + CANARIES["redis password"])
        password = CANARIES["database password"]
        quoted = password.replace("'", "''")
        self.sql(f"CREATE ROLE shop SUPERUSER LOGIN PASSWORD '{quoted}'")
        self.database = self.with_password(password)
        self.redis = self.redis_with(CANARIES["redis password"])

    def sql(self, text):
        subprocess.run([postgres.PROGRAMS / "psql", "-X", "-q", self.record.url, "-c", text],
                       check=True, capture_output=True)

    def with_password(self, password):
        return self.record.url.replace("postgres@", f"shop:{password}@")

    def redis_with(self, password):
        return f"redis://rushline:{password}@127.0.0.1:{self.memory.port}/0"

    def settings(self, **changes):
        return {"RUSHLINE_DATABASE": self.database, "RUSHLINE_REDIS": self.redis,
                "RUSHLINE_LOG_LEVEL": "debug", **changes}

    def start(self, **changes):
        server = child.Server(self.memory.folder, environment=self.settings(**changes))
        server.database = self.database
        self.addCleanup(server.kill)
        return server.start()

    def look_around(self, server):
        with Connection(server.address) as connection:
            for path in ("/metrics", "/v1/status", "/readyz", "/v1/coupon-events",
                         "/v1/products/popular"):
                self.hear(path, repr(connection.get(path)))

    def run_verbs(self, server, **changes):
        environment = self.settings(**changes)
        bundle = os.path.join(self.memory.folder, "bundle")
        target = ("--target", server.url) if server else ()
        self.run_verb("doctor", *target, "--bundle", bundle, environment=environment)
        with open(bundle, encoding="utf-8") as file:
            self.hear("bundle", file.read())
        self.run_verb("doctor", "-o", "json", environment=environment)
        self.run_verb("config", "show", "--origin", environment=environment)
        self.run_verb("config", "validate", environment=environment)
        for verb in (("migrate", "status"), ("verify",), ("rank", "rebuild")):
            self.run_verb(*verb, environment={"RUSHLINE_DATABASE": self.database})

    def test_passwords_stay_out_while_all_is_well_and_while_all_is_lost(self):
        server = self.start()
        self.look_around(server)
        self.run_verbs(server)
        self.memory.kill()
        wait_until(lambda: self.status(server)["redis"]["up"] is False, "Redis is lost")
        self.look_around(server)
        self.run_verbs(server)
        self.record.end()
        wait_until(lambda: self.status(server)["database"]["ok"] is False, "the database is lost")
        self.look_around(server)
        self.run_verbs(server)
        server.stop()
        self.hear_server(server)
        self.check_silence()
        self.assertIn("***", self.said["config show"])

    def test_passwords_that_are_refused_are_not_repeated(self):
        wrong = CANARIES["wrong redis password"]
        server = self.start(RUSHLINE_REDIS=self.redis_with(wrong))
        self.look_around(server)
        self.run_verbs(server, RUSHLINE_REDIS=self.redis_with(wrong))
        server.stop()
        self.hear_server(server)
        self.check_silence()

    def test_addresses_that_cannot_be_read_are_not_repeated(self):
        password = CANARIES["database password"]
        for database in (f"postgresql://shop:{password}@host:port/x",
                         f"postgresql://shop:{password}/@@::host/x y",
                         f"postgresql://shop:12/{password}@host/x",
                         f"mysql://shop:{password}@host/x", f"postgresql://{password}%@host/x"):
            done = self.run_verb("serve", "--listen", "127.0.0.1:0",
                                 environment={"RUSHLINE_DATABASE": database})
            self.assertIn(done.returncode, (3, 4), done.stderr)
            self.run_verb("doctor", environment={"RUSHLINE_DATABASE": database})
        password = CANARIES["redis password"]
        for memory in (f"redis://rushline:{password}@host:port/0", f"redis://{password}@",
                       f"rediss://rushline:{password}@host/x y", f"http://rushline:{password}@h/"):
            done = self.run_verb("serve", "--listen", "127.0.0.1:0",
                                 environment=self.settings(RUSHLINE_REDIS=memory))
            self.assertEqual(done.returncode, 3, done.stderr)
            self.run_verb("config", "show", environment=self.settings(RUSHLINE_REDIS=memory))
        self.check_silence()

    def status(self, server):
        with Connection(server.address) as connection:
            return connection.get("/v1/status").json()
