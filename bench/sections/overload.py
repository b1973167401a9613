"""P16: coupons per second at ten times the best rate.

The database is made slow, by one sleep per batch as long as the batch is large, until ten times its
best can be offered from the same two cores; a generator that cannot do more than two or three times
the best would only measure itself.
"""

import collections
import concurrent.futures
import statistics
import time

from harness.loads import Closed, Open, lasting
from harness.measures import measures
from harness.programs import CannotRun
from harness.stage import make_event, requests_of, wait_until_settled
from sections.distributed_verdicts import CONNECTIONS, issued_of

SLEEP_SECONDS = 0.001  # per coupon
SLEEP_PER_BATCH = """
    CREATE OR REPLACE FUNCTION rushline.bench_slow() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep({seconds} * count(*)) FROM fresh; RETURN NULL; END $$;
"""
SLOW_COUPONS = """
    CREATE TRIGGER bench_slow AFTER INSERT ON rushline.coupons REFERENCING NEW TABLE AS fresh
      FOR EACH STATEMENT EXECUTE FUNCTION rushline.bench_slow();
"""
OVERLOAD_CONNECTIONS = 8_000
OVERLOAD_WAIT_MS = 300  # until a request is told 202, so that its connection can ask again
RUN_LENGTH = 5  # times --seconds: commits are large and few here


class Slowed:
    """A PostgreSQL whose coupons can be made slow and fast again, also while a server writes."""

    def __init__(self, database):
        self.database = database
        self.sleep(SLEEP_SECONDS)
        database.sql(SLOW_COUPONS)

    def sleep(self, seconds):
        self.database.sql(SLEEP_PER_BATCH.replace("{seconds}", str(seconds)))


def committed_while(server, event, load):
    """Runs the load; coupons per second from its first commit to its last, and what it gave."""
    commits, seen = [], issued_of(server, event)
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        running = threads.submit(load)
        while not running.done():
            now = issued_of(server, event)
            if now != seen:
                commits.append((time.monotonic(), now))
                seen = now
            time.sleep(0.01)
    if len(commits) < 3:
        raise CannotRun(f"only {len(commits)} commits were seen in one run: too few for a rate")
    (begun, first), (ended, last) = commits[0], commits[-1]
    return (last - first) / (ended - begun), running.result()


def goodput(stage, report, database, redis, way, goal):
    """Whoever gets no coupon in time is told 202 or 503; what counts is what is committed."""
    server = stage.rushline(database, redis, "--coupons-verdict-wait-ms", OVERLOAD_WAIT_MS)
    slowed, event = Slowed(database), make_event(server)
    options = lasting(stage.options, RUN_LENGTH * stage.options.seconds)
    rounds, told = [], collections.Counter()
    for n in range(options.rounds):
        slowed.sleep(SLEEP_SECONDS)
        best, _ = committed_while(server, event, lambda: Closed(
            options, server, CONNECTIONS, "post", requests_of(event), n * 1_000_000))
        rate, run = committed_while(server, event, lambda: Open(
            options, server, event, 10 * best, f"r{n}", timeout="2s",
            connections=OVERLOAD_CONNECTIONS))
        slowed.sleep(0)
        wait_until_settled(server, event)
        rounds.append((rate / best, best, rate, run.offered / best))
        told.update({what: count for what, count in run.outcomes.items() if count})
    best, rate, times = (statistics.median(row[at] for row in rounds) for at in (1, 2, 3))
    answers = ", ".join(f"{what} {count:,}" for what, count in told.items())
    if times < 9:
        raise CannotRun(f"only {times:.1f} times the best rate of {best:,.0f}/s could be offered "
                        f"({answers})")
    report.row(goal, f"coupons per second at {times:.1f} times the best rate, {way}",
               f"{rate:,.0f}/s ({answers})", f"best rate {best:,.0f}/s",
               [row[0] for row in rounds])


@measures("P16")
def goodput_directly(stage, report):
    goodput(stage, report, stage.postgres(), None, "PostgreSQL, direct mode", "P16 itself")


@measures("P16")
def goodput_through_the_line(stage, report):
    goodput(stage, report, stage.postgres(), stage.redis(), "PostgreSQL and Redis", "P16")
