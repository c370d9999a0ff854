#include "actors/core/mail_codec.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/codec.hpp"
#include "schema/mail.capnp.h"

namespace parley {

namespace {

namespace schema = mail_schema;
using capnp_id = wire::schema::Id;

// -- small things, both ways ---------------------------------------------------------

/// What a decoder throws when a part is malformed; with_root catches it.
[[noreturn]] void malformed() {
  kj::throwFatalException({kj::Exception::Type::FAILED, __FILE__, __LINE__});
}

capnp::Data::Reader data(const frame& x) {
  return as_data(x.bytes());
}

frame read_frame(capnp::Data::Reader x) {
  auto copy = frame_in(x);
  if (!copy)
    malformed();
  return *std::move(copy);
}

void write_origin(schema::Origin::Builder out, const origin& x) {
  out.setSession(x.session.value);
  write_id(out.initUser(), x.user);
  out.setDevice(x.device.value);
  out.setRole(static_cast<record::schema::Account::Role>(x.role));
  set_text(out.initName(count_of(x.name)), x.name);
}

origin_ptr read_origin(schema::Origin::Reader x) {
  auto name = x.getName();
  return std::make_shared<const origin>(origin{session_id{x.getSession()},
                                               read_id<user_id>(x.getUser()),
                                               device_id{x.getDevice()},
                                               static_cast<record::role>(x.getRole()),
                                               {name.begin(), name.size()}});
}

void write_requests(schema::Requests::Builder out, const requests& x) {
  write_origin(out.initFrom(), *x.from);
  auto frames = out.initFrames(count_of(x.items));
  for (capnp::uint i = 0; i < frames.size(); ++i)
    frames.set(i, data(x.items[i].bytes));
}

requests read_requests(schema::Requests::Reader x) {
  requests result{read_origin(x.getFrom()), {}};
  for (auto bytes : x.getFrames()) {
    auto copy = read_frame(bytes);
    auto decoded = wire::decode_client(copy);
    if (!decoded)
      malformed();
    result.items.push_back({decoded->request, std::move(decoded->body), std::move(copy)});
  }
  return result;
}

void write_receipt(schema::Receipt::Builder out, const receipt& x) {
  write_id(out.initUser(), x.user);
  out.setDelivered(x.delivered);
  out.setRead(x.read);
}

receipt read_receipt(schema::Receipt::Reader x) {
  return {read_id<user_id>(x.getUser()), x.getDelivered(), x.getRead()};
}

void write_file(schema::File::Builder out, const file_ref& x) {
  out.setHash(as_data(x.hash_bytes()));
  out.setSize(x.size);
}

file_ref read_file(schema::File::Reader x) {
  auto file = file_ref::of(view(x.getHash()), x.getSize());
  if (!file)
    malformed();
  return *file;
}

void write_asker(schema::FileOf::Builder out, const asker& x) {
  out.setSession(x.session.value);
  out.setRequest(x.request);
}

asker read_asker(schema::FileOf::Reader x) {
  return {session_id{x.getSession()}, x.getRequest()};
}

void write_note(schema::PresenceNote::Builder out, const presence_note& x) {
  out.setKind(static_cast<schema::PresenceNote::Kind>(x.kind));
  write_id(out.initUser(), x.user);
  set_text(out.initName(count_of(x.name)), x.name);
  out.setEpoch(x.epoch);
  out.setState(static_cast<wire::schema::ServerFrame::Presence::State>(x.state));
  out.setLastSeen(x.last_seen);
  out.setWatches(x.watches);
}

presence_note read_note(schema::PresenceNote::Reader x) {
  auto kind = static_cast<note_kind>(x.getKind());
  auto state = static_cast<wire::presence_state>(x.getState());
  if (kind > note_kind::unwanted || state > wire::presence_state::online)
    malformed();
  auto name = x.getName();
  return {kind,
          read_id<user_id>(x.getUser()),
          {name.begin(), name.size()},
          x.getEpoch(),
          state,
          x.getLastSeen(),
          x.getWatches()};
}

// -- to a room ------------------------------------------------------------------------

struct room_writer {
  schema::ToRoom::Builder out;

  void operator()(const requests& x) {
    write_requests(out.initRequests(), x);
  }

  void operator()(const subscribe& x) {
    auto to = out.initSubscribe();
    write_id(to.initUser(), x.user);
    to.setWantOwn(x.want_own);
    to.setEpoch(x.epoch);
    to.setJoined(x.joined);
  }

  void operator()(const unsubscribe& x) {
    auto to = out.initUnsubscribe();
    write_id(to.initUser(), x.user);
    to.setEpoch(x.epoch);
  }

