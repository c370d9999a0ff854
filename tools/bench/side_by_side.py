#!/usr/bin/python3
"""Parley and its peers under the same load, in turns, on the same cores.

    tools/bench/side_by_side.py                          everything, some hours
    tools/bench/side_by_side.py --quick                  a trial, some minutes
    tools/bench/side_by_side.py --only W1,W3 --servers parley,nats-js --runs 5

Installs what is missing of the peers (Debian packages), without letting them start
by themselves. Every run is a fresh server with fresh data on the first core and the
generator on the second; all servers take their turn before the next run begins, so
that noise hits all alike. Writes DIR/report.md and DIR/report.html. Each run is kept
in DIR/raw.jsonl: what was interrupted or failed is run again, and more --runs add
to it.

    W1       direct: half of the users send to the other half, as fast as it goes
    W2       the same pairs, paced: the highest of some rates that is kept up
    W3       a room, some members of which publish
    W4       messages for users who are away are stored, then all come and drain
    W4-kill  the same, the server killed with SIGKILL at half and started again
    W5       users log in and stay
"""
import argparse
import os
import shutil
import sys
import tempfile

import packages
from peer_runs import (Kept, core_for, describe_machine, end_servers_on_sigterm, measure, say,
                       versions)
from peer_servers import ALL, packages_of
from sheets import Sheet, bars, cell, median_of, value_at

PACED_RATES = (5000, 2000, 1000, 500, 200)
KEPT_UP = 0.985  # Share of the paced rate.

FULL = {
    "W1": ["--users", 1000, "--window", 16, "--warm", 4, "--seconds", 8],
    "W2": ["--users", 1000, "--warm", 3, "--seconds", 8],
    "W3": ["--users", 1000, "--window", 4, "--publishers", 4, "--warm", 6, "--seconds", 10],
    "W4": ["--users", 1000, "--senders", 100, "--each", 100, "--patience", 400],
    "W4-kill": ["--users", 1000, "--senders", 100, "--each", 100, "--patience", 400,
                "--kill-at", 0.5],
    "W5": ["--users", 10000, "--settle", 30, "--patience", 400],
}
QUICK = {
    "W1": ["--users", 100, "--window", 16, "--warm", 1, "--seconds", 2],
    "W2": ["--users", 100, "--warm", 1, "--seconds", 2],
    "W3": ["--users", 50, "--window", 4, "--publishers", 2, "--warm", 1, "--seconds", 2,
           "--settle", 2],
    "W4": ["--users", 50, "--senders", 10, "--each", 20, "--quiet", 3],
    "W4-kill": ["--users", 50, "--senders", 10, "--each", 200, "--quiet", 3, "--kill-at", 0.5],
    "W5": ["--users", 200, "--settle", 2],
}
WORKLOADS = tuple(FULL)

# Heading of a column, where it stands in a row, and what it is multiplied with.
MILLI = 1e-3
MEBI = 2**-20
COSTS = [("server CPU us each", "server_cpu_us", 1),
         ("generator CPU us each", "generator_cpu_us", 1)]
NOISE = [("others' CPU %", "other_cpu_percent", 1), ("steal %", "steal_percent", 1)]
MEMORY = [("server MiB", "server_bytes", MEBI)]
PAIRS = [("messages/s", "rate", 1), ("p50 ms", "latency_us.p50", MILLI),
         ("p99 ms", "latency_us.p99", MILLI), *COSTS, *MEMORY, ("missing", "missing", 1),
         ("duplicated", "duplicated", 1), *NOISE]
