#include "actors/core/file_keeper.hpp"

#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <utility>

namespace parley::core {

namespace {

constexpr unsigned buckets = 256;

} // namespace

void keeper_actions::answer(const asker& to, wire::server_body body) {
  parcels.push_back(
    {to.session, {{to.request, wire::encode_answer(to.request, std::move(body))}}, {}, ec::none});
}

file_keeper::file_keeper(file_store& files, const row_view& rows, file_places places,
                         file_rules rules)
    : files_(files), rows_(rows), places_(std::move(places)), rules_(rules), hurry_(buckets) {
  // nop
}

void file_keeper::step(file_job&& x, moment now, keeper_actions& out) {
  now_ = now;
  out_ = &out;
  std::visit([this](auto& y) { on(std::move(y)); }, x);
}

void file_keeper::tick(moment now, keeper_actions& out) {
  now_ = now;
  out_ = &out;
  began_at_ = std::min(began_at_, now.steady);
  if (now.steady >= look_at_) {
    look_at_ = now.steady + limits::file_tick;
    look_after_uploads();
    look_after_fetches();
  }
  sweep();
}

// -- uploads ------------------------------------------------------------------------

void file_keeper::on(put_piece&& x) {
  upload_key key{x.user, x.file};
  auto only_asks = x.data.empty() && x.file.size != 0;
  if (only_asks && !uploads_.contains(key) && !files_.length(key))
    return out_->answer(x.from, wire::file_state{0, false});
  if (uploads_.size() >= limits::uploads_in_memory)
    return out_->answer(x.from, wire::make_error(ec::overloaded));
  auto& mine = open(key, shard_of(x.user));
  mine.from = {};
  if (!mine.whole && !mine.check)
    if (auto added = add(key, mine, x.offset, x.data); !added.ok())
      return out_->answer(x.from, wire::make_error(added.code));
  if (mine.length < x.file.size)
    return out_->answer(x.from, wire::file_state{mine.length, false});
  mine.askers.assign(1, {x.from, x.user}); // Whoever asked before has given up.
  go_on(key, mine);
}

void file_keeper::on(copy_file&& x) {
  upload_key key{{}, x.file};
  auto& copy = open(key, shard_of(x.user));
  copy.askers.push_back({x.from, x.user});
  if (!copy.whole && files_.has(x.file)) {
    want(x.file);
    copy.whole = true;
  }
  if (copy.whole)
    return go_on(key, copy);
  if (copy.from || copy.check)
    return; // It is coming.
  copy.unsure = false;
  copy.others = who_may_have(x.home);
  ask_another(key, copy);
}

file_keeper::upload& file_keeper::open(const upload_key& key, shard_id shard) {
  auto [at, is_new] = uploads_.try_emplace(key);
  auto& x = at->second;
  x.used_at = now_.steady;
  if (is_new) {
    x.shard = shard;
    x.length = files_.length(key).value_or(0);
    x.whole = files_.complete(key);
    if (x.whole)
      want(key.file);
  }
  return x;
}

/// Its grace begins anew.
void file_keeper::want(const file_ref& file) {
  files_.touch(file, file_store::wall_time{std::chrono::microseconds{now_.trusted()}});
}

/// Of the data, what is next.
status file_keeper::add(const upload_key& key, upload& x, uint64_t offset, std::string_view data) {
  if (!x.whole)
    x.length = files_.length(key).value_or(0); // Another upload may have taken its place.
  auto known = offset <= x.length ? x.length - offset : data.size();
  auto begins = x.length == 0 && key.file.size == 0;
  if (known >= data.size() && !begins)
    return {};
  auto fresh = data.substr(std::min<size_t>(known, data.size()));
  if (auto added = files_.append(key, x.length, fresh); !added.ok())
    return added;
  x.length += fresh.size();
  x.grown = true;
  serve_readers(key, x);
  return {};
}

/// It has all bytes: checks them, waits for copies, tells.
void file_keeper::go_on(const upload_key& key, upload& x) {
  if (!x.whole)
    return check(key, x);
  auto is_done = [&](const end_asker& to) {
    if (!has_enough(x, shard_of(to.user)))
      return false;
    out_->inboxes.push_back({to.user, file_held{to, key.file}});
    return true;
  };
  std::erase_if(x.askers, is_done);
  if (!x.askers.empty())
    want_copies(key, x);
}

bool file_keeper::has_enough(const upload& x, shard_id shard) const {
  auto count = std::count_if(x.holders.begin(), x.holders.end(),
                             [shard](const auto& y) { return y.first == shard; });
  auto here = places_.holds(shard) ? 1u : 0u;
  return static_cast<size_t>(count) + here >= places_.copies();
}

void file_keeper::check(const upload_key& key, upload& x) {
  if (x.check)
    return;
  x.check = files_.complete_soon(key);
  checks_.push_back(key);
}

void file_keeper::check_some(moment now, keeper_actions& out) {
  now_ = now;
  out_ = &out;
  if (checks_.empty())
    return;
  auto key = checks_.front();
  checks_.pop_front();
  auto& x = uploads_.at(key);
  x.used_at = now.steady;
  status result;
  if (x.check->step(result))
    checked(key, x, result);
  else
    checks_.push_back(key);
}

void file_keeper::checked(const upload_key& key, upload& x, const status& result) {
  x.check.reset();
  if (!result.ok()) {
    if (result.code == ec::storage_failed)
      out_->damaged.push_back(result.text);
    refuse_askers(x, result.code);
    uploads_.erase(key);
    return;
  }
  x.whole = true;
  want(key.file);
  serve_readers(key, x);
  if (std::exchange(x.mends, false))
    out_->mended.emplace_back(key.file.hash_bytes());
  if (x.from)
    say(x.from, x.shard, file_word::held, key);
  go_on(key, x);
}

void file_keeper::refuse_askers(upload& x, ec code) {
  for (auto& to : std::exchange(x.askers, {}))
    out_->answer(to, wire::make_error(code));
}

void file_keeper::look_after_uploads() {
  for (auto at = uploads_.begin(); at != uploads_.end();) {
    auto& [key, x] = *at;
    auto waits = !x.askers.empty();
    if (x.from && !x.whole && !x.check
        && now_.steady >= x.asked_at + limits::file_ask_again_after) {
      x.unsure = true;
      if (key.user)
        x.from = {}; // Whoever has more says so again.
      else
        ask_another(key, x);
    } else if (std::exchange(x.grown, false) || (waits && x.whole)) {
      want_copies(key, x);
    }
    auto idle = !x.check && x.askers.empty() && now_.steady >= x.used_at + limits::upload_idle;
    auto gone = x.mends && !x.from && !x.check;
    at = idle || gone ? uploads_.erase(at) : std::next(at);
  }
}

} // namespace parley::core
