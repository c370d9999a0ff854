#include "schema/codec.hpp"
#include "tools/parley/render.hpp"

#include <algorithm>

// Conversations as lines and as JSON, and the words for what they are to the user.

namespace parley::chat {

namespace {

/// Bytes of the last message that a line has room for.
constexpr size_t preview_bytes = 48;

std::optional<wire::server_frame> last_of(const wire::conversation& x) {
  auto found = x.last.empty() ? std::nullopt : wire::decode_server(x.last);
  return found && std::holds_alternative<wire::message>(found->body) ? found : std::nullopt;
}

/// The first line of it, or the beginning of that.
std::string preview(const std::string& text) {
  auto end = std::min(text.find('\n'), text.size());
  auto cut = std::min(end, preview_bytes);
  while (cut < end && cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80)
    --cut; // Not within a character.
  return text.substr(0, cut) + (cut < text.size() ? "..." : "");
}

std::string until(time_us end) {
  return end == wire::for_ever ? "muted" : "muted until " + to_time(end);
}

} // namespace

nlohmann::json to_json(const wire::conversation& x) {
  nlohmann::json result{{"conversation", to_text(x.id)},
                        {"kind", name_of(x.kind)},
                        {"title", x.title},
                        {"head", x.head},
                        {"read", x.read},
                        {"unread", x.unread},
                        {"mentions", x.mentions},
                        {"first_seq", x.first_seq},
                        {"last_seq", x.last_seq},
                        {"active", x.active},
                        {"pinned", x.pinned},
                        {"muted_until", x.muted_until},
                        {"hidden", x.hidden}};
  if (x.trimmed)
    result["trimmed"] = true;
  if (auto last = last_of(x))
    result["last"] = to_json(std::get<wire::message>(last->body));
  return result;
}

std::string to_text(const wire::conversation& x) {
  std::string kind{name_of(x.kind)};
  kind.resize(std::string_view{"direct"}.size(), ' ');
  auto result = to_text(x.id) + "  " + kind + "  " + printable(x.title);
  if (x.unread > 0)
    result += "  (" + std::to_string(x.unread) + " unread";
  if (x.mentions > 0)
    result += ", " + std::to_string(x.mentions) + " for you";
  if (x.unread > 0)
    result += ")";
  if (x.last_seq != 0)
    result += "  (left)";
  if (x.pinned)
    result += "  (pinned)";
  if (x.muted_until > now())
    result += "  (" + until(x.muted_until) + ")";
  if (x.hidden)
    result += "  (hidden)";
  if (auto last = last_of(x)) {
    auto& message = std::get<wire::message>(last->body);
    result += "  " + to_time(message.time) + " " + std::string{message.sender_name} + ": "
              + preview(to_text(message));
  }
  return result;
}

std::string sums_of(const wire::conversations_page& x) {
  auto result = std::to_string(x.unread) + " unread";
  if (x.muted_unread > 0)
    result += ", " + std::to_string(x.muted_unread) + " muted";
  if (x.mentions > 0)
    result += ", " + std::to_string(x.mentions) + " for you";
  return result;
}

std::string counts_of(const wire::readers_page& x) {
  return "read by " + std::to_string(x.read) + " of " + std::to_string(x.members) + ", received by "
         + std::to_string(x.delivered);
}

std::optional<wire::change_conversation> parse_conversation_change(std::string_view word,
                                                                   uint64_t minutes) {
  using how = wire::conversation_change;
  auto end = now() + static_cast<time_us>(minutes) * 60'000'000;
  if (word == "pin" || word == "unpin")
    return wire::change_conversation{{}, how::pin, word == "pin"};
  if (word == "mute")
    return wire::change_conversation{{}, how::mute, false, minutes == 0 ? wire::for_ever : end};
  if (word == "unmute")
    return wire::change_conversation{{}, how::mute};
  if (word == "hide" || word == "show")
    return wire::change_conversation{{}, how::hide, word == "hide"};
  return std::nullopt;
}

} // namespace parley::chat
