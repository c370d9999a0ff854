@0xe2b7c5d10f9a4863;

# The protocol between a node and whoever runs it. Same framing as client.capnp, on a listener of its own.
#
#   parleyctl                             node
#     hello            ------------------>
#                      <------------------  welcome, or error and the end
#     status           ------------------>
#                      <------------------  status
#
# Nothing but hello is heard before a hello with the node's key. Every request carries a request id other than 0 and is
# answered once, in order, with the same id; an error that belongs to no request carries 0. Fields and union members are
# only ever added; DO NOT RENUMBER. A member that the node does not know is answered with `unsupported`.
#
# Versions count from 1001, and `error` is where ServerFrame has it: whoever takes a node's one door for its other is
# told so by a hello that is refused.

using Cxx = import "/capnp/c++.capnp";
using Client = import "client.capnp";
$Cxx.namespace("parley::admin::schema");

struct AdminRequest {
  requestId @0 :UInt64;
  union {
    none @1 :Void;
    hello @2 :Hello;
    status @3 :Void;
    # How the node is.
    drain @4 :Void;
    # No new clients, and those that are there are told to come back: to another node, or to this one once it was
    # started again. Asking again changes nothing.
    cluster @5 :Void;
    # Who is in the cluster, who holds what and who leads.
    change @6 :Change;
    # Of the cluster map; only the node that leads it does that. Answered with `cluster` as soon as it holds: replicas
    # move after it.
  }

  struct Hello {
    version @0 :UInt32;
    agent @1 :Text;
    # Program and version, for people.
    key @2 :Data;
    # The bytes that DATA-DIR/admin.key has in hexadecimal.
  }
}

struct Change {
  union {
    none @0 :Void;
    join @1 :Node;
    # Let a node in; or it listens elsewhere now; or it shall stay after all.
    leave @2 :UInt64;
    # Its replicas go to others; then it is removed and never let in again.
    replace :group {
      node @3 :UInt64;
      by @4 :Node;
    }
    move :group {
      # Of one replica.
      shard @5 :UInt8;
      # 64: that of the cluster map.
      from @6 :UInt64;
      to @7 :UInt64;
    }
    rebalance @8 :Void;
    # Every replica goes where it would be if all nodes had come at once.
  }

  struct Node {
    id @0 :UInt64;
    host @1 :Text;
    port @2 :UInt16;
    zone @3 :Text;
  }
}

struct AdminReply {
  requestId @0 :UInt64;
  union {
    none @1 :Void;
    welcome @2 :Welcome;
    status @3 :Status;
    draining @4 :Draining;
    error @5 :Client.Error;
    cluster @6 :Cluster;
  }

  struct Welcome {
    version @0 :UInt32;
    agent @1 :Text;
  }

  struct Draining {
    connections @0 :UInt64;
    # Clients that were still there.
    already @1 :Bool;
    # The node was draining before.
  }

  struct Cluster {
    asked @0 :UInt64;
    # The node that says so.
    epoch @1 :UInt64;
    # Of the cluster map; 0 on a node of its own.
    replicas @2 :UInt8;
    nodes @3 :List(Node);
    groups @4 :List(Group);
    # By shard, and that of the cluster map after them.

    struct Node {
      id @0 :UInt64;
      address @1 :Text;
      zone @2 :Text;
      leaving @3 :Bool;
      linked @4 :Bool;
      # Can be reached from the node that was asked.
      draining @5 :Bool;
      # Lets no client in and shall lead nothing, for it is about to end.
    }

    struct Group {
      leader @0 :UInt64;
      # 0: nobody has said so lately.
      term @1 :UInt64;
      wanted @2 :List(UInt64);
      # Nodes that shall hold a replica; who shall lead first.
      voters @3 :List(UInt64);
      others @4 :List(UInt64);
      # Nodes that do: with a vote, and on their way in or out.
    }
  }

  struct Status {
    version @0 :Text;
    # Of the program.
    node @1 :UInt64;
    starts @2 :UInt64;
    # How often this store was started.
    uptimeMs @3 :UInt64;
    draining @4 :Bool;
    connections @5 :UInt64;
    # Of clients.
    creditRequests @6 :UInt64;
    creditBytes @7 :UInt64;
    # Requests of clients that were accepted and not answered.
    store @8 :Store;
    shards @9 :List(Shard);
    # All of them, by number.
  }

  struct Store {
    silent @0 :Bool;
    # Did not report in time; the rest is not known.
    freeBytes @1 :UInt64;
    # Room on the disk.
    fileBytes @2 :UInt64;
    # Sorted files; logs come on top.
    memtableBytes @3 :UInt64;
    # Rows in memory.
  }

  struct Shard {
    silent @0 :Bool;
    # Did not report in time; the rest is not known.
    leader @1 :UInt64;
    # The node that leads it; 0: nobody.
    epoch @2 :UInt64;
    # A start count or a Raft term.
    rooms @3 :UInt32;
    inboxes @4 :UInt32;
    # Awake on this node.
  }
}
