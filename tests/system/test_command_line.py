"""The verbs as a person types them: answers on stdout, talk on stderr, exit codes that mean it."""
import json
import sqlite3
import unittest

from support import server as child
from support.case import SystemTest

OFFLINE_VERBS = ("migrate", "config", "key", "completion", "version", "verify")
VERBS = ("serve", "demo", "event", "rank", "claim", "load", *OFFLINE_VERBS)
NOBODY = "http://127.0.0.1:9"  # the discard port: nobody listens there


class UsageTest(unittest.TestCase):
    def run_verb(self, *arguments, status=0, **options):
        done = child.run(*arguments, **options)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def test_help_names_every_verb_and_each_verb_has_its_own(self):
        text = self.run_verb("--help").stdout
        for verb in VERBS:
            self.assertRegex(text, rf"\b{verb}\b")
            self.assertIn(verb, self.run_verb(verb, "--help").stdout)
        for verb in ("serve", "event create", "load", "verify"):
            self.assertRegex(self.run_verb(*verb.split(), "--help").stdout, r"(?m)^ +--\w+")

    def test_no_verb_is_wrong_usage(self):
        done = self.run_verb(status=2)
        self.assertEqual(done.stdout, "")
        self.assertIn("--help", done.stderr)

    def test_an_unknown_verb_is_answered_with_the_one_that_was_meant(self):
        for typed, meant in (("evnt", "event"), ("verfy", "verify"), ("sevre", "serve")):
            done = self.run_verb(typed, status=2)
            self.assertEqual(done.stdout, "")
            self.assertIn(typed, done.stderr)
            self.assertRegex(done.stderr, rf"\b{meant}\b")

    def test_an_unknown_option_is_answered_with_the_one_that_was_meant(self):
        for arguments, meant in ((("serve", "--lsten", "x"), "--listen"),
                                 (("verify", "--databse", "x"), "--database"),
                                 (("event", "list", "--taget", "x"), "--target")):
            self.assertIn(meant, self.run_verb(*arguments, status=2).stderr)

    def test_an_unknown_output_is_wrong_usage(self):
        self.run_verb("event", "list", "-o", "xml", status=2)

    def test_the_version_is_told(self):
        self.assertRegex(self.run_verb("version").stdout, r"^rushline \d+\.\d+\.\d+")

    def test_completion_knows_every_verb(self):
        text = self.run_verb("completion", "bash").stdout
        for verb in VERBS:
            self.assertRegex(text, rf"\b{verb}\b")
        self.run_verb("completion", "tcsh", status=2)

    def test_a_server_that_cannot_be_reached_is_exit_code_4(self):
        for arguments in (("event", "list"), ("rank", "top"), ("event", "show", "1"),
                          ("claim", "1", "ann")):
            done = self.run_verb(*arguments, "--target", NOBODY, status=4)
            self.assertEqual(done.stdout, "")
            self.assertIn("127.0.0.1:9", done.stderr)

    def test_a_database_that_is_not_there_is_exit_code_4(self):
        done = self.run_verb("verify", "--database", "sqlite:/nonexistent/rushline.db", status=4)
        self.assertIn("/nonexistent/rushline.db", done.stderr)

    def test_a_new_key_is_shown_once_and_its_line_holds_only_the_hash(self):
        made = json.loads(self.run_verb("key", "create", "web", "--scopes", "shop", "-o",
                                        "json").stdout)
        self.assertRegex(made["key"], r"^rl_[A-Za-z0-9_-]{43}$")
        self.assertNotIn(made["key"], made["line"])
        self.assertRegex(made["line"], r"^web shop [0-9a-f]{64}$")
        self.run_verb("key", "create", "web", "--scopes", "king", status=2)
        self.run_verb("key", "create", "no blanks", status=2)


