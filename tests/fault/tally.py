"""Adds up what many rounds showed: by fault, by the event's ack, by promise."""
import collections
import statistics

from fault.catalogue import ACKS, CATALOGUE, EVERYTHING, PROMISES

# What `verify` calls by a word of its own, and the promise that it is a part of.
WORDS = {"numbers": "S1", "stock": "S7", "order prices": "S7", "order coupons": "S7"}


def promise_of(word):
    return WORDS.get(word, word)


class Tally:
    def __init__(self):
        self.runs = collections.Counter()  # by world
        self.ways = collections.Counter()
        self.cells = {}  # (fault, ack) → counts
        self.rows = collections.Counter()  # promise → rows that could have broken it
        self.requests = 0
        self.not_staged = collections.Counter()  # fault → how often it was not possible here
        self.skipped = collections.Counter()  # why no round was run
        self.violations = []
        self.lost = []
        self.admitting = []
        self.decided_s = []
        self.rest_s = []
        self.places_lost = collections.Counter()  # by ack
        self.waits_lost = collections.Counter()  # by ack: told 202 without a place
        self.failures = []  # rounds that came to no result

    def add(self, result):
        plan = result.plan
        self.runs[plan.world] += 1
        self.ways[result.way] += 1
        self.requests += result.requests
        self.decided_s.append(result.decided_s)
        self.rest_s.append(result.rest_s)
        self.places_lost[plan.ack] += result.places_lost
        self.waits_lost[plan.ack] += result.waits_lost
        for word, count in result.rows.items():
            self.rows[promise_of(word)] += count
        self.not_staged.update(result.missing)
        self.admitting += result.admitting
        for kind, entries in (("violations", result.violations), ("lost", result.lost)):
            getattr(self, kind).extend(
                {"seed": plan.seed, "world": plan.world, "ack": plan.ack, "promise": promise,
                 "what": what, "faults": sorted({each.step.fault for each in result.staged})}
                for promise, what in entries)
        happened = [each for each in result.staged if each.has_happened]
        for each in happened:
            cell = self._cell(each.step.fault, plan.ack)
            cell["staged"] += 1
        broken = {promise_of(promise) for promise, _ in result.violations}
        lost = {promise_of(promise) for promise, _ in result.lost}
        for name in {each.step.fault for each in happened}:
            cell = self._cell(name, plan.ack)
            cell["runs"] += 1
            cell["places_lost"] += result.places_lost
            cell["broken"].update(broken)
            cell["lost"].update(lost)

    def _cell(self, fault, ack):
        return self.cells.setdefault((fault, ack), {
            "staged": 0, "runs": 0, "places_lost": 0,
            "broken": collections.Counter(), "lost": collections.Counter()})

    def skip(self, why):
        self.skipped[why] += 1

    def fail(self, plan, what):
        self.failures.append({"seed": plan.seed, "world": plan.world, "what": what})

    @property
    def staged(self):
        return sum(cell["staged"] for cell in self.cells.values())

    def to_json(self):
        return {
            "runs": dict(sorted(self.runs.items())), "ways": dict(sorted(self.ways.items())),
            "staged": self.staged, "requests": self.requests,
            "rows": {name: self.rows[name] for name in (*PROMISES, "line order")},
            "faults": {name: {ack: _plain(self.cells[name, ack]) for ack in ACKS
                              if (name, ack) in self.cells} for name in CATALOGUE
                       if any((name, ack) in self.cells for ack in ACKS)},
            "not_staged": dict(sorted(self.not_staged.items())),
            "skipped": dict(sorted(self.skipped.items())),
            "places_lost": dict(sorted(self.places_lost.items())),
            "waits_lost": dict(sorted(self.waits_lost.items())),
            "violations": self.violations, "lost": self.lost, "failures": self.failures,
            "decided_s": summary(self.decided_s), "rest_s": summary(self.rest_s),
            "admits_again_ms": summary([us / 1000 for each in self.admitting
                                        for us in each.again_us if us is not None]),
        }

    def print_table(self):
        width = max(len(name) for name in CATALOGUE)
        print(f"\n{'fault':{width}}  {'staged':>6}  {'runs':>5}  {'places lost':>11}  broken")
        for name in CATALOGUE:
            cells = [self.cells[name, ack] for ack in ACKS if (name, ack) in self.cells]
            if not cells:
                continue
            broken = sum((cell["broken"] for cell in cells), collections.Counter())
            total = {key: sum(cell[key] for cell in cells)
                     for key in ("staged", "runs", "places_lost")}
            print(f"{name:{width}}  {total['staged']:>6}  {total['runs']:>5}  "
                  f"{total['places_lost']:>11}  {_words(broken)}")
        print(f"\n{self.staged} faults in {sum(self.runs.values())} runs, "
              f"{self.requests} requests for coupons")
        self._print_losses()

    def _print_losses(self):
        for what, counts in (("places", self.places_lost), ("waits without a place",
                                                            self.waits_lost)):
            print(f"{what} lost: {counts['queued']} with ack queued, {counts['verdict']} with ack "
                  "verdict")
        lost = collections.Counter(entry["promise"] for entry in self.lost)
        print(f"lost where nothing is promised: {_words(lost)}")
        for what, counts in (("not staged", self.not_staged), ("skipped", self.skipped)):
            for name, count in sorted(counts.items()):
                print(f"{what}: {name} ({count} times)")
        broken = collections.Counter(promise_of(entry["promise"]) for entry in self.violations)
        for promise in (*EVERYTHING, "L2"):
            print(f"{promise}: {broken.pop(promise, 0)} broken, {self.rows[promise]} rows  "
                  f"({PROMISES[promise]})")
        for promise, count in broken.items():
            print(f"{promise}: {count} broken")
        for entry in self.violations:
            print(f"BROKEN {entry['promise']}: seed {entry['seed']} ({entry['world']}, ack "
                  f"{entry['ack']}): {entry['what'][:500]}")
        for entry in self.failures:
            print(f"FAILED: seed {entry['seed']} ({entry['world']}): {entry['what'][-1500:]}")


def summary(values):
    if not values:
        return {"count": 0}
    return {"count": len(values), "median": round(statistics.median(values), 3),
            "worst": round(max(values), 3)}


def _plain(cell):
    return {**cell, "broken": dict(cell["broken"]), "lost": dict(cell["lost"])}


def _words(counts):
    return ", ".join(f"{name} × {count}" for name, count in sorted(counts.items())) or "nothing"
