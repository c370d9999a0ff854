#pragma once

#include "schema/error.hpp"
#include "schema/frame.hpp"
#include "schema/ids.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// client.capnp as plain values, for code that must not see Cap'n Proto. Views
// point into the frame that was decoded, or into what the encoder was given.

namespace parley::wire {

/// The version that hello must name.
inline constexpr uint32_t protocol_version = 1;

struct cursor {
  conversation_id conversation;
  seq_t seq = 0;

  friend bool operator==(cursor, cursor) = default;
};

/// A reference to a file: `hash` is its SHA-256.
struct file {
  std::string_view name;
  std::string_view type;
  uint64_t size = 0;
  std::string_view hash;
};

/// Degrees north and east.
struct location {
  double latitude = 0;
  double longitude = 0;
  std::string_view label;
};

/// What few contents have: another thing than a text or custom body, or something
/// around it.
struct content_extra {
  std::variant<std::monostate, wire::file, wire::location> thing{};
  seq_t reply_to = 0;
  std::vector<std::string_view> mentions{}; ///< Names.
  std::string_view forwarded{};             ///< Name of who wrote it first.
};

/// A text if `kind` is empty, else a custom body; or what `extra` has. Most have
/// none, and stay small.
struct content {
  std::string_view kind;
  std::string_view body;
  std::shared_ptr<const content_extra> extra{};

  bool is_text() const noexcept {
    return kind.empty() && (!extra || extra->thing.index() == 0);
  }
};

enum class room_role : uint16_t { member, admin, owner };

enum class room_access : uint16_t { closed, open, by_request };

/// How long messages are kept; 0: for ever.
struct retention {
  uint64_t seconds = 0;
  uint64_t messages = 0;

