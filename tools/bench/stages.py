#!/usr/bin/env python3
"""Prints where the instructions of a message go, in Markdown.

    tools/bench/stages.py                      all workloads by stage
    tools/bench/stages.py --only direct-16
    tools/bench/stages.py --functions 20       and the dearest functions, with callers

A function belongs to the stage whose pattern its name matches, else to those who
call it. So what a room costs is without what it asks codecs, CAF or malloc for.
"""
import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools/checks"))
import callgrind  # noqa: E402

# The first that matches counts.
STAGES = [
    ("malloc", r"malloc|free$|_int_|operator (new|delete)|calloc|realloc|cfree|unlink_chunk|sysmalloc"
               r"|tcache|arena_get"),
    ("decode frames of clients", r"parley::(wire::decode|splitter)"),
    ("session", r"parley::(session_state|session\b|fork_session)"),
    ("shard", r"parley::(shard_state|shard\b|core::subscriptions)"),
    ("room", r"parley::(core::room\b|room\b|client_ids|core::client_ids)"),
    ("inbox", r"parley::(core::inbox|inbox\b|core::device_window)"),
    ("courier", r"parley::(core::courier|courier)"),
    ("ids and digests", r"parley::(user_of|direct_conversation|digest_of|normalize_name|hash_token"
                        r"|room_conversation|is_utf8)"),
    ("encode answers and pushes", r"parley::wire::encode"),
    ("encode and decode records", r"parley::(record::|keys::)"),
    ("journal", r"parley::(journal|history)"),
    ("Raft", r"parley::(raft|core::replica|replica|encode_entry|decode_entry|pack|unpack|decode_effect"
             r"|encode_effect)|raft[A-Z]|raft_|^(log|progress|replication|election|membership)[A-Z]|LZ4_"),
    ("links between nodes", r"parley::(core::link|peer|exchange|encode|decode)"),
    ("RocksDB", r"rocksdb::|parley::\{\}::rocks_store|parley::tune|parley::disk_space"),
    ("gate", r"parley::gate"),
    ("the fake network", r"caf::io::network::test_multiplexer"),
    ("CAF's messages", r"caf::|parley::detail::(carry|send_home)|parley::carry"),
    ("the program itself", r"parley::(instructions|node_fixture|client_fixture)"),
]
PATTERNS = [(name, re.compile(pattern)) for name, pattern in STAGES]


def stage_of(function):
    function = callgrind.bare(function)
    return next((name for name, pattern in PATTERNS if pattern.match(function)), None)


def by_stage(profiles):
    # By full names: what one instance of a template costs another need not pay.
    tables = {x: (callgrind.Profile(path, str).by_stage(stage_of), done)
              for x, (path, done) in profiles.items()}
    print("| stage | " + " | ".join(tables) + " |")
    print("|---" * (len(tables) + 1) + "|")
    for stage in [name for name, _ in STAGES] + [None]:
        cells = [f"{costs[stage] / done:,.0f}" for costs, done in tables.values()]
        if any(x != "0" for x in cells):
            print(f"| {stage or 'else'} | " + " | ".join(cells) + " |")
    sums = [f"{sum(costs.values()) / done:,.0f}" for costs, done in tables.values()]
    print("| sum | " + " | ".join(sums) + " |")


def by_function(name, path, done, count):
    profile = callgrind.Profile(path)
    below = collections.Counter(profile.own)
    callers = collections.defaultdict(list)
    for (caller, callee), cost in profile.calls.items():
        if caller != callee:
            below[caller] += cost
            callers[callee].append((cost / done, caller))
    print(f"\n{name}: the dearest functions\n")
    print("| function | itself | with all below | called by |\n|---|---|---|---|")
    for function, cost in profile.own.most_common(count):
        who = ", ".join(f"`{x}` {y:,.0f}" for y, x in sorted(callers[function], reverse=True)[:4])
        print(f"| `{function}` | {cost / done:,.0f} | {below[function] / done:,.0f} | {who} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build/tests/hot_path")
    parser.add_argument("--only", action="append")
    parser.add_argument("--functions", type=int, default=0)
    args = parser.parse_args()
    known = subprocess.run([args.program], stdout=subprocess.PIPE, text=True, check=True)
    profiles = {}
    with tempfile.TemporaryDirectory(prefix="parley-stages-") as directory:
        for name in args.only or known.stdout.split():
            out = os.path.join(directory, name)
            done = callgrind.run(args.program, name, out)
            profiles[name] = out, done
        by_stage(profiles)
        if args.functions:
            for name, (path, done) in profiles.items():
                by_function(name, path, done, args.functions)


if __name__ == "__main__":
    main()
