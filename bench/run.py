#!/usr/bin/python3
"""Measures Rushline against the limits of the machine that it runs on, and against its peers.

Every figure is a ratio within one run: the two sides take turns, round by round, and the median of
the rounds' ratios is printed with its range, because a shared machine moves by a third from hour to
hour. What is divided by stands in bench/limits and bench/peers; what is measured in bench/sections;
the goals in bench/harness/goals.py. Called by script/bench, which builds everything.

Exit 1 when something could not be measured; a goal that was missed is told, and is no failure.
"""

import argparse
import importlib
import os
import pathlib
import re
import signal
import statistics
import sys
import tempfile
import time

from harness.goals import NUMBERS
from harness.measures import MEASUREMENTS
from harness.report import Report
from harness.stage import ROOT

SECTIONS = ("front_end", "verdicts", "lists", "purchases", "waiting_room", "distributed_verdicts",
            "overload", "slow_clients", "distributed_lists", "commit_to_list", "rebuild", "costs")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], metavar="SECTION",
                        help=f"which sections, default all: {' '.join(SECTIONS)}")
    parser.add_argument("--only", metavar="GOALS", help="such as P4,P5: what bears on these goals")
    parser.add_argument("--list", action="store_true", help="tells what would be measured, no more")
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds (default 5)")
    parser.add_argument("--seconds", type=int, default=2, help="of each run (default 2)")
    parser.add_argument("--products", type=int, default=1_000_000,
                        help="in the large catalogue (default 1,000,000)")
    parser.add_argument("--folder", default=None, help="where databases lie (default: TMPDIR)")
    parser.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path)
    parser.add_argument("--json", help="also write the rows there")
    options = parser.parse_args()
    options.goals = options.only.upper().split(",") if options.only else NUMBERS
    if unknown := sorted(set(options.goals) - set(NUMBERS)):
        parser.error(f"there is no goal {', '.join(unknown)}; there are {', '.join(NUMBERS)}")
    options.rushline = str(options.build / "rushline")
    for name in ("raw_http", "raw_sqlite", "raw_postgres", "raw_redis"):
        setattr(options, name, str(options.build / "bench" / name))
    options.board_bench = str(options.build / "src/adapters/embedded/embedded_bench")
    return options


def describe_machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} cores, {cpu[1] if cpu else 'unknown CPU'}"


def describe_disk(options):
    """Every durable figure hangs on this; it differs by tens between machines, and by the hour."""
    with tempfile.NamedTemporaryFile(dir=options.folder) as file:
        times = []
        for _ in range(50):
            os.pwrite(file.fileno(), bytes(8192), 0)
            begun = time.monotonic()
            os.fdatasync(file.fileno())
            times.append((time.monotonic() - begun) * 1000)
    return (f"fdatasync of 8 kB {statistics.median(times):.2f} ms "
            f"[{min(times):.2f}-{max(times):.2f}]")


def end_by_signal(number, _frame):
    sys.exit(128 + number)  # stops what was started on the way out


def main():
    options = read_options()
    for section in SECTIONS:
        importlib.import_module(f"sections.{section}")
    chosen = [measurement for section in options.sections or SECTIONS
              for measurement in MEASUREMENTS
              if measurement.section == section and set(measurement.goals) & set(options.goals)]
    if options.list:
        for measurement in chosen:
            print(f"{measurement.section:<22} {', '.join(measurement.goals):<10} "
                  f"{measurement.name}")
        return 0
    signal.signal(signal.SIGTERM, end_by_signal)
    machine = f"{describe_machine()}; {describe_disk(options)}"
    print(f"{machine}; {options.rounds} alternating rounds of {options.seconds} s; generator, "
          "server, stores and limits on the same cores\n")
    report = Report(options, machine)
    try:
        while chosen:
            chosen[0].run(options, report)
            del chosen[0]
    finally:
        for measurement in chosen:
            report.could_not_run(measurement, "the bench was ended before it was through")
        report.finish()
    return 1 if report.not_run else 0


if __name__ == "__main__":
    sys.exit(main())