COLUMNS = {
    "W1": PAIRS,
    "W2": [("asked for/s", "target_rate", 1), *PAIRS],
    "W3": [("deliveries/s", "rate", 1), ("last member p50 ms", "latency_us.p50", MILLI),
           ("p99 ms", "latency_us.p99", MILLI), *COSTS, *MEMORY, ("missing", "missing", 1),
           ("duplicated", "duplicated", 1), *NOISE],
    "W4": [("stored/s", "rate", 1), ("acknowledged p99 ms", "acknowledgement_us.p99", MILLI),
           ("server CPU us each", "store.server_cpu_us", 1),
           ("generator CPU us each", "store.generator_cpu_us", 1), ("drained/s", "drain_rate", 1),
           ("server CPU us each", "drain.server_cpu_us", 1), ("lost", "lost", 1),
           ("duplicated", "duplicated", 1), ("server MiB", "store.server_bytes", MEBI),
           ("disk MiB", "disk_bytes", MEBI),
           ("others' CPU %", "store.other_cpu_percent", 1),
           ("steal %", "store.steal_percent", 1)],
    "W4-kill": [("acknowledged", "stored", 1), ("of them lost", "lost", 1),
                ("duplicated", "duplicated", 1),
                ("delivered without acknowledgement", "delivered_unacknowledged", 1),
                ("back after s", "restart_seconds", 1)],
    "W5": [("online", "online", 1), ("stayed", "stayed", 1), ("logins/s", "rate", 1),
           ("server CPU us a login", "server_cpu_us", 1),
           ("generator CPU us a login", "generator_cpu_us", 1),
           ("KiB each", "bytes_each", 1 / 1024),
           ("KiB each of the whole machine's kernel", "kernel_bytes_each", 1 / 1024),
           ("idle CPU %", "idle_cpu_percent", 1), *NOISE],
}
TITLES = {
    "W1": "W1 direct", "W2": "W2 paced", "W3": "W3 room",
    "W4": "W4 stored for users who are away, then drained",
    "W4-kill": "W4 with kill -9 in the middle", "W5": "W5 idle connections",
}
PLOTTED = {"W1": "messages/s", "W2": "messages/s kept up", "W3": "deliveries/s",
           "W4": "stored/s", "W5": "logins/s"}


# -- running ------------------------------------------------------------------------


def can(server, workload):
    """Rooms and mailboxes, where there are some."""
    if workload == "W3":
        return ALL[server].rooms
    return ALL[server].keeps or not workload.startswith("W4")


def users_of(words):
    """Accounts that a workload needs."""
    of = dict(zip(words[::2], words[1::2]))
    return of["--users"] + of.get("--senders", 0)


def take(args, workload, server, words):
    words = ["--workload", workload[:2], *words]
    return measure(lambda: ALL[server](args.scratch, users_of(words), core_for("server")), words,
                   core_for("generator"), args.wait)


def keeps_up(row):
    return (not row["error"] and row["skipped"] == 0
            and row["rate"] >= KEPT_UP * row["target_rate"])


def take_paced(args, kept, server, words):
    """At the first run each rate until one is kept up, later at that."""
    known = [x for x in kept.find(workload="W2", server=server, size=args.size) if not x["error"]]
    rates = [known[0]["target_rate"]] if known else PACED_RATES
    for rate in rates:
        row = take(args, "W2", server, [*words, "--rate", rate])
        if keeps_up(row):
            break
    return row


def run_all(args, kept):
    settings = QUICK if args.quick else FULL
    for run in range(1, args.runs + 1):
        for workload in args.only:
            for server in args.servers:
                key = {"workload": workload, "server": server, "run": run, "size": args.size}
                if not can(server, workload) or kept.find(**key, error=""):
                    continue
                words = settings[workload]
                row = (take_paced(args, kept, server, words) if workload == "W2"
                       else take(args, workload, server, words))
                kept.add(key, row)
                say(workload, server, f"run {run}:", row["error"]
                    or f"{row['rate']:,.0f}/s, lost {row.get('lost', row.get('missing', 0))}")


# -- reporting ----------------------------------------------------------------------


def runs_of(kept, args, workload, server):
    """Those that went well, and those that failed and were not made good."""
    rows = kept.find(workload=workload, server=server, size=args.size)
    fine = [x for x in rows if not x["error"]]
    runs = {x["key"]["run"] for x in fine}
    return fine, [x for x in rows if x["key"]["run"] not in runs]


