#!/usr/bin/env python3
"""Kills the node that leads most groups, again and again, and prints how long
clients waited.

    tools/bench/failover.py --kills 30

Three nodes on loopback, a swarm of pairs at a fixed rate. For each kill a swarm
runs for a few seconds; what counts is its longest time from a send to the
acknowledgement, repeats and reconnects included. The killed node comes back
before the next one. Fails if anything was lost, duplicated or reordered.
"""
import argparse
import collections
import json
import shutil
import sys
import tempfile
import time

from nodes import Node, found, swarm, wait_for


def leaders(nodes):
    """How many groups each node leads; nothing while some group has no leader."""
    status = nodes[0].status()
    return status and status["nobody"] == 0 and collections.Counter(
        x["leader"] for x in status["groups"])


def settle(nodes):
    """Until every group has a leader and all nodes have been back for a moment."""
    for x in nodes:
        wait_for(x.sees_three_voters_everywhere, "three voters in all groups")
    time.sleep(1.5)


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=5, help="of load for each kill")
    args = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="parley-failover-")
    nodes = [Node(directory, i) for i in (1, 2, 3)]
    waits, led = [], []
    broken = 0
    try:
        found(nodes)
        for _ in range(args.kills):
            settle(nodes)
            clients, result = swarm(nodes, "--users", "128", "--rate", str(args.rate), "--seconds",
                                    str(args.seconds))
            time.sleep(2)
            led_by = wait_for(lambda: leaders(nodes), "leaders of all groups")
            victim, groups = led_by.most_common(1)[0]
            nodes[victim - 1].kill()
            broken += clients.wait() != 0
            with open(result) as file:
                x = json.load(file)
            waits.append(x["acknowledgement_us"]["max"] / 1000)
            led.append(groups)
            print(f"killed node {victim}, which led {groups}: longest wait {waits[-1]:.0f} ms, "
                  f"lost {x['lost']}, duplicated {x['duplicated']}, reordered {x['reordered']}",
                  file=sys.stderr, flush=True)
            nodes[victim - 1].start()
    finally:
        for x in nodes:
            x.kill()
    shutil.rmtree(directory)
    waits.sort()
    print("| kills | groups led | p50 ms | p99 ms | max ms | broken |\n|---|---|---|---|---|---|")
    print(f"| {len(waits)} | {min(led)} to {max(led)} | {percentile(waits, 0.5):.0f} "
          f"| {percentile(waits, 0.99):.0f} | {waits[-1]:.0f} | {broken} |")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
