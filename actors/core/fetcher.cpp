#include "actors/core/fetcher.hpp"

#include "schema/limits.hpp"

#include <utility>

namespace parley::core {

fetcher::fetcher(std::function<row_place(shard_id)> place_of) : place_of_(std::move(place_of)) {
  // nop
}

void fetcher::begin(fetch_ticket ticket, const load& x, time now, fetcher_actions& out) {
  std::map<shard_id, part> by_shard;
  for (size_t i = 0; i < x.queries.size(); ++i) {
    auto& piece = by_shard[keys::shard_of(x.queries[i].range.from)];
    piece.what.queries.push_back(x.queries[i]);
    piece.places.push_back(i);
  }
  auto& entry = fetches_[ticket];
  entry.result.token = x.token;
  entry.result.results.resize(x.queries.size());
  entry.missing = by_shard.size();
  entry.until = now + limits::fetch_within;
  for (auto& [shard, piece] : by_shard) {
    piece.fetch = ticket;
    piece.what.shard = x.shard;
    piece.what.latest = x.latest;
    piece.what.token = ++tokens_;
    ask(piece, out);
    parts_.emplace(tokens_, std::move(piece));
  }
}

void fetcher::ask(part& x, fetcher_actions& out) const {
  auto shard = keys::shard_of(x.what.queries.front().range.from);
  auto place = place_of_(shard);
  auto here = x.what.latest ? place.leads : place.here;
  x.asked = here || place.leader;
  if (here)
    out.loads.emplace_back(shard, x.what);
  else if (place.leader)
    out.letters.push_back(
      {place.leader,
       {shard, encode(read_request{x.what.token, x.what.queries}), letter_kind::read_request}});
}

void fetcher::add(rows&& x, fetcher_actions& out) {
  auto at = parts_.find(x.token);
  if (at == parts_.end())
    return;
  if (x.code == ec::retry) {
    at->second.asked = false;
    return;
  }
  auto done = std::move(parts_.extract(at).mapped());
  auto& whole = fetches_.at(done.fetch);
  if (x.code != ec::none || x.results.size() != done.places.size())
    return end(done.fetch, x.code == ec::none ? ec::retry : x.code, out);
  for (size_t i = 0; i < done.places.size(); ++i)
    whole.result.results[done.places[i]] = std::move(x.results[i]);
  if (--whole.missing == 0)
    end(done.fetch, ec::none, out);
}

void fetcher::end(fetch_ticket ticket, ec code, fetcher_actions& out) {
  std::erase_if(parts_, [ticket](auto& x) { return x.second.fetch == ticket; });
  auto result = std::move(fetches_.extract(ticket).mapped().result);
  result.code = code;
  out.answers.emplace_back(ticket, std::move(result));
}

void fetcher::tick(time now, fetcher_actions& out) {
  std::vector<fetch_ticket> late;
  for (auto& [ticket, x] : fetches_)
    if (now >= x.until)
      late.push_back(ticket);
  for (auto ticket : late)
    end(ticket, ec::retry, out);
  for (auto& [token, x] : parts_)
    if (!x.asked)
      ask(x, out);
}

} // namespace parley::core
