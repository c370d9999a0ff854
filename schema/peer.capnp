@0xb3d94ce1f0a76e25;

# What nodes of one cluster exchange: frames, with messages between the replicas of Raft groups and mail between rooms,
# inboxes and sessions (mail.capnp) in them; and what a replica keeps on disk for Raft. Raft's names are those of the paper
# (Ongaro and Ousterhout 2014, figures 2 and 13). Fields are only ever added; DO NOT RENUMBER.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("parley::raft::schema");

struct PeerFrame {
  # One burst from one node to another.
  version @0 :UInt32;
  # Nodes of another one read no further than here and refuse it, so that these three never change:
  cluster @1 :UInt64;
  from @2 :UInt64;
  link @3 :UInt64;
  # Rises whenever something that was sent may not have arrived; a node's later starts have higher ones.
  number @4 :UInt64;
  # 1, 2, 3 ... on each link.
  takenLink @5 :UInt64;
  taken @6 :UInt64;
  # Credit: bytes that arrived on this link of the receiver's.
  letters @7 :List(Letter);
  mails @8 :Data;
  # Mails, or nothing.
  disk @9 :UInt64;
  # Of the sender: see NodeIdentity.
  reads @10 :UInt16;
  # The newest format of rows that the sender can read; 0: 1.

  struct Letter {
    # From a replica of a shard to another.
    shard @0 :UInt8;
    bytes @1 :Data;
    kind @2 :Kind;

    enum Kind {
      raft @0;
      # bytes: a RaftMessage.
      copyRequest @1;
      # bytes: a CopyRequest.
      copyPage @2;
      # bytes: a CopyPage.
      map @3;
      # bytes: a ClusterMap (cluster.capnp).
      leading @4;
      # bytes: a Leading.
      readRequest @5;
      # bytes: a ReadRequest.
      readReply @6;
      # bytes: a ReadReply.
      door @7;
      # bytes: a Door.
      file @8;
      # bytes: a FileLetter.
    }
  }
}

struct Door {
  # A node tells each other one when they find each other, and when it changes.
  clients @0 :Text;
  # Where it listens for clients: HOST:PORT; empty: nobody from elsewhere could get in.
  draining @1 :Bool;
  # It is about to end: lets no client in, and shall lead nothing.
  unpacks @2 :Bool;
  # It knows PackedEntry.
  reads @3 :UInt16;
  # The newest format of rows that it can read; 0: 1.
  format @4 :UInt16;
  # That of its store; 0: 1. A node marks its store when all can read a format, and writes rows of
  # that format when all have marked theirs: till then each of them can go back to an earlier build.
}

struct PeerRefusal {
  # Why a node does not listen to another one.
  text @0 :Text;
  final @1 :Bool;
  # It never will.
}

struct Leading {
  # Who leads a group tells every node now and then, for not every node has a replica of it.
  term @0 :UInt64;
  mapEpoch @1 :UInt64;
  # The cluster map that the leader knows.
  servers @2 :List(Server);
  # Replicas of the group; all of that is committed.
}

struct CopyRequest {
  # Asks for the rows of a shard, a page at a time, all of one moment.
  token @0 :UInt64;
  # Names the moment: that of the first page asked for with it.
  after @1 :Data;
  # Key of the last row that is there; empty: from the first.
}

struct CopyPage {
  token @0 :UInt64;
  rows @1 :Data;
  # An Entry.
  applied @2 :UInt64;
  # The rows of all pages together are the state after this entry of the log.
  last @3 :Bool;
  refused @4 :Bool;
  # This replica has no such moment (any more), or no whole rows. Ask anew, or another.
}

struct ReadRequest {
  # Asks the leader of a shard for rows.
  token @0 :UInt64;
  queries @1 :List(Query);

  struct Query {
    from @0 :Data;
    to @1 :Data;
    # Keys from one on, before the other.
    maxRows @2 :UInt64;
    maxBytes @3 :UInt64;
    last @4 :Bool;
    # Only the last row of them.
  }
}

struct ReadReply {
  token @0 :UInt64;
  code @1 :UInt16;
  # An ErrorCode of client.capnp: nothing could be read.
  results @2 :List(Data);
  # An Entry for each query.
}

