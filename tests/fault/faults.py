"""How each fault is begun and healed. `begin(world, step)` gives what heals it again.

A step says which of several (`target`), how much (`amount`, from 0 to 1) and which kind (`pick`).
"""
import pathlib
import shutil
import signal
import subprocess

from fault.links import Loss, Way
from support import postgres
from support.waiting import DEADLINE

BYTES_PER_SECOND = (20_000, 400_000)
DELAY_S = (0.02, 0.4)
CLOCK_S = (60, 5000)  # at noon: never across midnight
LOCK_S = 10  # a session that holds a lock is ended then, whatever happens


def between(bounds, amount):
    return bounds[0] + (bounds[1] - bounds[0]) * amount


def pick(choices, step):
    return choices[step.pick % len(choices)]


# Processes.

def kill_server(world, step):
    server = world.server(step.target)
    server.kill()
    return lambda: _revive(server)


def kill_all_servers(world, step):
    for server in world.servers:
        server.process.kill()
    for server in world.servers:
        server.kill()
    return lambda: [_revive(server) for server in world.servers]


def end_server(world, step):
    server = world.server(step.target)
    server.signal(signal.SIGTERM)

    def heal():
        server.wait()
        _revive(server)
    return heal


def freeze_server(world, step):
    server = world.server(step.target)
    server.freeze()
    return server.thaw


def _revive(server):
    """As a service does: it is started until it stays up."""
    if not server.is_running():
        server.kill()
        server.start()


def kill_redis(world, step):
    world.redis.kill()
    return world.redis.start


def kill_and_empty_redis(world, step):
    world.redis.kill()
    return world.redis.start_empty


def end_redis(world, step):
    world.redis.end_by_signal()
    return world.redis.start


def freeze_redis(world, step):
    world.redis.freeze()
    return world.redis.thaw


def wipe_redis(world, step):
    world.redis.command("FLUSHALL")
    return lambda: None


def take_redis_back(world, step):
    """Its file is copied; later it comes back with that copy."""
    folder = pathlib.Path(world.redis.folder)
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "appendonlydir", copy)

    def heal():
        world.redis.kill()
        shutil.rmtree(folder / "appendonlydir")
        copy.rename(folder / "appendonlydir")
        world.redis.start()
    return heal


def kill_postgres(world, step):
    world.postgres.kill()
    return world.postgres.start


def restart_postgres(world, step):
    world.postgres.end_by_signal()
    return world.postgres.start


def freeze_postgres(world, step):
    world.postgres.freeze()
    return world.postgres.thaw


def end_sessions(world, step):
    world.postgres.psql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = 'shop1'")
    return lambda: None


def hold_a_lock(world, step):
    """A session of somebody else locks the rows of all events, and does nothing."""
    session = subprocess.Popen(
        [postgres.PROGRAMS / "psql", "-h", world.postgres.folder, "-p", str(world.postgres.port),
         "-U", "postgres", "-qAt", "shop1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)
    session.stdin.write(f"BEGIN; SET LOCAL idle_in_transaction_session_timeout = '{LOCK_S}s';"
                        " SELECT 1 FROM rushline.coupon_events FOR UPDATE;\n\\echo held\n")
    session.stdin.flush()

    def heal():
        session.kill()
        session.communicate(timeout=DEADLINE)
    return heal


# Links.

def on_links(kind, change):
    """A change of one server's link, or of every server's."""
    def begin(world, step):
        numbers = range(len(world.servers)) if step.everywhere else [step.target]
        links = [world.link(number, kind) for number in numbers]
        for link in links:
            change(link, step)
        return lambda: [link.heal() for link in links]
    return begin


def delay(link, step):
    link.delay(between(DELAY_S, step.amount), pick((Way.BOTH, Way.REQUEST, Way.REPLY), step))


def hold(link, step):
    link.hold()


def hold_requests(link, step):
    link.hold(Way.REQUEST)


def hold_replies(link, step):
    link.hold(Way.REPLY)


def vanish(link, step):
    link.vanish()


def reset(link, step):
    link.reset()


def refuse(link, step):
    link.refuse()


def throttle(link, step):
    link.throttle(int(between(BYTES_PER_SECOND, step.amount)))


def cut(loss, kept_max=0):
    def change(link, step):
        watches = sorted(link.makers)
        link.cut(loss, pick(watches, step), keep=int(kept_max * step.amount))
    return change


lose_request = cut(Loss.REQUEST)
tear_request = cut(Loss.REQUEST_TAIL, 60)
lose_reply = cut(Loss.REPLY)
tear_reply = cut(Loss.REPLY_TAIL, 20)


# A real network.

def partition(service, requests=True, replies=True):
    """Packets between a server and Redis or PostgreSQL are lost."""
    def begin(world, step):
        net = world.network
        there = world.redis_address if service == "redis" else world.postgres_address
        numbers = range(len(world.servers)) if step.everywhere else [
            step.target % len(world.servers)]
        ways = [(net.host(number), there) for number in numbers if requests]
        ways += [(there, net.host(number)) for number in numbers if replies]
        for way in ways:
            net.lose(*way)
        return lambda: [net.find(*way) for way in ways]
    return begin


def unplug(world, step):
    number = step.target % len(world.servers)
    world.network.unplug(number)
    return lambda: world.network.plug_in(number)


# Disks and clocks.

def fill_disk(kind):
    def begin(world, step):
        world.disks[kind].fill()

        def heal():
            world.disks[kind].heal()
            if kind == "postgres":
                world.postgres.start()  # it may have ended
        return heal
    return begin


def shift_clock(kind, sign):
    def begin(world, step):
        world.clocks[kind].shift(sign * between(CLOCK_S, step.amount))
        return world.clocks[kind].heal
    return begin


# What is not promised to be outlived.

def take_database_back(world, step):
    """The database's disk is lost, and all that there is is a copy from a moment before."""
    if world.postgres:
        data = pathlib.Path(world.postgres.folder) / "data"
        stop, start = world.postgres.kill, world.postgres.start
    else:
        data = pathlib.Path(world.database.removeprefix("sqlite:")).parent
        stop, start = world.servers[0].kill, lambda: _revive(world.servers[0])
    backup = world.folder / "backup"
    stop()
    _copy(data, backup)
    start()

    def heal():
        stop()
        _copy(backup, data)
        start()
    return heal


def _copy(source, target):
    """Makes the folder `target` what `source` is, owners and all."""
    target.mkdir(exist_ok=True)
    for file in target.iterdir():
        if file.is_dir():
            shutil.rmtree(file)
        else:
            file.unlink()
    subprocess.run(["cp", "-a", f"{source}/.", target], check=True)
