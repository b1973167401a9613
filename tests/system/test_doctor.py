"""`rushline doctor` on real servers: silent where all is sound, and right where it is not."""
import json
import pathlib
import stat
import unittest

from support import postgres, redis
from support import server as child
from support.case import SystemTest
from support.client import Connection
from support.redis_cluster import Cluster
from support.redis_sentinels import Sentinels
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


class DistributedDoctorCase(DoctorCase):
    """Over a PostgreSQL of the class."""

    # The user of the private PostgreSQL is its superuser.
    OF_THE_DATABASE = {"postgres_superuser": "warning"}

    @classmethod
    def setUpClass(cls):
        why_not = postgres.why_none() or redis.why_none()
        if why_not:
            raise unittest.SkipTest(why_not)
        cls.record = postgres.Postgres()
        cls.addClassCleanup(cls.record.end)

    def setUp(self):
        self.database = self.migrated(self.record)

    def migrated(self, record):
        database = record.create_database()
        done = child.run("migrate", "up", "--database", database)
        self.assertEqual(done.returncode, 0, done.stderr)
        return database

    def start_redis(self, *settings):
        memory = redis.Redis(*settings)
        self.addCleanup(memory.end)
        return memory

    def start_postgres(self, *settings, **options):
        record = postgres.Postgres(*settings, **options)
        self.addCleanup(record.end)
        return record

    def ask_both(self, memory, user="rushline", more=(), **options):
        return self.ask("--database", self.database, "--redis", memory.url_of(user), *more,
                        **options)

    def what(self, code):
        """What the finding of that code says; there is one."""
        [finding] = [finding for finding in self.answer["findings"] if finding["code"] == code]
        return finding["what"]


class DistributedDoctorTest(DistributedDoctorCase):
    # Its Redis is a single one.
    USUAL = {**DistributedDoctorCase.OF_THE_DATABASE, "redis_no_replica": "warning"}

    def test_the_shipped_settings_are_sound_for_the_shipped_user(self):
        found = self.ask_both(self.start_redis())
        self.assertEqual(found, {**self.USUAL, "redis_settings_hidden": "note",
                                 "redis_functions_missing": "note"})
        self.assertEqual(self.answer["facts"]["redis"][0]["user"], "", "it may not ask who it is")
        self.assertEqual(self.answer["facts"]["database"]["postgres"]["synchronous_commit"], "on")

    def test_the_doctors_user_sees_the_settings(self):
        found = self.ask_both(self.start_redis(), "doctor")
        self.assertEqual(found, {**self.USUAL, "redis_functions_missing": "note"})
        self.assertEqual(self.answer["facts"]["redis"][0]["append_fsync"], "everysec")

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
        self.assertEqual(self.answer["facts"]["redis"][0]["denied"],
                         ["FCALL", "FUNCTION|LOAD", "ZADD"])

    def test_what_a_user_lacks_is_named_whatever_it_is(self):
        memory = self.start_redis()
        memory.command("ACL", "SETUSER", "rushline", "-subscribe", "-time", "-wait")
        self.assertEqual(self.ask_both(memory)["redis_forbids"], "critical")
        self.assertEqual(self.answer["facts"]["redis"][0]["denied"], ["TIME", "WAIT", "SUBSCRIBE"])
        memory.command("ACL", "SETUSER", "rushline", "-info")
        self.ask_both(memory)
        self.assertIn("INFO", self.answer["facts"]["redis"][0]["denied"])

    def test_a_channel_that_a_user_may_not_reach_is_found(self):
        memory = self.start_redis()
        memory.command("ACL", "SETUSER", "rushline", "resetchannels", "&another")
        self.ask_both(memory)
        self.assertEqual(self.answer["facts"]["redis"][0]["denied"], ["PUBLISH", "SUBSCRIBE"])

    def test_who_sees_settings_and_serves_is_judged_as_a_server(self):
        memory = self.start_redis()
        memory.command("ACL", "SETUSER", "rushline", "+config|get", "-fcall")
        self.assertEqual(self.ask_both(memory)["redis_forbids"], "critical")
        self.assertEqual(self.answer["facts"]["redis"][0]["denied"], ["FCALL"])

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

    def test_a_postgresql_without_fsync_is_found(self):
        record = self.start_postgres("fsync=off", "full_page_writes=off")
        found = self.ask("--database", self.migrated(record))
        self.assertEqual(found, {**self.OF_THE_DATABASE, "database_fsync_off": "critical",
                                 "postgres_full_page_writes_off": "critical"})

    def test_more_connections_than_there_are_is_found(self):
        found = self.ask("--database", self.database, "--database-writers", "64",
                         "--database-readers", "64")
        self.assertEqual(found["postgres_connections_short"], "critical")


