#!/usr/bin/env python3
"""One node becomes three, loses its first, and is restarted node by node, all
under load; prints how long each step took and how long clients waited.

    tools/bench/growth.py
    tools/bench/growth.py --rate 5000 --users 128

Everything on loopback. Fails if anything was lost, duplicated or reordered.
"""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time

from nodes import Node, swarm, wait_for, write_key


class Load:
    """A swarm of pairs, and what its clients saw."""

    def __init__(self, nodes, args, seconds):
        self.process, self.result = swarm(nodes, "--users", str(args.users), "--rate",
                                          str(args.rate), "--seconds", str(seconds))

    def end(self, what):
        kept = self.process.wait() == 0
        with open(self.result) as file:
            x = json.load(file)
        waits = x["acknowledgement_us"]
        print(f"| {what} | {x['acked']:,} | {waits['p50'] / 1000:.1f} ms | {waits['p99'] / 1000:.0f} ms "
              f"| {waits['max'] / 1000:.0f} ms | {x['reconnects']} "
              f"| {x['lost'] + x['duplicated'] + x['reordered']} |", flush=True)
        if not kept:
            sys.exit(f"growth: something was not kept; see {os.path.dirname(self.result)}")


def grow(nodes, args, times):
    first = nodes[0]
    key = write_key(first.directory)
    first.start()
    Load(nodes, args, 5).end("one node")
    load = Load(nodes, args, 20)
    time.sleep(5)
    began = time.time()
    first.end()
    first.start("--node", "1", "--nodes", f"1={first.peers}", "--cluster-key", key)
    times["restart of the one node, s"] = time.time() - began
    began = time.time()
    for x in nodes[1:]:
        x.start("--node", str(x.number), "--nodes", f"1={first.peers},{x.number}={x.peers}",
                "--join", "--cluster-key", key)
        wait_for(lambda: first.ctl("cluster", "join", f"{x.number}={x.peers}").returncode == 0,
                 f"node {x.number} to join")
    wait_for(first.sees_three_voters_everywhere, "three voters in all groups")
    times["then until all groups are on three, s"] = time.time() - began
    time.sleep(2)
    first.kill()
    load.end("one becomes three, then kill -9 of the first")
    first.start("--node", "1", "--cluster-key", key)
    return key


def restart_all(nodes, args, key, times):
    load = Load(nodes, args, 20)
    time.sleep(4)
    for i, x in enumerate(nodes):
        wait_for(nodes[i - 1].sees_three_voters_everywhere, "three voters in all groups")
        time.sleep(1.5)
        times[f"drain of node {x.number}, s"] = x.end()
        x.start("--node", str(x.number), "--cluster-key", key)
    load.end("all three drained and started again, one by one")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--users", type=int, default=48)
    parser.add_argument("--rate", type=int, default=2000, help="messages per second")
    args = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="parley-growth-")
    nodes = [Node(directory, i) for i in (1, 2, 3)]
    times = {}
    print("| load | acknowledged | p50 | p99 | max | reconnects | lost, duplicated, reordered |\n"
          "|---|---|---|---|---|---|---|")
    try:
        key = grow(nodes, args, times)
        restart_all(nodes, args, key, times)
    finally:
        for x in nodes:
            x.kill()
    print("\n| step | took |\n|---|---|")
    for step, seconds in times.items():
        print(f"| {step} | {seconds:.2f} |")
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
