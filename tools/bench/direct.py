#!/usr/bin/env python3
"""Direct messages through three nodes on loopback: what clients saw and what
the nodes paid, as a table in Markdown.

    tools/bench/direct.py                                   as fast as they go
    tools/bench/direct.py --rate 20000 --pairs 8,50,500     paced

One cluster for all rows, one row for each number of pairs, `--runs` rounds.
Begins when every group is led by who shall lead it. CPU is that of the three
nodes together, user and system. Fails if anything was lost, duplicated or
reordered.
"""
import argparse
import json
import shutil
import sys
import tempfile

from nodes import Node, found, swarm, wait_for

CLEAN = ("lost", "missing", "duplicated", "reordered")


def measure(nodes, pairs, args):
    """What the swarm saw, and seconds of CPU of the nodes meanwhile."""
    before = sum(x.cpu() for x in nodes)
    pace = ("--rate", str(args.rate)) if args.rate else ()
    clients, result = swarm(nodes, "--users", str(2 * pairs), "--seconds", str(args.seconds),
                            "--window", str(args.window), *pace)
    if clients.wait() != 0:
        sys.exit(f"the swarm failed; see {nodes[0].directory}")
    with open(result) as file:
        return json.load(file), sum(x.cpu() for x in nodes) - before


def row(pairs, seen, cpu):
    latency = seen["latency_us"]
    return (f"| {pairs} | {seen['rate_msgs_per_s']:,.0f} | {latency['p50'] / 1000:.0f} "
            f"| {latency['p99'] / 1000:.0f} | {latency['max'] / 1000:.0f} "
            f"| {cpu / seen['acked'] * 1e6:.0f} | {sum(seen[x] for x in CLEAN)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", default="500", help="numbers of pairs, with commas")
    parser.add_argument("--rate", type=float, default=0, help="messages per second; 0: no limit")
    parser.add_argument("--window", type=int, default=16, help="in flight for each pair")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--runs", type=int, default=1)
    args = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="parley-direct-")
    nodes = [Node(directory, i) for i in (1, 2, 3)]
    try:
        found(nodes)
        for x in nodes:
            wait_for(x.is_led_as_wanted, "leaders where they shall be")
        print("| pairs | messages/s | p50 ms | p99 ms | max ms | CPU us a message "
              "| lost, missing, duplicated, reordered |\n|---|---|---|---|---|---|---|")
        for _ in range(args.runs):
            for pairs in map(int, args.pairs.split(",")):
                print(row(pairs, *measure(nodes, pairs, args)), flush=True)
    finally:
        for x in nodes:
            x.kill()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