class ReplicasDoctorTest(DistributedDoctorCase):
    """Of a Redis with replicas."""

    def replicated(self, replicas, *settings):
        primary = self.start_redis(*settings)
        for _ in range(replicas):
            self.start_redis("--replicaof", f"127.0.0.1 {primary.port}",
                             "--repl-diskless-sync-delay", "0")
        wait_until(lambda: f"connected_slaves:{replicas}".encode() in
                   primary.command("INFO", "replication"), "the replicas follow")
        return primary

    def check(self, primary, *more, **found):
        self.assertEqual(self.ask_both(primary, "doctor", more),
                         {**self.OF_THE_DATABASE, "redis_functions_missing": "note", **found})

    def test_a_primary_that_writes_alone_is_found(self):
        self.check(self.replicated(1), redis_writes_alone="warning")

    def test_a_failover_that_would_gain_nothing_is_found(self):
        primary = self.replicated(1, "--min-replicas-to-write", "1")
        self.check(primary, redis_no_spare_replica="warning")
        self.assertEqual(self.what("redis_no_spare_replica"),
                         "min-replicas-to-write is 1, and only 1 follows.")
        primary.command("CONFIG", "SET", "min-replicas-to-write", "2")
        self.check(primary, redis_no_spare_replica="critical")

    def test_two_replicas_are_enough(self):
        primary = self.replicated(2, "--min-replicas-to-write", "1")
        self.check(primary)
        self.check(primary, "--redis-wait-replicas", "2")

    def test_more_replicas_to_wait_for_than_there_are_is_found(self):
        primary = self.replicated(2, "--min-replicas-to-write", "1")
        self.check(primary, "--redis-wait-replicas", "3", redis_too_few_replicas="critical")


class ClockDoctorTest(DistributedDoctorCase):
    """Redis itself cannot be given another clock here (it and libfaketime wait for each other), so
    the others are."""

    @classmethod
    def setUpClass(cls):
        if child.why_no_clock():
            raise unittest.SkipTest(child.why_no_clock())
        super().setUpClass()

    def test_a_database_with_another_clock_is_found(self):
        record = self.start_postgres(environment=child.clean_environment(child.clock_ahead(-5)))
        self.database = self.migrated(record)
        found = self.ask_both(self.start_redis())
        self.assertEqual(found["database_clock_differs"], "warning")
        self.assertRegex(self.what("database_clock_differs"),
                         r"^The clock of the database is [45]\d{3} ms behind this machine's\.$")
        self.assertRegex(self.what("redis_clock_differs"),
                         r"^The clock of Redis is [45]\d{3} ms ahead of the database's\.$")

    def test_a_redis_with_another_clock_is_found(self):
        record = self.start_postgres(environment=child.clean_environment(child.clock_ahead(5)))
        self.database = self.migrated(record)
        found = self.ask_both(self.start_redis(), environment=child.clock_ahead(5))
        self.assertNotIn("database_clock_differs", found)
        self.assertEqual(found["redis_clock_differs"], "warning")
        self.assertRegex(self.what("redis_clock_differs"),
                         r"^The clock of Redis is [45]\d{3} ms behind this machine's and "
                         r"[45]\d{3} ms behind the database's\.$")

    def test_clocks_that_agree_are_silent(self):
        found = self.ask_both(self.start_redis())
        self.assertNotIn("database_clock_differs", found)
        self.assertNotIn("redis_clock_differs", found)


