#include "schema/codec.hpp"

#include "schema/contact_codec.hpp"
#include "schema/conversation_codec.hpp"
#include "schema/device_codec.hpp"
#include "schema/limits.hpp"
#include "schema/message_codec.hpp"
#include "schema/presence_codec.hpp"
#include "schema/service_codec.hpp"
#include "schema/user_codec.hpp"

#include <type_traits>

namespace parley::wire {

namespace {

// -- small things, both ways ----------------------------------------------------

static_assert(static_cast<int>(ec::ec_count)
                == static_cast<int>(schema::ErrorCode::TOO_MANY_CONNECTIONS) + 1,
              "error.hpp and client.capnp name the same errors");

cursor read_cursor(schema::Cursor::Reader x) {
  return {read_id<conversation_id>(x.getConversation()), x.getSeq()};
}

void write_cursor(schema::Cursor::Builder out, const cursor& x) {
  write_id(out.initConversation(), x.conversation);
  out.setSeq(x.seq);
}

std::vector<cursor> read_cursors(capnp::List<schema::Cursor>::Reader xs) {
  std::vector<cursor> result;
  result.reserve(xs.size());
  for (auto x : xs)
    result.push_back(read_cursor(x));
  return result;
}

void write_cursors(capnp::List<schema::Cursor>::Builder out, const std::vector<cursor>& xs) {
  for (size_t i = 0; i < xs.size(); ++i)
    write_cursor(out[static_cast<capnp::uint>(i)], xs[i]);
}

error read_error(schema::Error::Reader x) {
  auto code = static_cast<ec>(x.getCode());
  if (code >= ec::ec_count)
    code = ec::internal;
  return {code, view(x.getText()), x.getRetryable(), x.getRetryAfterMs()};
}

void write_error(schema::Error::Builder out, const error& x) {
  out.setCode(static_cast<schema::ErrorCode>(x.code));
  set_text(out.initText(count_of(x.text)), x.text);
  out.setRetryable(x.retryable);
  out.setRetryAfterMs(x.retry_after_ms);
}

// -- changes of rooms -------------------------------------------------------------

client_body read_change(schema::ClientFrame::ChangeRoom::Reader x) {
  using which = schema::ClientFrame::ChangeRoom;
  change_room result{read_id<conversation_id>(x.getRoom())};
  switch (x.which()) {
    case which::TITLE:
      result.what = room_change::title;
      result.text = view(x.getTitle());
      return result;
    case which::ANNOUNCEMENT:
      result.what = room_change::announcement;
      result.text = view(x.getAnnouncement());
      return result;
    case which::ACCESS:
      result.what = room_change::access;
      result.access = static_cast<room_access>(x.getAccess());
      return result;
    case which::QUIET:
      result.what = room_change::quiet;
      result.quiet = x.getQuiet();
      return result;
    case which::TRANSFER:
      result.what = room_change::transfer;
      result.text = view(x.getTransfer());
      return result;
    case which::DISSOLVE:
      result.what = room_change::dissolve;
      return result;
    case which::KEEP:
      result.what = room_change::keep;
      result.keep = read_retention(x.getKeep());
      return result;
  }
  return unknown{static_cast<uint16_t>(x.which())};
}

void write_change(schema::ClientFrame::ChangeRoom::Builder out, const change_room& x) {
  write_id(out.initRoom(), x.room);
  switch (x.what) {
    case room_change::title:
      return set_text(out.initTitle(count_of(x.text)), x.text);
    case room_change::announcement:
      return set_text(out.initAnnouncement(count_of(x.text)), x.text);
    case room_change::access:
      return out.setAccess(static_cast<schema::Access>(x.access));
    case room_change::quiet:
      return out.setQuiet(x.quiet);
    case room_change::transfer:
      return set_text(out.initTransfer(count_of(x.text)), x.text);
    case room_change::dissolve:
      return out.setDissolve();
    case room_change::keep:
      return write_retention(out.initKeep(), x.keep);
  }
}

client_body read_change(schema::ClientFrame::ChangeMembers::Reader x) {
  using which = schema::ClientFrame::ChangeMembers;
  change_members result{read_id<conversation_id>(x.getRoom()), read_names(x.getMembers())};
  switch (x.which()) {
    case which::BAN:
      result.what = member_change::ban;
      return result;
    case which::UNBAN:
      result.what = member_change::unban;
      return result;
    case which::ROLE:
      result.what = member_change::role;
      result.role = static_cast<room_role>(x.getRole());
      return result;
    case which::MUTE:
      result.what = member_change::mute;
      result.until = x.getMute();
      return result;
    case which::APPROVE:
      result.what = member_change::approve;
      return result;
    case which::REFUSE:
      result.what = member_change::refuse;
      return result;
  }
  return unknown{static_cast<uint16_t>(x.which())};
}

void write_change(schema::ClientFrame::ChangeMembers::Builder out, const change_members& x) {
  write_id(out.initRoom(), x.room);
  write_names(out.initMembers(count_of(x.members)), x.members);
  switch (x.what) {
    case member_change::ban:
      return out.setBan();
    case member_change::unban:
      return out.setUnban();
    case member_change::role:
      return out.setRole(static_cast<schema::Role>(x.role));
    case member_change::mute:
      return out.setMute(x.until);
    case member_change::approve:
      return out.setApprove();
    case member_change::refuse:
      return out.setRefuse();
  }
}

// -- client frames ----------------------------------------------------------------

std::optional<client_body> read_body(schema::ClientFrame::Reader x) {
  using which = schema::ClientFrame;
  switch (x.which()) {
    case which::HELLO: {
      auto y = x.getHello();
      return hello{y.getVersion(), view(y.getAgent()), view(y.getUser())};
    }
    case which::REGISTER: {
      auto y = x.getRegister();
      return register_account{view(y.getName()), view(y.getPassword())};
    }
    case which::LOGIN: {
      auto result = read_login(x.getLogin());
      result.resume = read_cursors(x.getLogin().getResume());
      return result;
    }
    case which::LOGOUT:
      return logout{};
    case which::CHANGE_PASSWORD: {
      auto y = x.getChangePassword();
      return change_password{view(y.getOld()), view(y.getNew())};
    }
    case which::IMPORT_ACCOUNT:
      return import_account{view(x.getImportAccount().getName())};
    case which::SEND: {
      auto y = x.getSend();
      auto body = read_content(y.getContent());
      if (!body)
        return std::nullopt;
      send result{{}, {}, y.getCounter(), y.getPrevious(), *body};
      if (y.getTo().isUser())
        result.user = view(y.getTo().getUser());
      else
        result.conversation = read_id<conversation_id>(y.getTo().getConversation());
      return result;
    }
    case which::ACK:
      return ack{read_cursors(x.getAck().getCursors())};
    case which::READ:
      return read{read_cursor(x.getRead())};
    case which::CONVERSATIONS:
      return read_conversation_list(x.getConversations());
    case which::CHANGE_CONVERSATION:
      return read_conversation_change(x.getChangeConversation());
    case which::HISTORY: {
      auto y = x.getHistory();
      return read_history{read_id<conversation_id>(y.getConversation()),
                          y.getFrom(),
                          y.getTo(),
                          y.getLimit(),
                          y.getBack(),
                          y.getSince(),
                          y.getUntil()};
    }
    case which::CREATE_ROOM: {
      auto y = x.getCreateRoom();
      return create_room{y.getNonce(),
                         view(y.getTitle()),
                         read_names(y.getMembers()),
                         y.getOpen(),
                         static_cast<room_access>(y.getAccess()),
                         y.getLive()};
    }
    case which::INVITE:
      return invite{read_id<conversation_id>(x.getInvite().getRoom()),
                    read_names(x.getInvite().getMembers())};
    case which::KICK:
      return kick{read_id<conversation_id>(x.getKick().getRoom()),
                  read_names(x.getKick().getMembers())};
    case which::JOIN:
      return join{read_id<conversation_id>(x.getJoin())};
    case which::LEAVE:
      return leave{read_id<conversation_id>(x.getLeave())};
    case which::MEMBERS: {
      auto y = x.getMembers();
      return list_members{read_id<conversation_id>(y.getRoom()), read_id<user_id>(y.getAfter()),
                          y.getLimit(), static_cast<member_list>(y.getWhich())};
    }
    case which::READERS: {
      auto y = x.getReaders();
      return list_readers{read_id<conversation_id>(y.getConversation()), y.getSeq(),
                          read_id<user_id>(y.getAfter()), y.getLimit()};
    }
    case which::CHANGE_ROOM:
      return read_change(x.getChangeRoom());
    case which::CHANGE_MEMBERS:
      return read_change(x.getChangeMembers());
    case which::CHANGE_CONTACT:
      return read_contact_change(x.getChangeContact());
    case which::CONTACTS:
      return read_contact_list(x.getContacts());
    case which::SET_PRESENCE:
      return read_presence_change(x.getSetPresence());
    case which::ASK_PRESENCE:
      return read_presence_request(x.getAskPresence());
    case which::DEVICES:
      return list_devices{};
    case which::REVOKE:
      return revoke{read_numbers(x.getRevoke().getDevices()), x.getRevoke().getOthers()};
    case which::SEARCH: {
      auto y = x.getSearch();
      return search{read_id<conversation_id>(y.getConversation()), view(y.getText()), y.getBefore(),
                    y.getLimit()};
    }
    case which::BROADCAST: {
      auto found = read_broadcast(x.getBroadcast());
      if (!found)
        return std::nullopt;
      return *std::move(found);
    }
    case which::NOTICES:
      return read_notices{x.getNotices().getShard(), x.getNotices().getLimit()};
    case which::CONFIRM_NOTICES:
      return read_confirmation(x.getConfirmNotices());
    case which::SET_PROFILE:
      return set_profile{read_profile(x.getSetProfile())};
    case which::PROFILE:
      return ask_profile{view(x.getProfile())};
    case which::ONLINE_TIMES:
      return read_online_times{view(x.getOnlineTimes().getName()), x.getOnlineTimes().getSince(),
                               x.getOnlineTimes().getUntil()};
    case which::PING:
      return ping{};
    case which::PONG:
      return pong{};
    case which::REVISE: {
      auto y = x.getRevise();
      auto what = read_revision(y.getWhat());
      if (!what)
        return std::nullopt;
      return revise{read_id<conversation_id>(y.getConversation()), y.getCounter(), y.getPrevious(),
                    *std::move(what)};
    }
    case which::VERSIONS: {
      auto y = read_cursor(x.getVersions());
      return read_versions{y.conversation, y.seq};
    }
    case which::HIDE:
      return hide{read_id<conversation_id>(x.getHide().getConversation()),
                  read_numbers(x.getHide().getSeqs())};
    case which::TYPING:
      return typing{read_id<conversation_id>(x.getTyping()), {}};
    case which::PUT_FILE: {
      auto y = x.getPutFile();
      return put_file{view(y.getHash()), y.getSize(), y.getOffset(), view(y.getData())};
    }
    case which::GET_FILE: {
      auto y = x.getGetFile();
      return get_file{read_id<conversation_id>(y.getConversation()), y.getSeq(), y.getOffset()};
    }
    case which::KEEP_FILE: {
      auto y = read_cursor(x.getKeepFile());
      return keep_file{y.conversation, y.seq};
    }
    case which::NONE:
      break;
  }
  return unknown{static_cast<uint16_t>(x.which())};
}

struct client_writer {
  schema::ClientFrame::Builder out;