def add_table(sheet, kept, args, workload):
    rows, plotted, failed = [], [], []
    columns = COLUMNS[workload]
    for server in args.servers:
        fine, broken = runs_of(kept, args, workload, server)
        failed += [f"{server}: {x['error'][:200]}" for x in broken]
        if not fine:
            continue
        rows.append([server, *(cell(fine, path, factor) for _, path, factor in columns),
                     str(len(fine)), ALL[server].acknowledged])
        rates = [value_at(x, "rate") for x in fine]
        plotted.append((server, median_of(fine, "rate"), min(rates), max(rates)))
    if not rows and not failed:
        return
    sheet.heading(TITLES[workload])
    sheet.text(" ".join(map(str, (QUICK if args.quick else FULL)[workload])))
    sheet.table(["server", *(x[0] for x in columns), "runs", "what an acknowledgement means"],
                rows)
    if workload in PLOTTED and args.plots:
        sheet.plot(bars(TITLES[workload], PLOTTED[workload], plotted))
    for x in failed:
        sheet.text("Failed: " + x)


def dear_for_generator(kept, args):
    """Where the generator cost more than the server, and so may be what was measured."""
    for workload in args.only:
        part = "store." if workload.startswith("W4") else ""
        for server in args.servers:
            fine, _ = runs_of(kept, args, workload, server)
            own = median_of(fine, part + "generator_cpu_us")
            if own is not None and own > median_of(fine, part + "server_cpu_us"):
                yield f"{server} in {workload}"


def add_verdict_on_generator(sheet, kept, args):
    dear = list(dear_for_generator(kept, args))
    sheet.heading("The generator")
    sheet.text("It cost more CPU than the server for " + ", ".join(dear) + ": what these can do "
               "may be more than what was measured." if dear else
               "It cost less CPU than the server in every row.")


def report(args, kept):
    sheet = Sheet("Side by side" + (", a quick trial" if args.quick else ""))
    for x in describe_machine(args.scratch):
        sheet.text(x)
    sheet.text("; ".join(versions(packages_of(args.servers))))
    cores = core_for("server"), core_for("generator")
    sheet.text(f"Server on core {cores[0]}, generator on core {cores[1]}, everything on loopback. "
               "Median [min..max] of all runs; compare within one report.")
    safe = [x for x in args.servers if ALL[x].survives_power_cut]
    sheet.text("Only what these acknowledge is meant to survive a power cut: " + ", ".join(safe)
               + ".")
    for workload in args.only:
        add_table(sheet, kept, args, workload)
    add_verdict_on_generator(sheet, kept, args)
    sheet.write(os.path.join(args.out, "report"))


# -- the command --------------------------------------------------------------------


def some_of(known):
    def read(words):
        wanted = words.split(",")
        if unknown := [x for x in wanted if x not in known]:
            raise argparse.ArgumentTypeError(f"{unknown[0]}: one of {', '.join(known)}")
        return wanted
    return read


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=some_of(WORKLOADS), default=list(WORKLOADS))
    parser.add_argument("--servers", type=some_of(ALL), default=list(ALL))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few users, short runs")
    parser.add_argument("--out", default="side-by-side", metavar="DIR")
    parser.add_argument("--scratch", metavar="DIR",
                        help="for the servers' data, on a real disk; default: below --out")
    parser.add_argument("--wait", type=float, default=15,
                        help="seconds to wait for a quiet machine before each run")
    parser.add_argument("--no-install", action="store_true", help="no packages, and no plots")
    parser.add_argument("--report-only", action="store_true")
    args = parser.parse_args(arguments)
    args.size = "quick" if args.quick else "full"
    args.plots = not args.no_install
    return args


def make_scratch(args):
    os.makedirs(args.out, exist_ok=True)
    os.makedirs(args.scratch or args.out, exist_ok=True)
    return tempfile.mkdtemp(prefix="data-", dir=os.path.abspath(args.scratch or args.out))


def install(servers):
    services = packages_of(servers)
    packages.install([*services, "python3-matplotlib"], services)


def main():
    args = parse(sys.argv[1:])
    end_servers_on_sigterm()
    if not args.no_install:
        install(args.servers)
    args.scratch = make_scratch(args)
    try:
        kept = Kept(os.path.join(args.out, "raw.jsonl"))
        if not args.report_only:
            run_all(args, kept)
        report(args, kept)
    finally:
        shutil.rmtree(args.scratch, ignore_errors=True)
    print(os.path.join(args.out, "report.md"))


if __name__ == "__main__":
    main()