  void operator()(const receipt& x) {
    write_receipt(out.initReceipt(), x);
  }

  void operator()(const user_checked& x) {
    auto to = out.initUserChecked();
    write_id(to.initUser(), x.user);
    to.setExists(x.exists);
    to.setFull(x.full);
    to.setContactsFull(x.contacts_full);
    to.setBlocksFull(x.blocks_full);
    to.setAskingFull(x.asking_full);
    to.setAskedFull(x.asked_full);
  }

  void operator()(const file_checked& x) {
    auto to = out.initFileChecked();
    write_id(to.initUser(), x.user);
    write_file(to.initFile(), x.file);
    to.setKept(x.kept);
  }

  void operator()(const dispatch& x) {
    auto to = out.initDispatch();
    write_id(to.initConversation(), x.confirms.conversation);
    to.setVersion(x.confirms.version);
    write_id(to.initUser(), x.confirms.user);
    write_requests(to.initWhat(), x.what);
  }

  void operator()(const tick&) {
    // Stays here.
  }
};

room_event read_room_event(schema::ToRoom::Reader x) {
  switch (x.which()) {
    case schema::ToRoom::REQUESTS:
      return read_requests(x.getRequests());
    case schema::ToRoom::SUBSCRIBE: {
      auto wish = x.getSubscribe();
      return subscribe{read_id<user_id>(wish.getUser()), wish.getEpoch(), wish.getJoined(),
                       wish.getWantOwn()};
    }
    case schema::ToRoom::UNSUBSCRIBE: {
      auto gone = x.getUnsubscribe();
      return unsubscribe{read_id<user_id>(gone.getUser()), gone.getEpoch()};
    }
    case schema::ToRoom::RECEIPT:
      return read_receipt(x.getReceipt());
    case schema::ToRoom::USER_CHECKED: {
      auto checked = x.getUserChecked();
      return user_checked{read_id<user_id>(checked.getUser()),
                          checked.getExists(),
                          checked.getFull(),
                          checked.getContactsFull(),
                          checked.getBlocksFull(),
                          checked.getAskingFull(),
                          checked.getAskedFull()};
    }
    case schema::ToRoom::FILE_CHECKED: {
      auto checked = x.getFileChecked();
      return file_checked{read_id<user_id>(checked.getUser()), read_file(checked.getFile()),
                          checked.getKept()};
    }
    case schema::ToRoom::DISPATCH: {
      auto in = x.getDispatch();
      return dispatch{{read_id<conversation_id>(in.getConversation()), in.getVersion(),
                       read_id<user_id>(in.getUser())},
                      read_requests(in.getWhat())};
    }
  }
  malformed();
}

// -- to an inbox ----------------------------------------------------------------------

struct inbox_writer {
  schema::ToInbox::Builder out;

  void operator()(const requests& x) {
    write_requests(out.initRequests(), x);
  }

  void operator()(const head& x) {
    auto to = out.initHead();
    write_id(to.initConversation(), x.conversation);
    to.setSeq(x.seq);
    to.setOrdinal(x.ordinal);
    to.setTime(x.time);
    write_receipt(to.initTold(), x.told);
    to.setHasOwn(x.has_own);
    to.setOwnSeq(x.own_seq);
    to.setOwnOrdinal(x.own_ordinal);
  }

  void operator()(const check_user& x) {
    write_id(out.initCheckUser(), x.asker);
  }

  void operator()(const membership_change& x) {
    out.setMembership(
      data(record::encode(record::outbox{x.conversation, x.version, x.kind, {x.what}})));
  }

  void operator()(const contact_news& x) {
    record::outbox row{x.conversation, x.version, wire::conversation_kind::direct, {}};
    row.contacts.push_back({{}, x.what});
    out.setContact(data(record::encode(row)));
  }

  void operator()(const detach& x) {
    out.setDetach(x.session.value);
  }

  void operator()(const pulse& x) {
    write_origin(out.initPulse(), *x.from);
  }

  void operator()(const file_held& x) {
    auto to = out.initFileHeld();
    write_file(to.initFile(), x.file);
    write_asker(to, x.to);
  }

  void operator()(const take_file& x) {
    auto to = out.initTakeFile();
    write_file(to.initFile(), x.file);
    write_asker(to, x.to);
    to.setHome(x.home.value);
  }

  void operator()(const check_file& x) {
    auto to = out.initCheckFile();
    write_file(to.initFile(), x.file);
    write_id(to.initRoom(), x.asker);
  }

