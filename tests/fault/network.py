"""A real network of our own, whose packets can be lost for real.

This process moves into a network namespace that nobody else is in, and gives each server another,
joined by a bridge. Addresses of that network exist nowhere else. What is lost is lost without a
word to either side: no FIN, no RST, retransmissions and all.
"""
import ctypes
import os
import subprocess

_CLONE_NEWNET = 0x40000000
_SUBNET = "10.213.7"
_LOSSES = 50  # the priority of rules that lose packets: before the kernel's own, at 100


def _run(*words):
    subprocess.run(words, check=True, capture_output=True)


def why_none():
    """Why there can be no network of our own; nothing when there can. Asked in a child process, so
    that this one stays where it is."""
    if os.geteuid() != 0:
        return "only root may make a network namespace"
    name = f"rushline-probe-{os.getpid()}"
    try:
        _run("unshare", "--net", "true")
        _run("ip", "netns", "add", name)
        _run("ip", "netns", "del", name)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None)
        return f"network namespaces are not allowed: {said.decode().strip() if said else error}"
    return None


def move_out():
    """Takes this process, which has no other thread yet, into a network of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "this process cannot leave its network")
    _run("ip", "link", "set", "lo", "up")


class Network:
    """A bridge in this process's namespace with `hosts` namespaces around it. After move_out()."""

    def __init__(self, hosts):
        self.names = [f"rushline-{os.getpid()}-{number}" for number in range(hosts)]
        self.lost = set()
        _run("ip", "link", "add", "br0", "type", "bridge")
        _run("ip", "link", "set", "br0", "up")
        # Losses are decided before the kernel asks whether an address is its own.
        _run("ip", "rule", "add", "pref", "100", "lookup", "local")
        _run("ip", "rule", "del", "pref", "0", "lookup", "local")
        self.here = self._address(1)
        for number in range(hosts):
            self._join(number)

    def _address(self, number):
        """One more address of this side of the bridge, for a service of its own."""
        address = f"{_SUBNET}.{number}"
        _run("ip", "addr", "add", f"{address}/24", "dev", "br0")
        return address

    def add_service(self, number):
        return self._address(10 + number)

    def host(self, number):
        return f"{_SUBNET}.{100 + number}"

    def prefix(self, number):
        """What starts a program on that host; the process is the program's."""
        return ("ip", "netns", "exec", self.names[number])

    def _join(self, number):
        name = self.names[number]
        _run("ip", "netns", "add", name)
        _run("ip", "link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0", "netns",
             name)
        _run("ip", "link", "set", f"port{number}", "master", "br0", "up")
        _run("ip", "-n", name, "addr", "add", f"{self.host(number)}/24", "dev", "eth0")
        _run("ip", "-n", name, "link", "set", "eth0", "up")
        _run("ip", "-n", name, "link", "set", "lo", "up")

    def lose(self, source, target):
        """Packets from one address to the other are lost, in this direction."""
        if (source, target) not in self.lost:
            self._rule("add", source, target)
            self.lost.add((source, target))

    def find(self, source, target):
        if (source, target) in self.lost:
            self._rule("del", source, target)
            self.lost.discard((source, target))

    @staticmethod
    def _rule(verb, source, target):
        _run("ip", "rule", verb, "pref", str(_LOSSES), "from", source, "to", target, "blackhole")

    def unplug(self, number):
        """Takes the cable out of that host: nothing in, nothing out."""
        _run("ip", "link", "set", f"port{number}", "nomaster")

    def plug_in(self, number):
        _run("ip", "link", "set", f"port{number}", "master", "br0")

    def heal(self):
        for pair in list(self.lost):
            self.find(*pair)
        for number in range(len(self.names)):
            self.plug_in(number)

    def end(self):
        self.heal()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        for words in (("link", "del", "br0"), ("rule", "add", "pref", "0", "lookup", "local"),
                      ("rule", "del", "pref", "100", "lookup", "local")):
            subprocess.run(["ip", *words], check=False, capture_output=True)
