"""Rankings while Redis, or a part of what it held, is lost: lists go on, and the board follows."""
import collections
import pathlib
import shutil
import signal
import subprocess
import threading
from datetime import datetime, timedelta

from support.client import Connection
from support.days import DAYTIME_ZONE, days_ago, shop_zone
from support.waiting import seeded_random, wait_until
from test_redis import TwoServers

LIST = "/v1/products/popular?window=3d&limit=100"
PREFIX = "rank:{products}:"


class Readers:
    """Reads the lists of every server again and again; every read must succeed, none goes back."""

    def __init__(self, case, servers):
        self.case = case
        self.stopped = threading.Event()
        self.failures = []
        self.reads = collections.Counter()
        self.threads = [threading.Thread(target=self._read, args=(server,), daemon=True)
                        for server in servers]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        self.case.assertEqual(self.failures, [])
        for count in self.reads.values():
            self.case.assertGreater(count, 10)

    def _read(self, server):
        newest = (0, "")
        with Connection(server.address) as connection:
            while not self.stopped.is_set():
                answer = connection.get(LIST)
                if answer.status != 200:
                    self.failures.append(repr(answer))
                    return
                revision = int(answer.headers["etag"].strip('"').split("-")[0])
                shown = (revision, answer.json()["window"]["to"])
                if shown < newest or ("age" in answer.headers) != answer.json()["stale"]:
                    self.failures.append(f"{answer.headers} after {newest}")
                    return
                newest = shown
                self.reads[server.pid] += 1


class LostTwoServers(TwoServers):
    """Two servers whose shop is at noon, and a model of what was sold in it."""

    def start_server(self, **options):
        return super().start_server(flags=["--shop-time-zone", DAYTIME_ZONE], **options)

    def launch(self, **changes):
        super().launch(**changes)
        self.sold = {age: collections.Counter() for age in range(3)}

    def servers(self):
        return [server for server in (self.server, self.second) if server.is_running()]

    def sell_on(self, age, *lines):
        self.sell(*lines, occurred_at=days_ago(age))
        for product, quantity in lines:
            self.sold[age][product] += quantity

    def sell_much(self, chance, count=300):
        for age in range(3):
            self.sell_on(age, *[(f"p{n}", chance.randint(1, 50)) for n in range(count)
                                if chance.random() < 0.7])

    def rebuilds(self):
        return sum(self.metric(server, "rushline_board_rebuilds_total")
                   for server in self.servers())

    # What the board holds.

    def members(self, command, *words):
        script = "return table.concat(redis.call(unpack(ARGV)), ' ')"
        text = self.redis.command("EVAL", script, 0, command, *words).decode().split(" ")
        return dict(zip(text[0::2], map(int, text[1::2])))

    def day_key(self, age):
        day = datetime.now(shop_zone()).date() - timedelta(days=age)
        return f"{PREFIX}daily:{day:%Y%m%d}"

    def window_key(self):
        return f"{PREFIX}window:3d:{datetime.now(shop_zone()).date():%Y%m%d}"

    def board_is_right(self):
        """S8: each set equals what was sold, and the window's is the union of its days'."""
        try:
            days = [self.members("ZRANGE", self.day_key(age), 0, -1, "WITHSCORES")
                    for age in range(3)]
            union = self.members("ZUNION", 3, *map(self.day_key, range(3)), "WITHSCORES")
            window = self.members("ZRANGE", self.window_key(), 0, -1, "WITHSCORES")
        except OSError:
            return False
        return window == union and days == [dict(self.sold[age]) for age in range(3)]

    def scores_sold(self):
        scores = collections.Counter()
        for sold in self.sold.values():
            scores.update(sold)
        return scores

    def best(self):
        return sorted(self.scores_sold().items(),
                      key=lambda item: (item[1], item[0].encode()), reverse=True)

    def read_list(self, server):
        with Connection(server.address, self.contract) as connection:
            return connection.get(LIST)

    def read_rank(self, server, product):
        with Connection(server.address, self.contract) as connection:
            return connection.get(f"/v1/products/{product}/rank?window=3d")

    def lists_are_right(self):
        wanted = self.best()[:100]
        return all(not body["stale"] and
                   [(item["product_id"], item["score"]) for item in body["items"]] == wanted
                   for body in (self.read_list(server).json() for server in self.servers()))

    def wait_until_right(self):
        wait_until(self.lists_are_right, "the lists of all servers are right")
        wait_until(self.board_is_right, "the board equals what was sold", interval=0.1)

    def lose(self, what_happens, follows_by_itself=True):
        """Something is lost while lists are read; nothing is sold until the board is right again.
        """
        self.sell_much(seeded_random(self.id()))
        self.wait_until_right()
        with Readers(self, self.servers()):
            what_happens()
            if follows_by_itself:
                self.wait_until_right()
            self.sell_on(0, ("p1", 7), ("new", 1000))
            self.wait_until_right()
            self.sell_on(2, ("p2", 9), ("old", 2000))
            self.wait_until_right()
        self.verify()


