#include "actors/keeper.hpp"

#include "actors/carry.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <caf/send.hpp>
#include <spdlog/spdlog.h>

namespace parley {

void keeper_state::start(std::shared_ptr<file_store> files, std::shared_ptr<const store> rows,
                         directory_ptr dir) {
  files_ = std::move(files);
  rows_ = std::move(rows);
  dir_ = std::move(dir);
  auto alone = dir_->replicas.empty();
  core::file_places places;
  places.self = dir_->self;
  places.holds = [this, alone](shard_id x) { return alone || dir_->groups[x.value].held; };
  places.leader = [this, alone](shard_id x) {
    return alone ? dir_->self : node_id{dir_->groups[x.value].leader};
  };
  places.copies = [this] { return size_t{dir_->file_copies}; };
  places.others = [this] {
    std::vector<node_id> nodes;
    for (auto& [node, peer] : dir_->peers.all())
      nodes.push_back(node);
    return nodes;
  };
  core_.emplace(*files_, *rows_, std::move(places), dir_->files);
  self->send(self, tick{});
}

void keeper_state::work(file_job& x) {
  core::keeper_actions out;
  core_->step(std::move(x), now_of(self, *dir_), out);
  carry_out(std::move(out));
}

void keeper_state::hear(const peer_letter& x) {
  auto letter = decode_file_letter(x.what.bytes.bytes());
  if (!letter || x.what.shard.value >= shard_count)
    return;
  core::keeper_actions out;
  core_->hear(x.from, *letter, x.what.shard, now_of(self, *dir_), out);
  carry_out(std::move(out));
}

void keeper_state::tick_now() {
  core::keeper_actions out;
  auto now = now_of(self, *dir_);
  if (std::exchange(clock_leaps_, now.leap != 0) != clock_leaps_)
    log_clock(now);
  core_->tick(now, out);
  carry_out(std::move(out));
  self->delayed_send(self, core_->pace(), tick{});
}

void keeper_state::log_clock(moment now) {
  if (clock_leaps_)
    spdlog::warn(
      "event=clock-leapt seconds={} text=\"nothing ends by it before it stood so for {} s\"",
      now.leap / 1'000'000, std::chrono::seconds{limits::leap_stands}.count());
  else
    spdlog::info("event=clock-believed");
}

void keeper_state::check_some() {
  checking_ = false;
  core::keeper_actions out;
  core_->check_some(now_of(self, *dir_), out);
  carry_out(std::move(out));
}

void keeper_state::carry_out(core::keeper_actions&& out) {
  for (auto& text : out.damaged)
    spdlog::error("event=file-damaged text=\"{}\"", text);
  for (auto& hash : out.mended)
    spdlog::info("event=file-mended file={}", to_hex(hash));
  for (auto& [to, letter] : out.letters)
    if (auto peer = dir_->peers.find(to))
      caf::anon_send(peer, std::move(letter));
  actions rest;
  rest.parcels = std::move(out.parcels);
  rest.inboxes = std::move(out.inboxes);
  carry(self, *dir_, {}, std::move(rest));
  if (core_->has_to_check() && !std::exchange(checking_, true))
    self->send(self, caf::unit); // Behind what else has arrived.
}

keeper_actor::behavior_type keeper(keeper_actor::stateful_pointer<keeper_state> self,
                                   std::shared_ptr<file_store> files,
                                   std::shared_ptr<const store> rows, directory_ptr dir) {
  self->state.start(std::move(files), std::move(rows), std::move(dir));
  return {
    [self](file_job& x) { self->state.work(x); },
    [self](const peer_letter& x) { self->state.hear(x); },
    [self](tick) { self->state.tick_now(); },
    [self](caf::unit_t) { self->state.check_some(); },
  };
}

} // namespace parley
