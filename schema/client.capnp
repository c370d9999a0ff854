@0xc3a1d2f0b4e59687;

# The protocol between a client and a node.
#
# A connection carries ClientFrames one way and ServerFrames the other, each in Cap'n Proto's standard stream framing
# (segment table, then segments; not packed). Over WebSocket the same bytes travel in binary messages.
#
#   client                                server
#     hello            ------------------>
#                      <------------------  welcome
#     login            ------------------>
#                      <------------------  session
#     send             ------------------>
#                      <------------------  sent            (fsynced, numbered)
#                      <------------------  message         (push, request id 0)
#     ack              ------------------>                  (never answered)
#
# Every request but ack and pong carries a request id of the client's choice other than 0 and is answered once, with the
# same id. Pushes carry 0. Evolution follows Cap'n Proto's rules: fields and union members are only ever added; a
# member the other side does not know is answered with `unsupported` and the connection stays open.
# docs/wire.md explains each exchange.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("parley::wire::schema");

struct Id {
  # 128 bits: a user (BLAKE2b of the normalized name) or a conversation.
  high @0 :UInt64;
  low @1 :UInt64;
}

struct Cursor {
  # A place in a conversation.
  conversation @0 :Id;
  seq @1 :UInt64;
}

struct Content {
  # What a person or a bot wrote. The engine stores it and never looks into `custom`.
  union {
    text @0 :Text;
    custom @1 :Custom;
    file @2 :File;
    location @3 :Location;
    composed @4 :Composed;
  }

  struct Custom {
    kind @0 :Text;
    body @1 :Data;
  }

  struct File {
    # A reference to what the sender put (putFile) or keeps (keepFile).
    name @0 :Text;
    type @1 :Text;
    # As in MIME: image/png. May be empty.
    size @2 :UInt64;
    hash @3 :Data;
    # SHA-256 of the bytes.
  }

  struct Location {
    latitude @0 :Float64;
    longitude @1 :Float64;
    # Degrees north and east.
    label @2 :Text;
  }

  struct Composed {
    # Any of the above, with what stands around it: plain content stays small.
    content @0 :Content;
    # Not composed itself.
    replyTo @1 :UInt64;
    # Seq of the message in this conversation that this one answers; 0: none.
    mentions @2 :List(Text);
    # Names of members that are to notice.
    forwarded @3 :Text;
    # Name of who wrote it, in the words of who sends it on; empty: it is not sent on.
  }
}

struct Revision {
  # A change of an earlier message, numbered like a message so that all members see it in the same place.
  target @0 :UInt64;
  # Seq of the message.
  union {
    edit @1 :Content;
    # This is what it says from now on.
    recall @2 :Void;
    # It was never said: what it said is gone everywhere but where it was received.
    react @3 :Text;
    unreact @4 :Text;
  }
  count @5 :UInt32;
  # In records: how many members react in this way now.
}

struct Reaction {
  what @0 :Text;
  count @1 :UInt32;
}

struct Revised {
  # What a message that was changed has become; in history, in the place of its content.
  content @0 :Content;
  edited @1 :UInt64;
  # Seq of the last edit; 0: only reactions came.
  reactions @2 :List(Reaction);
}

struct Tombstone {
  # A message that is no more, in its place. It counts as it did.
  why @0 :Why;
  by @1 :UInt64;
  # Seq of the recall.

  enum Why {
    recalled @0;
    hidden @1;
    # By and for the user who asks; others see it.
  }
}

enum Role {
  # What a member may do is a table in docs/wire.md.
  member @0;
  admin @1;
  owner @2;
}

struct Retention {
  # How long messages are kept: what is over by either is deleted. 0: for ever.
  seconds @0 :UInt64;
  messages @1 :UInt64;
  # The last so many of the conversation, events and changes included.
}

enum Access {
  # How one enters a room.
  closed @0;
  # Invited only.
  open @1;
  # By oneself.
  byRequest @2;
  # By asking, until an admin approves.
}

struct Event {
  # A change of a room, numbered like a message so that all members see it in the same place.
  kind @0 :Kind;
  members @1 :List(Text);
  # Names of those it happened to.
  text @2 :Text;
  # Of renamed and announced.
  until @3 :Int64;
  # Of muted: microseconds since 1970; 0: may write again.
  role @4 :Role;
  # Of appointed.
  access @5 :Access;
  # Of accessChanged.
  keep @6 :Retention;
  # Of keepChanged.