  friend bool operator==(const retention&, const retention&) = default;
};

enum class event_kind : uint16_t {
  created,
  added,
  joined,
  left,
  removed,
  banned,
  unbanned,
  asked,
  refused,
  appointed,
  muted,
  quieted,
  unquieted,
  renamed,
  announced,
  access_changed,
  dissolved,
  keep_changed
};

struct event {
  event_kind kind = event_kind::created;
  std::vector<std::string_view> members;
  std::string_view text{};
  time_us until = 0;
  room_role role = room_role::member;
  room_access access = room_access::closed;
  retention keep{};
};

enum class revision_kind : uint16_t { edit, recall, react, unreact };

/// A change of the message at `target`.
struct revision {
  seq_t target = 0;
  revision_kind kind = revision_kind::recall;
  wire::content content{};     ///< Of an edit.
  std::string_view reaction{}; ///< Of the other two.
  uint32_t count = 0;          ///< In records: of those who react so.
};

struct reaction {
  std::string_view what;
  uint32_t count = 0;
};

/// What a message that was changed has become.
struct revised {
  wire::content content;
  seq_t edited = 0; ///< Seq of the last edit, or 0.
  std::vector<reaction> reactions{};
};

enum class tombstone_kind : uint16_t { recalled, hidden };

/// A message that is no more.
struct tombstone {
  tombstone_kind why = tombstone_kind::recalled;
  seq_t by = 0; ///< Seq of the recall.
};

/// A union member that this side does not know.
struct unknown {
  uint16_t which = 0;
};

struct message {
  conversation_id conversation;
  seq_t seq = 0;
  ordinal_t ordinal = 0;
  time_us time = 0;
  user_id sender;
  std::string_view sender_name;
  device_id device;
  uint64_t counter = 0;
  std::variant<wire::content, wire::event, wire::revision, wire::revised, wire::tombstone,
               wire::unknown>
    body;
};

/// What is written in a live room is not stored.
enum class conversation_kind : uint16_t { direct, room, live };

struct conversation {
  conversation_id id;
  conversation_kind kind = conversation_kind::direct;
  std::string_view title;
  seq_t head = 0;
  seq_t read = 0;
  uint64_t unread = 0;
  seq_t first_seq = 0;
  seq_t last_seq = 0;
  std::string_view last;
  uint32_t mentions = 0;
  time_us active = 0; ///< When something happened in it last.
  bool pinned = false;
  time_us muted_until = 0;
  bool hidden = false;
  bool trimmed = false; ///< What lies before `first_seq` and did not come was let go.
};

struct error {
  ec code = ec::none;
  std::string_view text;
  bool retryable = false;
  uint32_t retry_after_ms = 0;
};

// -- client frames --------------------------------------------------------------

/// What a device is. Of `other` there may always be more than one online.
enum class device_kind : uint16_t { other, mobile, desktop, web, bot };

/// What people call them.
inline constexpr std::array<std::string_view, 5> device_kind_names{"other", "mobile", "desktop",
                                                                   "web", "bot"};

struct hello {
  uint32_t version = protocol_version;
  std::string_view agent;
  std::string_view user; ///< Who is going to log in; may be empty.
};

struct register_account {
  std::string_view name;
  std::string_view password;
};

/// With a token if `token` is not empty, else with a password.
struct login {
  std::string_view name;
  std::string_view password;
  std::string_view token;
  std::vector<cursor> resume{};
  device_kind kind = device_kind::other; ///< Or as it was.
  std::string_view label{};              ///< Empty: as it was.
  std::string_view jwt{};                ///< Instead of password and token.
};

struct logout {};

struct change_password {
  std::string_view old_password;
  std::string_view new_password;
};

struct import_account {
  std::string_view name;
};

/// To a conversation, or to a user if `user` is not empty.
struct send {
  conversation_id conversation;
  std::string_view user;
  uint64_t counter = 0;
  uint64_t previous = 0;
  wire::content content;
};

struct ack {
  std::vector<cursor> cursors;
};

/// For services: to everybody.
struct broadcast {
  uint64_t counter = 0;
  uint64_t previous = 0;
  wire::content content;
};

/// For services: who was away when something was written for them.
struct read_notices {
  uint8_t shard = 0;
  uint32_t limit = 0;
};

/// What names a notice.
struct notice_place {
  time_us time = 0;
  user_id user;
  conversation_id conversation;
  seq_t seq = 0;
};

struct confirm_notices {
  std::vector<notice_place> notices; ///< All of one shard.
};

struct read {
  cursor to;
};

enum class conversation_list : uint16_t { all, shown, hidden };

/// Behind the conversation `after`, and what the page before said of it; from the
/// first one on if there is none.
struct list_conversations {
  conversation_id after;
  uint32_t limit = 0;
  conversation_list which = conversation_list::all;
  time_us active = 0;
  bool pinned = false;
};

enum class conversation_change : uint16_t { pin, mute, hide };

/// Of such a mute nobody sees the end.
inline constexpr time_us for_ever = INT64_MAX;

/// Of what a conversation is to the user.
struct change_conversation {
  conversation_id id;
  conversation_change what = conversation_change::pin;
  bool yes = false;
  time_us until = 0; ///< Of mute.
};

struct read_history {
  conversation_id conversation;
  seq_t from = 0;
  seq_t to = 0;
  uint32_t limit = 0;
  bool back = false; ///< The last ones of these, not the first ones.
  time_us since = 0;
  time_us until = 0; ///< 0: whenever.
};

struct create_room {
  uint64_t nonce = 0;
  std::string_view title;
  std::vector<std::string_view> members;
  bool open = false;
  room_access access = room_access::closed;
  bool live = false;

