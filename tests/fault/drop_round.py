"""One drop under the faults of a plan: staged, healed, come to rest, verified."""
import random
import threading
import time
from dataclasses import dataclass, field

from fault import shop
from fault.admitting import measure_admitting
from fault.catalogue import CATALOGUE, PROMISES
from fault.history import History, now_us
from fault.shoppers import Drop
from fault.staging import Staging
from fault.traffic import Traffic
from fault.world import PRODUCTS, today_at_noon
from support.waiting import wait_until

DECIDED_S = 10.0  # L1, after everything is healed
REST_S = 30.0  # until every purchase is answered and every list shows it: promised for rest only
WELL_S = 30.0
LIST_INTERVAL_S = 0.08
PURCHASE_INTERVAL_S = 0.07
ORDER_INTERVAL_S = 0.11
PAUSE_S = 0.6
LIST_LENGTH = 40


@dataclass
class Result:
    plan: object
    way: str = "direct"
    skipped: str = ""  # why there was no round at all
    staged: list = field(default_factory=list)
    missing: list = field(default_factory=list)  # names of faults that are not possible here
    violations: list = field(default_factory=list)  # (promise, sentence)
    lost: list = field(default_factory=list)  # the same, where nothing is promised
    rows: dict = field(default_factory=dict)  # promise → how much could have broken it
    places_lost: int = 0
    waits_lost: int = 0
    requests: int = 0
    admitting: list = field(default_factory=list)
    decided_s: float = 0.0  # from the last healing until everybody was decided
    rest_s: float = 0.0  # ... and every list showed everything


