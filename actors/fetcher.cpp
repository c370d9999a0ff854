#include "actors/fetcher.hpp"

#include "schema/limits.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <map>

namespace parley {

void fetcher_state::begin(load& x) {
  auto reader = caf::actor_cast<reader_actor>(self->current_sender());
  if (!reader)
    return;
  std::map<shard_id, std::vector<size_t>> by_shard;
  for (size_t i = 0; i < x.queries.size(); ++i)
    by_shard[keys::shard_of(x.queries[i].range.from)].push_back(i);
  auto id = ++tokens_;
  auto& entry = fetches_[id];
  entry.reader = std::move(reader);
  entry.token = x.token;
  entry.result.results.resize(x.queries.size());
  entry.missing = by_shard.size();
  entry.until = now_of(self).steady + limits::fetch_within;
  for (auto& [shard, queries] : by_shard) {
    auto token = ++tokens_;
    std::vector<query> wanted;
    for (auto i : queries)
      wanted.push_back(x.queries[i]);
    parts_.emplace(token, part{id, queries});
    auto& group = dir->groups[shard.value];
    if (group.held)
      self->send(dir->history_of({shard.value}), load{x.shard, token, std::move(wanted)});
    else if (auto peer = dir->peers.find({group.leader}))
      self->send(peer, raft_letter{shard, encode(read_request{token, std::move(wanted)}),
                                   letter_kind::read_request});
    // Or nobody is known who has it: the time passes.
  }
}

void fetcher_state::add(rows& x) {
  auto ended = parts_.extract(x.token);
  if (ended.empty())
    return;
  auto& [id, queries] = ended.mapped();
  auto at = fetches_.find(id);
  if (at == fetches_.end())
    return;
  if (x.code != ec::none || x.results.size() != queries.size())
    return end(id, x.code == ec::none ? ec::retry : x.code);
  for (size_t i = 0; i < queries.size(); ++i)
    at->second.result.results[queries[i]] = std::move(x.results[i]);
  if (--at->second.missing == 0)
    end(id, ec::none);
}

void fetcher_state::hear(const peer_letter& x) {
  if (auto found = decode_rows(x.what.bytes.bytes()))
    add(*found);
}

void fetcher_state::end(uint64_t id, ec code) {
  auto ended = std::move(fetches_.extract(id).mapped());
  ended.result.token = ended.token;
  ended.result.code = code;
  caf::anon_send(ended.reader, std::move(ended.result));
}

void fetcher_state::give_up() {
  auto now = now_of(self).steady;
  std::vector<uint64_t> late;
  for (auto& [id, x] : fetches_)
    if (now >= x.until)
      late.push_back(id);
  for (auto id : late)
    end(id, ec::retry);
  std::erase_if(parts_, [this](auto& x) { return !fetches_.contains(x.second.fetch); });
  self->delayed_send(self, std::chrono::milliseconds{limits::fetch_within} / 4, tick{});
}

fetcher_actor::behavior_type fetcher(fetcher_actor::stateful_pointer<fetcher_state> self,
                                     directory_ptr dir) {
  self->state.dir = std::move(dir);
  self->send(self, tick{});
  return {
    [self](load& x) { self->state.begin(x); },
    [self](rows& x) { self->state.add(x); },
    [self](const peer_letter& x) { self->state.hear(x); },
    [self](tick) { self->state.give_up(); },
  };
}

} // namespace parley