  enum Kind {
    created @0;
    added @1;
    joined @2;
    left @3;
    removed @4;
    banned @5;
    unbanned @6;
    asked @7;
    # Would like to be let in.
    refused @8;
    # Asked and will not be.
    appointed @9;
    # Has another role.
    muted @10;
    quieted @11;
    # Only admins may write ...
    unquieted @12;
    # ... and everybody again.
    renamed @13;
    announced @14;
    accessChanged @15;
    dissolved @16;
    # The last event of a room.
    keepChanged @17;
    # How long messages are kept.
  }
}

struct Message {
  # Stored once and pushed as the bytes that were stored: a record is a whole ServerFrame.
  conversation @0 :Id;
  seq @1 :UInt64;
  # 1, 2, 3 ... without a gap in each conversation.
  ordinal @2 :UInt64;
  # Number of countable messages up to this one; unread = ordinal(head) - ordinal(read cursor).
  time @3 :Int64;
  # Microseconds since 1970, by the server's clock.
  sender @4 :Id;
  senderName @5 :Text;
  device @6 :UInt64;
  counter @7 :UInt64;
  # The client message id is (device, counter).
  union {
    content @8 :Content;
    event @9 :Event;
    revision @10 :Revision;
    revised @11 :Revised;
    tombstone @12 :Tombstone;
  }
}

enum ErrorCode {
  # DO NOT RENUMBER.
  none @0;
  malformed @1;
  unsupported @2;
  tooLarge @3;
  helloFirst @4;
  loginFirst @5;
  version @6;
  wrongCredentials @7;
  nameTaken @8;
  badName @9;
  badPassword @10;
  badText @11;
  unknownUser @12;
  unknownConversation @13;
  notMember @14;
  forbidden @15;
  conflict @16;
  clientIdTooOld @17;
  outOfOrder @18;
  noCredit @19;
  overloaded @20;
  retry @21;
  storageFull @22;
  storageFailed @23;
  badAck @24;
  tooManyDevices @25;
  tooManyMembers @26;
  tooManyConversations @27;
  replaced @28;
  idle @29;
  unresponsive @30;
  stopping @31;
  internal @32;
  unknownMessage @33;
  tooLate @34;
  unchanged @35;
  tooMany @36;
  muted @37;
  banned @38;
  dissolved @39;
  badFile @40;
  unknownFile @41;
  quotaExceeded @42;
  fileDamaged @43;
  blocked @44;
  notContact @45;
  noRequest @46;
  tooManyContacts @47;
  tooManyRequests @48;
  tooManyPins @49;
  tokenExpired @50;
  revoked @51;
  kindOnline @52;
  displaced @53;
  tooManyAttempts @54;
  tooFast @55;
  tooManyConnections @56;
}

struct Profile {
  # How a user wants to be shown.
  displayName @0 :Text;
  avatar @1 :Text;
  # Where a picture is, in words that clients agree on; to nodes it is only text.
}

enum DeviceKind {
  # What a device is. How many of a kind may be online is the deployment's choice.
  other @0;
  mobile @1;
  desktop @2;
  web @3;
  bot @4;
}

enum Visibility {
  # Who may see how a user is.
  contacts @0;
  everyone @1;
  nobody @2;
}

struct Error {
  code @0 :ErrorCode;
  text @1 :Text;
  retryable @2 :Bool;
  # Whether the same request, with the same client message id, may succeed later.
  retryAfterMs @3 :UInt32;
  elsewhere @4 :List(Text);
  # Only in closing: where other nodes listen for clients, HOST:PORT, best first. Go there at once.
}