  void operator()(const unknown&) {
    out.setNone();
  }

  void operator()(const hello& x) {
    auto y = out.initHello();
    y.setVersion(x.version);
    set_text(y.initAgent(count_of(x.agent)), x.agent);
    set_text(y.initUser(count_of(x.user)), x.user);
  }

  void operator()(const register_account& x) {
    auto y = out.initRegister();
    set_text(y.initName(count_of(x.name)), x.name);
    set_text(y.initPassword(count_of(x.password)), x.password);
  }

  void operator()(const login& x) {
    auto y = out.initLogin();
    write_login(y, x);
    if (!x.resume.empty())
      write_cursors(y.initResume(count_of(x.resume)), x.resume);
  }

  void operator()(const logout&) {
    out.setLogout();
  }

  void operator()(const change_password& x) {
    auto y = out.initChangePassword();
    set_text(y.initOld(count_of(x.old_password)), x.old_password);
    set_text(y.initNew(count_of(x.new_password)), x.new_password);
  }

  void operator()(const import_account& x) {
    auto y = out.initImportAccount();
    set_text(y.initName(count_of(x.name)), x.name);
  }

  void operator()(const send& x) {
    auto y = out.initSend();
    if (x.user.empty())
      write_id(y.getTo().initConversation(), x.conversation);
    else
      set_text(y.getTo().initUser(count_of(x.user)), x.user);
    y.setCounter(x.counter);
    y.setPrevious(x.previous);
    write_content(y.initContent(), x.content);
  }

