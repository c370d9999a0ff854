#include "actors/peer.hpp"

#include "actors/carry.hpp"
#include "actors/core/admission.hpp"
#include "actors/end_process.hpp"
#include "actors/spawn.hpp"
#include "schema/limits.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include <map>

namespace parley {

void peer_state::start(node_id other, const core::node_self& as, connector_actor connector,
                       directory_ptr dir) {
  other_ = other;
  dir_ = std::move(dir);
  connector_ = std::move(connector);
  link_.emplace(as);
}

// -- the connection ---------------------------------------------------------------------

void peer_state::found(const exchange_actor& x) {
  spdlog::info("event=peer-found node={}", other_.value);
  exchange_ = x;
  self->monitor(exchange_);
  link_->connected(now_of(self).steady);
  flush(true);
}

void peer_state::lost(const caf::down_msg& x) {
  if (!exchange_ || x.source != exchange_.address())
    return;
  spdlog::warn("event=peer-lost node={}", other_.value);
  exchange_ = nullptr;
  link_->disconnected();
  report();
  self->send(connector_, peer_actor{self});
}

void peer_state::report() {
  if (link_->renewed())
    relink(); // Before sessions of that node, which may be gone, count as there again.
  auto open = link_->open(now_of(self).steady);
  if (open != std::exchange(reported_open_, open)) {
    for (auto& x : dir_->replicas)
      self->send(x, reachable{other_, open});
    for (auto& x : dir_->shards)
      caf::anon_send(x, reachable{other_, open});
    self->send(dir_->controller, reachable{other_, open});
  }
}

void peer_state::relink() {
  for (auto& x : dir_->shards)
    caf::anon_send(x, relinked{other_});
  self->send(dir_->controller, relinked{other_});
}

void peer_state::refused(const peer_refusal& x) {
  if (x.text != std::exchange(refusal_, x.text))
    spdlog::warn("event=refused-by node={} text=\"{}\"", other_.value, x.text);
  if (!x.final) {
    link_->refused(now_of(self).steady);
    return report();
  }
  end_process("event=not-in-cluster text=\"" + x.text + "\"");
}

void peer_state::tick_now() {
  if (!std::exchange(began_, true))
    self->send(connector_, peer_actor{self});
  flush(true);
}

// -- out --------------------------------------------------------------------------------

void peer_state::say(node_mails& x) {
  link_->say(std::move(x.items));
  flush_soon();
}

void peer_state::say(raft_letter& x) {
  link_->say(std::move(x));
  flush_soon();
}

void peer_state::flush_soon() {
  if (!std::exchange(flushing_, true))
    self->send(self, caf::unit); // Behind what else has arrived.
}

void peer_state::flush(bool confirm) {
  flushing_ = false;
  for (auto& bytes : link_->take(now_of(self).steady, confirm))
    self->send(exchange_, std::string{bytes.bytes()});
  report();
}

// -- in ---------------------------------------------------------------------------------

void peer_state::hear(peer_frame& x) {
  auto disk = x.disk;
  auto what = link_->hear(std::move(x), now_of(self).steady);
  if (what.renewed) {
    relink();
    if (dir_->peers.disk_of(other_) == 0)
      self->send(dir_->controller, disk_seen{other_, disk});
  }
  for (auto& letter : what.letters)
    hand_on({other_, std::move(letter)});
  deliver(what.mails);
}

void peer_state::hand_on(peer_letter&& x) {
  auto& replica = dir_->replicas[x.what.shard.value];
  switch (x.what.kind) {
    case letter_kind::map:
    case letter_kind::door:
      return self->send(dir_->controller, std::move(x));
    case letter_kind::file:
      return caf::anon_send(dir_->keeper, std::move(x));
    case letter_kind::read_reply:
      return self->send(dir_->fetcher, std::move(x));
    case letter_kind::leading:
      self->send(dir_->controller, x);
      break;
    default:
      break;
  }
  self->send(replica, std::move(x));
}

namespace {

/// The shard that a mail is for.
struct shard_of_mail {
  shard_id operator()(const room_mail& x) const {
    return shard_of(x.to);
  }