struct ClientFrame {
  requestId @0 :UInt64;
  union {
    none @1 :Void;
    hello @2 :Hello;
    register @3 :Register;
    login @4 :Login;
    logout @5 :Void;
    changePassword @6 :ChangePassword;
    importAccount @7 :ImportAccount;
    send @8 :Send;
    ack @9 :Ack;
    read @10 :Cursor;
    conversations @11 :ConversationsRequest;
    history @12 :HistoryRequest;
    createRoom @13 :CreateRoom;
    invite @14 :MemberChange;
    kick @15 :MemberChange;
    join @16 :Id;
    leave @17 :Id;
    members @18 :MembersRequest;
    ping @19 :Void;
    pong @20 :Void;
    revise @21 :Revise;
    versions @22 :Cursor;
    # What the message said before it was edited; answered by versions.
    hide @23 :Hide;
    typing @24 :Id;
    # The user is writing in this conversation. Answered by done, stored nowhere, and lost under pressure.
    changeRoom @25 :ChangeRoom;
    changeMembers @26 :ChangeMembers;
    putFile @27 :PutFile;
    getFile @28 :GetFile;
    keepFile @29 :Cursor;
    # Makes a file that a message names one's own as if one had put it, so that one may name it elsewhere. Answered by
    # fileState.
    changeContact @30 :ChangeContact;
    contacts @31 :ContactsRequest;
    setPresence @32 :SetPresence;
    askPresence @33 :PresenceRequest;
    changeConversation @34 :ChangeConversation;
    readers @35 :ReadersRequest;
    devices @36 :Void;
    # The user's devices. Answered by devices.
    revoke @37 :Revoke;
    setProfile @38 :Profile;
    # How the user wants to be shown from now on. Answered by done.
    profile @39 :Text;
    # How somebody, named, wants to be shown; empty: oneself. Answered by profile.
    onlineTimes @40 :OnlineTimesRequest;
    search @41 :SearchRequest;
    broadcast @42 :Broadcast;
    notices @43 :NoticesRequest;
    confirmNotices @44 :ConfirmNotices;
  }

  struct Hello {
    version @0 :UInt32;
    # Of this protocol: 1.
    agent @1 :Text;
    # Who is speaking, for the node's log.
    features @2 :List(Text);
    user @3 :Text;
    # Who is going to log in, so that welcome can say which node is nearest; may be empty.
  }

  struct Register {
    # Answered by done; then log in.
    name @0 :Text;
    password @1 :Text;
  }

  struct Login {
    # Answered by session. With a password a new device is made and its token returned; with a token the device comes back.
    name @0 :Text;
    union {
      password @1 :Text;
      token @2 :Data;
      jwt @6 :Text;
      # A JSON Web Token (RFC 7519) of whom the node trusts, with the name as its subject: like a password, and makes
      # the account if there is none.
    }
    resume @3 :List(Cursor);
    # What this device already holds, where that may be more than it could acknowledge before the connection broke.
    kind @4 :DeviceKind;
    label @5 :Text;
    # What this device is and how its user calls it, for the list of devices. What is not said stays as it was.
  }

  struct Revoke {
    # Logs devices out for good: their tokens are worth nothing, their connections are closed. Answered by done.
    devices @0 :List(UInt64);
    others @1 :Bool;
    # All but the one that asks, whatever devices says.
  }

  struct OnlineTimesRequest {
    # When a user was online. Answered by onlineTimes.
    name @0 :Text;
    # Empty: oneself. Only service accounts may ask for others.
    since @1 :Int64;
    until @2 :Int64;
    # Microseconds since 1970, not included; 0: now.
  }

  struct ChangePassword {
    # Answered by done. Every other device is logged out and its token revoked.
    old @0 :Text;
    new @1 :Text;
  }

  struct ImportAccount {
    # For service accounts: makes an account without a password, answered by a session with its token. Idempotent: an
    # account that was imported before gets a fresh token.
    name @0 :Text;
  }

  struct Send {
    # Answered by sent once the message is durable.
    to :union {
      conversation @0 :Id;
      user @1 :Text;
      # A direct chat; the first message makes it.
    }
    counter @2 :UInt64;
    # Client message id: rises with each message of this device in this conversation. A repeat keeps it.
    previous @3 :UInt64;
    # Counter of the message sent before this one, if that one may still be on its way; else 0. A message that overtook
    # its predecessor is refused with outOfOrder.
    content @4 :Content;
  }

  struct Broadcast {
    # For service accounts: to everybody who has an account, each in the direct chat with the service. Answered by sent
    # once that is durable; counter and previous are those of send, among the broadcasts of a device.
    counter @0 :UInt64;
    previous @1 :UInt64;
    content @2 :Content;
    # A text, a location or a custom body, without an answer or mentions.
  }

