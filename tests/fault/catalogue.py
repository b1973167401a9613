"""Every fault that is staged: what it is, where it is possible, and what must outlive it.

Each keeps all of PROMISES but those that it may break, whatever the event's `ack`. What is lost
there is counted, never taken for a broken promise.
"""
from dataclasses import dataclass, field

from fault import faults

PROMISES = {
    "S1": "coupons issued for an event never exceed its quantity",
    "S2": "a user gets at most one coupon per event",
    "S3": "a coupon is issued only to a user who asked for it",
    "S4": "a verdict, once told, never changes in its round",
    "S5": "told before asked: the lower number, and nobody wins after a refusal",
    "S6": "sold out only when the whole quantity is committed; at rest everybody is decided",
    "S7": "the same key gives the same answer; one order per key",
    "S8": "at rest, every score equals the sum of committed purchases of its day",
    "S9": "a list is one consistent state; a server never shows an older one after a newer",
    "L1": "decided within 10 s after the fault is healed",
    "L2": "when Redis dies, drops admit again within 1 s",
}
ACKS = ("verdict", "queued")
EVERYTHING = tuple(promise for promise in PROMISES if promise != "L2")


@dataclass(frozen=True)
class Fault:
    name: str
    component: str
    what: str
    begin: object  # (world, step) → what heals it; nothing: it is not staged here
    needs: tuple  # of World.offers
    touches: str = ""  # two faults of one part are not staged at one time
    seconds: tuple = (0.1, 1.0)
    kills_redis: bool = False  # so that L2 is measured
    loses_places: bool = False  # whoever was told a place may have to press again
    may_break: tuple = ()  # promises that are not kept
    why: str = ""  # they are not, or it is not staged
    is_alone: bool = False  # nothing else is staged beside it
    weight: int = 2  # how often it is chosen
    promises: tuple = field(init=False)

    def __post_init__(self):
        kept = tuple(p for p in EVERYTHING if p not in self.may_break)
        object.__setattr__(self, "promises", kept + (("L2",) if self.kills_redis else ()))


_PROCESS_FAULTS = [
    Fault("server-killed", "server", "one server gets SIGKILL and is started again",
          faults.kill_server, ("server",), "server", weight=4),
    Fault("servers-killed", "server", "every server gets SIGKILL at the same moment",
          faults.kill_all_servers, ("servers",), "server", (0.0, 0.4)),
    Fault("server-ended", "server", "one server gets SIGTERM, drains and is started again",
          faults.end_server, ("server",), "server", (0.0, 0.5)),
    Fault("server-frozen", "server", "one server gets SIGSTOP, later SIGCONT",
          faults.freeze_server, ("server",), "server", (0.1, 1.5)),
    Fault("redis-killed", "Redis", "SIGKILL; it comes back with its file",
          faults.kill_redis, ("redis",), "redis", kills_redis=True, loses_places=True, weight=5),
    Fault("redis-emptied", "Redis", "SIGKILL; it comes back with nothing",
          faults.kill_and_empty_redis, ("redis",), "redis", kills_redis=True, loses_places=True,
          weight=3),
    Fault("redis-ended", "Redis", "SIGTERM; it comes back with its file",
          faults.end_redis, ("redis",), "redis", kills_redis=True, loses_places=True),
    Fault("redis-frozen", "Redis", "SIGSTOP, later SIGCONT",
          faults.freeze_redis, ("redis",), "redis", (0.1, 1.5), loses_places=True, weight=3),
    Fault("redis-wiped", "Redis", "FLUSHALL",
          faults.wipe_redis, ("redis",), "redis", (0.0, 0.0), loses_places=True, weight=3),
    Fault("redis-older", "Redis", "it comes back with what it held a moment before",
          faults.take_redis_back, ("redis",), "redis", loses_places=True, weight=3),
    Fault("postgres-killed", "PostgreSQL", "all its processes get SIGKILL; it recovers",
          faults.kill_postgres, ("postgres",), "postgres", (0.0, 0.5), loses_places=True),
    Fault("postgres-restarted", "PostgreSQL", "a restart that ends every session",
          faults.restart_postgres, ("postgres",), "postgres", (0.0, 0.3), loses_places=True),
    Fault("postgres-frozen", "PostgreSQL", "all its processes get SIGSTOP, later SIGCONT",
          faults.freeze_postgres, ("postgres",), "postgres", (0.1, 1.5), loses_places=True),
    Fault("postgres-sessions-ended", "PostgreSQL", "every session is terminated",
          faults.end_sessions, ("postgres",), "postgres", (0.0, 0.0), loses_places=True),
    Fault("postgres-lock-stuck", "PostgreSQL", "somebody else holds the lock of every event's row",
          faults.hold_a_lock, ("postgres",), "postgres", (0.2, 1.5), loses_places=True),
]

