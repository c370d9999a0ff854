#pragma once

#include "actors/directory.hpp"

#include <caf/send.hpp>

#include <unordered_map>
#include <vector>

namespace parley {

/// Nodes talk in an actor system of their own: no worker of this one may be
/// lent to a peer, so it is never sent to in the sender's name.
inline void send_to_peer(const directory& to, node_id node, node_mails&& what) {
  if (auto peer = to.peers.find(node))
    caf::anon_send(peer, std::move(what));
}

/// For sessions of this node, in order.
inline void hand_to_gate(directory& to, std::vector<parcel>&& what) {
  if (!what.empty() && to.outgoing.put(std::move(what)))
    caf::anon_send(to.gate, caf::unit);
}

/// Takes no more clients, sends those that are there away, and hands over what
/// this node leads.
inline void send_everybody_away(const directory& from, const listener_actor& clients) {
  caf::anon_send(clients, drain{});
  caf::anon_send(from.gate, drain{});
  if (from.controller)
    caf::anon_send(from.controller, drain{});
}

namespace detail {

/// Sends so that the receiver runs on the workers of its own actor system.
template <class Self, class Handle, class Message>
void send_home(Self* self, const Handle& to, Message&& what) {
  caf::actor_cast<caf::abstract_actor*>(to)->eq_impl(caf::make_message_id(), self->ctrl(), nullptr,
                                                     std::forward<Message>(what));
}

/// Consecutive mail for one shard travels in one message.
template <class Batch, class Self, class Mail>
void carry_mail(Self* self, const directory& to, std::vector<Mail>& mail) {
  for (auto at = mail.begin(); at != mail.end();) {
    auto shard = shard_of(at->to);
    Batch batch;
    for (; at != mail.end() && shard_of(at->to) == shard; ++at)
      batch.items.push_back(std::move(*at));
    self->send(to.shard(shard), std::move(batch));
  }
}

/// Parcels for sessions of one node travel together.
inline void carry_parcels(directory& to, std::vector<parcel>& all) {
  auto is_for_another = [&to](const parcel& x) { return node_of(x.to) != to.self; };
  std::unordered_map<node_id, node_mails> others;
  for (auto& x : all)
    if (is_for_another(x))
      others[node_of(x.to)].items.push_back(std::move(x));
  std::erase_if(all, is_for_another);
  hand_to_gate(to, std::move(all));
  for (auto& [node, mails] : others)
    send_to_peer(to, node, std::move(mails));
}

} // namespace detail

/// Sends what a step wants done. `as` tells which reader serves the loads.
template <class Self>
void carry(Self* self, directory& to, writer_id as, actions&& what) {
  for (auto& x : what.appends)
    detail::send_home(self, to.journals[x.shard.value], std::move(x));
  for (auto& x : what.loads)
    detail::send_home(self, to.reader_of(x, as), std::move(x));
  detail::carry_parcels(to, what.parcels);
  for (auto& x : what.tells)
    self->send(to.shard(shard_of(x.to.front())), std::move(x));
  detail::carry_mail<room_mails>(self, to, what.rooms);
  detail::carry_mail<inbox_mails>(self, to, what.inboxes);
  for (auto& x : what.couriers)
    self->send(to.shard(x.to), std::move(x));
  for (auto& x : what.files)
    self->send(to.keeper, std::move(x));
  to.hashes_waiting += what.hashes.size();
  for (auto& x : what.hashes)
    self->send(to.hashers[x.user.low % to.hashers.size()], std::move(x));
}

} // namespace parley
