@0xd8a1f4c27b90e635;

# The cluster map: who is in a cluster, and who shall hold what. A row of the map's Raft group, a copy of it on every node,
# and a letter between nodes. Fields are only ever added; DO NOT RENUMBER.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("parley::cluster_schema");

struct ClusterMap {
  epoch @0 :UInt64;
  replicas @1 :UInt8;
  nodes @2 :List(Node);
  removed @3 :List(UInt64);
  groups @4 :List(List(UInt64));
  # By shard, and that of the map after them: the nodes that shall hold a replica, who shall lead first.

  struct Node {
    id @0 :UInt64;
    host @1 :Text;
    port @2 :UInt16;
    zone @3 :Text;
    disk @4 :UInt64;
    leaving @5 :Bool;
  }
}
