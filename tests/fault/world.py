"""What a drop runs in: servers and what they stand on, with the tools that make each of it fail.

A world is started once and serves many drops. What it has decides which faults are possible in it
(`offers`); its faults find the parts by name (`links`, `disks`, `clocks`, `network`). Another kind
of world (Redis behind Sentinels, a cluster) is another class in WORLDS.
"""
import datetime
import json
import pathlib
import shutil
import tempfile

from fault import clock, disk, network
from fault.links import Word
from fault.postgres_wire import Statement
from fault.processes import Postgres, Redis, Server
from fault.proxy import Proxy
from fault.shop import Books
from support import postgres, redis
from support import server as child
from support.client import Connection, ConnectionEnded
from support.waiting import DEADLINE, wait_until

PRODUCTS = [f"product-{number:02}" for number in range(40)]
STOCK = 1_000_000_000
LINE_WORDS = ("admit", "take", "trim", "install")
REDIS_SETTINGS = ("--auto-aof-rewrite-percentage", "0")  # its file can be copied at any moment
SERVER_FLAGS = ("--orders-unpaid-minutes", "43200", "--log-level", "info")


def noon_zone():
    """A time zone in which it is noon now: a clock that is off by hours stays on this day."""
    hours = datetime.datetime.now(datetime.timezone.utc).hour - 12
    return f"Etc/GMT{hours:+d}" if hours else "Etc/GMT"


def today_at_noon():
    return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(
        hours=datetime.datetime.now(datetime.timezone.utc).hour - 12)


