#include "actors/core/file_keeper.hpp"

#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <utility>

// How files come to other nodes: who should have one is told (want), and asks for the
// next piece when the last is on its disk (read, part), so that a node that is slow, or
// a link, is given no more than it takes.

namespace parley::core {

namespace {

/// What one letter brings of an upload; of a content it is one piece.
constexpr uint64_t part_bytes = 2 * limits::file_piece_bytes;

/// Uploads that are fetched at a time: as many parts are on their way.
constexpr size_t fetched_at_once = limits::node_piece_bytes / part_bytes;

} // namespace

void file_keeper::hear(node_id from, const file_letter& x, shard_id shard, moment now,
                       keeper_actions& out) {
  now_ = now;
  out_ = &out;
  switch (x.what) {
    case file_word::want:
      return on_want(from, x, shard);
    case file_word::read:
      return on_read(from, x, shard);
    case file_word::part:
      return on_part(from, x);
    case file_word::absent:
      return on_absent(from, x);
    case file_word::held:
      if (auto at = uploads_.find({x.user, x.file}); at != uploads_.end()) {
        at->second.holders.emplace(shard, from);
        if (at->second.whole && !at->second.askers.empty())
          go_on(at->first, at->second);
      }
  }
}

// -- who has it ---------------------------------------------------------------------

/// To all: who should not have it does not care.
void file_keeper::want_copies(const upload_key& key, const upload& x) {
  std::set<shard_id> shards{x.shard};
  for (auto& to : x.askers)
    shards.insert(shard_of(to.user));
  for (auto node : places_.others())
    for (auto shard : shards)
      if (!x.holders.contains({shard, node}))
        say(node, shard, file_word::want, key);
}

/// A node waits for a piece only if it is the next; what a client puts here while
/// another node still says the same is older there.
void file_keeper::on_read(node_id from, const file_letter& x, shard_id shard) {
  upload_key key{x.user, x.file};
  std::string data;
  if (x.user) {
    auto at = uploads_.find(key);
    if (at == uploads_.end() && files_.length(key))
      at = uploads_.find((open(key, shard), key));
    if (at == uploads_.end())
      return say(from, shard, file_word::absent, key, x.offset);
    at->second.readers[from] = x.offset;
    return serve_readers(key, at->second);
  }
  ec why{};
  if (read_content(x.file, x.offset, data, why))
    say(from, shard, file_word::part, key, x.offset, std::move(data));
  else
    say(from, shard, file_word::absent, key, x.offset);
}

void file_keeper::serve_readers(const upload_key& key, upload& x) {
  for (auto at = x.readers.begin(); at != x.readers.end();) {
    auto [node, offset] = *at;
    std::string data;
    if (offset >= x.length) {
      ++at;
      continue;
    }
    auto limit = std::min(part_bytes, x.length - offset);
    auto done = files_.read(key, offset, limit, data);
    if (done.ok() && data.size() == limit)
      say(node, x.shard, file_word::part, key, offset, std::move(data));
    else
      say(node, x.shard, file_word::absent, key, offset);
    at = x.readers.erase(at);
  }
}

// -- who wants it -------------------------------------------------------------------

void file_keeper::on_want(node_id from, const file_letter& x, shard_id shard) {
  if (!places_.holds(shard))
    return;
  upload_key key{x.user, x.file};
  if (files_.has(x.file)) {
    want(x.file);
    return say(from, shard, file_word::held, key);
  }
  auto& mine = open(key, shard);
  if (mine.check || !mine.askers.empty())
    return;
  if (mine.from && now_.steady < mine.asked_at + limits::file_ask_again_after)
    return; // It is coming.
  auto fetched = std::count_if(uploads_.begin(), uploads_.end(), [](const auto& y) {
    return y.second.from && !y.second.whole && !y.second.check;
  });
  if (!mine.from && static_cast<size_t>(fetched) >= fetched_at_once)
    return; // It is said again.
  mine.from = from;
  ask_for_piece(key, mine);
}

void file_keeper::ask_for_piece(const upload_key& key, upload& x) {
  x.asked_at = now_.steady;
  if (x.length == key.file.size && files_.length(key))
    return check(key, x);
  say(x.from, x.shard, file_word::read, key, x.length);
}

void file_keeper::on_part(node_id from, const file_letter& x) {
  for (auto& waiting : fetches_)
    if (!x.user && waiting.file == x.file && waiting.offset == x.offset) {
      out_->answer(waiting.to, wire::file_piece{x.file.size, x.offset, x.data});
      waiting.to = {};
    }
  std::erase_if(fetches_, [](const fetch& y) { return !y.to.session; });
  auto at = uploads_.find({x.user, x.file});
  if (at == uploads_.end() || at->second.from != from || at->second.whole || at->second.check
      || at->second.length != x.offset || x.offset + x.data.size() > x.file.size)
    return;
  auto& [key, mine] = *at;
  mine.used_at = now_.steady;
  if (auto added = add(key, mine, x.offset, x.data); !added.ok()) {
    refuse_askers(mine, added.code);
    mine.from = {};
    return;
  }
  mine.grown = false; // Who began it tells whoever should know.
  ask_for_piece(key, mine);
}

void file_keeper::on_absent(node_id from, const file_letter& x) {
  for (auto& waiting : fetches_)
    if (!x.user && waiting.file == x.file && waiting.offset == x.offset && waiting.asked == from)
      ask_another(waiting);
  std::erase_if(fetches_, [](const fetch& y) { return !y.to.session; });
  auto at = uploads_.find({x.user, x.file});
  if (at == uploads_.end() || at->second.from != from || at->second.whole)
    return;
  if (x.user)
    at->second.from = {};
  else
    ask_another(at->first, at->second);
}

/// Begins with the one that leads: it is most likely to have it.
std::vector<node_id> file_keeper::who_may_have(shard_id home) const {
  auto nodes = places_.others();
  auto leader = std::find(nodes.begin(), nodes.end(), places_.leader(home));
  if (leader != nodes.end())
    std::rotate(nodes.begin(), leader, leader + 1);
  std::reverse(nodes.begin(), nodes.end()); // They are taken from the end.
  return nodes;
}

void file_keeper::ask_another(const upload_key& key, upload& x) {
  if (x.others.empty()) {
    x.from = {};
    return refuse_askers(x, x.unsure ? ec::retry : ec::unknown_file);
  }
  x.from = x.others.back();
  x.others.pop_back();
  ask_for_piece(key, x);
}

// -- pieces for clients -------------------------------------------------------------

void file_keeper::on(get_piece&& x) {
  std::string data;
  ec why{};
  if (read_content(x.file, x.offset, data, why))
    return out_->answer(x.from, wire::file_piece{x.file.size, x.offset, data});
  fetch asked{x.from, x.file, x.home, x.offset, who_may_have(x.home), {}, {}, why};
  ask_another(asked);
  if (asked.to.session)
    fetches_.push_back(std::move(asked));
}

/// Puts aside what is damaged, and fetches it if another node has it.
bool file_keeper::read_content(const file_ref& file, uint64_t offset, std::string& out, ec& why) {
  auto done = files_.read(file, offset, out);
  why = done.code;
  if (done.code == ec::file_damaged) {
    out_->damaged.push_back(done.text);
    hurry_ = std::max(hurry_, 1u);
    next_bucket_ = static_cast<unsigned char>(file.hash[0]);
  }
  return done.ok();
}

void file_keeper::ask_another(fetch& x) {
  if (x.others.empty())
    return end(x, x.otherwise);
  x.asked = x.others.back();
  x.others.pop_back();
  x.asked_at = now_.steady;
  say(x.asked, x.home, file_word::read, {{}, x.file}, x.offset);
}

void file_keeper::end(fetch& x, ec code) {
  out_->answer(x.to, wire::make_error(code));
  x.to = {};
}

void file_keeper::look_after_fetches() {
  for (auto& x : fetches_)
    if (now_.steady >= x.asked_at + limits::file_ask_again_after) {
      if (x.otherwise == ec::unknown_file)
        x.otherwise = ec::retry; // Somebody who was asked may have it.
      ask_another(x);
    }
  std::erase_if(fetches_, [](const fetch& x) { return !x.to.session; });
}

void file_keeper::say(node_id to, shard_id shard, file_word what, const upload_key& key,
                      uint64_t offset, std::string data) {
  out_->letters.push_back(
    {to,
     {shard, encode(file_letter{what, key.user, key.file, offset, std::move(data)}),
      letter_kind::file}});
}

} // namespace parley::core
