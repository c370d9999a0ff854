#!/usr/bin/env python3
"""What polite users notice of clients that are slow, dead or liars, and what those cost.

    sudo tools/faults/slow_peers.py
    sudo tools/faults/slow_peers.py --kind never-read --seconds 10

One node. Beside each kind of bad clients, of which others keep writing to every one, a
swarm of polite users writes 500 messages a second. The bad ones

    polite                       are not bad at all: what their load alone does
    never-read, byte-a-second    read nothing, or next to nothing, of what they are sent
    never-ack, lie               acknowledge nothing, or what nobody has written
    vanish                       are there, and their network is not any more
    storm                        log in, ten thousand at once, again and again

Fails if a polite user lost something, if their p99 is above 50 ms, or if the node's
memory grows by more than 256 MiB. Needs root, for a network that can be taken away, and
the Debian package iproute2.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from nodes import BIN, Node, free_port, swarm  # noqa: E402
from overload import MemoryWatch  # noqa: E402

SPACE, CABLE = "parley-slow", "parley-slow0"
HERE, THERE = "10.78.0.1", "10.78.0.2"
POLITE = 40
WORST_P99_MS = 50
MOST_GROWTH_MIB = 256  # Whatever they do.
KINDS = ("nobody", "polite", "never-read", "byte-a-second", "never-ack", "lie", "vanish", "storm")


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Cable:
    """To a network of its own, which can be taken away."""

    def __enter__(self):
        ip("netns", "add", SPACE)
        ip("link", "add", CABLE, "type", "veth", "peer", "name", "eth0", "netns", SPACE)
        ip("addr", "add", f"{HERE}/24", "dev", CABLE)
        ip("link", "set", CABLE, "up")
        ip("-n", SPACE, "addr", "add", f"{THERE}/24", "dev", "eth0")
        ip("-n", SPACE, "link", "set", "eth0", "up")
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "link", "del", CABLE], check=False)
        subprocess.run(["ip", "netns", "del", SPACE], check=False)

    @staticmethod
    def cut():
        ip("-n", SPACE, "link", "set", "eth0", "down")


class BadClients:
    """Of one kind, until the block ends."""

    def __init__(self, node, kind, count, seconds, log):
        port = node.clients.rsplit(":", 1)[1]
        self.kind = kind
        self.again = kind == "storm"
        self.command = [os.path.join(BIN, "peerload"), "--protocol", "parley", "--service-token",
                        os.path.join(node.data, "service.token"), "--quiet", "1", "--warm", "0"]
        if kind == "vanish":
            self.command = ["ip", "netns", "exec", SPACE, *self.command, "--sources", "0",
                            "--connect", f"{HERE}:{port}"]
        else:
            self.command += ["--connect", node.clients]
        if kind == "storm":
            self.command += ["--workload", "W5", "--users", "10000", "--at-once", "10000",
                             "--settle", "0.1"]
        else:
            self.command += ["--workload", "W2", "--users", str(2 * count), "--rate", "2000",
                             "--payload", "4096", "--seconds", str(seconds + 30)]
        if kind not in ("vanish", "storm"):
            self.command += ["--receivers", kind]
        self.log = log
        self.files = node.open_files()  # Without clients.
        self.process = None

    def __enter__(self):
        if self.kind not in ("nobody", "storm"):
            self.start()
        return self

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log)

    def keep_on(self, node):
        """Those who come again and again do, once the polite ones are in: both ask the
        service account for their users, and it is one device."""
        ended = not self.process or self.process.poll() is not None
        if self.again and ended and node.open_files() >= self.files + POLITE:
            self.start()

    def __exit__(self, *_):
        self.again = False
        if self.process:
            self.process.kill()
            self.process.wait()


def beside(node, kind, args, log):
    with BadClients(node, kind, args.clients, args.seconds, log) as bad:
        time.sleep(args.settle)
        if kind == "vanish":
            Cable.cut()
        with MemoryWatch(node) as memory:
            process, result = swarm([node], "--scenario", "pairs", "--users", str(POLITE),
                                    "--rate", "500",
                                    "--seconds", str(args.seconds))
            while process.poll() is None:
                bad.keep_on(node)
                time.sleep(0.1)
        if not bad.again and bad.process and bad.process.poll() is not None:
            sys.exit(f"slow_peers: nobody was bad; see {node.directory}")
    if process.returncode not in (0, 1):
        sys.exit(f"slow_peers: the swarm could not start; see {node.directory}")
    with open(result) as file:
        return json.load(file), max(memory.seen), process.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--clients", type=int, default=400, help="bad ones, but for the storm")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--settle", type=float, default=6, help="seconds before they are bad")
    args = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="parley-slow-")
    broken = False
    print("| beside | p50 | p99 | max | polite users lost | memory before | most |\n"
          "|---|---|---|---|---|---|---|", flush=True)
    with Cable(), open(os.path.join(directory, "bad"), "wb") as log:
        for number, kind in enumerate(args.kind or KINDS, 1):
            node = Node(directory, number)
            port = free_port()
            node.clients = f"0.0.0.0:{port}"
            node.start("--allow-plaintext")
            node.clients = f"127.0.0.1:{port}"
            before = node.memory_mib("RssAnon")
            try:
                x, most, kept = beside(node, kind, args, log)
            finally:
                node.kill()
            lost = sum(x[y] for y in ("lost", "missing", "gaps", "duplicated", "reordered"))
            p99 = x["latency_us"]["p99"] / 1000
            print(f"| {kind} | {x['latency_us']['p50'] / 1000:.1f} ms | {p99:.1f} ms "
                  f"| {x['latency_us']['max'] / 1000:.0f} ms | {lost} | {before:.0f} MiB "
                  f"| {most:.0f} MiB |", flush=True)
            broken |= not kept or p99 > WORST_P99_MS or most - before > MOST_GROWTH_MIB
    if broken:
        sys.exit(f"slow_peers: see {directory}")
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