  shard_id operator()(const inbox_mail& x) const {
    return shard_of(x.to);
  }

  shard_id operator()(const courier_mail& x) const {
    return x.to;
  }

  shard_id operator()(const tell& x) const {
    return shard_of(x.to.front());
  }

  shard_id operator()(const parcel&) const {
    return {};
  }
};

} // namespace

void peer_state::deliver(std::vector<node_mail>& mails) {
  std::vector<parcel> for_sessions;
  std::map<shard_id, arrived_mails> for_shards;
  for (auto& mail : mails) {
    if (auto x = std::get_if<parcel>(&mail)) {
      for_sessions.push_back(std::move(*x));
    } else if (auto told = std::get_if<tell>(&mail)) {
      std::map<shard_id, tell> parts; // One for each shard whose users are told.
      for (auto user : told->to)
        parts.try_emplace(shard_of(user), tell{told->conversation, {}, told->what})
          .first->second.to.push_back(user);
      for (auto& [shard, part] : parts)
        for_shards[shard].items.emplace_back(std::move(part));
    } else {
      for_shards[std::visit(shard_of_mail{}, mail)].items.push_back(std::move(mail));
    }
  }
  hand_to_gates(*dir_, std::move(for_sessions));
  for (auto& [shard, x] : for_shards)
    caf::anon_send(dir_->shard(shard), std::move(x));
}

peer_actor::behavior_type peer(peer_actor::stateful_pointer<peer_state> self, node_id other,
                               core::node_self as, connector_actor connector, directory_ptr dir) {
  self->state.start(other, as, std::move(connector), std::move(dir));
  self->set_down_handler([self](const caf::down_msg& x) { self->state.lost(x); });
  return {
    [self](node_mails& x) { self->state.say(x); },
    [self](raft_letter& x) { self->state.say(x); },
    [self](peer_frame& x) { self->state.hear(x); },
    [self](const exchange_actor& x) { self->state.found(x); },
    [self](const std::string& x) {
      if (auto refusal = decode_peer_refusal(x))
        self->state.refused(*refusal);
    },
    [self](caf::unit_t) { self->state.flush(false); },
    [self](tick) { self->state.tick_now(); },
  };
}

peer_actor spawn_peer(caf::local_actor* parent, node_id other, const core::node_self& as,
                      connector_actor connector, directory_ptr dir) {
  return parent->spawn(peer, other, as, std::move(connector), std::move(dir));
}

void exchange_state::hand_over(const std::string& bytes) {
  auto x = decode_peer_frame(bytes);
  auto from = x ? sender_of(*x) : core::known_sender{};
  auto refusal = x ? core::refusal_of(*x, cluster, dir->format, from)
                   : peer_refusal{"this node does not understand the frame", false};
  if (!refusal) {
    self->send(dir->peers.find(x->from), *std::move(x));
    return;
  }
  log(x ? x->from : node_id{}, refusal->text);
  if (x)
    for (auto& letter : core::maps_of_stranger(*x, cluster, dir->self, from))
      self->send(dir->controller, peer_letter{x->from, std::move(letter)});
  if (auto sender = caf::actor_cast<peer_actor>(self->current_sender()))
    self->send(sender, std::string{encode(*refusal).bytes()});
}

core::known_sender exchange_state::sender_of(const peer_frame& x) const {
  auto& peers = dir->peers;
  return {static_cast<bool>(peers.find(x.from)), peers.was_removed(x.from), peers.disk_of(x.from)};
}

void exchange_state::log(node_id from, const std::string& text) {
  auto at = refused_.find(from);
  if (at == refused_.end() && refused_.size() < limits::refused_remembered)
    at = refused_.try_emplace(from).first;
  if (at != refused_.end() && std::exchange(at->second, text) != text)
    spdlog::warn("event=frame-refused node={} text=\"{}\"", from.value, text);
}

exchange_actor::behavior_type exchange(exchange_actor::stateful_pointer<exchange_state> self,
                                       uint64_t cluster, directory_ptr dir) {
  self->state.cluster = cluster;
  self->state.dir = std::move(dir);
  return {
    [self](const std::string& bytes) { self->state.hand_over(bytes); },
  };
}

} // namespace parley