class LostBoardTest(LostTwoServers):
    def test_everything_is_lost(self):
        self.lose(lambda: self.redis.command("FLUSHALL"))

    def test_everything_is_lost_while_much_is_sold(self):
        chance = seeded_random(self.id())
        self.sell_much(chance)
        with Readers(self, self.servers()):
            for _ in range(5):
                self.redis.command("FLUSHALL")
                self.sell_much(chance, 50)
            self.wait_until_right()
        self.verify()

    def test_a_daily_set_is_lost(self):
        self.lose(lambda: self.redis.command("DEL", self.day_key(1)))

    def test_a_windows_set_is_lost(self):
        self.lose(lambda: self.redis.command("DEL", self.window_key()))

    def test_the_state_is_lost(self):
        self.lose(lambda: self.redis.command("DEL", PREFIX + "state"))

    def test_one_product_is_lost(self):
        self.lose(lambda: self.redis.command("ZPOPMIN", self.day_key(0)))

    def test_a_field_of_the_state_is_lost(self):
        self.lose(lambda: self.redis.command("HDEL", PREFIX + "state", "revision"))

    def test_the_last_pushes_are_lost(self):
        """As after a restore, or when a replica is promoted that missed them."""
        self.sell_much(seeded_random(self.id()))
        self.wait_until_right()
        self.redis.shut_down()
        older = pathlib.Path(self.redis.folder + "-older")
        self.addCleanup(shutil.rmtree, older, ignore_errors=True)
        shutil.copytree(self.redis.folder, older)
        self.redis.start()
        self.sell_on(0, ("p1", 500), ("lost", 900))
        self.sell_on(1, ("p3", 77))
        self.wait_until_right()
        rebuilds = self.rebuilds()
        with Readers(self, self.servers()):
            self.redis.kill()
            shutil.rmtree(self.redis.folder)
            shutil.copytree(older, self.redis.folder)
            self.redis.start()
            self.wait_until_right()
        self.assertEqual(self.rebuilds(), rebuilds, "its revision told what it lacked")
        self.verify()

    def test_a_server_dies_while_it_rebuilds(self):
        self.sell_much(seeded_random(self.id()))
        self.wait_until_right()
        third = self.start_server(environment={"RUSHLINE_FAIL_POINT": "rebuild.filled:1"})
        for server in (self.server, self.second):
            server.signal(signal.SIGSTOP)
        self.redis.command("FLUSHALL")
        third.wait()
        left_over = self.redis.command("HGET", PREFIX + "state", "move")
        self.assertNotEqual(left_over, b"$-1")
        for server in (self.server, self.second):
            server.signal(signal.SIGCONT)
        with Readers(self, self.servers()):
            self.wait_until_right()
        wait_until(lambda: self.rebuilds() == 1 + 1,
                   "the first one at the start, and then one more")

    def test_a_large_push_takes_steps_and_no_rebuild(self):
        self.sell_much(seeded_random(self.id()))
        self.wait_until_right()
        rebuilds = self.rebuilds()
        with Readers(self, self.servers()):
            self.sell_on(0, *[(f"q{n}", 1 + n % 90) for n in range(10_000)])
            self.wait_until_right()
        self.assertEqual(self.rebuilds(), rebuilds)
        self.verify()

    def test_a_large_board_is_rebuilt_while_sales_go_on(self):
        for age in range(3):
            self.sell_on(age, *[(f"q{n:05}", 1 + (n * 7 + age) % 900) for n in range(10_000)])
        self.wait_until_right()
        with Readers(self, self.servers()):
            self.redis.command("FLUSHALL")
            for number in range(20):
                self.sell_on(number % 3, (f"q{number * 499:05}", 1000), (f"new{number}", 3000))
            self.wait_until_right()
        self.verify()


