"""What one drop is like and what happens to it: a pure function of a seed.

Nothing here looks at the machine: a fault that is not possible on it is planned all the same, and
skipped when its time comes.
"""
import random
from dataclasses import dataclass, field

from fault.catalogue import ACKS, CATALOGUE, possible_in

# What each kind of world has when everything is allowed on the machine.
PARTS = {
    "embedded": ("server", "database disk", "server clock"),
    "distributed": ("server", "servers", "redis", "postgres", "redis link", "postgres link",
                    "redis disk", "postgres disk", "server clock", "postgres clock"),
    "network": ("server", "servers", "redis", "postgres", "network"),
}
WORLD_WEIGHTS = {"embedded": 2, "distributed": 6, "network": 2}
STEPS = (7, 12)
STEP_GAP_S = (0.1, 0.55)  # between the beginnings of two faults
CALM_S = (0.4, 0.8)  # before the first and after the last
ALONE_CHANCE = 0.03
MEASURED_CHANCE = 0.3  # a death of Redis has nothing else around it, so that L2 can be measured
MEASURED_ALONE_S = (1.1, 1.7)  # before and after


@dataclass(frozen=True)
class Step:
    at: float  # seconds after the drop began
    seconds: float  # until it is healed
    fault: str
    target: int
    everywhere: bool
    amount: float
    pick: int

    def __str__(self):
        where = "everywhere" if self.everywhere else f"at {self.target}"
        return (f"{self.at:5.2f} s  {self.fault} {where} for {self.seconds:.2f} s"
                f" ({self.amount:.2f}, {self.pick})")


@dataclass(frozen=True)
class Plan:
    seed: int
    world: str
    ack: str
    quantity: int
    shoppers: int
    seconds: float  # during which shoppers come
    raise_at: float | None  # the quantity is raised by half then
    pause_at: float | None  # paused for a moment
    steps: tuple = field(default_factory=tuple)

    def __str__(self):
        head = (f"seed {self.seed}: {self.world}, ack {self.ack}, {self.shoppers} shoppers in "
                f"{self.seconds:.1f} s for {self.quantity} coupons")
        for what, moment in (("raised", self.raise_at), ("paused", self.pause_at)):
            if moment is not None:
                head += f", {what} at {moment:.1f} s"
        return "\n".join([head, *(f"  {step}" for step in self.steps)])


def plan_of(seed, world=None, fault=None):
    """`world` and `fault` narrow the choice down: the plan is a function of all three."""
    chance = random.Random(f"{seed} {world} {fault}")
    worlds = [name for name in PARTS
              if fault is None or CATALOGUE[fault] in possible_in(PARTS[name])]
    world = world or chance.choices(worlds, [WORLD_WEIGHTS[name] for name in worlds])[0]
    steps = _steps(chance, world, fault)
    seconds = max(step.at + step.seconds for step in steps) + chance.uniform(*CALM_S)
    shoppers = int(seconds * chance.randint(60, 140))
    return Plan(
        seed=seed, world=world, ack=chance.choice(ACKS),
        quantity=max(1, int(shoppers * chance.uniform(0.3, 1.2))), shoppers=shoppers,
        seconds=seconds,
        raise_at=chance.uniform(0.3, 0.9) * seconds if chance.random() < 0.25 else None,
        pause_at=chance.uniform(0.1, 0.9) * seconds if chance.random() < 0.15 else None,
        steps=steps)


def _steps(chance, world, fault):
    possible = possible_in(PARTS[world])
    alone = [each for each in possible if each.is_alone]
    together = [each for each in possible if not each.is_alone]
    if fault:
        alone = together = [CATALOGUE[fault]]
    if CATALOGUE[fault].is_alone if fault else chance.random() < ALONE_CHANCE:
        return (_step(chance, chance.choice(alone), chance.uniform(*CALM_S) + 0.3),)
    steps, busy, at = [], {}, chance.uniform(*CALM_S)
    for _ in range(chance.randint(*STEPS)):
        free = [each for each in together if busy.get(each.touches, 0.0) <= at]
        if free:
            chosen = chance.choices(free, [each.weight for each in free])[0]
            is_measured = chosen.kills_redis and chance.random() < MEASURED_CHANCE
            if is_measured:
                at = max([at, *busy.values()]) + MEASURED_ALONE_S[0]
            step = _step(chance, chosen, at)
            if is_measured:
                at += MEASURED_ALONE_S[1]
            busy[chosen.touches] = at + step.seconds + 0.1
            steps.append(step)
        at += chance.uniform(*STEP_GAP_S)
    return tuple(steps)


def _step(chance, fault, at):
    return Step(at=round(at, 3), seconds=round(chance.uniform(*fault.seconds), 3),
                fault=fault.name, target=chance.randrange(2), everywhere=chance.random() < 0.3,
                amount=round(chance.random(), 3), pick=chance.randrange(60))