class ConfigTest(SystemTest):
    server_per_test = True

    def launch(self, **changes):
        """These tests need no server."""
        if changes:
            super().launch(**changes)

    def setUp(self):
        self.server = child.Server(type(self).folder)
        super().setUp()
        self.server.folder = str(self.folder)

    def config(self, *arguments, status=0, file=None, environment=None):
        arguments = list(arguments)
        if file is not None:
            path = self.folder / "rushline.toml"
            path.write_text(file, "utf-8")
            arguments += ["--config", str(path)]
        return self.rushline("config", *arguments, status=status, environment=environment)

    def test_flags_win_over_the_environment_over_the_file_over_the_default(self):
        text = '[shop]\ntime_zone = "Europe/Berlin"\n[http]\nthreads = 3\n[log]\nlevel = "error"\n'
        shown = self.config("show", "--origin", "--http-threads", "5", file=text, environment={
            "RUSHLINE_HTTP_THREADS": "4", "RUSHLINE_LOG_LEVEL": "debug"}).stdout
        rows = {line.split()[0]: line for line in shown.splitlines() if line.split()}
        for key, value, origin in (("http.threads", "5", "flag|--http-threads"),
                                   ("log.level", "debug", "RUSHLINE_LOG_LEVEL|environment"),
                                   ("shop.time_zone", "Europe/Berlin", "rushline.toml|file"),
                                   ("orders.unpaid_minutes", "30", "default")):
            self.assertIn(value, rows[key])
            self.assertRegex(rows[key], origin)

    def test_an_unknown_key_is_an_error_with_the_one_that_was_meant(self):
        done = self.config("validate", status=3, file='[shop]\ntime_zon = "Asia/Seoul"\n')
        self.assertIn("time_zone", done.stderr)
        done = self.config("validate", status=3, environment={"RUSHLINE_SHOP_TIMEZONE": "x"})
        self.assertIn("RUSHLINE_SHOP_TIME_ZONE", done.stderr)

    def test_a_bad_value_names_key_place_and_what_would_be_right(self):
        done = self.config("validate", status=3, file="[http]\nthreads = 1000\n")
        self.assertIn("http.threads", done.stderr)
        self.assertIn("rushline.toml", done.stderr)
        self.assertIn("256", done.stderr)
        self.config("validate", status=3, file='[shop]\ntime_zone = "Atlantis/Capital"\n')
        self.config("validate", status=3, file="not = [toml\n")
        self.config("validate", file='[shop]\ntime_zone = "Europe/Berlin"\n')

    def test_secrets_are_never_printed(self):
        secret = "hunter2hunter2"
        done = child.run("config", "show", folder=str(self.folder), environment={
            "RUSHLINE_DATABASE": f"postgresql://shop:{secret}@db/shop"})
        self.assertNotIn(secret, done.stdout + done.stderr)

    def test_a_wrong_configuration_ends_the_start_with_3(self):
        server = child.Server(self.folder, flags=("--http-threads", "x")).launch()
        self.addCleanup(server.kill)
        self.assertIn(server.wait(), (2, 3), server.log())
        server = child.Server(self.folder, environment={"RUSHLINE_LOG_LEVEL": "loud"}).launch()
        self.addCleanup(server.kill)
        self.assertEqual(server.wait(), 3, server.log())
        self.assertIn("RUSHLINE_LOG_LEVEL", server.log())


class EventVerbsTest(SystemTest):
    def verb(self, *arguments, **options):
        return self.rushline(*arguments, "--target", self.server.url, **options)

    def verb_json(self, *arguments, **options):
        return json.loads(self.verb(*arguments, "-o", "json", **options).stdout)

    def create(self, quantity=5):
        return self.verb_json("event", "create", "--name", "From the shell", "--quantity", quantity,
                              "--discount", "rate:15")["coupon_event_id"]

    def test_an_event_is_created_shown_steered_and_closed(self):
        event = self.create()
        shown = self.verb_json("event", "show", event)
        self.assertEqual(shown, self.event(event))
        self.assertEqual(shown["discount"], {"type": "rate", "value": 15})
        for action, state in (("pause", "paused"), ("resume", "open"), ("close", "closed")):
            told = self.verb_json("event", action, event, "--reason", "by hand")
            self.assertEqual(told["state"], state)
        self.verb("event", "pause", event, "--reason", "too late", status=5)
        self.verb("event", "show", "999999", status=5)

    def test_every_output_tells_the_same(self):
        event = self.create(7)
        table = self.verb("event", "list", "-o", "table").stdout
        self.assertIn("From the shell", table)
        lines = [json.loads(line) for line in
                 self.verb("event", "list", "-o", "jsonl").stdout.splitlines()]
        self.assertIn(self.event(event), lines)
        self.assertIn(event, [item["coupon_event_id"] for item in
                              self.verb_json("event", "list")["items"]])

    def test_a_coupon_is_claimed(self):
        event = self.create(1)
        told = self.verb_json("claim", event, "ann")
        self.assertEqual((told["state"], told["issue_no"]), ("issued", 1))
        self.assertEqual(self.verb_json("claim", event, "bob")["state"], "sold_out")
        self.verb("event", "close", event)
        self.assertTrue(self.verb_json("claim", event, "ann")["repeat"])
        closed = self.create(1)
        self.verb("event", "close", closed)
        self.assertIn("event_closed", self.verb("claim", closed, "ann", status=5).stderr)

    def test_the_list_is_shown(self):
        self.sell(("tea", 5), ("cup", 3))
        self.wait_for_scores({"tea": 5, "cup": 3})
        items = self.verb_json("rank", "top", "--limit", "1")["items"]
        self.assertEqual([(item["product_id"], item["score"]) for item in items], [("tea", 5)])
        self.assertRegex(self.verb("rank", "top").stdout, r"tea\D+5")

    def test_nothing_is_coloured_outside_of_a_terminal(self):
        self.create()
        for environment in ({}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}):
            done = self.verb("event", "list", environment=environment)
            self.assertNotIn("\x1b", done.stdout + done.stderr)


