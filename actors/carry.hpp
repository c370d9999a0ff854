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
inline void hand_to_gates(directory& to, std::vector<parcel>&& what) {
  auto hand_over = [](io_thread& thread, std::vector<parcel>&& mine) {
    if (!mine.empty() && thread.outgoing.put(std::move(mine)))
      caf::anon_send(thread.gate, caf::unit);
  };
  if (to.io_threads.size() == 1)
    return hand_over(to.io_threads.front(), std::move(what));
  std::vector<std::vector<parcel>> sorted(to.io_threads.size());
  for (auto& x : what)
    sorted[to.thread_of(x.to)].push_back(std::move(x));
  for (size_t i = 0; i < sorted.size(); ++i)
    hand_over(to.io_threads[i], std::move(sorted[i]));
}

/// To the sessions of all I/O threads.
template <class Message>
void tell_gates(const directory& to, const Message& what) {
  for (auto& x : to.io_threads)
    caf::anon_send(x.gate, what);
}

/// Takes no more clients, sends those that are there away, and hands over what
/// this node leads.
inline void send_everybody_away(const directory& from,
                                const std::vector<listener_actor>& listeners) {
  for (auto& x : listeners)
    caf::anon_send(x, drain{});
  tell_gates(from, drain{});
  if (from.controller)
    caf::anon_send(from.controller, drain{});
}

namespace detail {

/// Sends so that the receiver runs on the workers of its own actor system: those
/// of the sender may be another's, for each I/O thread has one.
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
    send_home(self, to.shard(shard), std::move(batch));
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
  hand_to_gates(to, std::move(all));
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
    detail::send_home(self, to.shard(shard_of(x.to.front())), std::move(x));
  detail::carry_mail<room_mails>(self, to, what.rooms);
  detail::carry_mail<inbox_mails>(self, to, what.inboxes);
  for (auto& x : what.couriers)
    detail::send_home(self, to.shard(x.to), std::move(x));
  for (auto& x : what.files)
    detail::send_home(self, to.keeper, std::move(x));
  to.hashes_waiting += what.hashes.size();
  for (auto& x : what.hashes)
    detail::send_home(self, to.hashers[x.user.low % to.hashers.size()], std::move(x));
}

} // namespace parley
