#!/usr/bin/python3
"""How the cost of Parley grows: with connections, members of a room, bytes of a
message, what is stored already, and cores.

    tools/bench/curves.py                                  some ten minutes
    tools/bench/curves.py --gigabytes 20 --runs 3          the store is filled so far
    tools/bench/curves.py --only room,payload --quick

Every point is a fresh node with fresh data, but for `stored`, where one node is
filled step by step, everything is read once, and each step ends with the same load.
Slopes are those of straight lines on logarithmic scales: 1 is linear growth. Writes
DIR/curves.md and DIR/curves.html; each run is kept in DIR/curves.jsonl, and what was
interrupted goes on.
"""
import argparse
import os
import re
import shutil
import sys
import time

import packages
from nodes import ROOT
from peer_runs import (Kept, core_for, describe_machine, end_servers_on_sigterm, measure,
                       run_load, say, versions)
from peer_servers import Parley, ParleyTls
from side_by_side import make_scratch, some_of
from sheets import Sheet, cell, curve, in_words, median_of, slope, steepest

STEEPEST = 1.1
ACTIVE_PAIRS = 500
MIBI = 2**20

CONNECTIONS = (1000, 2000, 5000, 10_000, 19_000)
MEMBERS = (10, 100, 1000, 10_000)
PAYLOADS = (16, 64, 256, 1024, 4096, 16_384, 65_536)
STORED_SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)
STORED_PAYLOAD = 4096

QUICK_CONNECTIONS = (100, 200, 400)
QUICK_MEMBERS = (10, 50, 200)


def text_limit():
    with open(os.path.join(ROOT, "schema", "limits.hpp")) as file:
        base, shift = re.search(r" text_bytes = (\d+) << (\d+);", file.read()).groups()
    return int(base) << int(shift)


class Points:
    """Runs of the generator, each against a node of its own."""

    more_columns = ()

    def __init__(self, name, unit, rate, sizes, words, cost, costs, kind=Parley):
        self.name = name
        self.unit = unit
        self.rate = rate
        self.sizes = sizes
        self.words = words
        self.cost = cost
        self.costs = costs
        self.kind = kind

    def take(self, args, kept, run):
        for size in self.sizes:
            key = {"curve": self.name, "size": size, "run": run, "quick": args.quick}
            if not kept.find(**key, error=""):
                words = [*self.words(size), "--warm", args.warm, "--seconds", args.seconds]
                row = measure(lambda: self.kind(args.scratch, 0, self.server_cores(size)), words,
                              self.generator_cores(size), args.wait)
                say(self.name, size, f"run {run}:", row["error"] or f"{row['rate']:,.0f}/s")
                kept.add(key, {**row, "size": size})

    def server_cores(self, _):
        return core_for("server")

    def generator_cores(self, _):
        return core_for("generator")


class Cores(Points):
    """The server on one core or on two; the generator on the second as ever."""

    def server_cores(self, size):
        return core_for("server") if size == 1 else f"{core_for('server')},{core_for('generator')}"


