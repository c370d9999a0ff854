#include "schema/record.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/record.capnp.h"

namespace parley::record {

namespace {

std::string string(capnp::Text::Reader x) {
  return {x.begin(), x.size()};
}

std::string string(capnp::Data::Reader x) {
  return {reinterpret_cast<const char*>(x.begin()), x.size()};
}

template <class Kind>
wire::conversation_kind kind(Kind x) {
  return static_cast<wire::conversation_kind>(x);
}

schema::Conversation::Kind kind(wire::conversation_kind x) {
  return static_cast<schema::Conversation::Kind>(x);
}

std::vector<stay> stays(capnp::List<schema::Stay>::Reader xs) {
  std::vector<stay> result;
  for (auto x : xs)
    result.push_back({x.getFirst(), x.getLast()});
  return result;
}

template <class Builder>
void write_stays(Builder out, const std::vector<stay>& xs) {
  if (xs.empty())
    return;
  auto list = out.initEarlier(static_cast<capnp::uint>(xs.size()));
  for (capnp::uint i = 0; i < list.size(); ++i) {
    list[i].setFirst(xs[i].first);
    list[i].setLast(xs[i].last);
  }
}

void write_side(schema::Pair::Side::Builder out, const pair::side& x) {
  out.setAsked(x.asked);
  if (!x.greeting.empty())
    set_text(out.initGreeting(count_of(x.greeting)), x.greeting);
  out.setBlocked(x.blocked);
}

pair::side read_side(schema::Pair::Side::Reader in) {
  return {in.getAsked(), string(in.getGreeting()), in.getBlocked()};
}

void write_pair(schema::Pair::Builder out, const pair& x) {
  out.setVersion(x.version);
  out.setContacts(x.contacts);
  out.setSince(x.since);
  write_side(out.initLower(), x.lower);
  write_side(out.initHigher(), x.higher);
}

pair read_pair(schema::Pair::Reader in) {
  return {in.getVersion(), in.getContacts(), in.getSince(), read_side(in.getLower()),
          read_side(in.getHigher())};
}

void write_keep(wire::schema::Retention::Builder out, const wire::retention& x) {
  out.setSeconds(x.seconds);
  out.setMessages(x.messages);
}

wire::retention read_keep(wire::schema::Retention::Reader in) {
  return {in.getSeconds(), in.getMessages()};
}

void write_contact(schema::Contact::Builder out, const contact& x) {
  write_id(out.initUser(), x.user);
  set_text(out.initName(count_of(x.name)), x.name);
  out.setVersion(x.version);
  out.setState(static_cast<wire::schema::ServerFrame::Contact::State>(x.state));
  out.setSince(x.since);
  if (!x.greeting.empty())
    set_text(out.initGreeting(count_of(x.greeting)), x.greeting);
  out.setBlocked(x.blocked);
  if (!x.remark.empty())
    set_text(out.initRemark(count_of(x.remark)), x.remark);
}

contact read_contact(schema::Contact::Reader in) {
  return {read_id<user_id>(in.getUser()),
          string(in.getName()),
          in.getVersion(),
          static_cast<wire::contact_state>(in.getState()),
          in.getSince(),
          string(in.getGreeting()),
          in.getBlocked(),
          string(in.getRemark())};
}

} // namespace

frame encode(const account& x) {
  return build<schema::Account>([&x](schema::Account::Builder out) {
    set_text(out.initName(count_of(x.name)), x.name);
    out.setRole(static_cast<schema::Account::Role>(x.role));
    set_text(out.initPasswordHash(count_of(x.password_hash)), x.password_hash);
    auto devices = out.initDevices(static_cast<capnp::uint>(x.devices.size()));
    for (capnp::uint i = 0; i < devices.size(); ++i) {
      auto& device = x.devices[i];
      devices[i].setId(device.id.value);
      auto hash = devices[i].initTokenHash(count_of(device.token_hash));
      std::memcpy(hash.begin(), device.token_hash.data(), hash.size());
      devices[i].setLastUsed(device.last_used);
      devices[i].setSeeded(device.seeded);
      devices[i].setKind(static_cast<uint16_t>(device.kind));
      set_text(devices[i].initLabel(count_of(device.label)), device.label);
      devices[i].setCreated(device.created);
      devices[i].setSession(device.session);
      devices[i].setSessionStart(device.session_start);
      devices[i].setSessionOpen(device.session_open);
    }
    out.setCreated(x.created);
    out.setVisibility(static_cast<wire::schema::Visibility>(x.visibility));
    out.setLastSeen(x.last_seen);
    if (auto& shown = x.profile; !shown.display_name.empty() || !shown.avatar.empty()) {
      auto profile = out.initProfile();
      set_text(profile.initDisplayName(count_of(shown.display_name)), shown.display_name);
      set_text(profile.initAvatar(count_of(shown.avatar)), shown.avatar);
    }
    out.setSessions(x.sessions);
  });
}

template <>
std::optional<account> decode<account>(std::string_view bytes) {
  return with_root<schema::Account>(
    bytes, [](schema::Account::Reader in) -> std::optional<account> {
      account x{string(in.getName()),
                static_cast<role>(in.getRole()),
                string(in.getPasswordHash()),
                {},
                in.getCreated(),
                static_cast<wire::visibility>(in.getVisibility()),
                in.getLastSeen(),
                {string(in.getProfile().getDisplayName()), string(in.getProfile().getAvatar())},
                in.getSessions()};
      for (auto device : in.getDevices())
        x.devices.push_back({device_id{device.getId()}, string(device.getTokenHash()),
                             device.getLastUsed(), device.getSeeded(),
                             static_cast<wire::device_kind>(device.getKind()),
                             string(device.getLabel()), device.getCreated(), device.getSession(),
                             device.getSessionStart(), device.getSessionOpen()});
      return x;
    });
}

frame encode(const conversation& x) {
  return build<schema::Conversation>([&x](schema::Conversation::Builder out) {
    out.setKind(kind(x.kind));
    set_text(out.initTitle(count_of(x.title)), x.title);
    out.setOpen(x.open);
    out.setCreated(x.created);
    out.setAccess(static_cast<wire::schema::Access>(x.access));
    out.setQuiet(x.quiet);
    out.setDissolved(x.dissolved);
    if (!x.announcement.empty())
      set_text(out.initAnnouncement(count_of(x.announcement)), x.announcement);
    if (x.pair.version != 0)
      write_pair(out.initPair(), x.pair);
    if (x.keep != wire::retention{})
      write_keep(out.initKeep(), x.keep);
    out.setFirst(x.first);
    out.setFirstTime(x.first_time);
  });
}

template <>
std::optional<conversation> decode<conversation>(std::string_view bytes) {
  return with_root<schema::Conversation>(
    bytes, [](schema::Conversation::Reader in) -> std::optional<conversation> {
      auto access =
        in.getOpen() ? wire::room_access::open : static_cast<wire::room_access>(in.getAccess());
      return conversation{kind(in.getKind()),
                          string(in.getTitle()),
                          in.getOpen(),
                          in.getCreated(),
                          access,
                          in.getQuiet(),
                          in.getDissolved(),
                          string(in.getAnnouncement()),
                          read_pair(in.getPair()),
                          read_keep(in.getKeep()),
                          in.getFirst(),
                          in.getFirstTime()};
    });
}

frame encode(const member& x) {
  return build<schema::Member>([&x](schema::Member::Builder out) {
    set_text(out.initName(count_of(x.name)), x.name);
    out.setOwner(x.owner);
    out.setJoined(x.joined);
    out.setLeft(x.left);
    out.setDelivered(x.delivered);
    out.setRead(x.read);
    write_stays(out, x.earlier);
    out.setAdmin(x.admin);
    out.setMutedUntil(x.muted_until);
  });
}

template <>
std::optional<member> decode<member>(std::string_view bytes) {
  return with_root<schema::Member>(bytes, [](schema::Member::Reader in) -> std::optional<member> {
    return member{string(in.getName()),   in.getOwner(),     in.getJoined(),
                  in.getLeft(),           in.getDelivered(), in.getRead(),
                  stays(in.getEarlier()), in.getAdmin(),     in.getMutedUntil()};
  });
}

frame encode(const outsider& x) {
  return build<schema::Outsider>([&x](schema::Outsider::Builder out) {
    set_text(out.initName(count_of(x.name)), x.name);
    out.setBanned(x.banned);
    out.setSince(x.since);
  });
}

template <>
std::optional<outsider> decode<outsider>(std::string_view bytes) {
  return with_root<schema::Outsider>(
    bytes, [](schema::Outsider::Reader in) -> std::optional<outsider> {
      return outsider{string(in.getName()), in.getBanned(), in.getSince()};
    });
}

namespace {

void write_client_id(schema::ClientId::Builder out, const client_id& x) {
  out.setIndex(x.index);
  out.setCounter(x.counter);
  out.setSeq(x.seq);
  out.setOrdinal(x.ordinal);
  out.setTime(x.time);
  out.setDigest(x.digest);
  out.setRefused(static_cast<uint16_t>(x.refused));
}

ec read_refusal(uint16_t code) {
  return code < static_cast<uint16_t>(ec::ec_count) ? static_cast<ec>(code) : ec::forbidden;
}

client_id read_client_id(schema::ClientId::Reader in) {
  return {in.getIndex(),
          in.getCounter(),
          in.getSeq(),
          in.getOrdinal(),
          in.getTime(),
          in.getDigest(),
          read_refusal(in.getRefused())};
}

} // namespace

frame encode(std::span<const client_id> xs) {
  return build<schema::ClientId>([xs](schema::ClientId::Builder out) {
    write_client_id(out, xs.front());
    if (xs.size() == 1)
      return;
    auto more = out.initMore(count_of(xs) - 1);
    for (capnp::uint i = 0; i < more.size(); ++i)
      write_client_id(more[i], xs[i + 1]);
  });
}

std::vector<client_id> decode_client_ids(std::string_view bytes) {
  auto found = with_root<schema::ClientId>(
    bytes, [](schema::ClientId::Reader in) -> std::optional<std::vector<client_id>> {
      std::vector<client_id> result{read_client_id(in)};
      for (auto x : in.getMore())
        result.push_back(read_client_id(x));
      return result;
    });
  return found ? *std::move(found) : std::vector<client_id>{};
}

frame encode(const revised& x) {
  return build<schema::Revised>([&x](schema::Revised::Builder out) {
    write_numbers(out.initEdits(count_of(x.edits)), x.edits);
    out.setRecalled(x.recalled);
    auto reactions = out.initReactions(count_of(x.reactions));
    for (capnp::uint i = 0; i < reactions.size(); ++i) {
      set_text(reactions[i].initWhat(count_of(x.reactions[i].what)), x.reactions[i].what);
      reactions[i].setCount(x.reactions[i].count);
    }
  });
}

template <>
std::optional<revised> decode<revised>(std::string_view bytes) {
  return with_root<schema::Revised>(bytes,
                                    [](schema::Revised::Reader in) -> std::optional<revised> {
                                      revised x{read_numbers(in.getEdits()), in.getRecalled(), {}};
                                      for (auto y : in.getReactions())
                                        x.reactions.push_back({string(y.getWhat()), y.getCount()});
                                      return x;
                                    });
}

frame encode(const reacted& x) {
  return build<schema::Reacted>([&x](schema::Reacted::Builder out) {
    auto with = out.initWith(count_of(x.with));
    for (capnp::uint i = 0; i < with.size(); ++i)
      write_text(with, i, x.with[i]);
  });
}

template <>
std::optional<reacted> decode<reacted>(std::string_view bytes) {
  return with_root<schema::Reacted>(bytes,
                                    [](schema::Reacted::Reader in) -> std::optional<reacted> {
                                      reacted x;
                                      for (auto y : in.getWith())
                                        x.with.push_back(string(y));
                                      return x;
                                    });
}

namespace {

void write_settings(schema::Mailbox::Settings::Builder out, const settings& x) {
  out.setPinned(x.pinned);
  out.setMutedUntil(x.muted_until);
  out.setHiddenBelow(x.hidden_below);
}

settings read_settings(schema::Mailbox::Settings::Reader in) {
  return {in.getPinned(), in.getMutedUntil(), in.getHiddenBelow()};
}

} // namespace

frame encode(const mailbox& x) {
  return build<schema::Mailbox>([&x](schema::Mailbox::Builder out) {
    out.setKind(kind(x.kind));
    set_text(out.initTitle(count_of(x.title)), x.title);
    out.setVersion(x.version);
    out.setJoined(x.joined);
    out.setLeft(x.left);
    out.setReadSeq(x.read_seq);
    out.setReadOrdinal(x.read_ordinal);
    write_stays(out, x.earlier);
    out.setSince(x.since);
    if (x.settings != settings{})
      write_settings(out.initSettings(), x.settings);
  });
}

template <>
std::optional<mailbox> decode<mailbox>(std::string_view bytes) {
  return with_root<schema::Mailbox>(
    bytes, [](schema::Mailbox::Reader in) -> std::optional<mailbox> {
      return mailbox{kind(in.getKind()),  string(in.getTitle()),
                     in.getVersion(),     in.getJoined(),
                     in.getLeft(),        in.getReadSeq(),
                     in.getReadOrdinal(), stays(in.getEarlier()),
                     in.getSince(),       read_settings(in.getSettings())};
    });
}

frame encode(const contact& x) {
  return build<schema::Contact>([&x](schema::Contact::Builder out) { write_contact(out, x); });
}

template <>
std::optional<contact> decode<contact>(std::string_view bytes) {
  return with_root<schema::Contact>(
    bytes, [](schema::Contact::Reader in) -> std::optional<contact> { return read_contact(in); });
}

frame encode(const cursor& x) {
  return build<schema::Cursor>([&x](schema::Cursor::Builder out) {
    out.setSeq(x.seq);
    out.setOwn(x.own);
  });
}

template <>
std::optional<cursor> decode<cursor>(std::string_view bytes) {
  return with_root<schema::Cursor>(bytes, [](schema::Cursor::Reader in) -> std::optional<cursor> {
    return cursor{in.getSeq(), in.getOwn()};
  });
}

frame encode(const online_session& x) {
  return build<schema::OnlineSession>([&x](schema::OnlineSession::Builder out) {
    out.setDevice(x.device.value);
    out.setStart(x.start);
    out.setEnd(x.end);
  });
}

template <>
std::optional<online_session> decode<online_session>(std::string_view bytes) {
  return with_root<schema::OnlineSession>(
    bytes, [](schema::OnlineSession::Reader in) -> std::optional<online_session> {
      return online_session{device_id{in.getDevice()}, in.getStart(), in.getEnd()};
    });
}

frame encode(const kept_file& x) {
  return build<schema::KeptFile>([&x](schema::KeptFile::Builder out) {
    out.setHash(as_data(x.file.hash_bytes()));
    out.setSize(x.file.size);
    out.setNames(x.names);
    out.setSince(x.since);
  });
}

template <>
std::optional<kept_file> decode<kept_file>(std::string_view bytes) {
  return with_root<schema::KeptFile>(bytes,
                                     [](schema::KeptFile::Reader in) -> std::optional<kept_file> {
                                       auto file = file_ref::of(view(in.getHash()), in.getSize());
                                       if (!file)
                                         return std::nullopt;
                                       return kept_file{*file, in.getNames(), in.getSince()};
                                     });
}

frame encode(const naming& x) {
  return build<schema::Naming>([&x](schema::Naming::Builder out) {
    out.setVersion(x.version);
    out.setNamed(x.named);
  });
}

template <>
std::optional<naming> decode<naming>(std::string_view bytes) {
  return with_root<schema::Naming>(bytes, [](schema::Naming::Reader in) -> std::optional<naming> {
    return naming{in.getVersion(), in.getNamed()};
  });
}

frame encode(const file_usage& x) {
  return build<schema::FileUsage>([&x](schema::FileUsage::Builder out) {
    out.setBytes(x.bytes);
    out.setFiles(x.files);
  });
}

template <>
std::optional<file_usage> decode<file_usage>(std::string_view bytes) {
  return with_root<schema::FileUsage>(
    bytes, [](schema::FileUsage::Reader in) -> std::optional<file_usage> {
      return file_usage{in.getBytes(), in.getFiles()};
    });
}

namespace {

void write_namings(schema::Outbox::Builder out, const outbox& x) {
  if (x.namings.empty())
    return;
  write_id(out.initKeeper(), x.keeper);
  auto list = out.initNamings(count_of(x.namings));
  for (capnp::uint i = 0; i < list.size(); ++i) {
    auto& naming = x.namings[i];
    list[i].setSeq(naming.seq);
    list[i].setHash(as_data(naming.file.hash_bytes()));
    list[i].setSize(naming.file.size);
    list[i].setNamed(naming.named);
  }
}

void write_walk(schema::Walk::Builder out, const walk& x) {
  write_id(out.initService(), x.service);
  set_text(out.initName(count_of(x.name)), x.name);
  out.setShard(x.shard.value);
  write_id(out.initAfter(), x.after);
}

walk read_walk(schema::Walk::Reader in) {
  return {read_id<user_id>(in.getService()),
          string(in.getName()),
          {in.getShard()},
          read_id<user_id>(in.getAfter())};
}

void write_absence(schema::Absence::Builder out, const absence& x) {
  set_text(out.initSender(count_of(x.sender)), x.sender);
  out.setSeq(x.seq);
  out.setOrdinal(x.ordinal);
  out.setTime(x.time);
  auto users = out.initUsers(count_of(x.users));
  for (capnp::uint i = 0; i < users.size(); ++i) {
    write_id(users[i].initUser(), x.users[i].id);
    users[i].setMentioned(x.users[i].mentioned);
  }
}

absence read_absence(schema::Absence::Reader in) {
  absence x{string(in.getSender()), in.getSeq(), in.getOrdinal(), in.getTime()};
  for (auto user : in.getUsers())
    x.users.push_back({read_id<user_id>(user.getUser()), user.getMentioned()});
  return x;
}

} // namespace

frame encode(const outbox& x) {
  return build<schema::Outbox>([&x](schema::Outbox::Builder out) {
    write_id(out.initConversation(), x.conversation);
    out.setVersion(x.version);
    out.setKind(kind(x.kind));
    auto members = out.initMembers(static_cast<capnp::uint>(x.members.size()));
    for (capnp::uint i = 0; i < members.size(); ++i) {
      auto& member = x.members[i];
      write_id(members[i].initUser(), member.user);
      set_text(members[i].initTitle(count_of(member.title)), member.title);
      members[i].setJoined(member.joined);
      members[i].setLeft(member.left);
      members[i].setOrdinal(member.ordinal);
      write_stays(members[i], member.earlier);
    }
    write_namings(out, x);
    if (x.walk.service)
      write_walk(out.initWalk(), x.walk);
    if (!x.absence.users.empty())
      write_absence(out.initAbsence(), x.absence);
    if (x.contacts.empty())
      return;
    auto contacts = out.initContacts(count_of(x.contacts));
    for (capnp::uint i = 0; i < contacts.size(); ++i) {
      write_id(contacts[i].initUser(), x.contacts[i].user);
      write_contact(contacts[i].initContact(), x.contacts[i].what);
    }
  });
}

template <>
std::optional<outbox> decode<outbox>(std::string_view bytes) {
  return with_root<schema::Outbox>(bytes, [](schema::Outbox::Reader in) -> std::optional<outbox> {
    auto id = in.getConversation();
    outbox x{read_id<conversation_id>(id), in.getVersion(), kind(in.getKind()), {}};
    for (auto member : in.getMembers())
      x.members.push_back({read_id<user_id>(member.getUser()), string(member.getTitle()),
                           member.getJoined(), member.getLeft(), member.getOrdinal(),
                           stays(member.getEarlier())});
    x.keeper = read_id<user_id>(in.getKeeper());
    for (auto naming : in.getNamings())
      if (auto file = file_ref::of(view(naming.getHash()), naming.getSize()))
        x.namings.push_back({naming.getSeq(), *file, naming.getNamed()});
    for (auto contact : in.getContacts())
      x.contacts.push_back(
        {read_id<user_id>(contact.getUser()), read_contact(contact.getContact())});
    x.walk = read_walk(in.getWalk());
    x.absence = read_absence(in.getAbsence());
    return x;
  });
}

frame encode(const notice& x) {
  return build<schema::Notice>([&x](schema::Notice::Builder out) {
    set_text(out.initName(count_of(x.name)), x.name);
    out.setKind(kind(x.kind));
    set_text(out.initTitle(count_of(x.title)), x.title);
    set_text(out.initSender(count_of(x.sender)), x.sender);
    out.setSeq(x.seq);
    out.setUnread(x.unread);
    out.setMentions(x.mentions);
    out.setMentioned(x.mentioned);
    out.setTime(x.time);
    write_id(out.initUser(), x.user);
    write_id(out.initConversation(), x.conversation);
  });
}

template <>
std::optional<notice> decode<notice>(std::string_view bytes) {
  return with_root<schema::Notice>(bytes, [](schema::Notice::Reader in) -> std::optional<notice> {
    return notice{string(in.getName()),
                  kind(in.getKind()),
                  string(in.getTitle()),
                  string(in.getSender()),
                  in.getSeq(),
                  in.getUnread(),
                  in.getMentions(),
                  in.getMentioned(),
                  in.getTime(),
                  read_id<user_id>(in.getUser()),
                  read_id<conversation_id>(in.getConversation())};
  });
}

frame encode(const counter& x) {
  return build<schema::Counter>([&x](schema::Counter::Builder out) { out.setValue(x.value); });
}

template <>
std::optional<counter> decode<counter>(std::string_view bytes) {
  return with_root<schema::Counter>(
    bytes,
    [](schema::Counter::Reader in) -> std::optional<counter> { return counter{in.getValue()}; });
}

frame encode(const node_identity& x) {
  return build<schema::NodeIdentity>([&x](schema::NodeIdentity::Builder out) {
    out.setCluster(x.cluster);
    out.setNode(x.node.value);
    out.setDisk(x.disk);
  });
}

template <>
std::optional<node_identity> decode<node_identity>(std::string_view bytes) {
  return with_root<schema::NodeIdentity>(
    bytes, [](schema::NodeIdentity::Reader in) -> std::optional<node_identity> {
      return node_identity{in.getCluster(), {in.getNode()}, in.getDisk()};
    });
}

} // namespace parley::record