class World:
    name = None
    servers_count = 1

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-world-"))
        self.folder.chmod(0o755)
        self.servers = []
        self.redis = None
        self.postgres = None
        self.database = None  # its URL, without a link between
        self.links = {}  # (server number, "redis" or "postgres") → Proxy
        self.disks = {}  # "database", "redis" → Disk
        self.clocks = {}  # "server", "redis", "postgres" → Clock
        self.network = None
        self.bearer = None
        self.lacks = []  # why some faults are not possible here
        self.flags = [*SERVER_FLAGS, "--shop-time-zone", noon_zone()]
        self.books = Books(today_at_noon().date().isoformat())
        self.carried = []  # lines of sales and orders of all rounds so far
        self.rounds = 0

    @classmethod
    def why_none(cls):
        """Why it cannot be started here; nothing when it can."""
        return None

    def start(self):
        try:
            self._start()
            for product in PRODUCTS:
                self._ask("POST", "/v1/products", {"product_id": product, "name": product.title(),
                                                   "price": 1000, "stock": STOCK})
            wait_until(self.is_well, f"the {self.name} world is well")
        except BaseException:
            self.end()
            raise
        return self

    def _start(self):
        raise NotImplementedError

    def end(self):
        for server in self.servers:
            server.kill()
        for part in (*self.links.values(), self.redis, self.postgres, *self.disks.values(),
                     self.network):
            if part is not None:
                part.end()
        clock.forget_the_dead()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What faults ask for.

    @property
    def offers(self):
        parts = {"server"}
        if self.servers_count > 1:
            parts.add("servers")
        parts |= {word for word, part in (("redis", self.redis), ("postgres", self.postgres),
                                          ("network", self.network)) if part is not None}
        parts |= {f"{kind} link" for _, kind in self.links}
        parts |= {f"{kind} disk" for kind in self.disks}
        parts |= {f"{kind} clock" for kind in self.clocks}
        return parts

    def server(self, number):
        return self.servers[number % len(self.servers)]

    def link(self, number, kind):
        return self.links[number % len(self.servers), kind]

    def heal(self):
        """Brings back whatever is still broken, in the order in which it depends on each other."""
        if self.network is not None:
            self.network.heal()
        for part in (*self.links.values(), *self.disks.values(), *self.clocks.values()):
            part.heal()
        for part in (self.postgres, self.redis):
            if part is not None:
                if part.process.poll() is None:
                    part.thaw()
                part.start()
        for server in self.servers:
            if server.is_running():
                server.thaw()
            else:
                server.kill()
                server.start()

    # Looking at it.

    def addresses(self):
        return [server.address for server in self.servers]

    def _ask(self, method, path, body=None, server=0, timeout=DEADLINE):
        with Connection(self.servers[server].address, bearer=self.bearer,
                        timeout=timeout) as connection:
            return connection.request(method, path, body)

    def ask(self, method, path, body=None, server=0, timeout=DEADLINE):
        """An answer; nothing when there is none."""
        try:
            return self._ask(method, path, body, server, timeout)
        except (OSError, ConnectionEnded):
            return None

    def is_well(self):
        """Every server runs, reaches everything, and says so. Events of earlier rounds may still
        be on their way back to their lines."""
        for number in range(len(self.servers)):
            answer = self.ask("GET", "/v1/status", server=number, timeout=5)
            if answer is None or answer.status != 200:
                return False
            if {one["code"] for one in answer.json()["findings"]} - {"direct_mode"}:
                return False
        return True

    def make_event(self, quantity, ack):
        """An open event that goes through the line if there is one; its id and the way it goes."""
        answer = self._ask("POST", "/v1/coupon-events", {
            "name": "Drop", "quantity": quantity, "ack": ack,
            "discount": {"type": "fixed", "value": 100}})
        assert answer.status == 201, answer
        event = answer.json()["coupon_event_id"]
        if self.redis is None:
            return event, "direct"
        key = f"coupon-events:{{{event}}}"
        try:
            wait_until(lambda: self.redis.command("EXISTS", key) == b":1", "the line", 2)
        except AssertionError:
            return event, "direct"
        return event, "line"

    def verify(self, *histories):
        """What `rushline verify` says: its checks."""
        words = [word for path in histories for word in ("--history", path)]
        done = child.run("verify", "--database", self.database, *words, "-o", "json",
                         folder=self.folder, deadline=120)
        if done.returncode not in (0, 6):
            raise AssertionError(f"verify ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)["checks"]

    # Parts that several worlds have.

    def _add_disk(self, kind, mebibytes):
        """The folder for its data: on a small disk where that can be had."""
        why_none = disk.why_none()
        if why_none:
            self.lacks.append(why_none)
            folder = self.folder / f"{kind}-data"
            folder.mkdir(mode=0o755)
            return folder
        self.disks[kind] = disk.Disk(mebibytes)
        return self.disks[kind].folder

    def _add_clock(self, kind):
        why_none = clock.why_none()
        if why_none:
            if why_none not in self.lacks:
                self.lacks.append(why_none)
            return {}
        self.clocks[kind] = clock.Clock(self.folder, kind)
        return self.clocks[kind].environment

    def _add_server(self, database, flags=(), **options):
        folder = self.folder / f"server-{len(self.servers)}"
        folder.mkdir()
        server = Server(folder, flags=[*self.flags, *flags],
                        environment=self.server_clock, **options)
        server.database = database
        self.servers.append(server)
        server.start()

    @property
    def server_clock(self):
        """All servers of a world have one clock: that of a machine whose time is set."""
        return self.clocks["server"].environment if "server" in self.clocks else {}


class EmbeddedWorld(World):
    """One server with everything inside, its database on a small disk."""
    name = "embedded"

    def _start(self):
        self._add_clock("server")
        data = self._add_disk("database", 96)
        self.database = f"sqlite:{data}/rushline.db"
        self._add_server(self.database)


class DistributedWorld(World):
    """Two servers over PostgreSQL and Redis, each reached through a link of its own."""
    name = "distributed"
    servers_count = 2

    @classmethod
    def why_none(cls):
        return postgres.why_none() or redis.why_none()

    def _start(self):
        self._add_clock("server")
        self.postgres = Postgres(
            "max_wal_size=64MB", "min_wal_size=32MB", "log_checkpoints=off",
            parent=self._add_disk("postgres", 512), environment=self._child_clock("postgres"))
        # libfaketime and the allocator of Redis wait for each other: its clock stays true.
        self.redis = Redis(*REDIS_SETTINGS, parent=self._add_disk("redis", 96))
        self.database = self.postgres.url
        for number in range(self.servers_count):
            self._link(number, "postgres", self.postgres.port,
                       {"COMMIT": lambda: Statement(b"COMMIT")})
            self._link(number, "redis", self.redis.port,
                       {word: _word_of(word) for word in LINE_WORDS})
            database = self.database.replace(f":{self.postgres.port}/",
                                             f":{self.links[number, 'postgres'].port}/")
            self._add_server(database, ("--redis", "redis://127.0.0.1:"
                                        f"{self.links[number, 'redis'].port}/0"))

    def _child_clock(self, kind):
        return child.clean_environment(self._add_clock(kind))

    def _link(self, number, kind, port, watches):
        self.links[number, kind] = Proxy(("127.0.0.1", port), watches)


def _word_of(word):
    return lambda: Word(f"rushline_{word}".encode())


class NetworkWorld(World):
    """The same on a network of our own: every server a host, Redis and PostgreSQL addresses."""
    name = "network"
    servers_count = 2

    @classmethod
    def why_none(cls):
        return postgres.why_none() or redis.why_none() or network.why_none()

    def _start(self):
        self.network = network.Network(self.servers_count)
        self.redis_address = self.network.add_service(1)
        self.postgres_address = self.network.add_service(2)
        access = self.folder / "pg_hba.conf"
        access.write_text("local all all trust\nhost all all 0.0.0.0/0 trust\n", encoding="ascii")
        self.postgres = Postgres(f"hba_file={access}", address=self.postgres_address)
        self.redis = Redis(*REDIS_SETTINGS, "--protected-mode", "no", address=self.redis_address)
        self.database = self.postgres.url
        keys = self.folder / "keys"
        done = child.run("key", "create", "faults", "--scopes", "shop,admin", "--keys", keys,
                         "-o", "json", folder=self.folder)
        self.bearer = json.loads(done.stdout)["key"]
        for number in range(self.servers_count):
            self._add_server(self.database, ("--redis", self.redis.url, "--keys", str(keys)),
                             host=self.network.host(number), prefix=self.network.prefix(number))


WORLDS = {world.name: world for world in (EmbeddedWorld, DistributedWorld, NetworkWorld)}
