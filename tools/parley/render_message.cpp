#include "tools/parley/render.hpp"

#include "schema/identity.hpp"

#include <cstdio>

// Messages as lines and as JSON: what was written, what happened, what changed.

namespace parley::chat {

namespace {

std::string_view name_of(wire::event_kind kind) {
  switch (kind) {
    case wire::event_kind::created:
      return "created";
    case wire::event_kind::added:
      return "added";
    case wire::event_kind::joined:
      return "joined";
    case wire::event_kind::left:
      return "left";
    case wire::event_kind::removed:
      return "removed";
    case wire::event_kind::banned:
      return "banned";
    case wire::event_kind::unbanned:
      return "unbanned";
    case wire::event_kind::asked:
      return "asks to be let in";
    case wire::event_kind::refused:
      return "not let in";
    case wire::event_kind::appointed:
      return "appointed";
    case wire::event_kind::muted:
      return "muted";
    case wire::event_kind::quieted:
      return "only admins may write now";
    case wire::event_kind::unquieted:
      return "everybody may write again";
    case wire::event_kind::renamed:
      return "renamed";
    case wire::event_kind::announced:
      return "announced";
    case wire::event_kind::access_changed:
      return "entrance";
    case wire::event_kind::dissolved:
      return "dissolved the room";
    case wire::event_kind::keep_changed:
      return "messages are kept";
  }
  return "changed";
}

/// Who joins and who leaves does it; the others have it done to them.
bool is_about_sender(std::string_view sender, const wire::event& x) {
  return x.members.size() == 1 && x.members[0] == sender;
}

std::string_view name_of(wire::room_access x) {
  switch (x) {
    case wire::room_access::closed:
      return "by invitation";
    case wire::room_access::open:
      return "open";
    case wire::room_access::by_request:
      return "by request";
  }
  return "by invitation";
}

/// What an event has besides names.
std::string detail_of(const wire::event& x) {
  switch (x.kind) {
    case wire::event_kind::appointed:
      return " as " + std::string{chat::name_of(x.role)};
    case wire::event_kind::muted:
      return x.until == 0 ? " no more" : " until " + to_time(x.until);
    case wire::event_kind::renamed:
    case wire::event_kind::announced:
      return ": " + printable(x.text);
    case wire::event_kind::access_changed:
      return ": " + std::string{name_of(x.access)};
    case wire::event_kind::keep_changed:
      return ": " + to_text(x.keep);
    default:
      return {};
  }
}

std::string_view name_of(wire::revision_kind kind) {
  switch (kind) {
    case wire::revision_kind::edit:
      return "edit";
    case wire::revision_kind::recall:
      return "recall";
    case wire::revision_kind::react:
      return "react";
    case wire::revision_kind::unreact:
      return "unreact";
  }
  return "change";
}

std::string_view name_of(wire::tombstone_kind why) {
  return why == wire::tombstone_kind::hidden ? "hidden" : "recalled";
}

std::string number(seq_t seq) {
  return "#" + std::to_string(seq);
}

// -- lines --------------------------------------------------------------------------

struct thing_line {
  std::string operator()(std::monostate) const {
    return {};
  }

  std::string operator()(const wire::file& x) const {
    return "[file " + printable(x.name) + ", " + std::to_string(x.size) + " bytes]";
  }

  std::string operator()(const wire::location& x) const {
    char degrees[64];
    std::snprintf(degrees, sizeof degrees, "[at %.5f, %.5f", x.latitude, x.longitude);
    return degrees + (x.label.empty() ? "" : ": " + printable(x.label)) + "]";
  }
};

std::string to_line(const wire::content& x) {
  std::string result;
  if (x.extra) {
    if (x.extra->reply_to != 0)
      result += "(to " + number(x.extra->reply_to) + ") ";
    if (!x.extra->forwarded.empty())
      result += "(from " + printable(x.extra->forwarded) + ") ";
    if (x.extra->thing.index() != 0)
      return result + std::visit(thing_line{}, x.extra->thing);
  }
  if (x.is_text())
    return result + printable(x.body);
  return result + "[" + printable(x.kind) + ", " + std::to_string(x.body.size()) + " bytes]";
}

struct line_of {
  std::string_view sender;

  std::string operator()(const wire::content& x) const {
    return to_line(x);
  }

  std::string operator()(const wire::event& x) const {
    std::string result = "* " + std::string{name_of(x.kind)};
    result += detail_of(x);
    if (is_about_sender(sender, x))
      return result;
    auto between = ": ";
    for (auto member : x.members) {
      result.append(between).append(member);
      between = ", ";
    }
    return result;
  }

