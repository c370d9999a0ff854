#include "tools/parley/render.hpp"

namespace parley::chat {

namespace {

std::string_view name_of(wire::contact_state x) {
  switch (x) {
    case wire::contact_state::none:
      return "none";
    case wire::contact_state::asking:
      return "asking";
    case wire::contact_state::asked:
      return "asked";
    case wire::contact_state::contact:
      return "contact";
  }
  return "unknown";
}

std::string_view words_for(wire::contact_state x) {
  switch (x) {
    case wire::contact_state::none:
      return "no contact";
    case wire::contact_state::asking:
      return "asked by you";
    case wire::contact_state::asked:
      return "asks to be a contact";
    case wire::contact_state::contact:
      return "contact";
  }
  return "?";
}

} // namespace

std::optional<wire::contact_list> parse_contact_list(std::string_view text) {
  if (text == "contacts")
    return wire::contact_list::contacts;
  if (text == "asking")
    return wire::contact_list::asking;
  if (text == "asked")
    return wire::contact_list::asked;
  if (text == "blocked")
    return wire::contact_list::blocked;
  return std::nullopt;
}

nlohmann::json to_json(const wire::contact& x) {
  return {{"name", x.name},         {"state", name_of(x.state)}, {"since", x.since},
          {"greeting", x.greeting}, {"remark", x.remark},        {"blocked", x.blocked}};
}

std::string to_text(const wire::contact& x) {
  auto result = printable(x.name) + "  " + std::string{words_for(x.state)};
  if (x.blocked)
    result += ", blocked";
  if (!x.greeting.empty())
    result += "  \"" + printable(x.greeting) + "\"";
  if (!x.remark.empty())
    result += "  (" + printable(x.remark) + ")";
  return result;
}

} // namespace parley::chat