  struct NoticesRequest {
    # For service accounts: who was away when something was written for them, oldest first. Answered by notices, the
    # same ones until they are confirmed.
    shard @0 :UInt8;
    # 0 to 63: each has a feed of its own.
    limit @1 :UInt32;
  }

  struct ConfirmNotices {
    # These are taken care of. Answered by done.
    notices @0 :List(Place);
    # All of one shard.

    struct Place {
      # What names a notice.
      time @0 :Int64;
      user @1 :Id;
      conversation @2 :Id;
      seq @3 :UInt64;
    }
  }

  struct Revise {
    # Changes a message. Answered by sent once the change is durable; counter and previous are those of send, and
    # messages and changes of a device in a conversation have one order.
    conversation @0 :Id;
    counter @1 :UInt64;
    previous @2 :UInt64;
    what @3 :Revision;
  }

  struct Hide {
    # These messages are shown to this user no more, on any device. Answered by done.
    conversation @0 :Id;
    seqs @1 :List(UInt64);
  }

  struct PutFile {
    # A piece of a file, in order. Answered by fileState: how far the file has come, and whether it is stored. Without
    # data it only asks. A file that is complete is stored on enough disks before it is answered.
    hash @0 :Data;
    # SHA-256 of the whole file: the name that the pieces share, in whatever connection they come.
    size @1 :UInt64;
    offset @2 :UInt64;
    data @3 :Data;
  }

  struct GetFile {
    # A piece of the file that a message or an edit names, which the user must be able to see. Answered by filePiece.
    conversation @0 :Id;
    seq @1 :UInt64;
    offset @2 :UInt64;
  }

  struct Ack {
    # This device holds everything up to these places. Not answered.
    cursors @0 :List(Cursor);
  }

  struct ConversationsRequest {
    # The user's conversations in pages.
    after @0 :Id;
    # The last one of the page before ...
    limit @1 :UInt32;
    which @2 :Which;
    active @3 :Int64;
    pinned @4 :Bool;
    # ... and, unless all are asked for, what that page said of it.

    enum Which {
      all @0;
      # Ordered by id.
      shown @1;
      # As a person wants to see them: pinned ones first, then where something happened last.
      hidden @2;
      # In the same order.
    }
  }

  struct ChangeConversation {
    # What a conversation is to the user. Answered by conversation, which the user's other devices are pushed.
    id @0 :Id;
    union {
      pin @1 :Bool;
      mute @2 :Int64;
      # Until then, in microseconds since 1970; 0: no longer; the largest number: for ever.
      hide @3 :Bool;
      # Until something is written in it.
    }
  }

  struct HistoryRequest {
    # Messages from <= seq <= to, oldest first; to = 0 means the head.
    conversation @0 :Id;
    from @1 :UInt64;
    to @2 :UInt64;
    limit @3 :UInt32;
    back @4 :Bool;
    # The last ones of these rather than the first ones.
    since @5 :Int64;
    until @6 :Int64;
    # And of since <= time <= until, in microseconds since 1970; 0: whenever.
  }

  struct SearchRequest {
    # Messages of a conversation with all of these words, newest first. Answered by found.
    conversation @0 :Id;
    text @1 :Text;
    before @2 :UInt64;
    # Of an earlier place than this; 0: from the head on.
    limit @3 :UInt32;
  }

  struct CreateRoom {
    # Answered by change. The same nonce of the same device makes the same room, so it may be repeated.
    nonce @0 :UInt64;
    title @1 :Text;
    members @2 :List(Text);
    # Names of those to invite; the creator is always in.
    open @3 :Bool;
    # Whether anyone may join: as access = open.
    access @4 :Access;
    live @5 :Bool;
    # What is written in it is not stored: whoever is online gets it, or is told how much there was.
  }

  struct ChangeRoom {
    # Answered by change. An event says it to all.
    room @0 :Id;
    union {
      title @1 :Text;
      announcement @2 :Text;
      # Empty: none any more.
      access @3 :Access;
      quiet @4 :Bool;
      # Only admins may write.
      transfer @5 :Text;
      # Who is to be the owner; the owner becomes an admin.
      dissolve @6 :Void;
      keep @7 :Retention;
      # How long messages are kept, if the deployment does not let them go sooner.
    }
  }

