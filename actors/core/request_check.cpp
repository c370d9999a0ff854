#include "actors/core/request_check.hpp"

#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "schema/record.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace parley::core {

namespace {

ec check_names(const std::vector<std::string_view>& names) {
  if (names.size() > limits::names_per_request)
    return ec::too_large;
  for (auto name : names)
    if (!normalize_name(name))
      return ec::bad_name;
  return ec::none;
}

ec check_password(std::string_view x) {
  auto fits = x.size() >= limits::password_bytes_min && x.size() <= limits::password_bytes_max;
  return fits ? ec::none : ec::bad_password;
}

struct thing_check {
  ec operator()(std::monostate) const {
    return ec::none;
  }

  ec operator()(const wire::file& x) const {
    if (x.name.size() > limits::file_name_bytes || x.type.size() > limits::kind_bytes)
      return ec::too_large;
    if (x.name.empty() || !is_utf8(x.name) || !is_utf8(x.type))
      return ec::bad_text;
    return x.hash.size() == limits::file_hash_bytes ? ec::none : ec::malformed;
  }

  ec operator()(const wire::location& x) const {
    if (x.label.size() > limits::title_bytes)
      return ec::too_large;
    if (!is_utf8(x.label))
      return ec::bad_text;
    // Of a number that is none, no comparison holds.
    auto on_earth =
      x.latitude >= -90 && x.latitude <= 90 && x.longitude >= -180 && x.longitude <= 180;
    return on_earth ? ec::none : ec::malformed;
  }
};

ec check_extra(const wire::content_extra& x) {
  if (x.mentions.size() > limits::mentions_per_message)
    return ec::too_large;
  if (!x.forwarded.empty() && !normalize_name(x.forwarded))
    return ec::bad_name;
  if (auto code = check_names(x.mentions); code != ec::none)
    return code;
  return std::visit(thing_check{}, x.thing);
}

ec check_content(const wire::content& x) {
  if (x.extra)
    if (auto code = check_extra(*x.extra); code != ec::none)
      return code;
  if (x.extra && x.extra->thing.index() != 0)
    return ec::none;
  if (x.body.size() > limits::text_bytes || x.kind.size() > limits::kind_bytes)
    return ec::too_large;
  if (x.is_text())
    return !x.body.empty() && is_utf8(x.body) ? ec::none : ec::bad_text;
  return is_utf8(x.kind) ? ec::none : ec::bad_text;
}

ec check_revision(const wire::revision& x) {
  if (x.kind == wire::revision_kind::edit)
    return check_content(x.content);
  if (x.kind == wire::revision_kind::recall)
    return ec::none;
  if (x.reaction.size() > limits::reaction_bytes)
    return ec::too_large;
  return !x.reaction.empty() && is_utf8(x.reaction) ? ec::none : ec::bad_text;
}

/// Whether a body is within its limits, whoever sent it.
struct body_check {
  ec operator()(const wire::hello& x) const {
    if (x.version != wire::protocol_version)
      return ec::version;
    return x.agent.size() <= limits::agent_bytes ? ec::none : ec::too_large;
  }

  ec operator()(const wire::register_account& x) const {
    return normalize_name(x.name) ? check_password(x.password) : ec::bad_name;
  }

  ec operator()(const wire::login& x) const {
    if (x.kind > wire::device_kind::bot)
      return ec::malformed;
    if (x.label.size() > limits::device_label_bytes)
      return ec::too_large;
    if (!is_utf8(x.label))
      return ec::bad_text;
    if (x.jwt.size() > limits::jwt_bytes)
      return ec::too_large;
    return normalize_name(x.name) ? ec::none : ec::wrong_credentials;
  }

  ec operator()(const wire::revoke& x) const {
    return x.devices.size() <= limits::devices_per_user ? ec::none : ec::too_large;
  }

  ec operator()(const wire::search& x) const {
    if (x.text.size() > limits::search_bytes)
      return ec::too_large;
    return !x.text.empty() && is_utf8(x.text) ? ec::none : ec::bad_text;
  }