struct FileLetter {
  # What nodes say to each other about a file of a user of the letter's shard.
  what @0 :What;
  userHigh @1 :UInt64;
  userLow @2 :UInt64;
  # Whose upload it is; 0: nobody's, the file is stored.
  hash @3 :Data;
  size @4 :UInt64;
  offset @5 :UInt64;
  data @6 :Data;

  enum What {
    want @0;
    # Who has the rows of this shard shall have this file: ask for its pieces.
    read @1;
    # The piece at offset is wanted, as soon as it is there.
    part @2;
    # It.
    absent @3;
    # There is no such file here, or it is damaged.
    held @4;
    # It is on this node's disk, whole and checked.
  }
}

struct RaftMessage {
  from @0 :UInt64;
  to @1 :UInt64;
  # Nodes of the cluster.
  term @2 :UInt64;
  # The sender's; a candidate that asks for pre-votes names the term that it would begin.
  union {
    none @3 :Void;
    # What an unknown kind looks like is not decoded either.
    requestVote @4 :RequestVote;
    requestVoteResult @5 :RequestVoteResult;
    appendEntries @6 :AppendEntries;
    appendEntriesResult @7 :AppendEntriesResult;
    installSnapshot @8 :InstallSnapshot;
    confirm @9 :Confirm;
    confirmResult @10 :Confirm;
    timeoutNow @11 :TimeoutNow;
  }
}

struct RequestVote {
  lastLogIndex @0 :UInt64;
  lastLogTerm @1 :UInt64;
  preVote @2 :Bool;
  disruptLeader @3 :Bool;
  # The leader has asked for the election itself: it may be left although it is heard.
}

struct TimeoutNow {
  # The leader asks a voter to call an election at once (Ongaro's thesis, section 3.10).
  lastLogIndex @0 :UInt64;
  lastLogTerm @1 :UInt64;
  # Of the leader's log: who has not all of it stays quiet.
}

struct RequestVoteResult {
  voteGranted @0 :Bool;
  preVote @1 :Bool;
}

struct AppendEntries {
  prevLogIndex @0 :UInt64;
  prevLogTerm @1 :UInt64;
  leaderCommit @2 :UInt64;
  entries @3 :List(LogEntry);
}

struct AppendEntriesResult {
  rejected @0 :UInt64;
  # The prevLogIndex that does not match; 0 if all is well.
  lastLogIndex @1 :UInt64;
  # What matches up to here; of a rejection, where to try next.
}

struct InstallSnapshot {
  # The receiver fetches the rows by itself.
  snapshot @0 :Snapshot;
}

struct Confirm {
  # A leader asks, for a read, whether it still is (Ongaro's thesis, section 6.4); only who is in its term answers.
  round @0 :UInt64;
}

struct LogEntry {
  # In a message and in a row of the log.
  term @0 :UInt64;
  kind @1 :Kind;
  data @2 :Data;
  # Of a command: an Entry. Of a configuration: what libraft makes of it (version 1; id, address, role of each server).

  enum Kind {
    command @0;
    barrier @1;
    configuration @2;
  }
}

struct Server {
  id @0 :UInt64;
  role @1 :Role;

  enum Role {
    standby @0;
    voter @1;
    spare @2;
  }
}

struct Snapshot {
  # All that lastIndex and what precedes it did is in the rows of the shard.
  lastIndex @0 :UInt64;
  lastTerm @1 :UInt64;
  configuration @2 :List(Server);
  configurationIndex @3 :UInt64;
}

struct HardState {
  # What must never be forgotten: figure 2, "persistent state on all servers".
  currentTerm @0 :UInt64;
  votedFor @1 :UInt64;
  # 0: nobody.
}

struct PackedEntry {
  # An Entry in fewer bytes. Where an Entry may stand, this may: that one has no size. Nodes that do not know it find an
  # Entry with a row without a key, and refuse that.
  bytes @0 :Data;
  # The message with the Entry, as an LZ4 block.
  size @1 :UInt32;
  # Bytes of the message; never 0.
}

struct Entry {
  # The rows that a command sets, in order; results, not commands, so that who applies it need not decide anything.
  rows @0 :List(Row);

  struct Row {
    key @0 :Data;
    value @1 :Data;
    # Whole words; empty: the row is deleted.
  }
}
