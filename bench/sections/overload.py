"""P16: what is done in time at ten times the best rate.

The database is made slow, by one sleep per batch as long as the batch is large, until ten times its
best can be offered from the same two cores; a generator that cannot do more than two or three times
the best would only measure itself.
"""

import collections
import concurrent.futures
import itertools
import statistics
import time

from harness.loads import Closed, Open, lasting
from harness.measures import measures
from harness.programs import CannotRun
from harness.stage import make_event, requests_of, wait_until_settled
from sections.distributed_verdicts import issued_of

SLEEP_SECONDS = 0.001  # per coupon
SLEEP_PER_BATCH = """
    CREATE OR REPLACE FUNCTION rushline.bench_slow() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep({seconds} * count(*)) FROM fresh; RETURN NULL; END $$;
"""
SLOW_COUPONS = """
    CREATE TRIGGER bench_slow AFTER INSERT ON rushline.coupons REFERENCING NEW TABLE AS fresh
      FOR EACH STATEMENT EXECUTE FUNCTION rushline.bench_slow();
"""
SWEEP = (32, 128, 512)  # clients, each with one request at a time: who gets the best rate?
OVERLOAD_CONNECTIONS = 8_000
DEADLINE = "2s"  # an answer is worth nothing after it
LINE_WAIT_MS = 300  # until a place in line is told, so that its connection can ask again
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


class Rounds:
    """A sweep for the best rate; then alternating runs at it and at ten times of it."""

    def __init__(self, stage, server, slowed):
        self.options = lasting(stage.options, RUN_LENGTH * stage.options.seconds)
        self.server, self.slowed, self.event = server, slowed, make_event(server)
        self.first = itertools.count(0, 1_000_000)
        self.best, self.offered, self.told = [], [], collections.Counter()
        self.swept = {clients: self.rate_of(clients) for clients in SWEEP}
        self.clients = max(self.swept, key=self.swept.get)

    def rate_of(self, clients):
        self.slowed.sleep(SLEEP_SECONDS)
        rate, _ = committed_while(self.server, self.event, lambda: Closed(
            self.options, self.server, clients, "post", requests_of(self.event), next(self.first)))
        return rate

    def settle(self):
        self.slowed.sleep(0)
        wait_until_settled(self.server, self.event)

    def run(self):
        """Per round: the best rate, and coupons per second committed and run of ten times of it."""
        for n in range(self.options.rounds):
            best = self.rate_of(self.clients)
            rate, run = committed_while(self.server, self.event, lambda: Open(
                self.options, self.server, self.event, 10 * best, f"r{n}", timeout=DEADLINE,
                connections=OVERLOAD_CONNECTIONS))
            self.settle()
            self.best.append(best)
            self.offered.append(run.offered / best)
            self.told.update({what: count for what, count in run.outcomes.items() if count})
            yield best, rate, run

    def report(self, report, goal, what, rates):
        times = statistics.median(self.offered)
        answers = ", ".join(f"{word} {count:,}" for word, count in self.told.items())
        if times < 9:
            raise CannotRun(f"only {times:.1f} times the best rate could be offered ({answers})")
        swept = ", ".join(f"{clients:,} {rate:,.0f}/s" for clients, rate in self.swept.items())
        report.row(goal, f"{what} at {times:.1f} times the best rate",
                   f"{statistics.median(rates):,.0f}/s ({answers})",
                   f"best rate {statistics.median(self.best):,.0f}/s (clients: {swept})",
                   [rate / best for rate, best in zip(rates, self.best)])


@measures("P16")
def goodput_directly(stage, report):
    """Whoever cannot be told in time is refused at once: what counts is coupons told in time."""
    database = stage.postgres()
    server = stage.rushline(database)
    rounds = Rounds(stage, server, Slowed(database))
    rates = [run.issued_per_second for _, _, run in rounds.run()]
    rounds.report(report, "P16", "coupons told in time, PostgreSQL, direct mode,", rates)


@measures("P16")
def goodput_through_the_line(stage, report):
    """Whoever has a place waits in line and is told so: what counts is coupons committed."""
    database = stage.postgres()
    server = stage.rushline(database, stage.redis(), "--coupons-verdict-wait-ms", LINE_WAIT_MS)
    rounds = Rounds(stage, server, Slowed(database))
    rates = [rate for _, rate, _ in rounds.run()]
    rounds.report(report, "P16", "coupons per second, PostgreSQL and Redis,", rates)