  void operator()(const ack& x) {
    write_cursors(out.initAck().initCursors(count_of(x.cursors)), x.cursors);
  }

  void operator()(const read& x) {
    write_cursor(out.initRead(), x.to);
  }

  void operator()(const list_conversations& x) {
    write_conversation_list(out.initConversations(), x);
  }

  void operator()(const change_conversation& x) {
    write_conversation_change(out.initChangeConversation(), x);
  }

  void operator()(const read_history& x) {
    auto y = out.initHistory();
    write_id(y.initConversation(), x.conversation);
    y.setFrom(x.from);
    y.setTo(x.to);
    y.setLimit(x.limit);
    y.setBack(x.back);
    y.setSince(x.since);
    y.setUntil(x.until);
  }

  void operator()(const create_room& x) {
    auto y = out.initCreateRoom();
    y.setNonce(x.nonce);
    set_text(y.initTitle(count_of(x.title)), x.title);
    write_names(y.initMembers(count_of(x.members)), x.members);
    y.setOpen(x.open);
    y.setAccess(static_cast<schema::Access>(x.access));
    y.setLive(x.live);
  }

  void operator()(const invite& x) {
    write_names_of(out.initInvite(), x.room, x.members);
  }

  void operator()(const kick& x) {
    write_names_of(out.initKick(), x.room, x.members);
  }

