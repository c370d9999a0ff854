#!/usr/bin/env python3
"""Kills the node that leads most shards, again and again, and prints how long
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
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from nodes import BIN, free_port

ROLE = re.compile(r"event=role shard=(\d+) leader=(\d+) term=(\d+)")


class Cluster:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="parley-failover-")
        self.key = os.path.join(self.dir, "key")
        with open(self.key, "w") as out:
            out.write("5" * 64 + "\n")
        self.clients = [f"127.0.0.1:{free_port()}" for _ in range(3)]
        self.flag = ",".join(f"{i + 1}=127.0.0.1:{free_port()}" for i in range(3))
        self.running = [None] * 3
        for i in range(3):
            self.start(i)

    def start(self, i):
        log = open(os.path.join(self.dir, f"log{i}"), "ab")
        self.running[i] = subprocess.Popen(
            [os.path.join(BIN, "parleyd"), "--data-dir", os.path.join(self.dir, f"data{i}"),
             "--listen", self.clients[i], "--node", str(i + 1), "--nodes", self.flag,
             "--cluster-key", self.key, "--admin-listen", "none", "--log-level", "debug"],
            stdout=subprocess.DEVNULL, stderr=log)

    def kill(self, i):
        self.running[i].kill()
        self.running[i].wait()

    def leaders(self):
        """Who leads each shard, as the newest terms in all logs have it."""
        newest = {}
        for i in range(3):
            with open(os.path.join(self.dir, f"log{i}")) as log:
                for shard, leader, term in ROLE.findall(log.read()):
                    at = (int(term), int(leader))
                    if at[1] != 0 and at > newest.get(shard, (0, 0)):
                        newest[shard] = at
        return collections.Counter(leader for _, leader in newest.values())

    def settle(self):
        """Until every shard has a leader and all nodes have been back for a moment."""
        until = time.time() + 30
        while sum(self.leaders().values()) < 64 and time.time() < until:
            time.sleep(0.2)
        time.sleep(1.5)

    def swarm(self, seconds, rate, result):
        return subprocess.Popen(
            [os.path.join(BIN, "parley-swarm"), "--connect", ",".join(self.clients), "--users",
             "128", "--rate", str(rate), "--seconds", str(seconds), "--json", result,
             "--service-token", os.path.join(self.dir, "data0", "service.token")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        for x in self.running:
            x.kill()
            x.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=5, help="of load for each kill")
    args = parser.parse_args()
    cluster = Cluster()
    waits, led = [], []
    broken = 0
    try:
        for _ in range(args.kills):
            cluster.settle()
            result = os.path.join(cluster.dir, "result")
            swarm = cluster.swarm(args.seconds, args.rate, result)
            time.sleep(2)
            victim, shards = cluster.leaders().most_common(1)[0]
            cluster.kill(victim - 1)
            broken += swarm.wait() != 0
            with open(result) as file:
                x = json.load(file)
            waits.append(x["acknowledgement_us"]["max"] / 1000)
            led.append(shards)
            print(f"killed node {victim}, which led {shards}: longest wait {waits[-1]:.0f} ms, "
                  f"lost {x['lost']}, duplicated {x['duplicated']}, reordered {x['reordered']}",
                  file=sys.stderr, flush=True)
            cluster.start(victim - 1)
    finally:
        cluster.stop()
    waits.sort()
    print("| kills | shards led | p50 ms | p99 ms | max ms | broken |\n|---|---|---|---|---|---|")
    print(f"| {len(waits)} | {min(led)} to {max(led)} | {percentile(waits, 0.5):.0f} "
          f"| {percentile(waits, 0.99):.0f} | {waits[-1]:.0f} | {broken} |")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
