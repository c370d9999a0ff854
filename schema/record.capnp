@0xe7b0c6a95d1f3482;

# What is stored, besides messages (which are stored as the ServerFrames that are pushed; see client.capnp).
# schema/keys.hpp has the grammar of the keys. Fields are only ever added; DO NOT RENUMBER.

using Cxx = import "/capnp/c++.capnp";
using Id = import "client.capnp".Id;
using Access = import "client.capnp".Access;
using State = import "client.capnp".ServerFrame.Contact.State;
using Retention = import "client.capnp".Retention;
using Visibility = import "client.capnp".Visibility;
$Cxx.namespace("parley::record::schema");

struct Account {
  # A user, in the user's shard.
  name @0 :Text;
  role @1 :Role;
  passwordHash @2 :Text;
  # Argon2id in PHC format; empty: logs in by token only.
  devices @3 :List(Device);
  created @4 :Int64;
  visibility @5 :Visibility;
  # Who may see how the user is.
  lastSeen @6 :Int64;
  # When the last device left; 0: it never did.

  enum Role {
    person @0;
    service @1;
  }

  struct Device {
    id @0 :UInt64;
    tokenHash @1 :Data;
    # BLAKE2b-256 of the token.
    lastUsed @2 :Int64;
    # To some minutes.
    seeded @3 :Bool;
    # Its cursors were set to the heads of the conversations that were older than the device.
    kind @4 :UInt16;
    # As in client.capnp.
    label @5 :Text;
    created @6 :Int64;
    session @7 :UInt64;
    # The count of its last session among those of the user; 0: none.
    sessionStart @8 :Int64;
    sessionOpen @9 :Bool;
    # It had not ended when this was written.
  }

  profile @7 :import "client.capnp".Profile;
  sessions @8 :UInt64;
  # How many there were.
}

struct OnlineSession {
  # When a device was online, in the user's shard: a ring of 1,024 slots for each user.
  device @0 :UInt64;
  start @1 :Int64;
  end @2 :Int64;
}

struct Conversation {
  # In the conversation's shard, written when it is made.
  kind @0 :Kind;
  title @1 :Text;
  open @2 :Bool;
  created @3 :Int64;
  access @4 :Access;
  quiet @5 :Bool;
  dissolved @6 :Bool;
  announcement @7 :Text;
  pair @8 :Pair;
  # Of a direct chat, also of one that nobody has written in yet: then `created` is 0.
  keep @9 :Retention;
  first @10 :UInt64;
  # What is older was let go; 0: nothing was.
  firstTime @11 :Int64;
  # When that was written, or before; 0: not before it was made.

  enum Kind {
    direct @0;
    room @1;
    live @2;
    # A room of which only members and events are stored.
  }
}

struct Pair {
  # What is between the two of a direct chat.
  version @0 :UInt64;
  # Rises with each change.
  contacts @1 :Bool;
  since @2 :Int64;
  # They are contacts, or nothing was asked.
  lower @3 :Side;
  higher @4 :Side;
  # The user with the lower id, and the other one.

  struct Side {
    asked @0 :Int64;
    # When this one asked; 0: did not, or that is settled.
    greeting @1 :Text;
    blocked @2 :Bool;
    # By this one.
  }
}

struct Contact {
  # What is between a user and somebody else, in the user's shard.
  user @0 :Id;
  # The other one.
  name @1 :Text;
  version @2 :UInt64;
  # Of the pair; what is older is ignored.
  state @3 :State;
  since @4 :Int64;
  greeting @5 :Text;
  blocked @6 :Bool;
  remark @7 :Text;
}

struct Stay {
  # A membership from the event that let the user in to the one that let them out.
  first @0 :UInt64;
  last @1 :UInt64;
}

struct Member {
  # In the conversation's shard.
  name @0 :Text;
  owner @1 :Bool;
  joined @2 :UInt64;
  # Seq of the event that let them in.
  left @3 :UInt64;
  # Seq of the event that let them out; 0 while a member.
  delivered @4 :UInt64;
  read @5 :UInt64;
  earlier @6 :List(Stay);
  # Stays before this one, oldest first: what was theirs stays theirs.
  admin @7 :Bool;
  mutedUntil @8 :Int64;
}

struct Outsider {
  # Who asked to be let into a room, or is banned from it; in the conversation's shard.
  name @0 :Text;
  banned @1 :Bool;
  since @2 :Int64;
}

struct ClientId {
  # Results of sends, in the conversation's shard: a ring of 256 slots for each device.
  index @4 :UInt64;
  # Number of the first result for its device; the row has the slot index % 256 of the ring.
  counter @0 :UInt64;
  seq @1 :UInt64;
  ordinal @5 :UInt64;
  time @2 :Int64;
  digest @3 :UInt64;
  refused @7 :UInt16;
  # The code of the error if it was refused for good: then it has no seq.
  more @6 :List(ClientId);
  # The results that follow it and were stored with it; they have none themselves.
}

