#!/usr/bin/env python3
"""Counts the instructions of the hot path, and fails when it became dearer.

    tools/checks/instructions.py                     all workloads against the budgets
    tools/checks/instructions.py --only direct-16    one; may be repeated
    tools/checks/instructions.py --record            the budgets are what it costs now
    tools/checks/instructions.py --keep FILE         notes what each function costs ...
    tools/checks/instructions.py --against FILE      ... and shows what changed since

Counts of one machine and one set of libraries agree within some thousandths; wall
time and what else runs do not matter. Waiting and the kernel are not in them.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import callgrind

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUDGETS = ROOT / "tools/checks/instructions.txt"
TOLERANCE = 0.03
SHOWN = 15  # Functions.


def read_budgets():
    lines = [x.split("#")[0].split() for x in BUDGETS.read_text(encoding="utf-8").splitlines()]
    return {x[0]: int(x[1]) for x in lines if x}


def write_budgets(costs):
    words = [x for x in BUDGETS.read_text(encoding="utf-8").splitlines() if x.startswith("#")]
    lines = [f"{name} {cost:.0f}" for name, cost in (read_budgets() | costs).items()]
    BUDGETS.write_text("\n".join(words + lines) + "\n", encoding="utf-8")


def measure(program, workload, out):
    """Each one's cost, and the profile."""
    done = callgrind.run(program, workload, out)
    profile = callgrind.Profile(out)
    return profile.total() / done, {x: cost / done for x, cost in profile.own.items()}


def measure_all(program, workloads):
    with (tempfile.TemporaryDirectory(prefix="parley-instructions-") as directory,
          concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as several):
        jobs = {x: several.submit(measure, program, x, os.path.join(directory, x))
                for x in workloads}
        return {x: job.result() for x, job in jobs.items()}


def show_dearest(own):
    for function, cost in sorted(own.items(), key=lambda x: -x[1])[:SHOWN]:
        print(f"    {cost:10,.0f}  {function}")


def show_growth(own, before):
    grown = {x: own.get(x, 0) - before.get(x, 0) for x in own.keys() | before.keys()}
    for function, cost in sorted(grown.items(), key=lambda x: -abs(x[1]))[:SHOWN]:
        print(f"    {cost:+10,.0f}  {function}")


def judge(results, budgets):
    """Prints the table; the workloads that are over their budgets."""
    dearer = []
    print(f"{'workload':14} {'instructions':>12} {'budget':>10} {'ratio':>6}")
    for name, (cost, _) in results.items():
        budget = budgets.get(name)
        ratio = cost / budget if budget else float("inf")
        word = ""
        if ratio > 1 + TOLERANCE:
            dearer.append(name)
            word = "  dearer" if budget else "  has no budget"
        elif ratio < 1 - TOLERANCE:
            word = "  cheaper: lower the budget with --record"
        print(f"{name:14} {cost:12,.0f} {budget or 0:10,} {ratio:6.3f}{word}")
    return dearer


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build/tests/hot_path")
    parser.add_argument("--only", action="append")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--keep", metavar="FILE")
    parser.add_argument("--against", metavar="FILE")
    args = parser.parse_args()
    known = subprocess.run([args.program], stdout=subprocess.PIPE, text=True, check=True)
    results = measure_all(args.program, args.only or known.stdout.split())
    if args.record:
        write_budgets({name: cost for name, (cost, _) in results.items()})
    if args.keep:
        pathlib.Path(args.keep).write_text(json.dumps({x: own for x, (_, own) in results.items()}),
                                           encoding="utf-8")
    dearer = judge(results, read_budgets())
    for name in dearer:
        print(f"\n{name}: the dearest functions, by themselves and for each message")
        show_dearest(results[name][1])
    if dearer:
        print("\nWhat grew: --keep FILE with the build before, then --against FILE with this one.")
    if args.against:
        before = json.loads(pathlib.Path(args.against).read_text(encoding="utf-8"))
        for name, (_, own) in results.items():
            print(f"\n{name}: what changed most")
            show_growth(own, before.get(name, {}))
    return 1 if dearer else 0


if __name__ == "__main__":
    sys.exit(main())