class Stored:
    """One node, filled step by step."""

    name = "stored"
    unit = "MiB of messages stored"
    rate = "messages/s then"
    more_columns = (("stored/s", "store_rate", 1), ("drained/s", "drain_rate", 1),
                    ("disk MiB", "disk_bytes", 1 / MIBI))
    costs = "CPU seconds of the node to store and read all of them, compactions included"

    def __init__(self):
        self.loads = 0  # CPU seconds of what is not storing and reading.

    def cost(self, row):
        return row["total_cpu"]

    def take(self, args, kept, run):
        key = {"curve": self.name, "run": run, "quick": args.quick}
        if kept.find(**key, error=""):
            return
        server = Parley(args.scratch, 0, core_for("server"))
        self.loads = 0
        rows = []
        try:
            server.start()
            for share in STORED_SHARES:
                size = share * args.gigabytes * 1024
                rows.append(self.step(args, server, size, size - sum(x["added"] for x in rows)))
                say(self.name, f"{size:,.0f} MiB, run {run}:", rows[-1]["error"]
                    or f"{rows[-1]['rate']:,.0f}/s")
        finally:
            server.end()
        for row in rows:
            kept.add(key, row)

    def step(self, args, server, size, more):
        users, senders = 500, 50
        each = max(1, round(more * MIBI / STORED_PAYLOAD / users))
        filled = run_load(server, ["--workload", "W4", "--users", users, "--senders", senders,
                                   "--each", each, "--payload", STORED_PAYLOAD, "--patience", 7200],
                          core_for("generator"))
        if filled["error"]:
            return {**filled, "added": more, "size": size}
        self.wait_for_compactions(server)
        cpu = cpu_seconds(server)
        row = run_load(server, ["--workload", "W1", "--users", 200, "--warm", args.warm,
                                "--seconds", args.seconds], core_for("generator"))
        self.wait_for_compactions(server)
        self.loads += cpu_seconds(server) - cpu
        return {**row, "added": more, "size": size, "store_rate": filled["rate"],
                "drain_rate": filled["drain_rate"], "lost": filled["lost"],
                "disk_bytes": filled["disk_bytes"],
                "total_cpu": cpu_seconds(server) - self.loads}

    def wait_for_compactions(self, server):
        """Until the node rests for a second, but not for ever."""
        until = time.time() + 120
        while time.time() < until:
            before = cpu_seconds(server)
            time.sleep(1)
            if cpu_seconds(server) - before < 0.05:
                return


def cpu_seconds(server):
    with open(f"/proc/{server.process.pid}/stat") as file:
        x = file.read().rsplit(")", 1)[1].split()
    return (int(x[11]) + int(x[12])) / os.sysconf("SC_CLK_TCK")


def all_curves(args):
    connections = QUICK_CONNECTIONS if args.quick else CONNECTIONS
    members = QUICK_MEMBERS if args.quick else MEMBERS
    payloads = [x for x in PAYLOADS if x <= text_limit()]

    def each(row):
        return row["server_cpu_us"]

    def pairs(n, *more):
        return ["--workload", "W1", "--users", n, *more]

    def sized(n):
        return pairs(200, "--payload", n)

    message = "CPU us of the node for one message"
    rate = "messages/s"
    return [
        Points("connections", "connections, of which 500 pairs write", rate, connections,
               lambda n: pairs(n, "--active", ACTIVE_PAIRS), each, message),
        Points("active", "connections, all of which write or are written to", rate, connections,
               lambda n: pairs(n, "--window", 1), each, message),
        Points("paced", "connections, 2,000 messages/s", rate, connections,
               lambda n: ["--workload", "W2", "--users", n, "--rate", 2000], each, message),
        Points("idle", "connections", "logins/s", connections,
               lambda n: ["--workload", "W5", "--users", n, "--settle", 12],
               lambda row: row["server_bytes"] / MIBI, "MiB of the node"),
        Points("room", "members", "deliveries/s", members,
               lambda n: ["--workload", "W3", "--users", n, "--window", 4, "--publishers", 4,
                          "--settle", 4],
               lambda row: row["server_cpu_us"] * (row["users"] - 1),
               "CPU us of the node for one message to all members"),
        Points("payload", "bytes of a message", rate, payloads, sized, each, message),
        Points("payload-tls", "bytes of a message, TLS", rate, payloads, sized, each, message,
               ParleyTls),
        Cores("cores", "cores of the node", rate, (1, 2),
              lambda _: pairs(1000), each, message),
        Stored(),
    ]


CURVES = ("connections", "active", "paced", "idle", "room", "payload", "payload-tls", "cores", "stored")


# -- reporting ----------------------------------------------------------------------


def points_of(curve_of, kept, args):
    """Rows by size, those that failed left out."""
    result = {}
    for row in kept.find(curve=curve_of.name, quick=args.quick):
        if not row["error"]:
            result.setdefault(row["size"], []).append(row)
    return dict(sorted(result.items()))