class ClusterDoctorTest(DistributedDoctorCase):
    """In a Cluster every primary is looked at, not any one of them."""

    USUAL = {**DistributedDoctorCase.OF_THE_DATABASE, "redis_no_replica": "warning",
             "redis_functions_missing": "note"}

    def setUp(self):
        super().setUp()
        self.cluster = Cluster()
        self.addCleanup(self.cluster.end)

    def names(self, *nodes):
        return ", ".join(sorted(f"127.0.0.1:{node.port}" for node in nodes))

    def assert_on(self, code, *nodes):
        where = self.what(code).partition(": ")[0]
        self.assertEqual(", ".join(sorted(where.split(", "))), self.names(*nodes), code)

    def test_the_shipped_settings_are_sound_on_every_primary(self):
        self.assertEqual(self.ask_both(self.cluster, "doctor"), self.USUAL)
        self.assert_on("redis_no_replica", *self.cluster.nodes)
        self.assertEqual(len(self.answer["facts"]["redis"]), 3)
        self.assertEqual(self.ask_both(self.cluster),
                         {**self.USUAL, "redis_settings_hidden": "note"})

    def test_what_is_unsafe_is_found_on_whichever_it_is(self):
        for number, node in enumerate(self.cluster.nodes):
            node.command("CONFIG", "SET", "appendfsync", "no")
            node.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
            with self.subTest(number):
                self.assertEqual(self.ask_both(self.cluster, "doctor"), {
                    **self.USUAL, "redis_fsync_off": "warning", "redis_evicts": "critical"})
                self.assert_on("redis_fsync_off", *self.cluster.nodes[:number + 1])
                self.assert_on("redis_evicts", *self.cluster.nodes[:number + 1])

    def test_what_a_user_lacks_on_one_of_them_is_named(self):
        node = self.cluster.nodes[2]
        node.command("ACL", "SETUSER", "rushline", "-asking", "-zadd",
                     "-cluster|slots", "-cluster|info")
        self.assertEqual(self.ask_both(self.cluster)["redis_forbids"], "critical")
        self.assertEqual(self.what("redis_forbids"),
                         f"{self.names(node)}: The user of the server may not run: "
                         "ZADD, CLUSTER|SLOTS, CLUSTER|INFO, ASKING.")

    def test_one_that_is_away_is_named_and_the_others_are_looked_at(self):
        lost, *others = self.cluster.nodes
        others[1].command("CONFIG", "SET", "appendfsync", "no")
        lost.kill()
        found = self.ask_both(self.cluster, "doctor", status=4)
        self.assertEqual(found["redis_unreachable"], "critical")
        self.assert_on("redis_unreachable", lost)
        self.assert_on("redis_fsync_off", others[1])
        self.assert_on("redis_no_replica", *others)

    def test_all_away_is_unreachable(self):
        for node in self.cluster.nodes:
            node.kill()
        self.assertEqual(self.ask_both(self.cluster, "doctor", status=4),
                         {**self.OF_THE_DATABASE, "redis_unreachable": "critical"})


class SentinelDoctorTest(DistributedDoctorCase):
    def test_the_primary_is_looked_at_whichever_it_is(self):
        servers = Sentinels()
        self.addCleanup(servers.end)
        usual = {**self.OF_THE_DATABASE, "redis_functions_missing": "note"}
        self.assertEqual(self.ask_both(servers, "doctor"),
                         {**usual, "redis_writes_alone": "warning"})
        for server in servers.servers:
            server.command("CONFIG", "SET", "min-replicas-to-write", "1")
        self.assertEqual(self.ask_both(servers, "doctor"), usual)
        self.assertEqual(self.ask_both(servers), {**usual, "redis_settings_hidden": "note"})

        lost = servers.primary()
        lost.kill()
        wait_until(lambda: servers.primary() is not lost, "a replica is promoted", interval=0.1)
        wait_until(lambda: b"connected_slaves:1" in servers.command("INFO", "replication"),
                   "the other one follows it", interval=0.1)
        self.assertEqual(self.ask_both(servers, "doctor"),
                         {**usual, "redis_no_spare_replica": "warning"})
