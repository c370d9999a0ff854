#!/usr/bin/env python3
"""Measures one node with the bundled swarm and prints a table in Markdown.

    tools/bench/engine.py                  everything, some fifteen minutes
    tools/bench/engine.py --only direct    one row; --seconds 20 --runs 5
    tools/bench/engine.py --parleyd-option=--io-threads=2    and so with others
    tools/bench/engine.py --sync-ms 1      on a disk whose syncs take that long

Each row starts a fresh parleyd on a free port with a fresh data directory. The
load generator runs on the same machine; "pinned" gives the node one core and
the generator another. Rates and latencies are what clients saw; CPU is the
node's, user and system, over the whole life of the row divided by its messages.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from nodes import BAD_DISK, BIN, UNBOUNDED

TICK = os.sysconf("SC_CLK_TCK")


class Node:
    """A parleyd of its own; its directory goes with it."""

    options = ()
    environment = {}

    def __init__(self, core=None):
        self.dir = tempfile.mkdtemp(prefix="parley-bench-")
        self.command = [os.path.join(BIN, "parleyd"), "--data-dir", self.dir,
                        "--listen", "127.0.0.1:0", "--admin-listen", "none",
                        "--log-level", "warn", *UNBOUNDED, *self.options]
        if core is not None:
            self.command = ["taskset", "-c", str(core)] + self.command
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **self.environment})
        line = self.process.stdout.readline()
        self.address = line.split(" on ")[1].split(",")[0]

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()

    def restart(self):
        self.end()
        self.start()

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup") as f:
            for line in f:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
        return 0

    def swarm(self, scenario, users, seconds, *extra, core=None):
        out = os.path.join(self.dir, "swarm.json")
        command = [os.path.join(BIN, "parley-swarm"), "--connect", self.address, "--scenario", scenario,
                   "--users", str(users), "--seconds", str(seconds), "--json", out,
                   "--service-token", os.path.join(self.dir, "service.token"), *extra]
        if core is not None:
            command = ["taskset", "-c", str(core)] + command
        return out, subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self, *args, **kwargs):
        out, swarm = self.swarm(*args, **kwargs)
        if swarm.wait() != 0:
            sys.exit(f"the swarm failed: {args}")
        with open(out) as f:
            return json.load(f)

    def stop(self):
        self.end()
        shutil.rmtree(self.dir, ignore_errors=True)


def ms(x, key):
    return x["latency_us"][key] / 1000


def message_row(name, scenario, users, *extra, pinned=False, per="acked"):
    def measure(seconds):
        node = Node(core=0 if pinned else None)
        before = node.cpu()
        x = node.run(scenario, users, seconds, *extra, core=1 if pinned else None)
        cpu = node.cpu() - before
        node.stop()
        rate = x["rate_msgs_per_s"] if per == "acked" else x["deliveries_per_s"]
        return [rate, ms(x, "p50"), ms(x, "p99"), cpu / x[per] * 1e6]
    return name, ["rate /s", "p50 ms", "p99 ms", "node CPU us each"], measure


def drain_row():
    def measure(seconds):
        node = Node()
        x = node.run("offline", 500, seconds)
        node.stop()
        return [x["store_per_s"], x["drain_per_s"]]
    return "offline store, then drain, 500 users", ["stored /s", "drained /s"], measure


def idle_row(connections):
    def measure(seconds):
        node = Node()
        node.run("idle", connections, 1)
        node.restart()  # What the new accounts took is no connection's.
        node.run("idle", 2, 1)
        before = node.memory()
        out, swarm = node.swarm("idle", connections, seconds + 50)
        deadline = time.time() + 120
        while time.time() < deadline and len(os.listdir(f"/proc/{node.process.pid}/fd")) < connections:
            time.sleep(0.2)
        time.sleep(15)
        each = (node.memory() - before) / connections / 1024
        cpu = node.cpu()
        time.sleep(30)  # In which each connection is asked once whether it is there.
        share = (node.cpu() - cpu) / 30 * 100
        swarm.wait()
        with open(out) as f:
            logins = json.load(f)["logins_per_s"]
        node.stop()
        return [each, share, logins]
    return (f"{connections} idle logged-in connections",
            ["KiB of process memory each", "node CPU % of a core", "token logins /s"], measure)


def import_row(accounts):
    def measure(_):
        node = Node()
        x = node.run("import", accounts, 1)
        node.stop()
        return [x["seconds"], x["accounts_per_s"]]
    return f"import of {accounts} token-only accounts", ["seconds", "accounts /s"], measure


def restart_row(messages, accounts):
    def measure(_):
        node = Node()
        node.run("import", accounts, 1)
        stored = 0
        while stored < messages:
            stored += node.run("pairs", 1000, 20)["acked"]
        took = []
        for how in (signal.SIGKILL, signal.SIGTERM):
            node.end(how)
            began = time.time()
            node.start()
            took.append(time.time() - began)
        node.run("pairs", 1000, 1)
        node.stop()
        return [stored, *took]
    return (f"restart with {messages} messages and {accounts} accounts",
            ["messages", "ready after SIGKILL, s", "ready after SIGTERM, s"], measure)


ROOM = ("--room-size", "1000", "--publishers", "4", "--window", "4")

ROWS = {
    "direct": message_row("direct, 500 pairs, 16 in flight, 128 B", "pairs", 1000),
    "pinned": message_row("the same, node on one core, generator on the other", "pairs", 1000,
                          pinned=True),
    "paced": message_row("direct, paced 5,000/s", "pairs", 1000, "--rate", "5000"),
    "room": message_row("room of 1,000 online, 4 publishers, 4 in flight (each = a delivery)", "rooms",
                        1000, *ROOM, per="delivered"),
    "large-room": message_row("the same, and 99,000 members who are away", "rooms", 1000, *ROOM,
                              "--absent", "99000", per="delivered"),
    "great-room": message_row("room of 100,000, 5,000 of them online", "rooms", 5000,
                              "--room-size", "5000", "--publishers", "4", "--window", "4",
                              "--absent", "95000", per="delivered"),
    "offline": drain_row(),
    "idle": idle_row(10000),
    "import": import_row(100000),
    "restart": restart_row(10_000_000, 100_000),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", choices=ROWS, action="append")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--parleyd-option", action="append", default=[])
    parser.add_argument("--sync-ms", type=float, default=0, help="least time of a sync")
    args = parser.parse_args()
    Node.options = args.parleyd_option
    if args.sync_ms > 0:
        Node.environment = {"LD_PRELOAD": BAD_DISK, "BAD_DISK_SYNC_MS": str(args.sync_ms)}
    print("| what | figure | median | min | max |\n|---|---|---|---|---|")
    for key in args.only or ROWS:
        name, units, measure = ROWS[key]
        runs = [measure(args.seconds) for _ in range(args.runs)]
        for unit, values in zip(units, zip(*runs)):
            print(f"| {name} | {unit} | {statistics.median(values):,.1f} | {min(values):,.1f} "
                  f"| {max(values):,.1f} |", flush=True)


if __name__ == "__main__":
    main()