class Round:
    def __init__(self, world, plan, folder):
        self.world = world
        self.plan = plan
        self.folder = folder
        self.history = History()
        self.chance = random.Random(plan.seed)
        self.result = Result(plan)
        self.broken = []  # (promise, sentence), beside what verify finds
        self.failures = []  # of the thread that drives the traffic
        self.when_begun = lambda event: None

    def run(self):
        wait_until(self.world.is_well, f"the {self.world.name} world is well", WELL_S)
        traffic = self._begin()
        thread = threading.Thread(target=self._drive, args=(traffic,), daemon=True)
        thread.start()
        staging = Staging(self.world, self.plan.steps)
        staging.start()
        self._wait(self.origin + self.plan.seconds)
        staging.finish()
        self._come_to_rest(traffic)
        thread.join()
        if self.failures:
            raise self.failures[0]
        staging.write(self.history)
        return self._conclude(staging)

    def _drive(self, traffic):
        try:
            traffic.run()
        except BaseException as error:
            self.failures.append(error)

    @staticmethod
    def _wait(moment):
        threading.Event().wait(max(0.0, moment - time.monotonic()))

    # Before.

    def _begin(self):
        plan = self.plan
        begun = now_us()
        event, self.result.way = self.world.make_event(plan.quantity, plan.ack)
        self.history.add(begun, now_us(), kind="create", event=event, quantity=plan.quantity)
        self.world.rounds += 1
        self.drop = Drop(event, self.history, random.Random(plan.seed + 1))
        traffic = Traffic(self.world.addresses(), bearer=self.world.bearer)
        self.origin = time.monotonic()
        self._add_shoppers(traffic)
        self._add_shop(traffic)
        self._add_operators(traffic)
        self.when_begun(event)
        return traffic

    def _add_shoppers(self, traffic):
        prefix = f"r{self.world.rounds}-shopper"
        for number in range(self.plan.shoppers):
            moment = self.origin + self.plan.seconds * number / self.plan.shoppers
            self.drop.add_shopper(f"{prefix}-{number:05}").press(traffic, moment)

    def _add_shop(self, traffic):
        books, prefix = self.world.books, f"r{self.world.rounds}"
        occurred_at = today_at_noon().strftime("%Y-%m-%dT%H:%M:%SZ")
        moment, number = 0.0, 0
        while moment < self.plan.seconds:
            number += 1
            lines = [(product, self.chance.randint(1, 9))
                     for product in self.chance.sample(PRODUCTS, self.chance.randint(1, 3))]
            traffic.add(self.origin + moment, shop.Purchase(
                books, self.history, f"{prefix}-purchase-{number}", lines, occurred_at,
                take_back=self.chance.random() < 0.15))
            moment += PURCHASE_INTERVAL_S
        moment = 0.0
        while moment < self.plan.seconds:
            number += 1
            traffic.add(self.origin + moment, shop.Order(
                books, self.history, f"{prefix}-key-{number}", f"{prefix}-buyer-{number}",
                self.chance.choice(PRODUCTS), self.chance.randint(1, 5)))
            moment += ORDER_INTERVAL_S
        self.readers = [shop.ListReader(self.history, server, window, limit, LIST_INTERVAL_S)
                        for server in range(len(self.world.servers))
                        for window, limit in (("3d", LIST_LENGTH), ("1d", 5))]
        for reader in self.readers:
            traffic.add(self.origin, reader)

    def _add_operators(self, traffic):
        plan, books = self.plan, self.world.books
        if plan.raise_at is not None:
            traffic.add(self.origin + plan.raise_at, shop.Change(
                books, self.drop, "raise", plan.quantity + plan.quantity // 2 + 1))
        if plan.pause_at is not None:
            traffic.add(self.origin + plan.pause_at, shop.Change(books, self.drop, "pause"))
            traffic.add(self.origin + plan.pause_at + PAUSE_S,
                        shop.Change(books, self.drop, "resume"))

    # After.

    def _come_to_rest(self, traffic):
        healed = time.monotonic()
        self.result.decided_s = self._wait_for(lambda: not self.drop.undecided(), DECIDED_S)
        undecided = self.drop.undecided()
        if undecided:
            self.broken.append(("L1", f"{len(undecided)} shoppers were not decided within "
                                f"{DECIDED_S:g} s, such as {undecided[0].name}, told "
                                f"{undecided[0].last}"))
        # Where sales may be lost, no list will ever show them.
        self._wait_for(self._is_at_rest, 0 if "S8" in self._may_break() else REST_S)
        self.result.rest_s = time.monotonic() - healed
        self._check_shop()
        self.drop.look_once_more(traffic)
        self._wait_for(lambda: self.drop.last_looks == 0, DECIDED_S)
        if self.drop.last_looks:
            self.broken.append(("L1", f"{self.drop.last_looks} last looks were not answered"))
        traffic.stop()

    def _wait_for(self, condition, seconds):
        """How long it took, at most `seconds`."""
        begun = time.monotonic()
        while not condition() and not self.failures and time.monotonic() < begun + seconds:
            self._wait(time.monotonic() + 0.02)
        return time.monotonic() - begun

    def _check_shop(self):
        books = self.world.books
        if books.open:
            self.broken.append(("S7", f"{books.open} purchases or orders were never answered"))
            books.open = 0
        if books.refusals:
            self.broken.append(("S7", f"refused: {books.refusals[:3]}"))
            books.refusals.clear()
        for reader in self.readers:
            if not self._shows_everything(reader):
                self.broken.append(("S8", f"server {reader.server} shows {reader.last} in its "
                                    f"{reader.window} list, sold were "
                                    f"{books.expected_list(reader.limit)}"))

    def _is_at_rest(self):
        return (self.world.books.open == 0
                and all(self._shows_everything(reader) for reader in self.readers))

    def _shows_everything(self, reader):
        return reader.last == self.world.books.expected_list(reader.limit)

    def _conclude(self, staging):
        result = self.result
        result.staged, result.missing = staging.staged, staging.skipped
        result.places_lost, result.waits_lost = self.drop.places_lost, self.drop.waits_lost
        if result.places_lost and not any(each.fault.loses_places for each in staging.staged):
            self.broken.append(("place", f"{result.places_lost} places were lost, by nothing"))
        result.requests = len(self.history.requests())
        result.admitting = measure_admitting(staging.staged, self.history, len(self.world.servers))
        for each in result.admitting:
            result.rows["L2"] = result.rows.get("L2", 0) + 1
            if each.is_broken:
                self.broken.append(("L2", str(each)))
        carried = self.folder / "carried.jsonl"
        path = self.folder / f"seed-{self.plan.seed}.jsonl"
        self.history.write(carried, self.world.carried)
        self.history.write(path)
        for check in self.world.verify(carried, path):
            promise = check["promise"]
            result.rows[promise] = result.rows.get(promise, 0) + check["rows"]
            if check["findings_count"]:
                self.broken.append((promise, "; ".join(check["findings"][:3])
                                    + f" ({check['findings_count']} in all)"))
        self.world.carried += self.history.of_kind("order", "sale", "take_back")
        self._judge()
        return result

    def _may_break(self):
        return {promise for step in self.plan.steps
                for promise in CATALOGUE[step.fault].may_break}

    def _judge(self):
        """A promise that every fault of the round may break is counted, not held against it."""
        may_break = self._may_break()
        for promise, sentence in self.broken:
            # What verify calls by a word of its own (numbers, line order, stock …) is S1's or S5's.
            is_lost = promise in may_break or (may_break and promise not in PROMISES)
            (self.result.lost if is_lost else self.result.violations).append((promise, sentence))
