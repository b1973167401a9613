"""What was measured and what could not be, as text while it runs and as JSON at the end."""

import json
import pathlib
import statistics

from harness.goals import GOALS
from harness.loads import Closed
from harness.programs import CannotRun


def digits(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def spread(figures):
    return (f"{digits(statistics.median(figures))} "
            f"[{digits(min(figures))}-{digits(max(figures))}]")


def median_of(values, field):
    return statistics.median(getattr(value, field) for value in values)


class Report:
    def __init__(self, options, machine):
        self.options = options
        self.machine = machine
        self.rows = []
        self.not_run = []
        print("| # | what | ours | against | median [range] of the rounds | goal | |")
        print("|---|---|---|---|---|---|---|")

    def row(self, goal, what, ours, against, figures, unit=""):
        """`figures` are one per round: ratios, or values in `unit`; `goal` names one of GOALS, or
        is a number followed by `itself` where there is none."""
        known = GOALS.get(goal)
        unit = known.unit if known else unit
        met = known.met(figures) if known else None
        verdict = "" if met is None else "met" if met else "**missed**"
        number = goal.split()[0]
        print(f"| {number} | {what} | {ours} | {against} | {spread(figures)} {unit}".rstrip()
              + f" | {known.text() if known else ''} | {verdict} |", flush=True)
        self.rows.append({"id": number, "what": what, "ours": ours, "against": against,
                          "figures": figures, "unit": unit or "ratio",
                          "goal": known.text() if known else None, "met": met})

    def could_not_run(self, measurement, why):
        goals = ", ".join(measurement.goals)
        print(f"| {goals} | {measurement.name} | could not run: {why} | | | | not measured |",
              flush=True)
        self.not_run.append({"ids": list(measurement.goals), "name": measurement.name, "why": why})

    def finish(self):
        missed = sum(row["met"] is False for row in self.rows)
        judged = sum(row["met"] is not None for row in self.rows)
        print(f"\n{len(self.rows)} rows measured; {judged - missed} of {judged} goals met; "
              f"{len(self.not_run)} measurements could not run")
        for lost in self.not_run:
            print(f"  {', '.join(lost['ids'])} ({lost['name']}): {lost['why']}")
        if self.options.json:
            pathlib.Path(self.options.json).write_text(json.dumps(
                {"machine": self.machine, "rounds": self.options.rounds,
                 "seconds": self.options.seconds, "rows": self.rows,
                 "could_not_run": self.not_run}, indent=1, ensure_ascii=False) + "\n")


def alternate(options, ours, theirs):
    """Runs both once per round, each beginning every other round; two lists."""
    a, b = [], []
    for number in range(options.rounds):
        for run, runs in ((ours, a), (theirs, b))[::-1 if number % 2 else 1]:
            runs.append(run())
    return a, b


def compare(stage, report, goal, what, ours, theirs, against):
    """Rates of two loads, taking turns; each side is a function that gives a load."""
    a, b = alternate(stage.options, ours, theirs)
    for side, loads in (("ours", a), (against, b)):
        if min(load.per_second for load in loads) == 0:
            raise CannotRun(f"{what}: {side} answered nothing within {stage.options.seconds} s")
    shown = f"{median_of(a, 'per_second'):,.0f}/s"
    if isinstance(a[0], Closed):
        shown += f", {median_of(a, 'cpu_us'):.1f} µs CPU ({median_of(a, 'user_us'):.1f} user)"
    report.row(goal, what, shown, f"{against} {median_of(b, 'per_second'):,.0f}/s",
               [x.per_second / y.per_second for x, y in zip(a, b)])
    return a, b
