"""P18: the board is wiped; how soon it stands again, and what everybody else notices of it."""

import socket
import threading
import time

from harness.measures import measures
from harness.programs import CannotRun, wait_for
from harness.purchases import LIST, product

DAYS = 3
STATE = "rank:{products}:state"


def fill_totals(database, products):
    """Totals of every product on each of the last days, as if folded long ago."""
    database.sql(
        "INSERT INTO rushline.sales_daily (day, product_id, quantity, revision) "
        "SELECT floor(extract(epoch FROM now()) / 86400)::integer - back, "
        "'product-' || lpad(n::text, 9, '0'), 1 + (n::bigint * 7919 + back * 31) % 1000, "
        "r.revision + 1 "
        f"FROM generate_series(0, {DAYS - 1}) AS back, generate_series(0, {products - 1}) AS n, "
        "rushline.record AS r")
    database.sql("UPDATE rushline.record SET revision = revision + 1")
    database.sql("VACUUM ANALYZE rushline.sales_daily")


def revision_of_board(redis):
    """0 while the board is empty or on its way."""
    return int(redis.ask("EVAL", "if redis.call('HEXISTS', KEYS[1], 'move') == 1 then return 0 end "
                         "return tonumber(redis.call('HGET', KEYS[1], 'revision') or 0)", "1",
                         STATE))


class Others:
    """What goes on meanwhile: a client of Redis, readers of the list, and now and then a sale."""

    def __init__(self, server, redis):
        self.server, self.redis = server, redis
        self.longest_ping_ms, self.reads, self.failed, self.sales = 0.0, 0, [], 0
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=run) for run in (self.ping, self.read, self.sell)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def ping(self):
        with socket.create_connection(("127.0.0.1", self.redis.port), 30) as connection:
            while not self.ended.wait(0.001):
                begun = time.monotonic()
                connection.sendall(b"PING\r\n")
                connection.recv(64)
                self.longest_ping_ms = max(self.longest_ping_ms,
                                           (time.monotonic() - begun) * 1000)

    def read(self):
        while not self.ended.wait(0.005):
            try:
                self.server.call("GET", LIST)
                self.reads += 1
            except CannotRun as why:
                self.failed.append(str(why))

    def sell(self):
        while not self.ended.wait(0.1):
            self.sales += 1
            self.server.call("POST", "/v1/purchases", {"purchases": [
                {"purchase_id": f"meanwhile-{time.monotonic_ns()}", "product_id": product(0),
                 "quantity": 1}]})


@measures("P18")
def wiped_board(stage, report):
    products = stage.options.products // DAYS
    database, redis = stage.postgres(), stage.redis()
    server = stage.rushline(database, redis)
    fill_totals(database, products)
    record = int(database.sql("SELECT revision FROM rushline.record"))
    wait_for(lambda: revision_of_board(redis) >= record, "the board follows", 300, every=0.1)
    memory = server.resident_bytes()
    times, pings, cpu = [], [], []
    for _ in range(stage.options.rounds):
        used = redis.own_cpu_seconds(), sum(server.cpu_seconds()), sum(database.cpu_seconds())
        redis.ask("FLUSHALL")  # blocks Redis by itself, for as long as it takes to free everything
        begun = time.monotonic()
        with Others(server, redis) as others:
            wait_for(lambda: revision_of_board(redis) >= record, "the board stands again", 300)
            times.append(time.monotonic() - begun)
        if others.failed:
            raise CannotRun(f"a list could not be read meanwhile: {others.failed[0]}")
        pings.append(others.longest_ping_ms)
        cpu.append([b - a for a, b in zip(used, (redis.own_cpu_seconds(),
                                                 sum(server.cpu_seconds()),
                                                 sum(database.cpu_seconds())))])
    redis_cpu, own_cpu, database_cpu = (sum(column) / len(cpu) for column in zip(*cpu))
    report.row("P18", f"wiped board, {products * DAYS:,} product-days",
               f"CPU of Redis {redis_cpu:.1f} s, of Rushline {own_cpu:.1f} s, of PostgreSQL "
               f"{database_cpu:.1f} s; {others.reads:,} list reads, none failed", "", times)
    report.row("P18 itself", "longest PING of Redis meanwhile", "", "", pings, "ms")
    report.row("P18 itself", "memory of the server, afterwards against before",
               f"{server.resident_bytes() / 1e6:.0f} MB", f"{memory / 1e6:.0f} MB",
               [server.resident_bytes() / memory])