  void operator()(const naming_change& x) {
    out.setNamings(data(record::encode(record::outbox{
      x.conversation, x.version, wire::conversation_kind::direct, {}, {}, x.files})));
  }

  void operator()(const unneeded_file& x) {
    write_id(out.initUnneededFile(), x.file);
  }

  void operator()(const presence_note& x) {
    write_note(out.initPresence(), x);
  }

  void operator()(const absence_note& x) {
    record::outbox row{x.conversation, x.version, x.kind, {}};
    row.absence = x.what;
    out.setAbsence(data(record::encode(row)));
  }

  template <class T>
  void operator()(const T&) {
    // Notices and shows travel in a tell; hashes and ticks stay here.
  }
};

inbox_event read_inbox_event(schema::ToInbox::Reader x) {
  switch (x.which()) {
    case schema::ToInbox::REQUESTS:
      return read_requests(x.getRequests());
    case schema::ToInbox::HEAD: {
      auto in = x.getHead();
      return head{read_id<conversation_id>(in.getConversation()),
                  in.getSeq(),
                  in.getOrdinal(),
                  in.getTime(),
                  read_receipt(in.getTold()),
                  in.getHasOwn(),
                  in.getOwnSeq(),
                  in.getOwnOrdinal()};
    }
    case schema::ToInbox::CHECK_USER:
      return check_user{read_id<conversation_id>(x.getCheckUser())};
    case schema::ToInbox::MEMBERSHIP: {
      auto row = record::decode<record::outbox>(read_frame(x.getMembership()).bytes());
      if (!row || row->members.size() != 1)
        malformed();
      return membership_change{row->conversation, row->version, row->kind,
                               std::move(row->members[0])};
    }
    case schema::ToInbox::CONTACT: {
      auto row = record::decode<record::outbox>(read_frame(x.getContact()).bytes());
      if (!row || row->contacts.size() != 1)
        malformed();
      return contact_news{row->conversation, row->version, std::move(row->contacts[0].what)};
    }
    case schema::ToInbox::DETACH:
      return detach{session_id{x.getDetach()}};
    case schema::ToInbox::PULSE:
      return pulse{read_origin(x.getPulse())};
    case schema::ToInbox::FILE_HELD:
      return file_held{read_asker(x.getFileHeld()), read_file(x.getFileHeld().getFile())};
    case schema::ToInbox::TAKE_FILE: {
      auto in = x.getTakeFile();
      if (in.getHome() >= shard_count)
        malformed();
      return take_file{read_asker(in), read_file(in.getFile()), shard_id{in.getHome()}};
    }
    case schema::ToInbox::CHECK_FILE: {
      auto in = x.getCheckFile();
      return check_file{read_id<conversation_id>(in.getRoom()), read_file(in.getFile())};
    }
    case schema::ToInbox::NAMINGS: {
      auto row = record::decode<record::outbox>(read_frame(x.getNamings()).bytes());
      if (!row)
        malformed();
      return naming_change{row->conversation, row->version, std::move(row->namings)};
    }
    case schema::ToInbox::UNNEEDED_FILE:
      return unneeded_file{read_id<file_id>(x.getUnneededFile())};
    case schema::ToInbox::PRESENCE:
      return read_note(x.getPresence());
    case schema::ToInbox::ABSENCE: {
      auto row = record::decode<record::outbox>(read_frame(x.getAbsence()).bytes());
      if (!row || row->absence.users.size() != 1)
        malformed();
      return absence_note{row->conversation, row->version, row->kind, std::move(row->absence)};
    }
  }
  malformed();
}

// -- to many inboxes, to a session ------------------------------------------------------

stored_message read_message(capnp::Data::Reader x) {
  auto bytes = read_frame(x);
  auto decoded = wire::decode_server(bytes);
  auto message = decoded ? std::get_if<wire::message>(&decoded->body) : nullptr;
  if (message == nullptr)
    malformed();
  return {message->seq,    message->ordinal, message->time,   message->sender,
          message->device, message->counter, std::move(bytes)};
}

void write_tell(schema::Tell::Builder out, const tell& x) {
  write_id(out.initConversation(), x.conversation);
  auto users = out.initUsers(count_of(x.to));
  for (capnp::uint i = 0; i < users.size(); ++i)
    write_id(users[i], x.to[i]);
  if (auto shown = std::get_if<show>(&x.what)) {
    out.setDroppable(shown->droppable);
    out.setLive(shown->live);
    return out.setShow(data(shown->bytes));
  }
  auto& burst = *std::get<notice>(x.what).what;
  auto messages = out.initMessages(count_of(burst.messages));
  for (capnp::uint i = 0; i < messages.size(); ++i)
    messages.set(i, data(burst.messages[i].bytes));
}

tell read_tell(schema::Tell::Reader x) {
  tell result{read_id<conversation_id>(x.getConversation()), {}, show{}};
  for (auto user : x.getUsers())
    result.to.push_back(read_id<user_id>(user));
  if (result.to.empty())
    malformed();
  if (x.isShow()) {
    result.what = show{read_frame(x.getShow()), x.getDroppable(), x.getLive()};
    return result;
  }
  burst told{result.conversation, {}};
  for (auto message : x.getMessages())
    told.messages.push_back(read_message(message));
  result.what = notice{std::make_shared<const burst>(std::move(told))};
  return result;
}

void write_parcel(schema::Parcel::Builder out, const parcel& x) {
  out.setSession(x.to.value);
  auto frames = out.initFrames(count_of(x.frames));
  for (capnp::uint i = 0; i < frames.size(); ++i) {
    frames[i].setRequest(x.frames[i].request);
    frames[i].setBytes(data(x.frames[i].bytes));
  }
  if (x.login)
    write_origin(out.initLogin(), *x.login);
  out.setClose(static_cast<wire::schema::ErrorCode>(x.close));
  out.setEnded(x.ended);
  out.setLive(x.live);
}

parcel read_parcel(schema::Parcel::Reader x) {
  parcel result{session_id{x.getSession()},    {},           {},
                static_cast<ec>(x.getClose()), x.getEnded(), x.getLive()};
  if (result.close >= ec::ec_count)
    result.close = ec::internal; // A newer node's reason.
  for (auto item : x.getFrames())
    result.frames.push_back({item.getRequest(), read_frame(item.getBytes())});
  if (x.hasLogin())
    result.login = read_origin(x.getLogin());
  return result;
}

// -- mail -------------------------------------------------------------------------------

struct mail_writer {
  schema::Mail::Builder out;

