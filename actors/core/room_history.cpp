#include "actors/core/page.hpp"
#include "actors/core/room.hpp"
#include "actors/core/visibility.hpp"
#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// What old messages say: each as it is now, and what it said before.

namespace parley::core {

namespace {

/// The message in a row's bytes, if it is one that somebody wrote.
std::optional<wire::message> written(const frame& bytes) {
  auto found = wire::decode_server(bytes);
  auto message = found ? std::get_if<wire::message>(&found->body) : nullptr;
  if (message == nullptr || !std::holds_alternative<wire::content>(message->body))
    return std::nullopt;
  return std::move(*message);
}

frame with_body(wire::message x, decltype(wire::message::body) body) {
  x.body = std::move(body);
  return wire::encode_answer(0, std::move(x));
}

/// A message, and the edit that has what it says now.
frame present(const frame& bytes, const record::revised& now, const frame& last_edit) {
  auto message = written(bytes);
  if (!message)
    return bytes; // A tombstone already.
  if (now.recalled != 0)
    return with_body(*message, wire::tombstone{wire::tombstone_kind::recalled, now.recalled});
  wire::revised shown{std::get<wire::content>(message->body)};
  auto edit = wire::decode_server(last_edit);
  if (edit)
    if (auto what = std::get_if<wire::revision>(&std::get<wire::message>(edit->body).body)) {
      shown.content = what->content;
      shown.edited = now.edits.back();
    }
  for (auto& x : now.reactions)
    shown.reactions.push_back({x.what, x.count});
  return with_body(*message, std::move(shown));
}

frame hidden(const frame& bytes) {
  auto found = wire::decode_server(bytes);
  return with_body(std::get<wire::message>(found->body),
                   wire::tombstone{wire::tombstone_kind::hidden, 0});
}

} // namespace

void room::read(const waiting_request& x, std::vector<query> queries,
                std::function<void(const rows&)> then) {
  if (queries.empty())
    return then({});
  pages_[++tokens_] = {x.from, x.what.number, std::move(then)};
  out_->loads.push_back({shard_of(id_), tokens_, std::move(queries)});
}

void room::decide(const waiting_request& x, const wire::read_history& body) {
  auto at = members_.find(x.from->user);
  if (at == members_.end())
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  auto& member = at->second;
  auto last = visible_end(member, committed_head_);
  auto stay = stay_at_or_after(member, body.from);
  auto to = body.to == 0 ? last : std::min(body.to, last);
  if (!stay || std::max(body.from, stay->first) > to)
    return answer(x, wire::history_page{id_, last, {}, false});
  auto from = std::max(body.from, stay->first);
  auto limit = rows_of_page(body.limit);
  auto end = stay->last == 0 ? to : std::min(to, stay->last);
  read(x,
       {{keys::messages(id_, from, end), limit, limits::page_bytes},
        {keys::revised(id_, from, end), limit},
        {keys::hidden(id_, x.from->user, from, end), limit}},
       [this, x, to](const rows& found) { show_page(x, to, found); });
}

void room::show_page(const waiting_request& x, seq_t to, const rows& found) {
  auto seq_of = [](const row& y) { return keys::seq_at_end(y.key.bytes()); };
  auto page = found.results[0];
  std::map<seq_t, record::revised> changed;
  std::vector<query> edits;
  for (auto& y : found.results[1]) {
    auto now = record::decode<record::revised>(y.value.bytes());
    if (!now || page.empty() || seq_of(y) > seq_of(page.back()))
      continue;
    if (edits.size() == limits::edited_per_page && !now->edits.empty()) {
      std::erase_if(page, [&](const row& z) { return seq_of(z) >= seq_of(y); });
      break;
    }
    if (!now->edits.empty())
      edits.push_back({keys::messages(id_, now->edits.back(), now->edits.back())});
    changed.emplace(seq_of(y), *std::move(now));
  }
  for (auto& y : found.results[2])
    for (auto& z : page)
      if (seq_of(z) == seq_of(y)) {
        z.value = hidden(z.value);
        changed.erase(seq_of(y));
      }
  auto answer = [this, x, to, page = std::move(page), changed, seq_of](const rows& edited) mutable {
    std::map<seq_t, frame> last_edits;
    for (auto& y : edited.results)
      for (auto& z : y)
        last_edits[seq_of(z)] = z.value;
    wire::history_page result{id_, committed_head_, {}, false};
    size_t bytes = 0;
    for (auto& y : page) {
      if (auto at = changed.find(seq_of(y)); at != changed.end()) {
        auto& now = at->second;
        y.value = present(y.value, now, now.edits.empty() ? frame{} : last_edits[now.edits.back()]);
      }
      bytes += y.value.size_bytes();
      if (bytes > limits::page_bytes && !result.records.empty())
        break;
      result.records.push_back(y.value.bytes());
    }
    if (!result.records.empty())
      result.more = page[result.records.size() - 1].key != keys::message(id_, to);
    out_->answer(x.from->session, x.what.number,
                 wire::encode_answer(x.what.number, std::move(result)));
  };
  read(x, std::move(edits), std::move(answer));
}

void room::decide(const waiting_request& x, const wire::read_versions& body) {
  auto at = members_.find(x.from->user);
  if (at == members_.end())
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  if (body.seq > committed_head_ || !sees(x.from->user, body.seq))
    return refuse(x, ec::unknown_message);
  read(x, {{keys::messages(id_, body.seq, body.seq)}, {keys::revised(id_, body.seq, body.seq)}},
       [this, x, seq = body.seq](const rows& found) { show_versions(x, seq, found); });
}

void room::show_versions(const waiting_request& x, seq_t seq, const rows& found) {
  if (found.results[0].empty() || !written(found.results[0][0].value))
    return refuse(x, ec::unknown_message);
  std::vector<query> edits;
  for (auto& y : found.results[1])
    if (auto now = record::decode<record::revised>(y.value.bytes()))
      for (auto edit : now->edits)
        edits.push_back({keys::messages(id_, edit, edit)});
  auto answer = [this, x, seq, original = found.results[0][0].value](const rows& edited) {
    wire::versions_page result{id_, seq, {original.bytes()}};
    for (auto& y : edited.results)
      for (auto& z : y)
        result.records.push_back(z.value.bytes());
    out_->answer(x.from->session, x.what.number,
                 wire::encode_answer(x.what.number, std::move(result)));
  };
  read(x, std::move(edits), std::move(answer));
}

} // namespace parley::core