class StoredDataVerbsTest(SystemTest):
    server_per_test = True

    def test_migrations_are_shown_and_applied(self):
        status = self.rushline("migrate", "status", "--database", self.server.database)
        self.assertRegex(status.stdout, r"(?m)^\s*0*1\b")
        self.rushline("migrate", "up", "--database", f"sqlite:{self.folder}/new.db")
        self.assertTrue((self.folder / "new.db").exists())
        before = (self.folder / "new.db").read_bytes()
        self.rushline("migrate", "up", "--database", f"sqlite:{self.folder}/new.db")
        self.assertEqual((self.folder / "new.db").read_bytes()[100:], before[100:])

    def test_a_dry_run_changes_nothing(self):
        self.rushline("migrate", "up", "--dry-run", "--database", f"sqlite:{self.folder}/dry.db")
        path = self.folder / "dry.db"
        if path.exists():
            with sqlite3.connect(path) as database:
                tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            database.close()
            self.assertEqual(tables, (0,))

    def test_verify_says_what_it_checked(self):
        event = self.make_event(3)
        for user in "abcd":
            self.http.post(f"/v1/coupon-events/{event}/requests", {"user_id": user})
        text = self.verify().stdout
        for promise in ("S1", "S2", "S7", "S8"):
            self.assertRegex(text, rf"\b{promise}\b")

    def tamper(self, statement, *values):
        """Changes stored data behind the back of a server that has ended."""
        if self.server.is_running():
            self.assertEqual(self.server.stop(), 0)
        database = sqlite3.connect(self.folder / "rushline.db")
        database.execute("PRAGMA ignore_check_constraints = ON")
        database.execute("PRAGMA foreign_keys = OFF")
        changed = database.execute(statement, values).rowcount
        database.commit()
        database.close()
        self.assertGreater(changed, 0, statement)

    def test_verify_finds_what_was_tampered_with(self):
        event = self.make_event(3)
        for user in "abc":
            self.press(event, user)
        product = self.make_product(10)
        order = self.place("ann", [(product, 2)])["order_id"]
        self.post(f"/v1/orders/{order}/complete")
        self.wait_for_scores({product: 2})
        self.verify()
        self.tamper("UPDATE sales_daily SET quantity = quantity + 1")
        done = self.rushline("verify", "--database", self.server.database, status=6)
        self.assertRegex(done.stdout, r"\bS8\b")
        self.tamper("UPDATE sales_daily SET quantity = quantity - 1")
        self.verify()
        self.tamper("UPDATE coupon_events SET issued = issued - 1")
        done = self.rushline("verify", "--database", self.server.database, status=6)
        self.assertRegex(done.stdout, r"\bS1\b")

    def test_a_rebuilt_ranking_is_the_same_ranking(self):
        product = self.make_product(10)
        self.post(f"/v1/orders/{self.place('ann', [(product, 2)])['order_id']}/complete")
        self.sell((product, 3), ("other", 4))
        self.wait_for_scores({product: 5, "other": 4})
        self.tamper("UPDATE sales_daily SET quantity = 100")
        self.rushline("rank", "rebuild", "--database", self.server.database)
        self.verify()
        self.launch()
        self.assertEqual(self.scores(), {product: 5, "other": 4})
