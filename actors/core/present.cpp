#include "actors/core/present.hpp"

#include "actors/core/tombstone.hpp"

namespace parley::core {

std::optional<wire::message> written(const frame& bytes) {
  auto found = wire::decode_server(bytes);
  auto message = found ? std::get_if<wire::message>(&found->body) : nullptr;
  if (message == nullptr || !std::holds_alternative<wire::content>(message->body))
    return std::nullopt;
  return std::move(*message);
}

frame present(const frame& bytes, const record::revised& now, const frame& last_edit) {
  auto message = written(bytes);
  if (!message)
    return bytes; // A tombstone already.
  if (now.recalled != 0)
    return tombstone_of(*message, {wire::tombstone_kind::recalled, now.recalled});
  wire::revised shown{std::get<wire::content>(message->body)};
  auto edit = wire::decode_server(last_edit);
  if (edit)
    if (auto what = std::get_if<wire::revision>(&std::get<wire::message>(edit->body).body)) {
      shown.content = what->content;
      shown.edited = now.edits.back();
    }
  for (auto& x : now.reactions)
    shown.reactions.push_back({x.what, x.count});
  message->body = std::move(shown);
  return wire::encode_answer(0, *std::move(message));
}

} // namespace parley::core
