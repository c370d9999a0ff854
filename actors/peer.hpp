#pragma once

#include "actors/core/admission.hpp"
#include "actors/core/link.hpp"
#include "actors/directory.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <optional>
#include <string>

namespace parley {

/// Another node of the cluster. core::link decides what is sent and what was
/// lost; this carries it: letters to replicas, mail to shards, parcels to the
/// gate, and the other way round, a burst at a time.
///
/// Lifecycle: one per other node, in the actor system of the nodes, as long as
/// that is in the cluster; begins with the node's first tick. Asks its connector for the other's
/// exchange, again whenever the connection breaks. What is said meanwhile is lost: everybody hears
/// at once that the node cannot be reached (`reachable`), and that something may be lost as soon as
/// the link is there again (`relinked`).
struct peer_state {
  static constexpr const char* name = "peer";

  explicit peer_state(peer_actor::pointer self) : self(self) {
    // nop
  }

  void start(node_id other, const core::node_self& as, connector_actor connector,
             directory_ptr dir);
  void say(node_mails& x);
  void say(raft_letter& x);
  void hear(peer_frame& x);
  void found(const exchange_actor& x);
  void refused(const peer_refusal& x);
  void lost(const caf::down_msg& x);
  void flush(bool confirm);
  void tick_now();

  peer_actor::pointer self;

private:
  void flush_soon();
  void report();
  void relink();
  void hand_on(peer_letter&& x);
  void deliver(std::vector<node_mail>& mails);

  node_id other_;
  directory_ptr dir_;
  connector_actor connector_;
  exchange_actor exchange_;
  std::optional<core::link> link_;
  bool began_ = false;
  bool flushing_ = false;
  bool reported_open_ = false;
  std::string refusal_; ///< The last that was logged.
};

/// Spawned by the controller.
peer_actor::behavior_type peer(peer_actor::stateful_pointer<peer_state> self, node_id other,
                               core::node_self as, connector_actor connector, directory_ptr dir);

/// Hands what other nodes send to their peers, and tells those that are not in
/// the cluster so. Logs each of them once for each reason.
///
/// Lifecycle: one per node of a cluster, published by the composition root, as
/// long as the node.
struct exchange_state {
  static constexpr const char* name = "exchange";

  explicit exchange_state(exchange_actor::pointer self) : self(self) {
    // nop
  }

  void hand_over(const std::string& bytes);

  exchange_actor::pointer self;
  uint64_t cluster = 0;
  directory_ptr dir;

private:
  core::known_sender sender_of(const peer_frame& x) const;
  void log(node_id from, const std::string& text);

  std::map<node_id, std::string> refused_; ///< And why; node 0: unknown.
};

/// Spawned by the composition root.
exchange_actor::behavior_type exchange(exchange_actor::stateful_pointer<exchange_state> self,
                                       uint64_t cluster, directory_ptr dir);

} // namespace parley
