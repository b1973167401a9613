"""Shoppers of one drop: each presses when its time has come, and goes on until it knows.

Told `queued`, a shopper looks how it stands; told that there is no such request (its place was
lost), or refused for now, or not answered at all, it presses again. A few never come back after an
answer that did not arrive: what became of their press stays open.
"""
import enum
import time

from fault.traffic import Operation

AGAIN_MS = (100, 350)  # between an answer that settles nothing and the next try
GIVE_UP_CHANCE = 0.1
KEY_CHANCE = 0.2
LOOK_BACK_CHANCE = 0.15
LOOK_WAIT_S = 1


class Stands(enum.Enum):
    WAITING = "undecided"
    ISSUED = "issued"
    SOLD_OUT = "sold out"
    GONE = "has given up"


class Drop:
    """One coupon event, its shoppers, and what they were told."""

    def __init__(self, event, history, chance):
        self.event = event
        self.history = history
        self.chance = chance  # only of the thread that runs the traffic
        self.shoppers = []
        self.places_lost = 0  # told a place, and later that there is no such request
        self.waits_lost = 0  # the same of a 202 without a place: nothing was said to be kept
        self.is_over = False  # nobody tries again
        self.last_looks = 0  # still to be answered

    def add_shopper(self, name):
        shopper = Shopper(self, name)
        self.shoppers.append(shopper)
        return shopper

    def look_once_more(self, traffic):
        """At rest, what became of those who do not know."""
        self.is_over = True
        for shopper in self.shoppers:
            if shopper.stands in (Stands.GONE, Stands.WAITING):
                self.last_looks += 1
                traffic.add(time.monotonic(), _LastLook(shopper))

    def undecided(self):
        return [shopper for shopper in self.shoppers if shopper.stands is Stands.WAITING]

    def pause(self):
        return time.monotonic() + self.chance.uniform(*AGAIN_MS) / 1000


class Shopper:
    def __init__(self, drop, name):
        self.drop = drop
        self.name = name
        self.stands = Stands.WAITING
        self.last = None  # what it was told, or "error" or "timeout"
        self.has_place = False  # as told last
        self.key = f"{name}-key" if drop.chance.random() < KEY_CHANCE else None

    def press(self, traffic, due):
        traffic.add(due, _Press(self))

    def look(self, traffic, due):
        traffic.add(due, _Look(self))

    def hears(self, traffic, operation, outcome):
        """Decides what to do next."""
        self.last = outcome
        if outcome in ("issued", "repeat", "sold_out"):
            was_waiting = self.stands is Stands.WAITING
            self.stands = Stands.SOLD_OUT if outcome == "sold_out" else Stands.ISSUED
            if was_waiting and self.drop.chance.random() < LOOK_BACK_CHANCE:
                (self.look if self.drop.chance.random() < 0.5 else self.press)(
                    traffic, self.drop.pause())
            return
        if self.stands is not Stands.WAITING or self.drop.is_over:
            return
        if outcome == "queued":
            self.look(traffic, time.monotonic())
        elif outcome == "none":
            self.press(traffic, self.drop.pause())
        elif outcome == "refused":
            self.press(traffic, self.drop.pause())
        elif self.drop.chance.random() < GIVE_UP_CHANCE:
            self.stands = Stands.GONE
        else:
            (self.look if isinstance(operation, _Look) else self.press)(traffic, self.drop.pause())


class _Asking(Operation):
    kind = None

    def __init__(self, shopper):
        self.shopper = shopper
        drop = shopper.drop
        self.path = f"/v1/coupon-events/{drop.event}/requests"
        self.asked = {"user": shopper.name, "event": drop.event}
        if self.kind:
            self.asked["kind"] = self.kind

    def failed(self, traffic, when, how):
        self.write(when, how)
        self.shopper.hears(traffic, self, how)

    def answered(self, traffic, when, answer):
        outcome, fields = _outcome_of(answer)
        shopper = self.shopper
        if outcome == "none" and shopper.last == "queued":
            shopper.drop.places_lost += shopper.has_place
            shopper.drop.waits_lost += not shopper.has_place
        shopper.has_place = "position" in fields
        self.write(when, outcome, **fields)
        shopper.hears(traffic, self, outcome)

    def write(self, when, outcome, **fields):
        self.shopper.drop.history.add(*when, **self.asked, outcome=outcome,
                                      server=self.server_that_answered, **fields)


class _Press(_Asking):
    method = "POST"

    def __init__(self, shopper):
        super().__init__(shopper)
        self.body = {"user_id": shopper.name}
        # A key keeps the first answer, so that only the first press of a shopper has one.
        if shopper.key and shopper.last in (None, "error", "timeout"):
            self.headers = {"Idempotency-Key": shopper.key}
            self.asked["key"] = shopper.key


class _Look(_Asking):
    kind = "query"

    def __init__(self, shopper):
        super().__init__(shopper)
        self.path += f"/{shopper.name}?wait={LOOK_WAIT_S}"


class _LastLook(_Look):
    """Repeated until it is answered."""

    def __init__(self, shopper):
        super().__init__(shopper)
        self.path = self.path.partition("?")[0]

    def failed(self, traffic, when, how):
        super().failed(traffic, when, how)
        traffic.add(self.shopper.drop.pause(), self)

    def answered(self, traffic, when, answer):
        super().answered(traffic, when, answer)
        if answer.status == 200:
            self.shopper.drop.last_looks -= 1
        else:
            traffic.add(self.shopper.drop.pause(), self)


def _outcome_of(answer):
    """The word of docs/history.md for an answer, and the fields that go with it."""
    body = answer.body
    state = body.get("state")
    if answer.status in (200, 201) and state == "issued":
        coupon = {"coupon_id": body["coupon_id"], "issue_no": body["issue_no"]}
        return ("repeat" if body.get("repeat") else "issued"), coupon
    if answer.status == 200 and state in ("sold_out", "none"):
        return state, {}
    if answer.status in (200, 202) and state == "queued":
        place = body.get("position")
        return "queued", {} if place is None else {"position": place}
    if answer.code:
        return "refused", {"code": answer.code}
    return "error", {"code": f"status {answer.status}"}
