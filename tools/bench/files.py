#!/usr/bin/env python3
"""What those who write messages notice of a large file that is sent or fetched beside them.

    tools/bench/files.py                       three rounds with 1 GiB, two minutes
    tools/bench/files.py --mib 256 --runs 5
    tools/bench/files.py --client-dir /dev/shm    the client's files on another disk

One fresh node. In each round 100 bots write 2,000 messages/s for ten seconds three times: alone, while a
file is sent, and while it is fetched. Prints a table in Markdown.
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

from engine import BIN, Node

MIBI = 2**20
PASSWORD = {**os.environ, "PARLEY_PASSWORD": "correct horse"}


def parley(node, home, user, *words):
    return [os.path.join(BIN, "parley"), "--connect", node.address, "--state-dir", home, "--user", user, *words]


def check(command):
    return subprocess.run(command, env=PASSWORD, check=True, capture_output=True, text=True).stdout


def beside_load(node, seconds, command=None):
    """Latencies of the bots, and how long the command took."""
    began = time.time()
    other = subprocess.Popen(command, env=PASSWORD, stdout=subprocess.PIPE, text=True) if command else None
    out, swarm = node.swarm("pairs", 100, seconds, "--rate", "2000")
    said, took = "", None
    if other:
        said = other.communicate()[0]
        took = time.time() - began
    if swarm.wait() != 0 or (other and other.returncode != 0):
        raise SystemExit("the swarm or the transfer failed")
    with open(out) as file:
        return json.load(file)["latency_us"], took, said


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--client-dir", default=None)
    args = parser.parse_args()
    Node.options = ("--file-limit", "8192", "--file-quota", "1000000")
    node = Node()
    with tempfile.TemporaryDirectory(dir=args.client_dir) as home:
        for user in ("ada", "bob"):
            check(parley(node, home, user, "register"))
        print("| | p50 ms | p99 ms | transfer s | node MiB |\n|---|---|---|---|---|")
        for run in range(args.runs):
            path, copy = os.path.join(home, "file"), os.path.join(home, f"copy{run}")
            with open(path, "wb") as file:
                for _ in range(args.mib):
                    file.write(os.urandom(MIBI))
            seq = None
            for what in ("alone", "while a file is sent", "while it is fetched"):
                command = None
                if what == "while a file is sent":
                    command = parley(node, home, "ada", "send-file", "--to", "bob", "--json", path)
                elif what == "while it is fetched":
                    command = parley(node, home, "bob", "save", "--to", "ada", str(seq), copy)
                latency, took, said = beside_load(node, args.seconds, command)
                if said.startswith("{"):
                    seq = json.loads(said)["seq"]
                    check(parley(node, home, "bob", "conversations"))
                print(f"| {what} | {latency['p50'] / 1000:.1f} | {latency['p99'] / 1000:.1f} "
                      f"| {'' if took is None else f'{took:.1f}'} | {node.memory() / MIBI:.0f} |", flush=True)
            os.remove(copy)
    node.stop()


if __name__ == "__main__":
    main()
