#!/usr/bin/env python3
"""Twice what a node can do, for ten minutes, by clients that heed no credit.

    tools/faults/overload.py
    tools/faults/overload.py --seconds 20     a short one

One node on the first core, the generator on the second. First as much as goes: the
peak. Then messages come at twice that rate. Every message has to be answered: stored
and received once, or refused with a reason. In no ten seconds may less be done than nine
tenths of the peak, and memory may not grow in the second half. Fails otherwise.
"""
import argparse
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from nodes import Node, peerload  # noqa: E402

LOOK_EVERY = 1  # Seconds.
MOST_LOSS = 0.1
MOST_GROWTH = 0.1


def pin(process, core):
    """All its threads; those that come later follow the one that starts them."""
    for thread in os.listdir(f"/proc/{process.pid}/task"):
        os.sched_setaffinity(int(thread), {core})


class MemoryWatch:
    """Of a node, without what it has of files, until the block ends."""

    def __init__(self, node):
        self.node = node
        self.seen = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.over.wait(LOOK_EVERY):
            self.seen.append(self.node.memory_mib("RssAnon"))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def quarter(self, n):
        """The median of the first, second, third or last quarter."""
        size = len(self.seen) // 4
        return statistics.median(self.seen[(n - 1) * size:n * size])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--peak-seconds", type=float, default=30)
    args = parser.parse_args()
    server, generator = sorted(os.sched_getaffinity(0))[:2]
    directory = tempfile.mkdtemp(prefix="parley-overload-")
    node = Node(directory, 1)
    try:
        node.start()
        pin(node.process, server)
        peak = peerload(node, generator, "--workload", "W1", "--users", args.users, "--seconds",
                    args.peak_seconds)
        with MemoryWatch(node) as memory:
            over = peerload(node, generator, "--workload", "W2", "--users", args.users, "--rate",
                        2 * peak["rate"], "--beyond-credit", "--seconds", args.seconds,
                        "--patience", args.seconds + 180)
    finally:
        node.kill()
    slices = max(1, int(args.seconds / over["slice_seconds"]))
    whole = (over["finished_by_slice"] + [0] * slices)[:slices]
    least = min(whole) / over["slice_seconds"]
    asked = over["target_rate"]
    growth = memory.quarter(4) / memory.quarter(2) - 1
    print("| peak | asked | done | least of ten seconds | refused | no answer "
          "| received twice | memory MiB, by quarters |\n|---|---|---|---|---|---|---|---|")
    print(f"| {peak['rate']:,.0f}/s | {asked:,.0f}/s | {over['rate']:,.0f}/s | {least:,.0f}/s "
          f"| {over['refused']:,} | {over['missing']} "
          f"| {over['duplicated']} | {', '.join(f'{memory.quarter(n):.0f}' for n in (1, 2, 3, 4))} |")
    if (over["missing"] or over["duplicated"] or growth > MOST_GROWTH
            or least < (1 - MOST_LOSS) * peak["rate"]):
        sys.exit(f"overload: see {directory}")
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
