"""Waiting for a condition with a deadline, and randomness that can be repeated.

No test waits for a fixed time: it waits until something holds, and says what did not.
"""
import os
import random
import sys
import threading
import time

# Deadlines are generous, so that a slow machine or a sanitizer changes nothing but the time.
DEADLINE = 30.0
_pause = threading.Event()  # never set: its wait is a pause between two looks


def wait_until(condition, what, deadline=DEADLINE, interval=0.01):
    """Gives the first true value of condition(); fails with `what` after `deadline` seconds."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline:g} s: {what} (last: {value!r})")
        _pause.wait(interval)


def stays(condition, what, duration):
    """Fails as soon as condition() does not hold within `duration` seconds."""
    end = time.monotonic() + duration
    while time.monotonic() < end:
        assert condition(), f"did not hold for {duration:g} s: {what}"
        _pause.wait(0.02)


def seeded_random(name):
    """A generator whose seed is printed, and taken from RUSHLINE_TEST_SEED when that is set."""
    seed = int(os.environ.get("RUSHLINE_TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"{name}: RUSHLINE_TEST_SEED={seed}", file=sys.stderr, flush=True)
    return random.Random(seed)
