"""The goals: what is measured, against what, and how good it must be."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Goal:
    number: str
    what: str
    against: str
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""  # none: a ratio, ours divided by theirs
    worst: bool = False  # judged by the worst figure, not by the median

    def text(self):
        bound = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"
        return f"{bound} {self.unit}".strip()

    def met(self, figures):
        judged = statistics.median(figures)
        if self.at_least is not None:
            return (min(figures) if self.worst else judged) >= self.at_least
        return (max(figures) if self.worst else judged) <= self.at_most


GOALS = {goal.number: goal for goal in (
    Goal("P1", "/livez", "raw_http", at_least=0.90),
    Goal("P1 pipelined", "/livez, pipelined 16", "raw_http", at_least=0.75),
    Goal("P1 user", "/livez, user-mode CPU", "", at_most=1.5, unit="µs"),
    Goal("P2", "sold-out verdict", "raw_http POST", at_least=0.90),
    Goal("P3", "popular list, top 100, and its 304", "raw_http of that size", at_least=0.90),
    Goal("P4", "place in line through Redis", "raw_http POST", at_least=0.75),
    Goal("P5", "Redis CPU per admission", "bare ZADD NX of as many members per call", at_most=1.6),
    Goal("P6", "issued verdict, two servers on PostgreSQL and Redis", "the \"before\" peer",
         at_least=50),
    Goal("P7", "issued verdict, embedded", "raw_http POST", at_least=0.50),
    Goal("P7 before", "issued verdict, embedded", "the \"before\" peer", at_least=60),
    Goal("P8", "CPU of settling per coupon, the database's included",
         "bare batch insert of the batch size that occurred", at_most=1.4),
    Goal("P9", "verdict latency p99 at half of the best rate",
         "p99 of one bare commit of the same batch size", at_most=4),
    Goal("P10", "popular list, 10,000 products", "the \"after\" peer", at_least=1000),
    Goal("P11 read", "time of a list read, large catalogue", "1,000 products", at_most=1.2),
    Goal("P11 raise", "time of a rank raise, large catalogue", "1,000 products", at_most=1.2),
    Goal("P12", "bulk purchases", "bare batch insert of as many rows", at_least=0.50),
    Goal("P13", "orders, 64 buyers of one product", "one row lock per order", at_least=10),
    Goal("P14", "memory per idle connection", "", at_most=8192, unit="bytes"),
    Goal("P14 waiting", "memory per waiting request", "", at_most=512, unit="bytes"),
    Goal("P15", "commit to every server's list", "", at_most=500, unit="ms", worst=True),
    Goal("P16", "goodput at ten times the best rate", "the best rate", at_least=0.90),
    Goal("P17", "place in line", "the \"after\" peer", at_least=4.5),
    Goal("P18", "board of a million product-days, wiped: until it stands again", "", at_most=10,
         unit="s", worst=True),
    Goal("P19", "p99 of good requests among 1,000 slow clients",
         "p99 while these hold another server", at_most=2),
)}

WITHOUT_GOAL = {"P20"}  # costs

NUMBERS = sorted({name.split()[0] for name in GOALS} | WITHOUT_GOAL,
                 key=lambda name: int(name[1:]))
