#!/usr/bin/env python3
"""One node under a mixed load for hours, stopped and killed now and then.

    tools/faults/soak.py --hours 2 --out soak
    tools/faults/soak.py --minutes 1 --stretches 3 --out /tmp/soak     a short one

The load comes in stretches, each a swarm of its own (scenario mixed) on the same
growing data; its clients count what was lost, duplicated, reordered or missing. In the
middle of every second stretch the node is killed -9 and started again; after every
third one it drains and starts anew. Memory and open files are looked at every five
seconds. Ends at the first promise that was not kept. Writes OUT/soak.jsonl, a line for
each stretch, and OUT/soak.md.
"""
import argparse
import json
import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from nodes import Node, swarm  # noqa: E402

LOOK_EVERY = 5  # Seconds.
COLUMNS = ("stretch", "what", "messages", "deliveries", "lost", "p50 ms", "p99 ms", "memory MiB",
           "files", "data MiB")


def open_files(node):
    return len(os.listdir(f"/proc/{node.process.pid}/fd"))


def data_mib(node):
    return sum(os.path.getsize(os.path.join(where, name))
               for where, _, names in os.walk(node.data) for name in names) / 2**20


def stretch(node, number, given):
    """One swarm on a node that may be killed meanwhile; what came of it."""
    kill = number % 2 == 0
    process, result = swarm([node], "--scenario", "mixed", "--users", str(given.users), "--rate",
                            str(given.rate), "--seconds", str(given.minutes * 60))
    kill_at = time.time() + given.minutes * 30
    memory = []
    while process.poll() is None:
        if kill and time.time() >= kill_at:
            node.kill()
            node.start()
            kill = False
        memory.append(node.memory_mib())
        time.sleep(LOOK_EVERY)
    with open(result) as file:
        found = json.load(file)
    found.update(stretch=number, what="killed" if number % 2 == 0 else "", status=process.returncode,
                 memory_mib=sorted(memory)[len(memory) // 2], files=open_files(node),
                 data_mib=data_mib(node))
    return found


def row(x):
    wrong = sum(x[what] for what in ("lost", "missing", "duplicated", "reordered"))
    return (x["stretch"], x["what"], f'{x["acked"]:,}', f'{x["delivered"]:,}', wrong,
            f'{x["latency_us"]["p50"] / 1000:.1f}', f'{x["latency_us"]["p99"] / 1000:.1f}', f'{x["memory_mib"]:.0f}',
            x["files"], f'{x["data_mib"]:.0f}')


def soak(node, count, given):
    rows = [COLUMNS, ["---"] * len(COLUMNS)]
    for number in range(1, count + 1):
        found = stretch(node, number, given)
        with open(os.path.join(given.out, "soak.jsonl"), "a") as ledger:
            ledger.write(json.dumps(found) + "\n")
        rows.append(row(found))
        with open(os.path.join(given.out, "soak.md"), "w") as table:
            table.writelines("| " + " | ".join(map(str, x)) + " |\n" for x in rows)
        print(*rows[-1], flush=True)
        if found["status"] != 0:
            sys.exit(f"stretch {number} broke a promise; see {given.out}")
        if number % 3 == 0 and number != count:
            node.end()
            node.start()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--hours", type=float, help="of load; else --stretches count")
    parser.add_argument("--minutes", type=float, default=10, help="of a stretch")
    parser.add_argument("--stretches", type=int, default=12)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--rate", type=int, default=300, help="messages a second")
    parser.add_argument("--out", required=True)
    given = parser.parse_args()
    count = round(given.hours * 60 / given.minutes) if given.hours else given.stretches
    os.makedirs(given.out)
    node = Node(given.out, 1)
    node.start()
    try:
        soak(node, count, given)
    finally:
        node.kill()


if __name__ == "__main__":
    main()
