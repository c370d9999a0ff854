#include "actors/core/courier.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// A broadcast on its way: the accounts of one shard after the other, a page at a time.
// Each user's chat with the service gets the message; when all of a page have it, the
// row says so, and the next page is read. What a crash takes back is sent again to
// chats that know it.

namespace parley::core {

namespace {

const wire::content* content_of(const std::optional<wire::server_frame>& stored) {
  auto message = stored ? std::get_if<wire::message>(&stored->body) : nullptr;
  return message != nullptr ? std::get_if<wire::content>(&message->body) : nullptr;
}

bool is_sendable(const frame& message) {
  return !message.empty() && content_of(wire::decode_server(message)) != nullptr;
}

} // namespace

void courier::load_rows(query what, std::function<void(const rows&)> then) {
  loads_[++tokens_] = std::move(then);
  out_->loads.push_back({shard_, tokens_, {what}, true});
}

/// One after the other: in each chat they are sends of one device.
void courier::next_broadcast(conversation_id of) {
  auto at = rows_.lower_bound({of, 0});
  while (at != rows_.end() && at->first.first == of && !at->second.row.walk.service)
    ++at;
  auto found = at != rows_.end() && at->first.first == of;
  if (found && at->second.missing.empty() && at->second.next_page_at == never)
    read_page(row_key{at->first});
}

void courier::read_page(const row_key& of) {
  auto at = rows_.find(of);
  if (at == rows_.end() || at->second.reading)
    return;
  auto& x = at->second;
  x.next_page_at = never;
  x.reading = true;
  if (x.message.empty())
    return load_rows({keys::messages(of.first, of.second, of.second)},
                     [this, of](const rows& found) { message_came(of, found); });
  load_rows({keys::accounts(x.row.walk.shard, x.row.walk.after), limits::broadcast_page},
            [this, of](const rows& found) { page_came(of, found); });
}

void courier::message_came(const row_key& of, const rows& found) {
  auto at = rows_.find(of);
  if (at == rows_.end())
    return;
  auto& x = at->second;
  x.reading = false;
  if (found.code != ec::none) {
    x.next_page_at = now_.steady + limits::outbox_repeat_after;
    return;
  }
  if (!found.results[0].empty())
    x.message = found.results[0][0].value;
  if (is_sendable(x.message))
    return read_page(of);
  x.row.walk.shard = {shard_count}; // Damaged: there is nothing to send.
  page_done(x);
}

void courier::page_came(const row_key& of, const rows& found) {
  auto at = rows_.find(of);
  if (at == rows_.end())
    return;
  auto& x = at->second;
  auto& walk = x.row.walk;
  x.reading = false;
  if (found.code != ec::none) {
    x.next_page_at = now_.steady + limits::outbox_repeat_after;
    return;
  }
  x.page.clear();
  for (auto& row : found.results[0]) {
    walk.after = keys::user_at_end(row.key.bytes());
    auto account = record::decode<record::account>(row.value.bytes());
    if (account && account->role == record::role::person)
      x.page.emplace_back(walk.after, account->name);
  }
  if (found.results[0].size() < limits::broadcast_page) {
    walk.after = {};
    ++walk.shard.value;
  }
  if (x.page.empty())
    return page_done(x);
  for (auto& [user, name] : x.page)
    x.missing.insert(user);
  x.tries = 0;
  dispatch_page(x);
}

void courier::dispatch_page(delivery& x) {
  auto stored = wire::decode_server(x.message);
  auto content = content_of(stored);
  if (content == nullptr)
    return;
  auto& walk = x.row.walk;
  // A device of which there is no other: its counters are the places of broadcasts.
  auto from = std::make_shared<const origin>(
    origin{{}, walk.service, device_id{x.row.conversation.low}, record::role::service, walk.name});
  for (auto& [user, name] : x.page) {
    if (!x.missing.contains(user))
      continue;
    auto bytes =
      wire::encode(wire::client_frame{1, wire::send{{}, name, x.row.version, 0, *content}});
    auto decoded = wire::decode_client(bytes);
    if (!decoded)
      continue;
    dispatch what{{x.row.conversation, x.row.version, user}, {from, {}}};
    what.what.items.push_back({decoded->request, std::move(decoded->body), std::move(bytes)});
    out_->rooms.push_back({direct_conversation(walk.service, user), std::move(what)});
  }
  repeat_later(x);
}

/// The next page, or the end.
void courier::page_done(delivery& x) {
  x.repeat_at = never;
  auto share = limits::broadcast_page_every * std::exchange(x.page, {}).size();
  row_key key{x.row.conversation, x.row.version};
  if (x.row.walk.shard.value >= shard_count) {
    delivered_[key] = 0;
    rows_.erase(key);
    erase_rows();
    return next_broadcast(key.first);
  }
  effect progress;
  progress.put(keys::outbox(key.first, key.second), record::encode(x.row));
  out_->appends.push_back({shard_, epoch_, writer_, ++appends_, std::move(progress)});
  x.next_page_at = now_.steady + std::chrono::microseconds{share} / limits::broadcast_page;
}

} // namespace parley::core