_LINK_FAULTS = [
    ("delayed", "everything takes up to 0.4 s longer, in one direction or both", faults.delay,
     (0.2, 1.0)),
    ("held", "every packet is lost for a while, in both directions", faults.hold, (0.1, 1.5)),
    ("requests-held", "no request arrives for a while", faults.hold_requests, (0.1, 1.0)),
    ("replies-held", "requests arrive, no reply comes back for a while", faults.hold_replies,
     (0.1, 1.0)),
    ("vanished", "the peer is gone without a FIN: old connections stay silent for ever",
     faults.vanish, (0.1, 1.0)),
    ("reset", "every connection is reset", faults.reset, (0.0, 0.0)),
    ("refused", "every connection is reset, and new ones are refused", faults.refuse, (0.1, 1.0)),
    ("throttled", "few bytes pass in a second", faults.throttle, (0.2, 1.0)),
    ("request-lost", "cut before a request of a certain word (COMMIT, admit, take, …) arrives",
     faults.lose_request, (0.3, 0.6)),
    ("request-torn", "cut in the middle of such a request", faults.tear_request, (0.3, 0.6)),
    ("reply-lost", "such a request is carried out, its reply is lost with the connection",
     faults.lose_reply, (0.3, 0.6)),
    ("reply-torn", "cut in the middle of the reply to such a request", faults.tear_reply,
     (0.3, 0.6)),
]

_NETWORK_FAULTS = [
    Fault(f"{kind}-link-{name}", "network", f"between a server and {title}: {what}",
          faults.on_links(kind, change), (f"{kind} link",), f"{kind} link", seconds,
          loses_places=True, weight=3 if name == "reply-lost" else 1)
    for kind, title in (("redis", "Redis"), ("postgres", "PostgreSQL"))
    for name, what, change, seconds in _LINK_FAULTS
] + [
    Fault(f"{kind}-packets-{name}", "network", f"between a server's host and {title}: {what}",
          faults.partition(kind, **ways), ("network", kind), f"{kind} packets", (0.2, 1.5),
          loses_places=True)
    for kind, title in (("redis", "Redis"), ("postgres", "PostgreSQL"))
    for name, what, ways in (
        ("lost", "every packet is lost in silence", {}),
        ("requests-lost", "packets to it are lost", {"replies": False}),
        ("replies-lost", "packets from it are lost", {"requests": False}))
] + [
    Fault("server-unplugged", "network", "a server's host loses its cable", faults.unplug,
          ("network", "servers"), "server", (0.2, 1.5), loses_places=True),
]

_DISK_FAULTS = [
    Fault(f"{kind}-disk-full", "disk", f"not one byte is left on the disk of {title}",
          faults.fill_disk(kind), (f"{kind} disk",), process, (0.2, 1.2),
          loses_places=kind != "database", weight=weight)
    for kind, title, process, weight in (("database", "the embedded database", "server", 6),
                                         ("postgres", "PostgreSQL", "postgres", 2),
                                         ("redis", "Redis", "redis", 2))
]

_CLOCK_FAULTS = [
    Fault(f"{kind}-clock-{way}", "clock", f"the wall clock of {title} jumps {how}, and back again",
          faults.shift_clock(kind, sign), (f"{kind} clock",), f"{kind} clock", (1.1, 2.0))
    for kind, title in (("server", "every server"), ("postgres", "PostgreSQL"))
    for way, how, sign in (("ahead", "ahead by up to 83 min", 1),
                           ("behind", "back by up to 83 min", -1))
]

_RESTS_ON_THE_DATABASE = ("S2", "S4", "S5", "S6", "S7", "S8", "S9", "L1")
_UNPROMISED = [
    Fault("database-older", "disk", "the database's disk is lost, and a copy of a moment before "
          "takes its place", faults.take_database_back, ("server",), "database", (0.5, 1.0),
          may_break=_RESTS_ON_THE_DATABASE, loses_places=True, is_alone=True, weight=1,
          why="what was committed is gone, and servers that know newer states of a drop do not go "
              "on with it until they are started again"),
    Fault("standby-promoted", "PostgreSQL", "an asynchronous standby is promoted that had not "
          "received the last commits", None, (), "postgres", loses_places=True,
          may_break=_RESTS_ON_THE_DATABASE,
          why="told verdicts that it had not received are gone, as in database-older, which stages "
              "the same loss; a synchronous standby loses nothing"),
]

CATALOGUE = {fault.name: fault for fault in (
    *_PROCESS_FAULTS, *_NETWORK_FAULTS, *_DISK_FAULTS, *_CLOCK_FAULTS, *_UNPROMISED)}


def possible_in(offers):
    """What can be chosen in a world, by its parts, in the order of the catalogue."""
    return [fault for fault in CATALOGUE.values()
            if fault.begin and set(fault.needs) <= set(offers)]