  void operator()(const join& x) {
    write_id(out.initJoin(), x.room);
  }

  void operator()(const leave& x) {
    write_id(out.initLeave(), x.room);
  }

  void operator()(const list_members& x) {
    auto y = out.initMembers();
    write_id(y.initRoom(), x.room);
    write_id(y.initAfter(), x.after);
    y.setLimit(x.limit);
    y.setWhich(static_cast<schema::ClientFrame::MembersRequest::Which>(x.which));
  }

  void operator()(const list_readers& x) {
    auto y = out.initReaders();
    write_id(y.initConversation(), x.conversation);
    y.setSeq(x.seq);
    write_id(y.initAfter(), x.after);
    y.setLimit(x.limit);
  }

  void operator()(const change_room& x) {
    write_change(out.initChangeRoom(), x);
  }

  void operator()(const change_members& x) {
    write_change(out.initChangeMembers(), x);
  }

  void operator()(const change_contact& x) {
    write_contact_change(out.initChangeContact(), x);
  }

  void operator()(const list_contacts& x) {
    write_contact_list(out.initContacts(), x);
  }

  void operator()(const set_presence& x) {
    write_presence_change(out.initSetPresence(), x);
  }

  void operator()(const ask_presence& x) {
    write_presence_request(out.initAskPresence(), x);
  }

  void operator()(const list_devices&) {
    out.setDevices();
  }

  void operator()(const revoke& x) {
    auto y = out.initRevoke();
    write_numbers(y.initDevices(count_of(x.devices)), x.devices);
    y.setOthers(x.others);
  }