  std::string operator()(const wire::revision& x) const {
    switch (x.kind) {
      case wire::revision_kind::edit:
        return "* " + number(x.target) + " now says: " + to_line(x.content);
      case wire::revision_kind::recall:
        return "* recalled " + number(x.target);
      case wire::revision_kind::react:
        return "* " + printable(x.reaction) + " to " + number(x.target) + " ("
               + std::to_string(x.count) + ")";
      case wire::revision_kind::unreact:
        return "* no more " + printable(x.reaction) + " to " + number(x.target) + " ("
               + std::to_string(x.count) + ")";
    }
    return "* changed " + number(x.target);
  }

  std::string operator()(const wire::revised& x) const {
    auto result = to_line(x.content);
    if (x.edited != 0)
      result += " (edited)";
    for (auto& y : x.reactions)
      result += "  " + printable(y.what) + " " + std::to_string(y.count);
    return result;
  }

  std::string operator()(const wire::tombstone& x) const {
    return "* " + std::string{name_of(x.why)};
  }

  std::string operator()(const wire::unknown&) const {
    return "* something that this program does not know";
  }
};

// -- JSON ---------------------------------------------------------------------------

struct thing_json {
  nlohmann::json& out;

  void operator()(std::monostate) const {
    // nop
  }

  void operator()(const wire::file& x) const {
    out["file"] = {
      {"name", x.name}, {"type", x.type}, {"size", x.size}, {"sha256", to_hex(x.hash)}};
  }

  void operator()(const wire::location& x) const {
    out["location"] = {{"latitude", x.latitude}, {"longitude", x.longitude}, {"label", x.label}};
  }
};

void add_content(nlohmann::json& out, const wire::content& x) {
  if (x.extra) {
    std::visit(thing_json{out}, x.extra->thing);
    if (x.extra->reply_to != 0)
      out["reply_to"] = x.extra->reply_to;
    if (!x.extra->mentions.empty())
      out["mentions"] = x.extra->mentions;
    if (!x.extra->forwarded.empty())
      out["forwarded"] = x.extra->forwarded;
    if (x.extra->thing.index() != 0)
      return;
  }
  if (x.is_text()) {
    out["text"] = x.body;
  } else {
    out["kind"] = x.kind;
    out["body"] = to_hex(x.body);
  }
}

struct json_of {
  nlohmann::json& out;

  void operator()(const wire::content& x) const {
    add_content(out, x);
  }

  void operator()(const wire::event& x) const {
    out["type"] = "event";
    out["event"] = name_of(x.kind);
    out["members"] = x.members;
    if (!x.text.empty())
      out["text"] = x.text;
    if (x.until != 0)
      out["until"] = x.until;
    if (x.kind == wire::event_kind::appointed)
      out["role"] = chat::name_of(x.role);
    if (x.kind == wire::event_kind::access_changed)
      out["access"] = name_of(x.access);
    if (x.kind == wire::event_kind::keep_changed)
      out["keep"] = {{"seconds", x.keep.seconds}, {"messages", x.keep.messages}};
  }

  void operator()(const wire::revision& x) const {
    out["type"] = "revision";
    out["target"] = x.target;
    out["change"] = name_of(x.kind);
    if (x.kind == wire::revision_kind::edit)
      return add_content(out, x.content);
    if (x.kind == wire::revision_kind::recall)
      return;
    out["reaction"] = x.reaction;
    out["count"] = x.count;
  }

  void operator()(const wire::revised& x) const {
    add_content(out, x.content);
    if (x.edited != 0)
      out["edited"] = x.edited;
    for (auto& y : x.reactions)
      out["reactions"][std::string{y.what}] = y.count;
  }

  void operator()(const wire::tombstone& x) const {
    out["type"] = "tombstone";
    out["why"] = name_of(x.why);
  }

  void operator()(const wire::unknown&) const {
    out["type"] = "unknown";
  }
};

} // namespace

std::string to_text(const wire::message& x) {
  return std::visit(line_of{x.sender_name}, x.body);
}

nlohmann::json to_json(const wire::message& x) {
  nlohmann::json result{{"type", "message"},
                        {"conversation", to_text(x.conversation)},
                        {"seq", x.seq},
                        {"time", x.time},
                        {"sender", x.sender_name}};
  std::visit(json_of{result}, x.body);
  return result;
}

} // namespace parley::chat