  void operator()(const room_mail& x) {
    auto to = out.initToRoom();
    write_id(to.initTo(), x.to);
    std::visit(room_writer{to}, x.what);
  }

  void operator()(const inbox_mail& x) {
    auto to = out.initToInbox();
    write_id(to.initTo(), x.to);
    std::visit(inbox_writer{to}, x.what);
  }

  void operator()(const courier_mail& x) {
    auto confirmed = std::get_if<outbox_confirmed>(&x.what);
    if (confirmed == nullptr)
      return; // Couriers hear of new rows in their own shard only.
    auto to = out.initToCourier();
    to.setShard(x.to.value);
    write_id(to.initConversation(), confirmed->conversation);
    to.setVersion(confirmed->version);
    write_id(to.initUser(), confirmed->user);
  }

  void operator()(const tell& x) {
    write_tell(out.initTell(), x);
  }

  void operator()(const parcel& x) {
    write_parcel(out.initParcel(), x);
  }
};

node_mail read_mail(schema::Mail::Reader x) {
  switch (x.which()) {
    case schema::Mail::TO_ROOM:
      return room_mail{read_id<conversation_id>(x.getToRoom().getTo()),
                       read_room_event(x.getToRoom())};
    case schema::Mail::TO_INBOX:
      return inbox_mail{read_id<user_id>(x.getToInbox().getTo()), read_inbox_event(x.getToInbox())};
    case schema::Mail::TO_COURIER: {
      auto in = x.getToCourier();
      if (in.getShard() >= shard_count)
        malformed();
      return courier_mail{shard_id{in.getShard()},
                          outbox_confirmed{read_id<conversation_id>(in.getConversation()),
                                           in.getVersion(), read_id<user_id>(in.getUser())}};
    }
    case schema::Mail::TELL:
      return read_tell(x.getTell());
    case schema::Mail::PARCEL:
      return read_parcel(x.getParcel());
  }
  malformed();
}

} // namespace

frame encode_mails(const std::vector<node_mail>& items) {
  return build<schema::Mails>([&items](schema::Mails::Builder out) {
    auto list = out.initItems(count_of(items));
    for (capnp::uint i = 0; i < list.size(); ++i)
      std::visit(mail_writer{list[i]}, items[i]);
  });
}

std::optional<std::vector<node_mail>> decode_mails(std::string_view bytes) {
  return with_root<schema::Mails>(
    bytes, [](schema::Mails::Reader in) -> std::optional<std::vector<node_mail>> {
      std::vector<node_mail> result;
      for (auto item : in.getItems())
        result.push_back(read_mail(item));
      return result;
    });
}

} // namespace parley