  void operator()(const set_profile& x) {
    write_profile(out.initSetProfile(), x.shown);
  }

  void operator()(const search& x) {
    auto y = out.initSearch();
    write_id(y.initConversation(), x.conversation);
    set_text(y.initText(count_of(x.text)), x.text);
    y.setBefore(x.before);
    y.setLimit(x.limit);
  }

  void operator()(const broadcast& x) {
    write_broadcast(out.initBroadcast(), x);
  }

  void operator()(const read_notices& x) {
    auto y = out.initNotices();
    y.setShard(x.shard);
    y.setLimit(x.limit);
  }

  void operator()(const confirm_notices& x) {
    write_confirmation(out.initConfirmNotices(), x);
  }

  void operator()(const ask_profile& x) {
    set_text(out.initProfile(count_of(x.name)), x.name);
  }

  void operator()(const read_online_times& x) {
    auto y = out.initOnlineTimes();
    set_text(y.initName(count_of(x.name)), x.name);
    y.setSince(x.since);
    y.setUntil(x.until);
  }

  void operator()(const ping&) {
    out.setPing();
  }

  void operator()(const pong&) {
    out.setPong();
  }

  void operator()(const revise& x) {
    auto y = out.initRevise();
    write_id(y.initConversation(), x.conversation);
    y.setCounter(x.counter);
    y.setPrevious(x.previous);
    write_revision(y.initWhat(), x.what);
  }

  void operator()(const read_versions& x) {
    write_cursor(out.initVersions(), {x.conversation, x.seq});
  }

  void operator()(const hide& x) {
    auto y = out.initHide();
    write_id(y.initConversation(), x.conversation);
    write_numbers(y.initSeqs(count_of(x.seqs)), x.seqs);
  }

  void operator()(const typing& x) {
    write_id(out.initTyping(), x.conversation);
  }

  void operator()(const put_file& x) {
    auto y = out.initPutFile();
    y.setHash(as_data(x.hash));
    y.setSize(x.size);
    y.setOffset(x.offset);
    y.setData(as_data(x.data));
  }

  void operator()(const get_file& x) {
    auto y = out.initGetFile();
    write_id(y.initConversation(), x.conversation);
    y.setSeq(x.seq);
    y.setOffset(x.offset);
  }

