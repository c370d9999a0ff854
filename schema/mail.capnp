@0xc5a1f2f1f3f0b7d2;

# What rooms, inboxes, couriers and sessions of different nodes say to each other: the part of actors/core/mail.hpp that may
# leave a node. Fields are only ever added; DO NOT RENUMBER.

using Cxx = import "/capnp/c++.capnp";
using Client = import "client.capnp";
using Record = import "record.capnp";
using Id = Client.Id;
$Cxx.namespace("parley::mail_schema");

struct Mails {
  # What went to one node in one burst, in its order.
  items @0 :List(Mail);
}

struct Mail {
  union {
    toRoom @0 :ToRoom;
    toInbox @1 :ToInbox;
    toCourier @2 :ToCourier;
    tell @3 :Tell;
    parcel @4 :Parcel;
  }
}

struct Origin {
  session @0 :UInt64;
  user @1 :Id;
  device @2 :UInt64;
  role @3 :Record.Account.Role;
  name @4 :Text;
}

struct Requests {
  from @0 :Origin;
  frames @1 :List(Data);
  # ClientFrames as they came.
}

struct ToRoom {
  to @0 :Id;
  union {
    requests @1 :Requests;
    subscribe @2 :Subscribe;
    unsubscribe @3 :Unsubscribe;
    receipt @4 :Receipt;
    userChecked @5 :UserChecked;
    fileChecked @6 :FileChecked;
    dispatch @7 :Dispatch;
  }
}

struct Dispatch {
  # What a service sends to everybody; the outbox row of `version` is told.
  conversation @0 :Id;
  version @1 :UInt64;
  user @2 :Id;
  what @3 :Requests;
}

struct Subscribe {
  user @0 :Id;
  wantOwn @1 :Bool;
  epoch @2 :UInt64;
  joined @3 :UInt64;
}

struct Unsubscribe {
  user @0 :Id;
  epoch @1 :UInt64;
}

struct Receipt {
  user @0 :Id;
  delivered @1 :UInt64;
  read @2 :UInt64;
}

struct UserChecked {
  user @0 :Id;
  exists @1 :Bool;
  full @2 :Bool;
  contactsFull @3 :Bool;
  blocksFull @4 :Bool;
  askingFull @5 :Bool;
  askedFull @6 :Bool;
}

struct ToInbox {
  to @0 :Id;
  union {
    requests @1 :Requests;
    head @2 :Head;
    checkUser @3 :Id;
    # The room that asks.
    membership @4 :Data;
    # A Record.Outbox with one member.
    detach @5 :UInt64;
    # The session that is gone.
    pulse @6 :Origin;
    # A session that thinks it is logged in.
    fileHeld @7 :FileOf;
    # On the disks of enough nodes.
    takeFile @8 :FileOf;
    # The user may have it.
    checkFile @9 :FileOf;
    # Asked by a room.
    namings @10 :Data;
    # A Record.Outbox without members.
    unneededFile @11 :Id;
    contact @12 :Data;
    # A Record.Outbox with one contact.
    presence @13 :PresenceNote;
    absence @14 :Data;
    # A Record.Outbox with one absent user.
  }
}

struct PresenceNote {
  kind @0 :Kind;
  user @1 :Id;
  name @2 :Text;
  epoch @3 :UInt64;
  state @4 :Client.ServerFrame.Presence.State;
  lastSeen @5 :Int64;
  watches @6 :Bool;

  enum Kind {
    greet @0;
    ask @1;
    tell @2;
    answer @3;
    unwanted @4;
  }
}

struct File {
  hash @0 :Data;
  size @1 :UInt64;
}

struct FileChecked {
  user @0 :Id;
  file @1 :File;
  kept @2 :Bool;
}

struct FileOf {
  file @0 :File;
  session @1 :UInt64;
  request @2 :UInt64;
  # Who is to be answered; or
  room @3 :Id;
  home @4 :UInt8;
  # The shard whose nodes have it.
}

struct Head {
  conversation @0 :Id;
  seq @1 :UInt64;
  ordinal @2 :UInt64;
  told @3 :Receipt;
  hasOwn @4 :Bool;
  ownSeq @5 :UInt64;
  ownOrdinal @6 :UInt64;
  time @7 :Int64;
}

struct ToCourier {
  shard @0 :UInt8;
  conversation @1 :Id;
  version @2 :UInt64;
  user @3 :Id;
  # Whose shard has the change.
}

struct Tell {
  conversation @0 :Id;
  users @1 :List(Id);
  union {
    messages @2 :List(Data);
    # ServerFrames with one message each, consecutive.
    show @3 :Data;
    # A ServerFrame for every device.
  }
  droppable @4 :Bool;
  live @5 :Bool;
}

struct Parcel {
  session @0 :UInt64;
  frames @1 :List(Frame);
  login @2 :Origin;
  # Null unless the session is logged in from now on.
  close @3 :Client.ErrorCode;
  # `none` unless the connection is to be closed.
  ended @4 :Bool;
  # The inbox ended: its next life must be told of the session.
  live @5 :Bool;

  struct Frame {
    request @0 :UInt64;
    bytes @1 :Data;
  }
}