  ec operator()(const wire::set_profile& x) const {
    if (x.shown.display_name.size() > limits::display_name_bytes
        || x.shown.avatar.size() > limits::avatar_bytes)
      return ec::too_large;
    return is_utf8(x.shown.display_name) && is_utf8(x.shown.avatar) ? ec::none : ec::bad_text;
  }

  ec operator()(const wire::ask_profile& x) const {
    return x.name.empty() || normalize_name(x.name) ? ec::none : ec::bad_name;
  }

  ec operator()(const wire::read_online_times& x) const {
    if (!x.name.empty() && !normalize_name(x.name))
      return ec::bad_name;
    return x.since < 0 || (x.until != 0 && x.until < x.since) ? ec::malformed : ec::none;
  }

  ec operator()(const wire::change_password& x) const {
    return check_password(x.new_password);
  }

  ec operator()(const wire::import_account& x) const {
    return normalize_name(x.name) ? ec::none : ec::bad_name;
  }

  ec operator()(const wire::send& x) const {
    if (!x.user.empty() && !normalize_name(x.user))
      return ec::bad_name;
    return x.counter == 0 ? ec::malformed : check_content(x.content);
  }

  ec operator()(const wire::broadcast& x) const {
    if (x.counter == 0)
      return ec::malformed;
    auto extra = x.content.extra.get();
    auto plain = extra == nullptr
                 || (extra->reply_to == 0 && extra->mentions.empty()
                     && !std::holds_alternative<wire::file>(extra->thing));
    return plain ? check_content(x.content) : ec::unsupported;
  }

  ec operator()(const wire::read_notices& x) const {
    return x.shard < shard_count ? ec::none : ec::malformed;
  }

  ec operator()(const wire::confirm_notices& x) const {
    if (x.notices.size() > limits::page_rows)
      return ec::too_large;
    auto same = [&x](const wire::notice_place& y) {
      return shard_of(y.user) == shard_of(x.notices.front().user);
    };
    return std::all_of(x.notices.begin(), x.notices.end(), same) ? ec::none : ec::malformed;
  }

  ec operator()(const wire::revise& x) const {
    return x.counter == 0 || x.what.count != 0 ? ec::malformed : check_revision(x.what);
  }

  ec operator()(const wire::hide& x) const {
    return x.seqs.size() <= limits::hidden_per_request ? ec::none : ec::too_large;
  }

  ec operator()(const wire::create_room& x) const {
    if (x.access > wire::room_access::by_request)
      return ec::malformed;
    if (x.title.size() > limits::title_bytes)
      return ec::too_large;
    if (x.title.empty() || !is_utf8(x.title))
      return ec::bad_text;
    return check_names(x.members);
  }

  ec operator()(const wire::change_room& x) const {
    if (x.access > wire::room_access::by_request || x.keep.seconds > limits::retention_seconds_max)
      return ec::malformed;
    if (x.what == wire::room_change::transfer)
      return normalize_name(x.text) ? ec::none : ec::bad_name;
    auto limit =
      x.what == wire::room_change::title ? limits::title_bytes : limits::announcement_bytes;
    if (x.text.size() > limit)
      return ec::too_large;
    auto empty = x.what == wire::room_change::title && x.text.empty();
    return is_utf8(x.text) && !empty ? ec::none : ec::bad_text;
  }

  ec operator()(const wire::change_members& x) const {
    auto wrong = x.role > wire::room_role::admin || x.until < 0;
    return wrong ? ec::malformed : check_names(x.members);
  }

  ec operator()(const wire::change_contact& x) const {
    if (!normalize_name(x.name))
      return ec::bad_name;
    auto limit =
      x.what == wire::contact_change::remark ? limits::remark_bytes : limits::greeting_bytes;
    if (x.text.size() > limit)
      return ec::too_large;
    return is_utf8(x.text) ? ec::none : ec::bad_text;
  }

  ec operator()(const wire::list_contacts& x) const {
    return x.which <= wire::contact_list::blocked ? ec::none : ec::malformed;
  }