  void operator()(const keep_file& x) {
    write_cursor(out.initKeepFile(), {x.conversation, x.seq});
  }

private:
  static void write_names_of(schema::ClientFrame::MemberChange::Builder y, conversation_id room,
                             const std::vector<std::string_view>& members) {
    write_id(y.initRoom(), room);
    write_names(y.initMembers(count_of(members)), members);
  }
};

// -- server frames ----------------------------------------------------------------

std::optional<server_body> read_body(schema::ServerFrame::Reader x) {
  using which = schema::ServerFrame;
  switch (x.which()) {
    case which::MESSAGE:
      return read_message(x.getMessage());
    case which::SENT: {
      auto y = x.getSent();
      return sent{read_id<conversation_id>(y.getConversation()), y.getSeq(), y.getTime()};
    }
    case which::DONE:
      return done{};
    case which::ERROR:
      return read_error(x.getError());
    case which::WELCOME: {
      auto y = x.getWelcome();
      return welcome{y.getVersion(),       view(y.getAgent()),
                     y.getMaxFrameBytes(), y.getMaxTextBytes(),
                     y.getCreditSends(),   y.getCreditBytes(),
                     y.getPingSeconds(),   read_names(y.getNodes()),
                     view(y.getHome()),    read_names(y.getFeatures())};
    }
    case which::SESSION: {
      auto y = x.getSession();
      return session{read_id<user_id>(y.getUser()), device_id{y.getDevice()}, view(y.getToken()),
                     y.getTime()};
    }
    case which::CONVERSATIONS:
      return read_conversations_page(x.getConversations());
    case which::HISTORY: {
      auto y = x.getHistory();
      history_page page{
        read_id<conversation_id>(y.getConversation()), y.getHead(), {}, y.getMore(), y.getFirst()};
      for (auto z : y.getRecords())
        page.records.push_back(view(z));
      return page;
    }
    case which::CHANGE: {
      auto y = x.getChange();
      return change{read_id<conversation_id>(y.getRoom()), y.getSeq(), y.getPending(),
                    y.getAsked()};
    }
    case which::MEMBERS: {
      auto y = x.getMembers();
      members_page page{{},
                        y.getTotal(),
                        y.getMore(),
                        static_cast<room_access>(y.getAccess()),
                        y.getQuiet(),
                        view(y.getAnnouncement()),
                        read_retention(y.getKeep())};
      for (auto z : y.getMembers())
        page.members.push_back({read_id<user_id>(z.getUser()), view(z.getName()), z.getOwner(),
                                z.getDelivered(), z.getRead(), static_cast<room_role>(z.getRole()),
                                z.getMutedUntil()});
      return page;
    }
    case which::CONVERSATION:
      return read_conversation(x.getConversation());
    case which::RECEIPT: {
      auto y = x.getReceipt();
      return receipt{read_id<conversation_id>(y.getConversation()), read_id<user_id>(y.getUser()),
                     y.getDelivered(), y.getRead()};
    }
    case which::READERS: {
      auto y = x.getReaders();
      readers_page page{read_id<conversation_id>(y.getConversation()),
                        y.getSeq(),
                        y.getMembers(),
                        y.getDelivered(),
                        y.getRead(),
                        {},
                        y.getMore()};
      for (auto z : y.getReaders())
        page.readers.push_back({read_id<user_id>(z.getUser()), view(z.getName())});
      return page;
    }
    case which::CLOSING:
      return closing{read_error(x.getClosing()), read_names(x.getClosing().getElsewhere())};
    case which::PING:
      return ping{};
    case which::PONG:
      return pong{};
    case which::VERSIONS: {
      auto y = x.getVersions();
      versions_page page{read_id<conversation_id>(y.getConversation()), y.getSeq(), {}};
      for (auto z : y.getRecords())
        page.records.push_back(view(z));
      return page;
    }
    case which::HIDDEN:
      return hidden{read_id<conversation_id>(x.getHidden().getConversation()),
                    read_numbers(x.getHidden().getSeqs())};
    case which::TYPING:
      return typing{read_id<conversation_id>(x.getTyping().getConversation()),
                    read_id<user_id>(x.getTyping().getUser())};
    case which::FILE_STATE:
      return file_state{x.getFileState().getHeld(), x.getFileState().getStored()};
    case which::FILE_PIECE: {
      auto y = x.getFilePiece();
      return file_piece{y.getSize(), y.getOffset(), view(y.getData())};
    }
    case which::CONTACT:
      return read_contact(x.getContact());
    case which::CONTACTS:
      return read_contacts_page(x.getContacts());
    case which::PRESENCE:
      return read_presence(x.getPresence());
    case which::PRESENCES:
      return read_presences(x.getPresences());
    case which::PRESENCE_FORGOTTEN:
      return presence_forgotten{};
    case which::LIVE:
      return live_message{read_message(x.getLive())};
    case which::DROPPED:
      return dropped{read_id<conversation_id>(x.getDropped().getConversation()),
                     x.getDropped().getCount()};
    case which::DEVICES:
      return read_devices(x.getDevices());
    case which::NOTICES:
      return read_notices_page(x.getNotices());
    case which::FOUND: {
      auto y = x.getFound();
      found page{read_id<conversation_id>(y.getConversation()), {}, y.getNext()};
      for (auto record : y.getRecords())
        page.records.push_back(view(record));
      return page;
    }
    case which::PROFILE:
      return read_user_profile(x.getProfile());
    case which::ONLINE_TIMES:
      return read_online_times_found(x.getOnlineTimes());
    case which::NONE:
      break;
  }
  return unknown{static_cast<uint16_t>(x.which())};
}

struct server_writer {
  schema::ServerFrame::Builder out;

  void operator()(const unknown&) {
    out.setNone();
  }

