"""The list of everything that can be measured; sections enter their functions here."""

import dataclasses
from collections.abc import Callable

from harness.programs import CannotRun
from harness.stage import Stage


@dataclasses.dataclass(frozen=True)
class Measurement:
    section: str
    name: str
    goals: tuple
    measure: Callable

    def run(self, options, report):
        try:
            with Stage(options) as stage:
                self.measure(stage, report)
        except CannotRun as why:
            report.could_not_run(self, str(why))


MEASUREMENTS = []


def measures(*goals):
    """Enters a function (stage, report) that measures these goals, named by their numbers."""
    def enter(function):
        MEASUREMENTS.append(Measurement(function.__module__.rsplit(".", 1)[1],
                                        function.__name__.replace("_", " "), goals, function))
        return function
    return enter