  ec operator()(const wire::set_presence& x) const {
    return x.visibility <= wire::visibility::nobody ? ec::none : ec::malformed;
  }

  ec operator()(const wire::ask_presence& x) const {
    return x.wish <= wire::presence_wish::unwatch ? check_names(x.names) : ec::malformed;
  }

  ec operator()(const wire::list_conversations& x) const {
    return x.which <= wire::conversation_list::hidden ? ec::none : ec::malformed;
  }

  ec operator()(const wire::read_history& x) const {
    return x.since >= 0 && x.until >= 0 ? ec::none : ec::malformed;
  }

  ec operator()(const wire::change_conversation& x) const {
    return x.until >= 0 ? ec::none : ec::malformed;
  }

  ec operator()(const wire::list_members& x) const {
    return x.which <= wire::member_list::banned ? ec::none : ec::malformed;
  }

  ec operator()(const wire::put_file& x) const {
    if (x.size > limits::file_bytes_max || x.data.size() > limits::file_piece_bytes)
      return ec::too_large;
    auto fits = x.offset <= x.size && x.data.size() <= x.size - x.offset;
    return fits && x.hash.size() == limits::file_hash_bytes ? ec::none : ec::malformed;
  }

  ec operator()(const wire::invite& x) const {
    return check_names(x.members);
  }

  ec operator()(const wire::kick& x) const {
    return check_names(x.members);
  }

  template <class T>
  ec operator()(const T&) const {
    return ec::none;
  }
};

} // namespace

ec check_request(const wire::client_body& x) {
  return std::visit(body_check{}, x);
}

bool wants_page(const wire::client_body& x) {
  return wire::is_any<wire::read_history, wire::list_conversations, wire::list_members,
                      wire::read_versions, wire::get_file, wire::list_contacts, wire::ask_presence,
                      wire::list_readers, wire::list_devices, wire::read_online_times, wire::search,
                      wire::read_notices>(x);
}

bool moves_piece(const wire::client_body& x) {
  return wire::is_any<wire::put_file, wire::get_file>(x);
}

uint16_t needed_format(const wire::client_body& x) {
  if (wire::is_any<wire::put_file, wire::get_file, wire::keep_file>(x))
    return record::format_with_files;
  if (std::holds_alternative<wire::change_contact>(x))
    return record::format_with_contacts;
  if (wire::is_any<wire::set_presence, wire::ask_presence>(x))
    return record::format_with_presence;
  auto login = std::get_if<wire::login>(&x);
  if (login != nullptr && !login->jwt.empty())
    return record::format_with_devices;
  if (wire::is_any<wire::list_devices, wire::revoke, wire::set_profile, wire::ask_profile,
                   wire::read_online_times, wire::search>(x))
    return record::format_with_devices;
  auto list = std::get_if<wire::list_conversations>(&x);
  auto history = std::get_if<wire::read_history>(&x);
  if (std::holds_alternative<wire::change_conversation>(x)
      || (list != nullptr && list->which != wire::conversation_list::all)
      || (history != nullptr && (history->back || history->since != 0 || history->until != 0)))
    return record::format_with_list;
  if (std::holds_alternative<wire::broadcast>(x))
    return record::format_with_services;
  if (wire::is_any<wire::read_notices, wire::confirm_notices>(x))
    return record::format_with_notices;
  auto room = std::get_if<wire::change_room>(&x);
  if (room != nullptr && room->what == wire::room_change::keep)
    return record::format_with_retention;
  auto plain = std::get_if<wire::send>(&x);
  auto made = std::get_if<wire::create_room>(&x);
  if (made != nullptr && made->live)
    return record::format_with_live_rooms;
  if (wire::is_any<wire::revise, wire::change_room, wire::change_members>(x)
      || (plain != nullptr && plain->content.extra)
      || (made != nullptr && made->access == wire::room_access::by_request))
    return record::format_with_revisions;
  return record::format_without_bursts;
}

} // namespace parley::core