  void operator()(const message& x) {
    write_message(out.initMessage(), x);
  }

  void operator()(const sent& x) {
    auto y = out.initSent();
    write_id(y.initConversation(), x.conversation);
    y.setSeq(x.seq);
    y.setTime(x.time);
  }

  void operator()(const done&) {
    out.setDone();
  }

  void operator()(const error& x) {
    write_error(out.initError(), x);
  }

  void operator()(const welcome& x) {
    auto y = out.initWelcome();
    y.setVersion(x.version);
    set_text(y.initAgent(count_of(x.agent)), x.agent);
    y.setMaxFrameBytes(x.max_frame_bytes);
    y.setMaxTextBytes(x.max_text_bytes);
    y.setCreditSends(x.credit_sends);
    y.setCreditBytes(x.credit_bytes);
    y.setPingSeconds(x.ping_seconds);
    write_names(y.initNodes(count_of(x.nodes)), x.nodes);
    set_text(y.initHome(count_of(x.home)), x.home);
    if (!x.features.empty())
      write_names(y.initFeatures(count_of(x.features)), x.features);
  }

  void operator()(const session& x) {
    auto y = out.initSession();
    write_id(y.initUser(), x.user);
    y.setDevice(x.device.value);
    y.setToken(as_data(x.token));
    y.setTime(x.time);
  }

  void operator()(const conversations_page& x) {
    write_conversations_page(out.initConversations(), x);
  }

  void operator()(const history_page& x) {
    auto y = out.initHistory();
    write_id(y.initConversation(), x.conversation);
    y.setHead(x.head);
    auto list = y.initRecords(count_of(x.records));
    for (size_t i = 0; i < x.records.size(); ++i)
      list.set(static_cast<capnp::uint>(i), as_data(x.records[i]));
    y.setMore(x.more);
    y.setFirst(x.first);
  }

  void operator()(const change& x) {
    auto y = out.initChange();
    write_id(y.initRoom(), x.room);
    y.setSeq(x.seq);
    y.setPending(x.pending);
    y.setAsked(x.asked);
  }

  void operator()(const members_page& x) {
    auto y = out.initMembers();
    auto list = y.initMembers(count_of(x.members));
    for (size_t i = 0; i < x.members.size(); ++i) {
      auto z = list[static_cast<capnp::uint>(i)];
      auto& m = x.members[i];
      write_id(z.initUser(), m.user);
      set_text(z.initName(count_of(m.name)), m.name);
      z.setOwner(m.owner);
      z.setDelivered(m.delivered);
      z.setRead(m.read);
      z.setRole(static_cast<schema::Role>(m.role));
      z.setMutedUntil(m.muted_until);
    }
    y.setTotal(x.total);
    y.setMore(x.more);
    y.setAccess(static_cast<schema::Access>(x.access));
    y.setQuiet(x.quiet);
    if (!x.announcement.empty())
      set_text(y.initAnnouncement(count_of(x.announcement)), x.announcement);
    if (x.keep != retention{})
      write_retention(y.initKeep(), x.keep);
  }

  void operator()(const conversation& x) {
    write_conversation(out.initConversation(), x);
  }

  void operator()(const receipt& x) {
    auto y = out.initReceipt();
    write_id(y.initConversation(), x.conversation);
    write_id(y.initUser(), x.user);
    y.setDelivered(x.delivered);
    y.setRead(x.read);
  }

  void operator()(const readers_page& x) {
    auto y = out.initReaders();
    write_id(y.initConversation(), x.conversation);
    y.setSeq(x.seq);
    y.setMembers(x.members);
    y.setDelivered(x.delivered);
    y.setRead(x.read);
    auto list = y.initReaders(count_of(x.readers));
    for (capnp::uint i = 0; i < list.size(); ++i) {
      write_id(list[i].initUser(), x.readers[i].user);
      set_text(list[i].initName(count_of(x.readers[i].name)), x.readers[i].name);
    }
    y.setMore(x.more);
  }