class RedisAwayTest(LostTwoServers):
    def test_lists_say_that_they_are_stale_and_how_old_they_are(self):
        self.sell_much(seeded_random(self.id()))
        self.wait_until_right()
        fresh = [self.read_list(server) for server in self.servers()]
        with Readers(self, self.servers()):
            self.redis.kill()
            for server, before in zip(self.servers(), fresh):
                # Nothing is sold: it says so although it lacks nothing.
                wait_until(lambda at=server: self.read_list(at)["source"] == "database",
                           "the list comes from the database", 5)
                answer = self.read_list(server)
                body = answer.json()
                self.assertTrue(body["stale"])
                self.assertEqual(body["items"], before["items"])
                self.assertEqual(body["as_of"], before["as_of"])
                self.assertNotEqual(answer.headers["etag"], before.headers["etag"])
                self.assertLess(int(answer.headers["age"]), 5)
                codes = [finding["code"] for finding in self.status(server)["findings"]]
                self.assertIn("list_stale", codes)
            self.sell_on(0, ("mug", 5000))
            wait_until(lambda: all(self.read_list(server)["items"][0]["product_id"] == "mug"
                                   for server in self.servers()), "a sale is on the lists")
            self.redis.start()
            self.wait_until_right()

    def test_a_frozen_redis_lets_lists_and_ranks_go_on(self):
        self.sell_on(0, ("tea", 3), ("mug", 5))
        self.wait_until_right()
        with Readers(self, self.servers()):
            self.redis.freeze()
            self.sell_on(0, ("tea", 4))
            wait_until(lambda: all(self.read_list(server)["items"][0]["score"] == 7
                                   for server in self.servers()), "the sale is on the lists")
            self.assertEqual(self.read_rank(self.server, "tea")["rank"], 1)
            self.redis.thaw()
            self.wait_until_right()

    def test_the_rank_of_a_product_is_told_without_redis(self):
        self.sell_on(0, *[(f"p{n:03}", 1000 - n) for n in range(150)])
        self.sell_on(1, ("p149", 5))
        self.wait_until_right()
        place = {product: rank for rank, (product, _) in enumerate(self.best(), 1)}
        products = ("p000", "p042", "p120", "p149", "nowhere")
        ranks = collections.defaultdict(set)

        def ask_all():
            for product in products:
                for server in self.servers():
                    answer = self.read_rank(server, product)
                    self.assertEqual(answer.status, 200, repr(answer))
                    self.assertEqual(answer["score"], self.scores_sold()[product])
                    ranks[product].add(answer["rank"])

        ask_all()
        self.assertEqual(dict(ranks), {product: {place.get(product)} for product in products})
        self.redis.kill()
        for _ in range(20):
            ask_all()
        # Beyond the list, its score is told, and no rank.
        self.assertEqual(ranks["p042"], {place["p042"]})
        self.assertEqual(ranks["p120"], {place["p120"], None})
        self.redis.start()
        wait_until(lambda: self.read_rank(self.server, "p120")["rank"] == place["p120"],
                   "the rank comes from the board again")
        for _ in range(5):
            self.redis.command("FLUSHALL")
            ask_all()


class DatabaseAwayTest(LostTwoServers):
    def restart_database(self):
        stopped = self.record.process
        self.record.process = subprocess.Popen(
            stopped.args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            user=self.record.user, cwd=self.record.folder,
            extra_groups=[] if self.record.user else None)

    def test_lists_are_served_from_memory_marked_stale(self):
        self.sell_on(0, ("tea", 3), ("mug", 5))
        self.wait_until_right()
        before = self.read_list(self.server)
        with Readers(self, self.servers()):
            self.record.process.send_signal(signal.SIGINT)
            self.record.process.wait(30)
            for server in self.servers():
                wait_until(lambda at=server: self.read_list(at)["stale"],
                           "the list says that it is stale", 5)
                answer = self.read_list(server)
                self.assertEqual(answer["items"], before["items"])
                self.assertEqual(answer["window"], before["window"])
                self.assertNotEqual(answer.headers["etag"], before.headers["etag"])
            wait_until(lambda: int(self.read_list(self.server).headers["age"]) >= 2,
                       "its age grows")
            self.restart_database()
            wait_until(lambda: not any(self.read_list(server)["stale"]
                                       for server in self.servers()), "the lists are fresh again")
            self.sell_on(0, ("tea", 4))
            self.wait_until_right()
        self.assertEqual(self.rebuilds(), 1)
