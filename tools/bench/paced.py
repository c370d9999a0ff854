#!/usr/bin/env python3
"""How long a message takes that is not in a hurry, where a sync takes a millisecond.

    tools/bench/paced.py
    tools/bench/paced.py --sync-ms 0 --rate 2000

One node whose data lie in memory, so that a sync takes as long as it shall and no longer
(tools/faults/bad_disk.cpp). Pairs of users write at a steady rate, all together; latency is
from when a message was due to its receipt by the other. A message waits for the rest of the
sync that is under way and then for one of its own: one and a half of them, and one and a half
times what the node does between two.
"""
import argparse
import os
import shutil
import statistics
import tempfile

from nodes import BAD_DISK, Node, peerload


def measure(pairs, args):
    directory = tempfile.mkdtemp(prefix="parley-paced-", dir=args.scratch)
    times = os.path.join(directory, "times")
    node = Node(directory, 1)
    node.environment = {"LD_PRELOAD": BAD_DISK, "BAD_DISK_SYNC_MS": str(args.sync_ms),
                        "BAD_DISK_TIMES": times}
    try:
        node.start()
        result = peerload(node, args.generator, "--workload", "W2", "--users", 2 * pairs, "--rate",
                          args.rate, "--seconds", args.seconds)
        node.end()
        with open(times) as file:
            between, took = zip(*(map(float, line.split()) for line in file))
    finally:
        node.kill()
        shutil.rmtree(directory)
    latency = result["latency_us"]
    return (latency["p50"] / 1000, latency["p99"] / 1000, statistics.median(took),
            statistics.median(between))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=lambda x: [int(y) for y in x.split(",")],
                        default=[50, 500])
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--sync-ms", type=float, default=1)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--generator", default="0-1", metavar="CORES")
    parser.add_argument("--scratch", default="/dev/shm", metavar="DIR")
    args = parser.parse_args()
    print("| pairs | p50 ms | p99 ms | a sync, ms | between two, ms |\n|---|---|---|---|---|")
    for pairs in args.pairs:
        runs = [measure(pairs, args) for _ in range(args.runs)]
        print(f"| {pairs} | " + " | ".join(
            ", ".join(f"{x:.2f}" for x in column) for column in zip(*runs)) + " |", flush=True)


if __name__ == "__main__":
    main()
