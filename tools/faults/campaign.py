#!/usr/bin/env python3
"""Rounds of real faults against real clusters, judged by the clients.

    sudo tools/faults/campaign.py --rounds 10
    sudo tools/faults/campaign.py --rounds 200 --ledger faults.jsonl    again: goes on
    sudo tools/faults/campaign.py --seed 17 --ledger /dev/null          one round again

A round draws from its seed: three or five nodes, a scenario of the swarm, and
one to three faults, one after the other. Then everything is healed, the swarm
drains, and its checker judges. One line of JSON goes to the ledger; seeds that
stand there are not run again. The first violation stops the campaign; its logs
stay. Needs root, build/bin, and the Debian packages iproute2 and nftables, and
for jumps of the clock faketime and libtcmalloc-minimal4.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import time

from cluster import BIN, Cluster, RESERVE_MIB, ROOT, fake_clock, own_mounts

LOAD_SECONDS = 14
DRAIN_SECONDS = 60
FAULT_SECONDS = (2.0, 4.0)   # Longer than an election.
PAUSE_SECONDS = (0.3, 1.5)   # Before each fault.


# -- faults: each begins, lasts, and is undone by heal() --------------------------------------

def kill_one(cluster, draw):
    draw.choice(cluster.nodes).kill()


def kill_majority(cluster, draw):
    for node in draw.sample(cluster.nodes, len(cluster.nodes) // 2 + 1):
        node.kill()


def kill_all(cluster, draw):
    for node in cluster.nodes:
        node.kill()


def kill_again_and_again(cluster, draw):
    for _ in range(3):
        node = draw.choice(cluster.nodes)
        node.kill()
        time.sleep(draw.uniform(0.1, 0.5))
        node.start()
        time.sleep(draw.uniform(0.1, 0.8))


def partition(cluster, draw):
    """A minority and the rest hear nothing of each other."""
    few = draw.sample(cluster.nodes, draw.randint(1, len(cluster.nodes) // 2))
    for a in few:
        for b in cluster.nodes:
            if b not in few:
                a.be_deaf_to(b)
                b.be_deaf_to(a)


def partition_one_way(cluster, draw):
    """One is heard by nobody, or hears nobody."""
    one = draw.choice(cluster.nodes)
    hears = draw.random() < 0.5
    for other in cluster.nodes:
        if other is not one:
            (other if hears else one).be_deaf_to(one if hears else other)


def flap(cluster, draw):
    for _ in range(4):
        partition(cluster, draw)
        time.sleep(draw.uniform(0.2, 0.9))
        for node in cluster.nodes:
            node.heal_network()
        time.sleep(draw.uniform(0.1, 0.6))


def stop_one(cluster, draw):
    draw.choice(cluster.nodes).stop()


def stop_majority(cluster, draw):
    for node in draw.sample(cluster.nodes, len(cluster.nodes) // 2 + 1):
        node.stop()


def lossy_link(cluster, draw):
    for node in draw.sample(cluster.nodes, draw.randint(1, len(cluster.nodes))):
        percent = draw.randint(2, 15)
        if not node.delay(draw.choice([5, 20, 80]), percent):
            node.lose(percent)


def slow_link(cluster, draw):
    draw.choice(cluster.nodes).slow_down(draw.choice([2, 5, 20]))


def short_disk(cluster, draw):
    node = draw.choice(cluster.nodes)
    node.may_die = cluster.fills_disks
    node.fill_disk(RESERVE_MIB // 2)


def full_disk(cluster, draw):
    node = draw.choice(cluster.nodes)
    node.may_die = True
    node.fill_disk(0)


def clock_jump(cluster, draw):
    draw.choice(cluster.nodes).set_clock(draw.choice([-86400, -3600, -5, 5, 3600, 86400]))


FAULTS = {x.__name__.replace("_", "-"): x for x in (
    kill_one, kill_majority, kill_all, kill_again_and_again, partition, partition_one_way, flap,
    stop_one, stop_majority, lossy_link, slow_link, short_disk, full_disk, clock_jump)}


def heal(cluster):
    for node in cluster.nodes:
        node.heal_network()
        node.free_disk()
        node.go_on()
        if not node.running():
            node.start()
        # Whose disk was full may be ending just now: until its next start it may.


# -- a round ---------------------------------------------------------------------------------

def plan(seed, only):
    draw = random.Random(seed)
    size = draw.choice([3, 3, 3, 5])
    scenario = draw.choice(["pairs", "pairs", "rooms", "offline", "storm", "mixed"])
    names = only or [x for x in FAULTS if x != "clock-jump" or fake_clock()]
    faults = [draw.choice(names) for _ in range(draw.randint(1, 3))]
    return draw, size, scenario, faults


def died_by_itself(cluster):
    return [x.number for x in cluster.nodes
            if x.process is not None and not x.running() and not x.may_die]


def ended_on_full_disk(cluster):
    return sum(x.may_die and not x.running() for x in cluster.nodes)


def run_round(seed, only, rate, log_level):
    draw, size, scenario, faults = plan(seed, only)
    clocks = fake_clock() if "clock-jump" in faults else None
    line = {"seed": seed, "nodes": size, "scenario": scenario, "faults": faults}
    with Cluster(size, clocks, log_level) as cluster:
        cluster.fills_disks = "full-disk" in faults  # So fast that half a reserve may not do.
        result = os.path.join(cluster.dir, "result.json")
        swarm = cluster.swarm(result, "--scenario", scenario, "--users", "60", "--rate", str(rate),
                              "--size", "8192" if cluster.fills_disks else "128",
                              "--window", "16", "--room-size", "6",
                              "--seconds", str(LOAD_SECONDS),
                              "--drain-seconds", str(DRAIN_SECONDS))
        swarm_log = os.path.join(cluster.dir, "swarm.log")
        until = time.time() + 30
        while b" s load" not in open(swarm_log, "rb").read() and swarm.poll() is None:
            if time.time() > until:
                break
            time.sleep(0.1)
        died = []
        ended = 0
        for name in faults:
            time.sleep(draw.uniform(*PAUSE_SECONDS))
            FAULTS[name](cluster, draw)
            time.sleep(draw.uniform(*FAULT_SECONDS))
            died += died_by_itself(cluster)
            ended += ended_on_full_disk(cluster)
            heal(cluster)
        try:
            status = swarm.wait(LOAD_SECONDS + DRAIN_SECONDS + 60)
        except subprocess.TimeoutExpired:
            swarm.kill()
            status = -1
        died += died_by_itself(cluster)
        line["ended_on_full_disk"] = ended + ended_on_full_disk(cluster)
        if os.path.exists(result):
            with open(result) as file:
                x = json.load(file)
            for key in ("sent", "acked", "delivered", "lost", "missing", "gaps", "duplicated",
                        "reordered", "forged", "unread_wrong", "receipts_wrong", "versions_wrong",
                        "members_wrong", "unanswered", "files_wrong", "presence_wrong", "drained"):
                line[key] = x[key]
            line["drain_seconds"] = round(x["drain_seconds"], 1)
            line["longest_wait_ms"] = x["acknowledgement_us"]["max"] // 1000
            line["errors"] = x["errors"]
        line["kept"] = status == 0 and line.get("drained", False) and not died
        if died:
            line["died"] = died
        if not line["kept"]:
            line["logs"] = cluster.dir
    if line["kept"]:
        cluster.remove()
    return line


def commit():
    done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                          stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--seed", type=int, help="this one only")
    parser.add_argument("--fault", choices=FAULTS, action="append", help="draw from these only")
    parser.add_argument("--rate", type=int, default=1500, help="messages per second")
    parser.add_argument("--ledger", default="faults.jsonl")
    parser.add_argument("--log-level", default="info", help="of the nodes")
    parser.add_argument("--go-on", action="store_true", help="also after a violation")
    args = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("campaign: needs root, for network namespaces and mounts")
    if not os.path.exists(os.path.join(BIN, "parleyd")):
        sys.exit(f"campaign: build first; there is no {BIN}/parleyd")
    own_mounts()
    done = set()
    if os.path.isfile(args.ledger):
        with open(args.ledger) as ledger:
            done = {json.loads(line)["seed"] for line in ledger if line.strip()}
    seeds = [args.seed] if args.seed else range(args.first_seed, args.first_seed + args.rounds)
    broken = 0
    for seed in seeds:
        if seed in done:
            continue
        began = time.time()
        line = {"commit": commit(), **run_round(seed, args.fault, args.rate, args.log_level)}
        line["seconds"] = round(time.time() - began, 1)
        with open(args.ledger, "a") as ledger:
            ledger.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)
        broken += not line["kept"]
        if broken and not args.go_on:
            sys.exit(1)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
