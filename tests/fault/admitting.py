"""How soon verdicts come again after Redis died (L2), as shoppers saw it."""
from dataclasses import dataclass

ADMITS_AGAIN_US = 1_000_000
WATCHED_US = 1_500_000
VERDICTS = ("issued", "repeat", "sold_out")


@dataclass
class Admitting:
    """One death of Redis, with nothing else broken around it."""
    fault: str
    again_us: list  # per server: from the death to the first verdict on a press made after it
    slowest_us: int  # of all presses made within a second of the death

    @property
    def is_broken(self):
        return any(us is None or us > ADMITS_AGAIN_US for us in self.again_us)

    def __str__(self):
        times = ", ".join("never" if us is None else f"{us / 1000:.0f} ms" for us in self.again_us)
        return f"after {self.fault}, verdicts came again after {times} (server by server)"


def measure_admitting(staged, history, servers):
    """Of each death of Redis that nothing else disturbs."""
    measured = []
    for death in staged:
        if not death.fault.kills_redis:
            continue
        until_us = death.begin_us + WATCHED_US
        if any(other is not death and other.begin_us < until_us
               and other.end_us > death.begin_us - ADMITS_AGAIN_US for other in staged):
            continue
        asked = [line for line in history.requests()
                 if death.begun_us <= line["invoke_us"] < until_us]
        again = [_first_verdict(asked, server, death.begin_us) for server in range(servers)]
        if len(asked) < 10 * servers:
            continue  # the drop was over
        slowest = max((line.get("complete_us", until_us) - line["invoke_us"] for line in asked),
                      default=0)
        measured.append(Admitting(death.step.fault, again, slowest))
    return measured


def _first_verdict(asked, server, since_us):
    times = [line["complete_us"] for line in asked
             if line["server"] == server and line["outcome"] in VERDICTS]
    return min(times) - since_us if times else None
