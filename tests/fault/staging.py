"""Carries out the steps of a plan while a drop runs, each in a thread of its own."""
import threading
import time
import traceback

from fault.catalogue import CATALOGUE
from fault.history import now_us


class Staged:
    """A step that was carried out, and when, in microseconds of the histories' clock."""

    def __init__(self, step):
        self.step = step
        self.fault = CATALOGUE[step.fault]
        self.begin_us = None
        self.begun_us = None
        self.end_us = None
        self.error = None  # what went wrong in healing it; the world is healed as a whole then
        self.has_happened = True


class Staging:
    def __init__(self, world, steps):
        self.world = world
        self.skipped = []
        self.staged = []
        self.threads = []
        for step in steps:
            if set(CATALOGUE[step.fault].needs) <= world.offers:
                self.staged.append(Staged(step))
            else:
                self.skipped.append(step.fault)
        self.over = threading.Event()  # never set: its wait is a pause

    def start(self):
        origin = time.monotonic()
        for staged in self.staged:
            thread = threading.Thread(target=self._carry_out, args=(staged, origin), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _carry_out(self, staged, origin):
        step = staged.step
        self.over.wait(max(0.0, origin + step.at - time.monotonic()))
        cuts = self._cuts()
        staged.begin_us = now_us()
        try:
            heal = staged.fault.begin(self.world, step)
            staged.begun_us = now_us()
            self.over.wait(step.seconds)
            heal()
            staged.end_us = now_us()
        except Exception:  # a server that cannot start while its database is away, say
            staged.error = traceback.format_exc()
        if "link-re" in step.fault and ("lost" in step.fault or "torn" in step.fault):
            staged.has_happened = self._cuts() > cuts

    def _cuts(self):
        return sum(link.counts["cuts"] for link in self.world.links.values())

    def finish(self):
        """Waits for all of them, and brings back what is still broken."""
        for thread in self.threads:
            thread.join()
        self.world.heal()
        for staged in self.staged:
            if staged.end_us is None:
                staged.end_us = now_us()

    def write(self, history):
        for staged in self.staged:
            history.add(staged.begin_us, staged.end_us, kind="fault", what=staged.step.fault)
