"""The command behind script/faults; --help says what it does."""
import argparse
import json
import os
import pathlib
import platform
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "tests/system"), str(HERE.parent)]

from fault import document, network  # noqa: E402
from fault.catalogue import CATALOGUE  # noqa: E402
from fault.drop_round import Round  # noqa: E402
from fault.kills import measure_kills  # noqa: E402
from fault.plan import plan_of  # noqa: E402
from fault.tally import Tally  # noqa: E402
from fault.world import WORLDS  # noqa: E402
from support import server as child  # noqa: E402


class Worlds:
    """Started when first asked for, kept for the rounds that follow."""

    def __init__(self):
        self.running = {}
        self.why_none = {name: world.why_none() for name, world in WORLDS.items()}

    def get(self, name):
        if name not in self.running:
            self.running[name] = WORLDS[name]().start()
        return self.running[name]

    def end(self, name):
        if name in self.running:
            self.running.pop(name).end()

    def end_all(self):
        for name in list(self.running):
            self.end(name)


def run_one(worlds, plan, folder, tally):
    """One round; its line. Whatever goes wrong in staging it is told, and ends its world."""
    head = f"seed {plan.seed:<10} {plan.world:<11} {plan.ack:<7}"
    why_none = worlds.why_none[plan.world]
    if why_none:
        tally.skip(f"{plan.world}: {why_none}")
        return f"{head} skipped: {why_none}"
    try:
        result = Round(worlds.get(plan.world), plan, folder).run()
    except Exception:
        tally.fail(plan, traceback.format_exc())
        _keep_logs(worlds, plan, folder)
        worlds.end(plan.world)
        return f"{head} FAILED: {traceback.format_exc(limit=-1)}"
    tally.add(result)
    if result.violations:
        _keep_logs(worlds, plan, folder)
    else:
        (folder / f"seed-{plan.seed}.jsonl").unlink()
    if any(CATALOGUE[each.step.fault].is_alone for each in result.staged):
        worlds.end(plan.world)  # what it was taken back to is no past of the next round
    broken = ", ".join(sorted({promise for promise, _ in result.violations}))
    return (f"{head} {sum(each.has_happened for each in result.staged):>3} faults "
            f"{result.requests:>5} requests {result.places_lost:>3} places lost  rest after "
            f"{result.rest_s:4.1f} s  {'BROKEN: ' + broken if broken else 'ok'}")


def _keep_logs(worlds, plan, folder):
    world = worlds.running.get(plan.world)
    for number, server in enumerate(world.servers if world else ()):
        (folder / f"seed-{plan.seed}-server-{number}.log").write_text("\n".join(server.lines))


def run_many(options, folder):
    tally = Tally()
    worlds = Worlds()
    first = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"first seed: {first}", flush=True)
    begun = time.monotonic()
    seed = first
    try:
        while True:
            plan = plan_of(seed, options.world, options.fault)
            if options.show or options.minutes is None:
                print(plan, flush=True)
            print(run_one(worlds, plan, folder, tally), flush=True)
            seed += 1
            if options.minutes is None or time.monotonic() - begun > options.minutes * 60:
                break
    finally:
        worlds.end_all()
    tally.print_table()
    return {"first_seed": first, "last_seed": seed - 1,
            "seconds": round(time.monotonic() - begun), **tally.to_json()}


def read_options(arguments):
    parser = argparse.ArgumentParser(
        prog="script/faults", description="Breaks everything around drops, heals it, and holds "
        "what was told against the promises. A plan is fixed by its seed.")
    parser.add_argument("--seed", type=int, metavar="S", help="this plan, or from this one on")
    parser.add_argument("--minutes", type=float, metavar="N", help="new seeds until then")
    parser.add_argument("--kills", type=int, metavar="N", help="kills Redis under load so often")
    parser.add_argument("--world", choices=sorted(WORLDS), help="only in this world")
    parser.add_argument("--fault", choices=sorted(CATALOGUE), help="only this fault")
    parser.add_argument("--show", action="store_true", help="prints every plan")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE",
                        help="keeps the result; what it holds of other commands stays")
    parser.add_argument("--document", type=pathlib.Path, metavar="FILE",
                        help="prints docs/guarantees.md of a kept result, and does nothing else")
    return parser.parse_args(arguments)


def keep(path, part, result):
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    kept["made_by"] = "script/faults"
    kept["machine"] = {"processors": os.cpu_count(), "system": platform.system(),
                       "build": pathlib.Path(child.binary()).parent.name}
    kept[part] = result
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left behind
    options = read_options(sys.argv[1:])
    if options.document:
        print(document.render(json.loads(options.document.read_text(encoding="utf-8"))), end="")
        return 0
    if network.why_none() is None:
        network.move_out()  # before there is any thread
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-faults-"))
    is_broken = False
    if options.kills:
        result, broken = measure_kills(options.kills, folder)
        print(json.dumps(result, indent=1), *broken, sep="\n")
        is_broken = bool(broken)
        if options.json:
            keep(options.json, "kills", result)
    else:
        result = run_many(options, folder)
        is_broken = bool(result["violations"] or result["failures"])
        if options.json:
            keep(options.json, "runs", result)
    if is_broken:
        print(f"histories and logs of what broke: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