  room_access entrance() const noexcept {
    return open ? room_access::open : access;
  }
};

struct invite {
  conversation_id room;
  std::vector<std::string_view> members;
};

struct kick {
  conversation_id room;
  std::vector<std::string_view> members;
};

struct join {
  conversation_id room;
};

struct leave {
  conversation_id room;
};

enum class member_list : uint16_t { members, asking, banned };

struct list_members {
  conversation_id room;
  user_id after;
  uint32_t limit = 0;
  member_list which = member_list::members;
};

/// Who has read a message.
struct list_readers {
  conversation_id conversation;
  seq_t seq = 0;
  user_id after{};
  uint32_t limit = 0;
};

enum class room_change : uint16_t { title, announcement, access, quiet, transfer, dissolve, keep };

struct change_room {
  conversation_id room;
  room_change what = room_change::title;
  std::string_view text{}; ///< The title, the announcement, or the name of the next owner.
  room_access access = room_access::closed;
  bool quiet = false;
  retention keep{};
};

enum class member_change : uint16_t { ban, unban, role, mute, approve, refuse };

struct change_members {
  conversation_id room;
  std::vector<std::string_view> members;
  member_change what = member_change::ban;
  room_role role = room_role::member;
  time_us until = 0; ///< Of mute.
};

struct ping {};
struct pong {};

struct revise {
  conversation_id conversation;
  uint64_t counter = 0;
  uint64_t previous = 0;
  wire::revision what;
};

struct read_versions {
  conversation_id conversation;
  seq_t seq = 0;
};

struct hide {
  conversation_id conversation;
  std::vector<seq_t> seqs;
};

/// Somebody is writing: asked for, and pushed.
struct typing {
  conversation_id conversation;
  user_id user; ///< Only in pushes.
};

/// A piece of a file of the user's; without data it asks how far the file is.
struct put_file {
  std::string_view hash;
  uint64_t size = 0;
  uint64_t offset = 0;
  std::string_view data{};
};

/// Asks for a piece of the file that a message names.
struct get_file {
  conversation_id conversation;
  seq_t seq = 0;
  uint64_t offset = 0;
};

/// Makes the file that a message names one's own.
struct keep_file {
  conversation_id conversation;
  seq_t seq = 0;
};

enum class contact_change : uint16_t {
  request,
  withdraw,
  accept,
  reject,
  remove,
  block,
  unblock,
  remark
};

/// To what is between the user and somebody else.
struct change_contact {
  std::string_view name;
  contact_change what = contact_change::request;
  std::string_view text{}; ///< A greeting, or a remark.
};

enum class contact_list : uint16_t { contacts, asking, asked, blocked };

struct list_contacts {
  user_id after;
  uint32_t limit = 0;
  contact_list which = contact_list::contacts;
};

/// Who may see how a user is.
enum class visibility : uint16_t { contacts, everyone, nobody };

enum class presence_change : uint16_t { active, away, visibility };

/// Whether somebody is at this device, or who may see how the user is.
struct set_presence {
  presence_change what = presence_change::active;
  wire::visibility visibility = wire::visibility::contacts;
};

enum class presence_wish : uint16_t { ask, watch, unwatch };

/// How users are, now or from now on.
struct ask_presence {
  std::vector<std::string_view> names;
  presence_wish wish = presence_wish::ask;
};

struct list_devices {};

/// Logs devices out for good.
struct revoke {
  std::vector<uint64_t> devices;
  bool others = false; ///< All but the one that asks.
};

/// How a user wants to be shown.
struct profile {
  std::string_view display_name;
  std::string_view avatar{}; ///< Where a picture is; only text to nodes.
};

struct set_profile {
  profile shown;
};

struct ask_profile {
  std::string_view name; ///< Empty: oneself.
};

struct read_online_times {
  std::string_view name{}; ///< Empty: oneself. Only services may ask for others.
  time_us since = 0;
  time_us until = 0; ///< Not included; 0: now.
};

struct search {
  conversation_id conversation;
  std::string_view text;
  seq_t before = 0; ///< 0: from the head on.
  uint32_t limit = 0;
};

using client_body =
  std::variant<unknown, hello, register_account, login, logout, change_password, import_account,
               send, ack, read, list_conversations, read_history, create_room, invite, kick, join,
               leave, list_members, ping, pong, revise, read_versions, hide, typing, change_room,
               change_members, put_file, get_file, keep_file, change_contact, list_contacts,
               set_presence, ask_presence, change_conversation, list_readers, list_devices, revoke,
               set_profile, ask_profile, read_online_times, search, broadcast, read_notices,
               confirm_notices>;

struct client_frame {
  uint64_t request = 0;
  client_body body;
};

// -- server frames ----------------------------------------------------------------

struct sent {
  conversation_id conversation;
  seq_t seq = 0;
  time_us time = 0;
};

struct done {};

struct welcome {
  uint32_t version = protocol_version;
  std::string_view agent;
  uint32_t max_frame_bytes = 0;
  uint32_t max_text_bytes = 0;
  uint32_t credit_sends = 0;
  uint32_t credit_bytes = 0;
  uint32_t ping_seconds = 0;
  std::vector<std::string_view> nodes; ///< Other nodes for clients, best first: HOST:PORT.
  std::string_view home;               ///< Among them, where the user belongs; empty: here.
  std::vector<std::string_view> features{};
};

/// A node that names this one takes revise, contents with an extra, and changes of
/// rooms beyond their members.
inline constexpr std::string_view feature_revisions = "revisions";

/// A node that names this one stores files, and refuses to send references to what
/// the sender has not got.
inline constexpr std::string_view feature_files = "files";

/// A node that names this one takes changes of contacts.
inline constexpr std::string_view feature_contacts = "contacts";

/// A node that names this one tells who is online.
inline constexpr std::string_view feature_presence = "presence";

/// A node that names this one reads history back and by time.
inline constexpr std::string_view feature_history = "history";

/// A node that names this one shows conversations as a person wants to see them, and
/// takes changes of what they are to the user.
inline constexpr std::string_view feature_list = "list";

/// A node that names this one lists and revokes devices, keeps profiles, and tells when
/// users were online.
inline constexpr std::string_view feature_devices = "devices";

/// A node that names this one searches conversations.
inline constexpr std::string_view feature_search = "search";

/// A node that names this one lets messages go when they are too old.
inline constexpr std::string_view feature_retention = "retention";

/// A node that names this one takes broadcasts.
inline constexpr std::string_view feature_broadcasts = "broadcasts";

/// A node that names this one has a feed of who was away.
inline constexpr std::string_view feature_notices = "notices";

/// A node that names this one makes live rooms.
inline constexpr std::string_view feature_live_rooms = "live-rooms";

struct session {
  user_id user;
  device_id device;
  std::string_view token;
  time_us time = 0;
};

struct device {
  device_id id;
  device_kind kind = device_kind::other;
  std::string_view label{};
  time_us created = 0;   ///< 0: not known.
  time_us last_used = 0; ///< To some minutes.
  time_us expires = 0;   ///< Of its token, if it is not used before; 0: never.
  bool online = false;
  bool current = false;
};

struct devices {
  std::vector<device> all; ///< Used last first.
};

struct found {
  conversation_id conversation;
  std::vector<std::string_view> records; ///< Newest first.
  seq_t next = 0;                        ///< `before` of the next request; 0: that was all.
};

/// A user was away when this was written.
struct notice {
  notice_place at; ///< With the time of the message.
  std::string_view name;
  conversation_kind kind = conversation_kind::direct;
  std::string_view title{};
  std::string_view sender{};
  uint64_t unread = 0;
  uint32_t mentions = 0;
  bool mentioned = false;
};

struct notices_page {
  std::vector<notice> notices; ///< Oldest first.
};

struct user_profile {
  user_id user;
  std::string_view name;
  profile shown{};
  bool service = false;
};

/// One device was online from `start` to `end`.
struct online_session {
  device_id device;
  time_us start = 0;
  time_us end = 0;
  bool online = false; ///< It lasts still: the end is now.
};

/// A day of UTC.
struct online_day {
  time_us start = 0;
  uint32_t seconds = 0; ///< In which at least one device was online.
};

struct online_times {
  std::vector<online_session> sessions; ///< Oldest first.
  std::vector<online_day> days;         ///< Oldest first, without empty ones.
};

/// Unread and mentions are those of all that are shown.
struct conversations_page {
  std::vector<conversation> conversations;
  bool more = false;
  uint32_t total = 0;
  uint64_t unread = 0; ///< Where the user is not muted.
  uint64_t muted_unread = 0;
  uint32_t mentions = 0;
};

struct history_page {
  conversation_id conversation;
  seq_t head = 0;
  std::vector<std::string_view> records;
  bool more = false;
  seq_t first = 0; ///< What is older was let go; 0: nothing was.
};

struct change {
  conversation_id room;
  seq_t seq = 0;
  bool pending = false;
  bool asked = false;
};

struct member {
  user_id user;
  std::string_view name;
  bool owner = false;
  seq_t delivered = 0;
  seq_t read = 0;
  room_role role = room_role::member;
  time_us muted_until = 0;
};

struct members_page {
  std::vector<member> members;
  uint32_t total = 0;
  bool more = false;
  room_access access = room_access::closed;
  bool quiet = false;
  std::string_view announcement{};
  retention keep{};
};

struct receipt {
  conversation_id conversation;
  user_id user;
  seq_t delivered = 0;
  seq_t read = 0;
};

struct reader {
  user_id user;
  std::string_view name;
};

/// Of the members who can see a message, but for its sender.
struct readers_page {
  conversation_id conversation;
  seq_t seq = 0;
  uint32_t members = 0;
  uint32_t delivered = 0; ///< How many have it.
  uint32_t read = 0;
  std::vector<reader> readers{};
  bool more = false;
};

struct closing {
  wire::error why;
  std::vector<std::string_view> elsewhere; ///< As welcome::nodes.
};

/// The message as it was sent, then its edits.
struct versions_page {
  conversation_id conversation;
  seq_t seq = 0;
  std::vector<std::string_view> records;
};

struct hidden {
  conversation_id conversation;
  std::vector<seq_t> seqs;
};

/// What somebody wrote in a live room: without a seq, and nothing is stored of it.
struct live_message {
  message what;
};

/// What a device was not shown of a live room since it was shown something.
struct dropped {
  conversation_id conversation;
  uint64_t count = 0;
};

/// How far a file has come.
struct file_state {
  uint64_t held = 0;
  bool stored = false;
};

struct file_piece {
  uint64_t size = 0; ///< Of the file.
  uint64_t offset = 0;
  std::string_view data;
};

enum class contact_state : uint16_t { none, asking, asked, contact };

/// What is between the user and somebody else.
struct contact {
  user_id user;
  std::string_view name;
  contact_state state = contact_state::none;
  time_us since = 0;
  std::string_view greeting{};
  std::string_view remark{};
  bool blocked = false;
};

struct contacts_page {
  std::vector<contact> contacts;
  bool more = false;
  uint32_t total = 0;
};

enum class presence_state : uint16_t { offline, away, online };

/// How a user is, as far as that may be seen.
struct presence {
  user_id user;
  std::string_view name;
  presence_state state = presence_state::offline;
  time_us last_seen = 0; ///< Of who is offline; 0: not known, or not to be seen.
};

struct presences {
  std::vector<wire::presence> found;                        ///< As they were asked for.
  wire::visibility visibility = wire::visibility::contacts; ///< Who may see the user who asked.
};

/// Nobody is online until it is said again; this connection is not away, and watches
/// nobody.
struct presence_forgotten {};

using server_body =
  std::variant<unknown, message, sent, done, error, welcome, session, conversations_page,
               history_page, change, members_page, conversation, receipt, closing, ping, pong,
               versions_page, hidden, typing, file_state, file_piece, contact, contacts_page,
               presence, presences, presence_forgotten, readers_page, live_message, dropped,
               devices, user_profile, online_times, found, notices_page>;

struct server_frame {
  uint64_t request = 0;
  server_body body;
};

/// Whether it is one of these.
template <class... Ts>
bool is_any(const client_body& x) {
  return (std::holds_alternative<Ts>(x) || ...);
}

/// The conversation that a request names by its id: its room answers.
inline std::optional<conversation_id> conversation_of(const client_body& x) {
  return std::visit(
    [](const auto& y) -> std::optional<conversation_id> {
      if constexpr (requires { y.room; })
        return y.room;
      else if constexpr (requires { y.conversation; })
        return y.conversation;
      else
        return std::nullopt;
    },
    x);
}

/// The error with the words and the advice that belong to `code`.
error make_error(ec code, std::string_view text = {});

} // namespace parley::wire
