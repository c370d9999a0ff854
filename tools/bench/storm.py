#!/usr/bin/env python3
"""What three nodes cost when nobody does anything, and whether a storm of
clients that reconnect makes any of their 65 groups change its leader.

    tools/bench/storm.py
    tools/bench/storm.py --users 1000 --stay 1

Everything on loopback. First the CPU time of each node while nothing happens;
then a swarm of `--users` over all nodes, each of which loses its connection and
logs in again with its token every `--stay` seconds, on average. Leaders and
terms are those of `parleyctl cluster status` before and after, when each group
is led by who shall lead it. Fails if a message was lost, duplicated or
reordered, or a leader changed.
"""
import argparse
import json
import shutil
import sys
import tempfile
import time

from nodes import Node, found, swarm, wait_for


def cpu_shares(nodes, began, before):
    """Of a core, since then, in per cent."""
    return [100 * (x.cpu() - y) / (time.time() - began) for x, y in zip(nodes, before)]


def leaders(node):
    """Leader and term of each group."""
    return [(x["leader"], x["term"]) for x in node.status()["groups"]]


def start(nodes):
    found(nodes, "--log-level", "debug")  # Of roles, and nothing else.
    for x in nodes:
        wait_for(x.is_led_as_wanted, "leaders where they shall be")


def idle(nodes, seconds):
    began, before = time.time(), [x.cpu() for x in nodes]
    time.sleep(seconds)
    return cpu_shares(nodes, began, before)


def storm(nodes, args):
    """What the swarm saw."""
    clients, result = swarm(nodes, "--scenario", "storm", "--users", str(args.users), "--stay",
                            str(args.stay), "--rate", str(args.rate), "--seconds",
                            str(args.seconds))
    kept = clients.wait() == 0
    with open(result) as file:
        return kept, json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=4500)
    parser.add_argument("--stay", type=float, default=1.2, help="seconds of a connection")
    parser.add_argument("--rate", type=int, default=200, help="messages per second meanwhile")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--idle-seconds", type=float, default=30)
    args = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="parley-storm-")
    nodes = [Node(directory, i) for i in (1, 2, 3)]
    try:
        start(nodes)
        shares = idle(nodes, args.idle_seconds)
        before = leaders(nodes[0])
        kept, x = storm(nodes, args)
        after = leaders(nodes[0])
    finally:
        for node in nodes:
            node.kill()
    changed = [(i, *y) for i, y in enumerate(zip(before, after)) if y[0] != y[1]]
    for group, was, now in changed:
        print(f"group {group}: node {was[0]} in term {was[1]}, then node {now[0]} in term {now[1]}",
              file=sys.stderr)
    faults = sum(x[y] for y in ("lost", "missing", "gaps", "duplicated", "reordered", "forged"))
    print("| idle, % of a core | users | reconnects/s | groups with another leader or term "
          "| acknowledgement p99 | lost, duplicated, reordered |\n|---|---|---|---|---|---|")
    print(f"| {', '.join(f'{y:.1f}' for y in shares)} | {x['users']:,} "
          f"| {x['reconnects'] / x['seconds']:,.0f} | {len(changed)} of {len(after)} "
          f"| {x['acknowledgement_us']['p99'] / 1000:.0f} ms | {faults} |")
    if not kept or faults or changed:
        sys.exit(f"storm: see {directory}")
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
