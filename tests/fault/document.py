"""Writes docs/guarantees.md from a kept result (docs/guarantees.json) and the catalogue."""
from fault.catalogue import ACKS, CATALOGUE, EVERYTHING, PROMISES

COMPONENTS = ("server", "Redis", "PostgreSQL", "network", "disk", "clock")
WORLDS = {
    "embedded": "one server on SQLite",
    "distributed": "two servers over PostgreSQL and Redis, each link through a proxy",
    "network": "the same on a network of its own, where packets are lost for real",
}

HEAD = """\
# Guarantees

What Rushline promises, under which faults that is tried, and what is lost where nothing is
promised. This page is written by `script/faults --document docs/guarantees.json`; a test holds it
against that result and against the catalogue of faults (`tests/fault/catalogue.py`). Do not edit it
by hand.

The promises need a database that keeps what it committed: one disk, or PostgreSQL with synchronous
standbys. Everything else may die, freeze, be cut off, come back empty or come back old.

## The promises

| promise | says | rows checked | broken |
|---|---|---|---|
"""

HOW = """
A drop is under steady load from shoppers over HTTP, with purchases, orders, lists and operators
beside it, while the faults of a plan break and heal things around it. Everything that was told is
written down. Then everything is healed, whoever was not answered asks again, and
`rushline verify --history` judges ([history.md](history.md)). Beside it the run itself holds that
everybody is decided 10 s after the last fault at the latest (L1), that each server's lists come to
show exactly what was sold (S8), and that verdicts come within a second of the death of Redis (L2).
Rows are counted each time that they are checked: what is stored, again after every drop. A plan is
a function of its seed: `script/faults --seed S` runs it again.
"""

MARKS = """
Each fault was staged so often with events of `ack: verdict` and `ack: queued`, up to twelve faults
in one drop. **✓** held with both, **v** or **q** held with the one that it was staged with, **✗**
broken, **–** not promised, empty: does not apply.
"""


def render(result):
    runs, kills = result.get("runs", {}), result.get("kills", {})
    parts = [HEAD, _promises(runs), HOW, _figures(result, runs)]
    for component in COMPONENTS:
        parts.append(_component(component, runs))
    parts += [_unpromised(runs), _kills(kills)]
    return "".join(parts)


def _promises(runs):
    broken = [entry["promise"] for entry in runs["violations"]]
    return "".join(f"| {name} | {says} | {_count(runs['rows'].get(name, 0))} | "
                   f"{broken.count(name)} |\n" for name, says in PROMISES.items())


def _count(number):
    return f"{number:,}"


def _figures(result, runs):
    lines = [
        "\n## The recorded run\n",
        f"{_count(runs['staged'])} faults in {_count(sum(runs['runs'].values()))} drops and "
        f"{runs['seconds'] // 60} minutes, {_count(runs['requests'])} requests for coupons, on "
        f"{result['machine']['processors']} processors ({result['machine']['build']} build): "
        f"`script/faults --minutes {max(1, runs['seconds'] // 60)} --seed {runs['first_seed']}`.\n",
        "| world | is | drops |\n|---|---|---|",
    ]
    lines += [f"| {name} | {what} | {runs['runs'].get(name, 0)} |" for name, what in WORLDS.items()]
    decided, rest = runs["decided_s"], runs["rest_s"]
    lines.append("\nFrom the last healing until everybody was decided: median "
                 f"{decided['median']:.1f} s, at most {decided['worst']:.1f} s (promised: 10 s); "
                 f"until every list showed everything, too: median {rest['median']:.1f} s, at most "
                 f"{rest['worst']:.1f} s.")
    for name, count in runs["not_staged"].items():
        lines.append(f"\nNot possible on that machine: {name} ({count} times planned).")
    for why, count in runs["skipped"].items():
        lines.append(f"\nDrops that were left out: {why} ({count} times).")
    return "\n".join(lines) + "\n\n## Faults\n" + MARKS


def _component(component, runs):
    promises = (*EVERYTHING, "L2")
    head = (f"\n### {component[0].upper()}{component[1:]}\n\n| fault | what happens | verdict | "
            f"queued | {' | '.join(promises)} |\n|---|---|---|---|{'---|' * len(promises)}\n")
    rows = []
    for fault in CATALOGUE.values():
        if fault.component != component or fault.begin is None:
            continue
        cells = runs["faults"].get(fault.name, {})
        staged = [str(cells.get(ack, {}).get("staged", 0)) for ack in ACKS]
        marks = [_mark(fault, promise, cells) for promise in promises]
        rows.append(_row(fault.name, fault.what, *staged, *marks))
    return head + "".join(rows)


def _row(*cells):
    return f"| {' | '.join(map(str, cells))} |\n"


def _mark(fault, promise, cells):
    if promise in fault.may_break:
        return "–"
    if promise not in fault.promises:
        return ""
    tried = [ack for ack in ACKS if cells.get(ack, {}).get("staged")]
    if any(cells[ack]["broken"].get(promise) for ack in tried):
        return "✗"
    return {(): "not staged", ACKS: "✓"}.get(tuple(tried), "".join(ack[0] for ack in tried))


def _unpromised(runs):
    places, waits = runs["places_lost"], runs["waits_lost"]
    lines = [
        "\n## What is not promised\n",
        f"- **A place in line that was told with 202.** It lives as long as Redis keeps it. When "
        f"it is gone, the request's state is `none`: press again, as the shoppers of these drops "
        f"did. In the recorded run {places.get('queued', 0)} places were lost that had been told "
        f"at once (`ack: queued`), and {places.get('verdict', 0)} that had been told after two "
        f"seconds in vain (`ack: verdict`).",
        f"- **A 202 without a place**, told while a drop goes through the database: the request "
        f"lives as long as its server. {sum(waits.values())} of them became `none`.",
    ]
    for fault in CATALOGUE.values():
        if fault.may_break:
            staged = sum(cell["staged"] for cell in runs["faults"].get(fault.name, {}).values())
            counts = {}
            for entry in runs["lost"]:
                if fault.name in entry["faults"]:
                    counts[entry["promise"]] = counts.get(entry["promise"], 0) + 1
            seen = ", ".join(f"{name} × {count}" for name, count in sorted(counts.items()))
            how = f"Staged {staged} times; lost: {seen or 'nothing'}." if fault.begin else (
                "Not staged here.")
            lines.append(f"- **{fault.name}**: {fault.what}. Not promised: "
                         f"{', '.join(fault.may_break)}, because {fault.why}. {how}")
    lines.append("- **The wall clock of Redis** is not moved: libfaketime and its allocator do not "
                 "go together. It decides only whether an event is open, never who is first.")
    return "\n".join(lines) + "\n"


def _kills(kills):
    if not kills:
        return ""
    rows = (("until a server tells verdicts again (promised: 1 s)", kills["again_ms"], "ms", 0),
            ("the slowest answer to a request of the 1.5 s after it", kills["slowest_ms"], "ms", 0),
            ("until the drop goes through the line again", kills["back_s"], "s", 1))
    table = "".join(_row(what, figures["count"], *(f"{figures[which]:.{places}f} {unit}"
                                                   for which in ("median", "worst")))
                    for what, figures, unit, places in rows)
    return f"""
## Redis killed under load

`script/faults --kills {kills['kills']}`: Redis is killed in the middle of a drop of 120 requests a
second over two servers, and started again half a second later.

| from the kill | measured | median | worst |
|---|---|---|---|
{table}
It goes back after Redis has been healthy for five seconds. The order of requests was kept across
every kill (S5).
"""