  void operator()(const closing& x) {
    auto y = out.initClosing();
    write_error(y, x.why);
    write_names(y.initElsewhere(count_of(x.elsewhere)), x.elsewhere);
  }

  void operator()(const ping&) {
    out.setPing();
  }

  void operator()(const pong&) {
    out.setPong();
  }

  void operator()(const versions_page& x) {
    auto y = out.initVersions();
    write_id(y.initConversation(), x.conversation);
    y.setSeq(x.seq);
    auto list = y.initRecords(count_of(x.records));
    for (capnp::uint i = 0; i < list.size(); ++i)
      list.set(i, as_data(x.records[i]));
  }

  void operator()(const hidden& x) {
    auto y = out.initHidden();
    write_id(y.initConversation(), x.conversation);
    write_numbers(y.initSeqs(count_of(x.seqs)), x.seqs);
  }

  void operator()(const typing& x) {
    auto y = out.initTyping();
    write_id(y.initConversation(), x.conversation);
    write_id(y.initUser(), x.user);
  }

  void operator()(const notices_page& x) {
    write_notices_page(out.initNotices(), x);
  }

  void operator()(const file_state& x) {
    auto y = out.initFileState();
    y.setHeld(x.held);
    y.setStored(x.stored);
  }

  void operator()(const file_piece& x) {
    auto y = out.initFilePiece();
    y.setSize(x.size);
    y.setOffset(x.offset);
    y.setData(as_data(x.data));
  }

  void operator()(const contact& x) {
    write_contact(out.initContact(), x);
  }

  void operator()(const contacts_page& x) {
    write_contacts_page(out.initContacts(), x);
  }

  void operator()(const presence& x) {
    write_presence(out.initPresence(), x);
  }

  void operator()(const presences& x) {
    write_presences(out.initPresences(), x);
  }

  void operator()(const presence_forgotten&) {
    out.setPresenceForgotten();
  }

  void operator()(const live_message& x) {
    write_message(out.initLive(), x.what);
  }

  void operator()(const dropped& x) {
    auto y = out.initDropped();
    write_id(y.initConversation(), x.conversation);
    y.setCount(x.count);
  }

  void operator()(const devices& x) {
    write_devices(out.initDevices(), x);
  }

  void operator()(const found& x) {
    auto y = out.initFound();
    write_id(y.initConversation(), x.conversation);
    auto records = y.initRecords(count_of(x.records));
    for (capnp::uint i = 0; i < records.size(); ++i)
      records.set(i, as_data(x.records[i]));
    y.setNext(x.next);
  }

  void operator()(const user_profile& x) {
    write_user_profile(out.initProfile(), x);
  }

  void operator()(const online_times& x) {
    write_online_times(out.initOnlineTimes(), x);
  }
};

} // namespace

std::optional<client_frame> decode_client(const frame& bytes) {
  return with_root<schema::ClientFrame>(
    bytes.bytes(), [](auto root) -> std::optional<client_frame> {
      auto body = read_body(root);
      if (!body)
        return std::nullopt;
      return client_frame{root.getRequestId(), *std::move(body)};
    });
}

std::optional<server_frame> decode_server(std::string_view bytes) {
  return with_root<schema::ServerFrame>(bytes, [](auto root) -> std::optional<server_frame> {
    auto body = read_body(root);
    if (!body)
      return std::nullopt;
    return server_frame{root.getRequestId(), *std::move(body)};
  });
}

std::optional<server_frame> decode_server(const frame& bytes) {
  return decode_server(bytes.bytes());
}

frame encode(const client_frame& x) {
  return build<schema::ClientFrame>([&x](auto root) {
    root.setRequestId(x.request);
    std::visit(client_writer{root}, x.body);
  });
}

frame encode(const server_frame& x) {
  return build<schema::ServerFrame>([&x](auto root) {
    root.setRequestId(x.request);
    std::visit(server_writer{root}, x.body);
  });
}

error make_error(ec code, std::string_view text) {
  auto after = retry_after(code);
  return {code, text.empty() ? text_of(code) : text, after.has_value(), after.value_or(0)};
}

} // namespace parley::wire