struct Revised {
  # A message that was changed, in the conversation's shard.
  edits @0 :List(UInt64);
  # Seqs of the edits, oldest first: the last one has what it says now.
  recalled @1 :UInt64;
  # Seq of the recall; from then on the message and its edits are tombstones.
  reactions @2 :List(Reaction);

  struct Reaction {
    what @0 :Text;
    count @1 :UInt32;
  }
}

struct Reacted {
  # How one member reacted to one message, in the conversation's shard.
  with @0 :List(Text);
}

struct Mailbox {
  # A conversation in a user's list, in the user's shard.
  kind @0 :Conversation.Kind;
  title @1 :Text;
  version @2 :UInt64;
  # Seq of the membership event that this row reflects; older ones are ignored.
  joined @3 :UInt64;
  left @4 :UInt64;
  readSeq @5 :UInt64;
  readOrdinal @6 :UInt64;
  earlier @7 :List(Stay);
  since @8 :Int64;
  # When the user was let in or out.
  settings @9 :Settings;

  struct Settings {
    # What the user made of it.
    pinned @0 :Bool;
    mutedUntil @1 :Int64;
    hiddenBelow @2 :UInt64;
    # Not shown while fewer messages count than these; 0: shown.
  }
}

struct Cursor {
  # What a device acknowledged, in the user's shard.
  seq @0 :UInt64;
  own @1 :UInt64;
  # So many of the last it wrote itself. That they are stored it may not know.
}

struct KeptFile {
  # A file that a user has put or keeps, in the user's shard.
  hash @0 :Data;
  # SHA-256.
  size @1 :UInt64;
  names @2 :UInt64;
  # Messages of the user that name it.
  since @3 :Int64;
  # When it was put, was last about to be named, or lost its last name: from then on the grace counts.
}

struct Naming {
  # Whether a message of the user names a file, in the user's shard.
  version @0 :UInt64;
  # Of the Outbox row that said so; what is older is ignored.
  named @1 :Bool;
}

struct FileUsage {
  # What all files of a user take, in the user's shard.
  bytes @0 :UInt64;
  files @1 :UInt64;
}

struct Outbox {
  # A change that other shards must get; deleted once all have it.
  conversation @0 :Id;
  version @1 :UInt64;
  kind @2 :Conversation.Kind;
  members @3 :List(Change);
  keeper @4 :Id;
  # Whose files these are; no members then.
  namings @5 :List(Naming);
  contacts @6 :List(ContactChange);
  walk @7 :Walk;
  # A broadcast: the message of this version goes to everybody.
  absence @8 :Absence;
  # The message of this version found them away.

  struct Change {
    user @0 :Id;
    title @1 :Text;
    joined @2 :UInt64;
    left @3 :UInt64;
    ordinal @4 :UInt64;
    # Countable messages before the first visible one: where the read cursor starts.
    earlier @5 :List(Stay);
  }

  struct Naming {
    # A message names a file, or does not any more.
    seq @0 :UInt64;
    hash @1 :Data;
    size @2 :UInt64;
    named @3 :Bool;
  }

  struct ContactChange {
    user @0 :Id;
    # Whose list it is.
    contact @1 :Contact;
  }
}

struct Walk {
  # How far a broadcast has come: to all users of earlier shards, and in this one up to a user.
  service @0 :Id;
  # Who sends it.
  name @1 :Text;
  shard @2 :UInt8;
  after @3 :Id;
}

struct Absence {
  sender @0 :Text;
  seq @1 :UInt64;
  ordinal @2 :UInt64;
  time @3 :Int64;
  users @4 :List(Absent);

  struct Absent {
    user @0 :Id;
    mentioned @1 :Bool;
  }
}

struct Notice {
  # Somebody was away when this was written, in the user's shard until it is confirmed.
  name @0 :Text;
  kind @1 :Conversation.Kind;
  title @2 :Text;
  sender @3 :Text;
  seq @4 :UInt64;
  unread @5 :UInt64;
  mentions @6 :UInt32;
  mentioned @7 :Bool;
  time @8 :Int64;
  user @9 :Id;
  conversation @10 :Id;
}

struct Counter {
  # Format version and start count, in the node's own range.
  value @0 :UInt64;
}

struct NodeIdentity {
  # Which node of which cluster a data directory belongs to; none for a node on its own.
  cluster @0 :UInt64;
  node @1 :UInt64;
  disk @2 :UInt64;
  # Drawn with the directory, so that a node that lost its own is known for it.
}