  struct ChangeMembers {
    # Answered by change. An event says it to all.
    room @0 :Id;
    members @1 :List(Text);
    union {
      ban @2 :Void;
      # Also who is not in.
      unban @3 :Void;
      role @4 :Role;
      # Not owner: see transfer.
      mute @5 :Int64;
      # Until then, in microseconds since 1970; 0: no longer.
      approve @6 :Void;
      refuse @7 :Void;
      # Who asked to be let in.
    }
  }

  struct ChangeContact {
    # What is between the user and somebody else. Answered by change, which names their direct chat; each one's devices
    # are pushed what has become of it.
    name @0 :Text;
    union {
      request @1 :Text;
      # May they be contacts? With a greeting, or none. If the other one has asked, they are from now on.
      withdraw @2 :Void;
      # What the user asked.
      accept @3 :Void;
      reject @4 :Void;
      # What the other one asked.
      remove @5 :Void;
      # They are contacts no more.
      block @6 :Void;
      # Neither writes to the other. Ends what either asked.
      unblock @7 :Void;
      remark @8 :Text;
      # A note of the user that nobody else sees; empty: none.
    }
  }

  struct ContactsRequest {
    # In pages, ordered by id.
    after @0 :Id;
    limit @1 :UInt32;
    which @2 :Which;

    enum Which {
      contacts @0;
      asking @1;
      # Whom the user asked ...
      asked @2;
      # ... and who asked the user.
      blocked @3;
    }
  }

  struct SetPresence {
    # Answered by done.
    union {
      active @0 :Void;
      # Somebody is at this device: what it is after its login, until it says otherwise.
      away @1 :Void;
      # Nobody is. A user is away when all devices that are online are.
      visibility @2 :Visibility;
      # Who may see it from now on; durable when it is answered.
    }
  }

  struct PresenceRequest {
    # Answered by presences.
    names @0 :List(Text);
    wish @1 :Wish;

    enum Wish {
      ask @0;
      # How they are.
      watch @1;
      # That, and this connection is told when it changes.
      unwatch @2;
      # It is not any more. Answered without presences.
    }
  }

  struct ReadersRequest {
    # Who has read a message, in pages, ordered by id.
    conversation @0 :Id;
    seq @1 :UInt64;
    after @2 :Id;
    limit @3 :UInt32;
  }

  struct MemberChange {
    room @0 :Id;
    members @1 :List(Text);
  }

  struct MembersRequest {
    # Members in pages, ordered by id.
    room @0 :Id;
    after @1 :Id;
    limit @2 :UInt32;
    which @3 :Which;

    enum Which {
      members @0;
      asking @1;
      banned @2;
    }
  }
}

struct ServerFrame {
  requestId @0 :UInt64;
  union {
    none @1 :Void;
    message @2 :Message;
    sent @3 :Sent;
    done @4 :Void;
    error @5 :Error;
    welcome @6 :Welcome;
    session @7 :Session;
    conversations @8 :ConversationsPage;
    history @9 :HistoryPage;
    change @10 :Change;
    members @11 :MembersPage;
    conversation @12 :Conversation;
    # Push: a conversation is new in the list, was left, or was read or changed on another device. Answer to read and
    # changeConversation.
    receipt @13 :Receipt;
    closing @14 :Error;
    # Push: the server is about to close this connection, and why.
    ping @15 :Void;
    pong @16 :Void;
    versions @17 :VersionsPage;
    hidden @18 :Hidden;
    # Push: the user hid these on some device.
    typing @19 :Typing;
    # Push: a member is writing.
    fileState @20 :FileState;
    filePiece @21 :FilePiece;
    contact @22 :Contact;
    # Push: what is between the user and this one changed.
    contacts @23 :ContactsPage;
    presence @24 :Presence;
    # Push: how a contact, or somebody whom this connection watches, is from now on. Who was never named is offline.
    presences @25 :Presences;
    presenceForgotten @26 :Void;
    # Push: the node lost what it knew of presence. Nobody is online until it says so again, this connection is not
    # away and watches nobody until it does.
    readers @27 :ReadersPage;
    live @28 :Message;
    # Push: what somebody wrote in a live room. It has no seq, and is not acknowledged.
    dropped @29 :Dropped;
    # Push: what this device was not shown of a live room.
    devices @30 :Devices;
    profile @31 :UserProfile;
    onlineTimes @32 :OnlineTimes;
    found @33 :Found;
    notices @34 :NoticesPage;
  }