def add_curve(sheet, summary, x, kept, args):
    points = points_of(x, kept, args)
    if not points:
        return
    costs = [(size, median_of([{"cost": x.cost(r)} for r in rows], "cost"))
             for size, rows in points.items()]
    fitted = slope(costs)
    sheet.heading(x.name)
    sheet.table([x.unit, x.rate, "p99 ms", x.costs, "generator CPU us each",
                 *(heading for heading, _, _ in x.more_columns), "lost", "runs"],
                [[in_words(size), cell(rows, "rate"), cell(rows, "latency_us.p99", 1e-3),
                  cell([{"cost": x.cost(r)} for r in rows], "cost"),
                  cell(rows, "generator_cpu_us"),
                  *(cell(rows, path, factor) for _, path, factor in x.more_columns),
                  cell(rows, "lost" if "lost" in rows[0] else "missing"), str(len(rows))]
                 for size, rows in points.items()])
    if fitted is not None:
        summary.append([x.name, x.costs, f"{in_words(costs[0][0])} to {in_words(costs[-1][0])} "
                        + x.unit, f"{fitted:.2f}", f"{steepest(costs):.2f}",
                        "yes" if fitted <= STEEPEST else "no"])
    if args.plots:
        sheet.plot(curve(x.name, x.unit, x.costs, {x.costs: costs}))
        rates = {x.rate: [(s, median_of(rows, "rate")) for s, rows in points.items()],
                 "p99 ms": [(s, median_of(rows, "latency_us.p99", 1e-3))
                            for s, rows in points.items()]}
        sheet.plot(curve(x.name, x.unit, "", rates))


def report(args, kept, curves):
    sheet = Sheet("How the cost of Parley grows" + (", a quick trial" if args.quick else ""))
    for words in describe_machine(args.scratch) + versions([]):
        sheet.text(words)
    sheet.text(f"Server on core {core_for('server')}, generator on core {core_for('generator')}, "
               "but for the curve of cores. Median [min..max].")
    above = [x for x in PAYLOADS if x > text_limit()]
    if above:
        sheet.text(f"Bodies end at {text_limit():,} bytes; {', '.join(map(str, above))} are "
                   "refused as too large.")
    summary = []
    for x in curves:
        add_curve(sheet, summary, x, kept, args)
    sheet.heading("Slopes")
    sheet.text(f"On logarithmic scales; 1 is linear growth. Bar: at most {STEEPEST}. What is there "
               "before the first makes a slope smaller; the steepest piece lies between two "
               "neighbours.")
    sheet.table(["curve", "cost", "between", "slope", "steepest piece", f"at most {STEEPEST}"],
                summary)
    sheet.write(os.path.join(args.out, "curves"))


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=some_of(CURVES), default=list(CURVES))
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--warm", type=float, default=3)
    parser.add_argument("--gigabytes", type=float, default=1, help="to be stored, up to")
    parser.add_argument("--quick", action="store_true", help="few users, short runs")
    parser.add_argument("--out", default="side-by-side", metavar="DIR")
    parser.add_argument("--scratch", metavar="DIR", help="for the node's data, on a real disk")
    parser.add_argument("--wait", type=float, default=15,
                        help="seconds to wait for a quiet machine before each run")
    parser.add_argument("--no-install", action="store_true", help="no packages, and no plots")
    parser.add_argument("--report-only", action="store_true")
    args = parser.parse_args(arguments)
    if args.quick:
        args.seconds, args.warm, args.wait = 1, 0.5, 0
        args.gigabytes = min(args.gigabytes, 0.0625)
    args.plots = not args.no_install
    return args


def main():
    args = parse(sys.argv[1:])
    end_servers_on_sigterm()
    if not args.no_install:
        packages.install(["python3-matplotlib"])
    args.scratch = make_scratch(args)
    try:
        kept = Kept(os.path.join(args.out, "curves.jsonl"))
        curves = [x for x in all_curves(args) if x.name in args.only]
        for run in range(1, args.runs + 1 if not args.report_only else 1):
            for x in curves:
                x.take(args, kept, run)
        report(args, kept, curves)
    finally:
        shutil.rmtree(args.scratch, ignore_errors=True)
    print(os.path.join(args.out, "curves.md"))


if __name__ == "__main__":
    main()
