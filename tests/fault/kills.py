"""Redis killed under load again and again: how soon verdicts come, and how soon it is used."""
import threading
import time

from fault.drop_round import Round
from fault.plan import Plan, Step
from fault.tally import summary
from fault.world import DistributedWorld

KILLED_AT_S = 5.5  # the line has lasted long enough to be trusted again soon
AWAY_S = 0.5
SECONDS = 13.0  # back after five healthy seconds, when somebody presses
SHOPPERS_PER_SECOND = 120
LOOK_S = 0.05


def _plan(number):
    shoppers = int(SECONDS * SHOPPERS_PER_SECOND)
    return Plan(seed=number, world="distributed", ack="verdict", quantity=shoppers + 1,
                shoppers=shoppers, seconds=SECONDS, raise_at=None, pause_at=None,
                steps=(Step(KILLED_AT_S, AWAY_S, "redis-killed", 0, False, 0.0, 0),))


class _Watch:
    """When the event went through the line again, after it had left it."""

    def __init__(self, world):
        self.world = world
        self.event = None
        self.is_over = threading.Event()
        self.seen = []  # (moment, mode)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.is_over.wait(LOOK_S):
            mode = self.world.postgres.psql(
                "shop1", f"SELECT mode FROM rushline.coupon_events WHERE event_id = {self.event}")
            self.seen.append((time.monotonic(), mode.strip()))

    def back_after(self, moment):
        modes = [(at, mode) for at, mode in self.seen if at >= moment]
        left = next((at for at, mode in modes if mode == "direct"), None)
        if left is None:
            return None
        return next((at - moment for at, mode in modes if at > left and mode == "redis"), None)


def measure_kills(count, folder):
    """Gives the figures as they stand in the result, and what broke."""
    world = DistributedWorld().start()
    again, back, slowest, broken = [], [], [], []
    try:
        for number in range(1, count + 1):
            run = Round(world, _plan(number), folder)
            watch = _Watch(world)
            run.when_begun = lambda event, watch=watch: _begin(watch, event)
            result = run.run()
            watch.is_over.set()
            watch.thread.join()
            broken += [f"kill {number}: {promise}: {what}" for promise, what in result.violations]
            for death in result.admitting:
                again += [us / 1000 for us in death.again_us if us is not None]
                slowest.append(death.slowest_us / 1000)
            returned = watch.back_after(run.origin + KILLED_AT_S)
            if returned is None:
                broken.append(f"kill {number}: the drop did not go back to the line")
            else:
                back.append(returned)
            print(f"kill {number}: {'; '.join(map(str, result.admitting))}; back in the line "
                  f"after {'never' if returned is None else f'{returned:.1f} s'}", flush=True)
    finally:
        world.end()
    return {"kills": count, "again_ms": summary(again), "slowest_ms": summary(slowest),
            "back_s": summary(back)}, broken


def _begin(watch, event):
    watch.event = event
    watch.thread.start()