  struct Welcome {
    version @0 :UInt32;
    agent @1 :Text;
    maxFrameBytes @2 :UInt32;
    maxTextBytes @3 :UInt32;
    creditSends @4 :UInt32;
    # Sends that may be unanswered on this connection; more are refused with noCredit.
    creditBytes @5 :UInt32;
    pingSeconds @6 :UInt32;
    features @7 :List(Text);
    nodes @8 :List(Text);
    # Where other nodes of the cluster listen for clients, HOST:PORT, best first: for when this one is gone.
    home @9 :Text;
    # Where the user of the hello is served on the shortest path, HOST:PORT; empty if that is here, or not known.
  }

  struct Session {
    user @0 :Id;
    device @1 :UInt64;
    token @2 :Data;
    # Secret; empty when the login was by token.
    time @3 :Int64;
  }

  struct Found {
    conversation @0 :Id;
    records @1 :List(Data);
    # Messages as history shows them, newest first.
    next @2 :UInt64;
    # Where to go on: the `before` of the next request. There may be more though this page is empty. 0: that was all.
  }

  struct NoticesPage {
    notices @0 :List(Notice);

    struct Notice {
      # A user was away when this was written; what a push service needs to know.
      time @0 :Int64;
      # Of the message, in microseconds since 1970.
      user @1 :Id;
      name @2 :Text;
      conversation @3 :Id;
      kind @4 :Conversation.Kind;
      title @5 :Text;
      # As in the user's list.
      sender @6 :Text;
      # Name of who wrote it.
      seq @7 :UInt64;
      unread @8 :UInt64;
      mentions @9 :UInt32;
      # Then, this one included.
      mentioned @10 :Bool;
      # It mentions the user.
    }
  }

  struct UserProfile {
    user @0 :Id;
    name @1 :Text;
    profile @2 :Profile;
    service @3 :Bool;
    # A program of the deployment, not a person.
  }

  struct OnlineTimes {
    sessions @0 :List(Session);
    # Oldest first, whole, of each device apart. The last 1,024 of a user are kept.
    days @1 :List(Day);
    # Days of UTC with some time in them, oldest first; within what was asked for.

    struct Session {
      device @0 :UInt64;
      start @1 :Int64;
      # Microseconds since 1970.
      end @2 :Int64;
      online @3 :Bool;
      # It lasts still: the end is now.
    }

    struct Day {
      start @0 :Int64;
      seconds @1 :UInt32;
      # In which at least one device was online.
    }
  }

  struct Device {
    id @0 :UInt64;
    kind @1 :DeviceKind;
    label @2 :Text;
    created @3 :Int64;
    # Microseconds since 1970, by the server's clock; 0: not known.
    lastUsed @4 :Int64;
    # To some minutes.
    expires @5 :Int64;
    # When its token ends unless it is used before; 0: never.
    online @6 :Bool;
    current @7 :Bool;
    # The one that asks.
  }

  struct Devices {
    devices @0 :List(Device);
    # Used last first.
  }

  struct Sent {
    conversation @0 :Id;
    seq @1 :UInt64;
    time @2 :Int64;
  }

  struct Change {
    # A room was made or its members changed.
    room @0 :Id;
    seq @1 :UInt64;
    pending @2 :Bool;
    # The change is durable; some members will learn of it a little later.
    asked @3 :Bool;
    # Answers join: an admin is to approve.
  }

  struct Conversation {
    id @0 :Id;
    kind @1 :Kind;
    title @2 :Text;
    # A room's title or the other person's name.
    head @3 :UInt64;
    read @4 :UInt64;
    unread @5 :UInt64;
    firstSeq @6 :UInt64;
    # Members see messages from here ...
    lastSeq @7 :UInt64;
    # ... to here, once they left; 0 while they are members.
    last @8 :Data;
    # The last message: a framed ServerFrame.
    mentions @9 :UInt32;
    # How many of the unread mention the user, as far as they were counted.
    active @10 :Int64;
    # When something happened in it last, in microseconds since 1970.
    pinned @11 :Bool;
    mutedUntil @12 :Int64;
    hidden @13 :Bool;
    trimmed @14 :Bool;
    # Push: what lies before firstSeq and did not come was deleted, for it was too old.

