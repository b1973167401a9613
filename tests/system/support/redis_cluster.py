"""A Redis Cluster for system tests: three primaries, replicas if wanted, free loopback ports."""
from support import redis
from support.postgres import free_port
from support.waiting import wait_until

PRIMARIES = 3
SLOTS = 16384


class Node(redis.Redis):
    """One of them."""

    def __init__(self, timeout_ms):
        self.bus_port = free_port()
        super().__init__("--cluster-enabled", "yes", "--cluster-port", str(self.bus_port),
                         "--cluster-node-timeout", str(timeout_ms),
                         "--cluster-require-full-coverage", "no",
                         "--cluster-allow-replica-migration", "no",
                         "--repl-diskless-sync-delay", "0")

    @property
    def id(self):
        return self.command("CLUSTER", "MYID").decode()

    def is_running(self):
        return self.process.poll() is None

    def replication_id(self):
        info = self.command("INFO", "replication").decode()
        return info.partition("master_replid:")[2].split("\r\n")[0]

    def own_slots(self):
        """Ranges of the slots that it holds, as it says itself; nothing when it is a replica."""
        for line in self.command("CLUSTER", "NODES").decode().splitlines():
            words = line.split()
            if "myself,master" in words[2]:
                ranges = [word.partition("-") for word in words[8:] if not word.startswith("[")]
                return [(int(first), int(last or first)) for first, _, last in ranges]
        return []


class Cluster:
    """Started when made: all slots are served. end() ends all nodes."""

    def __init__(self, replicas_of_each=0, timeout_ms=15000):
        count = PRIMARIES * (1 + replicas_of_each)
        self.nodes = [Node(timeout_ms) for _ in range(count)]
        for index, node in enumerate(self.nodes[:PRIMARIES]):
            node.command("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
            node.command("CLUSTER", "ADDSLOTSRANGE", SLOTS * index // PRIMARIES,
                         SLOTS * (index + 1) // PRIMARIES - 1)
        first = self.nodes[0]
        for node in self.nodes[1:]:
            node.command("CLUSTER", "MEET", "127.0.0.1", first.port, first.bus_port)
        wait_until(lambda: all(self._knows_all(node) for node in self.nodes), "the nodes meet")
        for index, node in enumerate(self.nodes[PRIMARIES:]):
            node.command("CLUSTER", "REPLICATE", self.nodes[index % PRIMARIES].id)
        wait_until(lambda: all(self._is_up(node) for node in self.nodes), "the Cluster is up")

    def _knows_all(self, node):
        known = node.command("CLUSTER", "NODES").decode().splitlines()
        return len(known) == len(self.nodes) and not any("handshake" in line for line in known)

    def _is_up(self, node):
        is_replica = node in self.nodes[PRIMARIES:]
        follows = not is_replica or b"master_link_status:up" in node.command("INFO", "replication")
        # The state is ok also while a node has not heard yet which slots the others hold.
        info = node.command("CLUSTER", "INFO")
        knows_the_slots = b"cluster_slots_assigned:%d" % SLOTS in info
        return follows and info.startswith(b"cluster_state:ok") and knows_the_slots

    @property
    def _hosts(self):
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    @property
    def url(self):
        return "cluster://" + self._hosts

    def url_of(self, user):
        return f"cluster://{user}:{redis.PASSWORD}@{self._hosts}"

    def slot_of(self, tag):
        node = next(node for node in self.nodes if node.is_running())
        return int(node.command("CLUSTER", "KEYSLOT", f"{{{tag}}}")[1:])

    def owner_of(self, tag):
        """The node that holds the keys of an event, or others with this hash tag."""
        slot = self.slot_of(tag)
        return next((node for node in self.nodes if node.is_running() and
                     any(first <= slot <= last for first, last in node.own_slots())), None)

    def other_than(self, node):
        return next(other for other in self.nodes[:PRIMARIES] if other is not node)

    def has_line(self, event):
        owner = self.owner_of(event)
        return owner is not None and owner.has_line(event)

    def replication_id_of(self, event):
        """Of the primary that the line of an event was installed on."""
        return self.owner_of(event).command(
            "HGET", f"coupon-events:{{{event}}}", "replid").decode()

    def move_slot(self, tag, target):
        """Moves a slot with its keys to another node, key by key, as redis-cli does."""
        slot, source = self.slot_of(tag), self.owner_of(tag)
        target.command("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id)
        source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", target.id)
        for key in source.command("CLUSTER", "GETKEYSINSLOT", slot, 1000):
            source.command("MIGRATE", "127.0.0.1", target.port, key.decode(), 0, 5000, "REPLACE")
        for node in [target] + [node for node in self.nodes[:PRIMARIES] if node is not target]:
            if node.is_running():
                node.command("CLUSTER", "SETSLOT", slot, "NODE", target.id)

    def end(self):
        for node in self.nodes:
            node.end()
