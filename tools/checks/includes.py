#!/usr/bin/env python3
"""Holds the #include lines to the layers of the tree.

    schema       <- persistence <- actors <- node
    schema       <- actors/core <- actors
    schema, actors/core <- tools

Each layer names the folders and libraries that it may include; std is free
everywhere. A few files are let through by name, with the reason. And no actor
includes another actor's header: what several share has no .cpp of its own.

    tools/checks/includes.py              checks the tree
    tools/checks/includes.py --self-test  checks the checker
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Folder: (folders, libraries). The longest matching folder counts.
LAYERS = {
    "schema": ({"schema"}, set()),
    "persistence": ({"schema", "persistence"}, {"posix"}),
    "actors/core": ({"schema", "actors/core"}, set()),
    "actors": ({"schema", "actors/core", "actors"}, {"caf", "spdlog", "posix"}),
    "node": ({"schema", "persistence", "actors/core", "actors", "node"},
             {"caf", "spdlog", "posix", "CLI", "nlohmann"}),
    "tools": ({"schema", "actors/core", "tools"},
              {"posix", "CLI", "nlohmann", "readline", "asio", "spdlog"}),
    "tools/bench": ({"schema", "actors/core", "persistence", "tools", "tools/bench"},
                    {"posix", "CLI", "nlohmann"}),
    "tests": None,  # Anything.
}

# What single files may include on top.
EXCEPTIONS = [
    (r"schema/(admin|cluster_map|codec|contact_codec|conversation_codec|device_codec|effect_codec|file_letter|message_codec|message_row|peer_frame|presence_codec|raft_message|record|service_codec|shard_copy|shard_read|user_codec)\.cpp|schema/(capnp_frame|contact_codec|conversation_codec|device_codec|message_codec|presence_codec|service_codec|user_codec)\.hpp",
     {"capnp"}),  # The codecs.
    (r"actors/core/\w+_codec\.cpp", {"capnp"}),
    (r"actors/core/(tls|trial_certificate)\.cpp", {"openssl"}),
    (r"actors/core/jwt\.cpp", {"jwt", "nlohmann", "openssl"}),
    (r"actors/core/visitors\.cpp", {"posix"}),  # What an address is.
    (r"actors/core/search_terms\.cpp", {"icu"}),  # What a word is, in any script.
    (r"schema/effect_codec\.cpp", {"lz4"}),  # Packed entries.
    (r"schema/identity\.cpp", {"sodium"}),  # All hashing is there.
    (r"persistence/rocks_\w+\.cpp", {"rocksdb"}),
    (r"persistence/raft_\w+\.cpp|persistence/raft_engine\.hpp", {"raft"}),
    (r"actors/core/file_keeper(_\w+)?\.[ch]pp", {"persistence"}),  # Around the files, as a replica around its rows.
    (r"actors/(journal|history|keeper|replica|spawn)\.[ch]pp", {"persistence"}),  # They carry the store.
    (r"actors/core/replica(_copy)?\.[ch]pp", {"persistence"}),  # Around raft::group, itself a step machine.
    (r"persistence/(disk_cipher|file_completion)\.cpp", {"openssl"}),  # AES and SHA-256 by the processor's own instructions.
    (r"actors/hasher\.cpp", {"sodium"}),  # Argon2id in a pool of its own.
    (r"node/tls_errors\.cpp", {"openssl"}),  # What CAF leaves behind there.
]

LIBRARIES = {
    "caf": r"caf/",
    "rocksdb": r"rocksdb/",
    "capnp": r"capnp/|kj/",
    "sodium": r"sodium",
    "lz4": r"lz4\.h",
    "icu": r"unicode/",
    "jwt": r"jwt\.h",
    "spdlog": r"spdlog/|fmt/",
    "CLI": r"CLI/",
    "nlohmann": r"nlohmann/",
    "readline": r"readline/",
    "asio": r"asio(\.|/)",
    "boost": r"boost/",
    "openssl": r"openssl/",
    "raft": r"raft(/|\.h$)",
    "posix": r"(sys|arpa|net|netinet|linux)/|\w+\.h$",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def longest(path, folders):
    """The innermost of `folders` that holds `path`."""
    inside = [f for f in folders if path.startswith(f + "/")]
    return max(inside, key=len, default=None)


def library_of(header):
    """The library that an angle-bracketed header belongs to; None for std."""
    return next((name for name, pattern in LIBRARIES.items() if re.match(pattern, header)), None)


def is_actor_header(header, files):
    return (re.fullmatch(r"actors/\w+\.hpp", header) is not None
            and header.replace(".hpp", ".cpp") in files)


def is_own(path, header):
    """Whether x.cpp or x_part.cpp includes x.hpp."""
    stem = header.removesuffix(".hpp")
    return re.fullmatch(re.escape(stem) + r"(_\w+)?\.[ch]pp", path) is not None


def complaints(path, text, files):
    """What is wrong with the includes of the file `path`."""
    layer = longest(path, LAYERS)
    if layer is None or LAYERS[layer] is None:
        return
    folders, libraries = LAYERS[layer]
    extra = set().union(*(names for pattern, names in EXCEPTIONS if re.fullmatch(pattern, path)))
    for bracket, header in INCLUDE.findall(text):
        generated = header.endswith(".capnp.h")
        if bracket == "<" or generated:
            library = "capnp" if generated else library_of(header)
            if library and library not in libraries | extra:
                yield f"{path}: {layer} must not include {library} (<{header}>)"
            continue
        folder = longest(header, LAYERS)
        if folder is None:
            yield f"{path}: write \"{header}\" from the top of the tree"
        elif longest(header, folders | extra) != folder:
            yield f"{path}: {layer} must not include {folder} (\"{header}\")"
        elif layer == "actors" and is_actor_header(header, files) and not is_own(path, header):
            yield f"{path}: an actor must not include another actor's header (\"{header}\")"


def check_tree():
    files = {}
    for folder in ("schema", "persistence", "actors", "node", "tools", "tests"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".hpp", ".cpp", ".h", ".c", ".cc"):
                files[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
    wrong = [line for path in sorted(files) for line in complaints(path, files[path], files)]
    for line in wrong:
        print(line)
    print(f"includes: {len(files)} files, {len(wrong)} outside their layer")
    return 1 if wrong else 0


def self_test():
    files = {"actors/room.cpp", "actors/inbox.cpp"}
    right = [
        ("schema/ids.hpp", "#include <vector>"),
        ("schema/codec.cpp", '#include "schema/client.capnp.h"\n#include <capnp/message.h>'),
        ("persistence/rocks_store.cpp", "#include <rocksdb/db.h>"),
        ("persistence/raft_engine.hpp", "#include <raft.h>"),
        ("actors/core/room.cpp", '#include "actors/core/room.hpp"'),
        ("actors/room.cpp", '#include "actors/room.hpp"'),
        ("actors/room_login.cpp", '#include "actors/room.hpp"'),
        ("actors/room.cpp", '#include "actors/contracts.hpp"'),
        ("actors/journal.cpp", '#include "persistence/store.hpp"'),
        ("node/main.cpp", '#include "actors/room.hpp"'),
        ("tools/bench/x.cpp", '#include "persistence/store.hpp"'),
        ("tools/bench/x.cpp", '#include "tools/bench/y.hpp"'),
        ("tests/x.cpp", "#include <caf/all.hpp>"),
    ]
    wrong = [
        ("schema/ids.hpp", "#include <capnp/message.h>"),
        ("schema/keys.cpp", '#include "persistence/store.hpp"'),
        ("persistence/store.hpp", "#include <rocksdb/db.h>"),
        ("persistence/rocks_store.hpp", "#include <rocksdb/db.h>"),
        ("persistence/raft_group.hpp", "#include <raft.h>"),
        ("persistence/store.cpp", "#include <raft.h>"),
        ("actors/core/room.cpp", "#include <caf/all.hpp>"),
        ("actors/core/room.cpp", '#include "actors/contracts.hpp"'),
        ("actors/core/room.cpp", '#include "persistence/store.hpp"'),
        ("actors/room.cpp", '#include "actors/inbox.hpp"'),
        ("actors/room.cpp", '#include "persistence/store.hpp"'),
        ("actors/room.cpp", '#include "node/main.hpp"'),
        ("node/main.cpp", "#  include <rocksdb/db.h>"),
        ("tools/chat.cpp", '#include "actors/room.hpp"'),
        ("tools/chat.cpp", '#include "persistence/store.hpp"'),
        ("node/main.cpp", '#include "tools/client.hpp"'),
        ("actors/room.cpp", '#include "room.hpp"'),
    ]
    for path, text in right:
        assert not list(complaints(path, text, files)), (path, text)
    for path, text in wrong:
        assert list(complaints(path, text, files)), (path, text)
    print(f"includes: self-test of {len(right) + len(wrong)} cases passed")
    return 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1:] == ["--self-test"] else check_tree())
