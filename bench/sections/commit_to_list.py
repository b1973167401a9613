"""P15: from the commit of a sale to the list of every server, and what a server does meanwhile."""

import statistics
import time

from harness.measures import measures
from harness.programs import CannotRun
from harness.purchases import fill_rushline, product, quantity_of

SALES = 20
IDLE_SECONDS = 3


def report_commit_to_list(report, servers, where):
    """A sale told by the first server, looked for in the list of each; judged by the worst."""
    score = quantity_of(0)
    times = []
    for n in range(SALES):
        score += 1_000_000
        servers[0].call("POST", "/v1/purchases", {"purchases": [
            {"purchase_id": f"late-{n}", "product_id": product(0), "quantity": 1_000_000}]})
        told = time.monotonic()
        waiting = list(servers)
        while waiting:
            waiting = [server for server in waiting if top_score(server) < score]
            if time.monotonic() - told > 10:
                raise CannotRun("a sale did not reach every list within 10 s")
        times.append((time.monotonic() - told) * 1000)
    report.row("P15", f"commit to list, {where}", f"{statistics.median(times):.1f} ms, worst "
               f"{max(times):.1f} ms", "", times)


def top_score(server):
    items = server.call("GET", "/v1/products/popular?limit=1")[1]["items"]
    return items[0]["score"] if items else 0


@measures("P15")
def two_servers(stage, report):
    database, redis = stage.postgres(), stage.redis()
    servers = [stage.rushline(database, redis) for _ in range(2)]
    fill_rushline(servers[0], 1_000)
    report_commit_to_list(report, servers, "two servers, PostgreSQL and Redis")
    report_idle(report, database, redis, servers)


def report_idle(report, database, redis, servers):
    """What nothing costs: commands, transactions and CPU while no sale comes in."""
    def seen():
        return (int(redis.info("stats")["total_commands_processed"]),
                int(database.sql("SELECT xact_commit FROM pg_stat_database "
                                 "WHERE datname = 'shop'")),
                sum(sum(server.cpu_seconds()) for server in servers))

    time.sleep(1)  # PostgreSQL tells its statistics a second late
    before = seen()
    time.sleep(IDLE_SECONDS)
    per_server = [(b - a) / IDLE_SECONDS / len(servers) for a, b in zip(before, seen())]
    report.row("P15 itself", "nothing sold, per server and second",
               f"{per_server[0]:.1f} commands to Redis, {per_server[1]:.1f} transactions",
               "", [per_server[2] * 1000], "ms of CPU")