    enum Kind {
      direct @0;
      room @1;
      live @2;
      # A room in which what is written is not stored.
    }
  }

  struct ConversationsPage {
    conversations @0 :List(Conversation);
    more @1 :Bool;
    total @2 :UInt32;
    # Of this kind, on all pages.
    unread @3 :UInt64;
    # In all that are shown and not muted ...
    mutedUnread @4 :UInt64;
    # ... and in all that are shown and muted.
    mentions @5 :UInt32;
    # In all that are shown; only counted when those are asked for.
  }

  struct HistoryPage {
    conversation @0 :Id;
    head @1 :UInt64;
    records @2 :List(Data);
    # Each a framed ServerFrame with a message: as it was pushed, or what has become of it.
    more @3 :Bool;
    # Behind the last one, or before the first one if the request went back.
    first @4 :UInt64;
    # What is older was deleted, for it was too old; 0: nothing was.
  }

  struct Member {
    user @0 :Id;
    name @1 :Text;
    owner @2 :Bool;
    delivered @3 :UInt64;
    read @4 :UInt64;
    role @5 :Role;
    mutedUntil @6 :Int64;
  }

  struct MembersPage {
    members @0 :List(Member);
    total @1 :UInt32;
    more @2 :Bool;
    access @3 :Access;
    quiet @4 :Bool;
    announcement @5 :Text;
    keep @6 :Retention;
    # Of the room; the deployment may let messages go sooner.
  }

  struct Receipt {
    # A member of the conversation holds (delivered) and has seen (read) everything up to these places.
    conversation @0 :Id;
    user @1 :Id;
    delivered @2 :UInt64;
    read @3 :UInt64;
  }

  struct ReadersPage {
    # How many of the members who can see a message have it, but for its sender, and who has read it.
    conversation @0 :Id;
    seq @1 :UInt64;
    members @2 :UInt32;
    delivered @3 :UInt32;
    read @4 :UInt32;
    readers @5 :List(Person);
    more @6 :Bool;

    struct Person {
      user @0 :Id;
      name @1 :Text;
    }
  }

  struct VersionsPage {
    # The message as it was sent, then its edits, oldest first.
    conversation @0 :Id;
    seq @1 :UInt64;
    records @2 :List(Data);
    # Each a framed ServerFrame with a message.
  }

  struct Hidden {
    conversation @0 :Id;
    seqs @1 :List(UInt64);
  }

  struct Typing {
    conversation @0 :Id;
    user @1 :Id;
  }

  struct Dropped {
    conversation @0 :Id;
    count @1 :UInt64;
    # Messages between the one shown last and the next.
  }

  struct FileState {
    held @0 :UInt64;
    # Bytes from the first on that need not be sent again: go on from here.
    stored @1 :Bool;
    # All of it, for good: messages may name it.
  }

  struct FilePiece {
    size @0 :UInt64;
    # Of the whole file.
    offset @1 :UInt64;
    data @2 :Data;
    # Up to the end of the 64 KiB in which offset lies.
  }

  struct Contact {
    # What is between the user and somebody else.
    user @0 :Id;
    name @1 :Text;
    state @2 :State;
    since @3 :Int64;
    # Microseconds since 1970, by the server's clock.
    greeting @4 :Text;
    # Of what was asked.
    remark @5 :Text;
    blocked @6 :Bool;
    # By the user.

    enum State {
      none @0;
      asking @1;
      # The user asked ...
      asked @2;
      # ... or was asked.
      contact @3;
    }
  }

  struct ContactsPage {
    contacts @0 :List(Contact);
    more @1 :Bool;
    total @2 :UInt32;
    # Of this kind, on all pages.
  }

  struct Presence {
    # How a user is, as far as that may be seen.
    user @0 :Id;
    name @1 :Text;
    state @2 :State;
    lastSeen @3 :Int64;
    # Of who is offline: microseconds since 1970, by the server's clock; 0: not known, or not to be seen.

    enum State {
      offline @0;
      away @1;
      online @2;
    }
  }

  struct Presences {
    presences @0 :List(Presence);
    # In the order in which they were asked for.
    visibility @1 :Visibility;
    # Who may see the user who asks.
  }
}
