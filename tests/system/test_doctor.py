"""`rushline doctor` on real servers: silent where all is sound, and right where it is not."""
import json
import pathlib
import stat
import unittest

from support import postgres, redis
from support import server as child
from support.case import SystemTest
from support.client import Connection
from support.waiting import wait_until

# What depends on the machine of the test, not on what is tested.
OF_THE_MACHINE = {"open_files_short", "clock_not_synchronised", "disk_nearly_full",
                  "sqlite_in_memory"}


class DoctorCase(unittest.TestCase):
    """Runs the doctor and gives its codes by severity, without those of this machine."""

    def ask(self, *arguments, status=0, **options):
        done = child.run("doctor", *arguments, "-o", "json", **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.answer = json.loads(done.stdout)
        for finding in self.answer["findings"]:
            for text in ("what", "so_what", "do_this"):
                self.assertTrue(finding[text], finding)
        return {finding["code"]: finding["severity"] for finding in self.answer["findings"]
                if finding["code"] not in OF_THE_MACHINE}


class EmbeddedDoctorTest(SystemTest, DoctorCase):
    server_per_test = True

    def test_nothing_is_found_where_a_server_runs_on_the_default(self):
        self.assertEqual(self.ask("--database", self.server.database), {})
        facts = self.answer["facts"]["database"]
        self.assertEqual(facts["sqlite"]["journal_mode"], "wal")
        self.assertEqual(facts["schema"]["pending"], [])
        self.assertEqual(facts["time_zone"], "Asia/Seoul")

    def test_before_the_first_start_the_schema_is_pending_and_no_file_is_made(self):
        path = self.folder / "new.db"
        self.assertEqual(self.ask("--database", f"sqlite:{path}"), {})
        self.assertFalse(path.exists())

    def test_another_time_zone_than_the_databases_is_critical(self):
        found = self.ask("--database", self.server.database, "--shop-time-zone", "Europe/Berlin")
        self.assertEqual(found, {"time_zone_differs": "critical"})

    def test_a_file_that_is_no_database_is_unreachable(self):
        path = self.folder / "text.db"
        path.write_bytes(b"This is no database. " * 500)
        found = self.ask("--database", f"sqlite:{path}", status=4)
        self.assertEqual(found, {"database_unreachable": "critical"})

    def test_strict_is_for_scripts(self):
        more = ("--database", self.server.database, "--http-connections-max", "1000000")
        self.assertEqual(child.run("doctor", *more).returncode, 0)
        done = child.run("doctor", *more, "--strict")
        self.assertEqual(done.returncode, 8, done.stdout)
        self.assertIn("open_files_short", done.stdout)
        self.assertIn("do this  ", done.stdout)

    def test_a_setting_that_cannot_be_is_told_as_any_verb_does(self):
        done = child.run("doctor", "--listen", "0.0.0.0:8080")
        self.assertEqual(done.returncode, 3, done.stderr)

    def test_a_running_server_is_asked_when_it_is_named(self):
        found = self.ask("--database", self.server.database, "--target", self.server.url)
        self.assertEqual(found, {})
        self.assertEqual(self.answer["facts"]["server"]["target"], self.server.url)
        self.assertEqual(self.server.stop(), 0)
        found = self.ask("--database", self.server.database, "--target", self.server.url, status=4)
        self.assertEqual(found, {"server_unreachable": "critical"})

    def test_a_bundle_holds_it_all_for_its_owner_only(self):
        path = self.folder / "bundle.jsonl"
        path.write_text("old")
        self.ask("--database", self.server.database, "--target", self.server.url, "--bundle", path)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        kinds = {line["kind"] for line in lines}
        self.assertLessEqual({"rushline", "setting", "facts", "status", "metrics"}, kinds)
        settings = {line["value"]["key"]: line["value"] for line in lines
                    if line["kind"] == "setting"}
        self.assertEqual(settings["database.url"]["origin"], "--database")
        metrics = next(line["value"] for line in lines if line["kind"] == "metrics")
        self.assertIn("rushline_build_info", metrics)


class DistributedDoctorTest(DoctorCase):
    @classmethod
    def setUpClass(cls):
        why_not = postgres.why_none() or redis.why_none()
        if why_not:
            raise unittest.SkipTest(why_not)
        cls.record = postgres.Postgres()
        cls.addClassCleanup(cls.record.end)

    def setUp(self):
        self.database = self.record.create_database()
        done = child.run("migrate", "up", "--database", self.database)
        self.assertEqual(done.returncode, 0, done.stderr)

    def start_redis(self, *settings):
        memory = redis.Redis(*settings)
        self.addCleanup(memory.end)
        return memory

    def ask_both(self, memory, user="rushline", **options):
        return self.ask("--database", self.database, "--redis", memory.url_of(user), **options)

    # The user of the private PostgreSQL is its superuser, and its Redis is a single one.
    USUAL = {"postgres_superuser": "warning", "redis_no_replica": "warning"}

    def test_the_shipped_settings_are_sound_for_the_shipped_user(self):
        found = self.ask_both(self.start_redis())
        self.assertEqual(found, {**self.USUAL, "redis_settings_hidden": "note",
                                 "redis_functions_missing": "note"})
        self.assertEqual(self.answer["facts"]["redis"]["user"], "", "it may not ask who it is")
        self.assertEqual(self.answer["facts"]["database"]["postgres"]["synchronous_commit"], "on")

    def test_the_doctors_user_sees_the_settings(self):
        found = self.ask_both(self.start_redis(), "doctor")
        self.assertEqual(found, {**self.USUAL, "redis_functions_missing": "note"})
        self.assertEqual(self.answer["facts"]["redis"]["append_fsync"], "everysec")

    def test_unsafe_settings_of_redis_are_found(self):
        memory = self.start_redis("--appendonly", "no", "--maxmemory-policy", "allkeys-lru",
                                  "--maxmemory", "0", "--save", "3600 1")
        found = self.ask_both(memory, "operator")
        self.assertEqual(found, {
            **self.USUAL, "redis_functions_missing": "note", "redis_not_persistent": "warning",
            "redis_evicts": "critical", "redis_memory_unbounded": "warning",
            "redis_snapshots": "note"})

    def test_appendfsync_no_is_found(self):
        found = self.ask_both(self.start_redis("--appendfsync", "no"), "doctor")
        self.assertIn("redis_fsync_off", found)

    def test_the_default_user_is_one_too_many(self):
        memory = self.start_redis()
        found = self.ask("--database", self.database, "--redis",
                         f"redis://127.0.0.1:{memory.port}/0")
        self.assertEqual(found["redis_everybody"], "warning")

    def test_what_a_user_lacks_is_named(self):
        memory = self.start_redis()
        memory.command("ACL", "SETUSER", "rushline", "-zadd", "-fcall", "-function|load")
        found = self.ask_both(memory)
        self.assertEqual(found["redis_forbids"], "critical")
        self.assertEqual(self.answer["facts"]["redis"]["denied"],
                         ["FCALL", "FUNCTION|LOAD", "ZADD"])

    def test_keys_that_a_user_may_not_reach_are_found(self):
        memory = self.start_redis()
        memory.command("ACL", "SETUSER", "rushline", "resetkeys", "~coupon-events:{*}")
        self.assertIn("redis_forbids", self.ask_both(memory))

    def test_looking_leaves_nothing_behind(self):
        memory = self.start_redis()
        self.ask_both(memory)
        self.ask_both(memory, "operator")
        self.assertEqual(memory.command("DBSIZE"), b":0")

    def test_the_functions_are_there_once_a_server_has_run(self):
        memory = self.start_redis()
        folder = pathlib.Path(memory.folder)
        server = child.Server(folder)
        server.share((self.database, memory)).start()
        self.addCleanup(server.kill)
        with Connection(server.address) as connection:
            body = {"name": "Drop", "quantity": 5, "discount": {"type": "fixed", "value": 1}}
            event = connection.post("/v1/coupon-events", body).json()["coupon_event_id"]
        wait_until(lambda: memory.command("EXISTS", f"coupon-events:{{{event}}}") == b":1",
                   "the event has its line")
        self.assertNotIn("redis_functions_missing", self.ask_both(memory))

    def test_a_redis_that_is_away_is_unreachable(self):
        memory = self.start_redis()
        memory.kill()
        found = self.ask_both(memory, status=4)
        self.assertEqual(found["redis_unreachable"], "critical")

    def test_a_database_that_is_away_is_unreachable(self):
        free = postgres.free_port()
        found = self.ask("--database", f"postgresql://postgres@127.0.0.1:{free}/shop", status=4)
        self.assertEqual(found, {"database_unreachable": "critical"})

    def test_unsafe_settings_of_postgresql_are_found(self):
        url = self.database + "?options=-c%20synchronous_commit%3Doff"
        found = self.ask("--database", url)
        self.assertEqual(found["database_commits_local"], "critical")

    def test_more_connections_than_there_are_is_found(self):
        found = self.ask("--database", self.database, "--database-writers", "64",
                         "--database-readers", "64")
        self.assertEqual(found["postgres_connections_short"], "critical")
