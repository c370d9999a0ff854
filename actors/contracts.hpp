#pragma once

#include "actors/messages.hpp"

#include <caf/io/typed_broker.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

// Every actor's contract on one page, leaves first. Actors include this file
// and never each other's headers; they reach each other through the directory
// (actors/directory.hpp).
//
// Nothing here is a request with a promise: answers come back as messages with
// a number or a token, in bursts.

namespace parley {

/// WRITER: whoever appends to the journal.
using writer_actor = caf::typed_actor<
  // Appends became durable, or were refused.
  caf::reacts_to<committed>>;

/// JOURNAL: the only writer of the store. Detached: a sync blocks nobody else.
/// In a cluster a shard's replica honours the same contract.
using journal_actor = caf::typed_actor<
  // Makes an effect durable together with whatever else has arrived; the
  // sender, a writer, gets `committed`.
  caf::reacts_to<append>,
  // Refuses a failed writer from now on; the sender gets `fenced`.
  caf::reacts_to<fence>,
  // Writes the batch that has come together (to itself).
  caf::reacts_to<caf::unit_t>>;

/// READER: whoever loads from history.
using reader_actor = caf::typed_actor<
  // What was asked for.
  caf::reacts_to<rows>>;

/// OBSERVER: whoever asked how shards, the store and the cluster are.
using observer_actor = caf::typed_actor<
  // What was asked for.
  caf::reacts_to<shard_report>, caf::reacts_to<store_report>, caf::reacts_to<cluster_report>>;

/// Whoever loads: history, or a shard's replica.
using loading_actor = caf::typed_actor<
  // Reads; the sender, a reader, gets `rows`.
  caf::reacts_to<load>>;

/// HISTORY: reads the store. Detached, a small pool of them.
using history_actor = loading_actor::extend<
  // The sender, an observer, gets `store_report`.
  caf::reacts_to<ask_report>>;

/// HASHER: Argon2id. Detached, so that a login storm stalls no message.
using hasher_actor = caf::typed_actor<
  // Hashes or compares; the user's inbox gets `hashed`.
  caf::reacts_to<hash_job>>;

/// KEEPER: the files of this node (core/file_keeper.hpp decides). Detached: a slow
/// disk stalls no message.
using keeper_actor = caf::typed_actor<
  // A piece comes or is wanted, or a file is to be on more disks; the session, or
  // the user's inbox, is told.
  caf::reacts_to<file_job>,
  // From keepers of other nodes.
  caf::reacts_to<peer_letter>,
  // Looks after files (to itself).
  caf::reacts_to<tick>,
  // Checks the next part of a complete upload (to itself).
  caf::reacts_to<caf::unit_t>>;

/// ROOM: one conversation with activity (core/room.hpp decides).
using room_actor = caf::typed_actor<
  // What its shard forwards, counted.
  caf::reacts_to<room_event>, caf::reacts_to<committed>, caf::reacts_to<rows>,
  // Quits.
  caf::reacts_to<retire>>;

/// INBOX: one user with activity (core/inbox.hpp decides).
using inbox_actor = caf::typed_actor<
  // What its shard forwards, counted.
  caf::reacts_to<inbox_event>, caf::reacts_to<committed>, caf::reacts_to<rows>,
  // Quits.
  caf::reacts_to<retire>>;

/// COURIER: the outbox of one shard (core/courier.hpp decides).
using courier_actor =
  caf::typed_actor<caf::reacts_to<courier_event>, caf::reacts_to<committed>, caf::reacts_to<rows>>;

/// EXCHANGE: the one actor of a node that other nodes see. What comes is a
/// burst of bytes (schema/peer.capnp); all else is between the two peers.
using exchange_actor = caf::typed_actor<
  // A PeerFrame.
  caf::reacts_to<std::string>>;

/// PEER: another node of the cluster (core/link.hpp decides).
using peer_actor = caf::typed_actor<
  // For it; lost while it cannot be reached.
  caf::reacts_to<node_mails>, caf::reacts_to<raft_letter>,
  // From it.
  caf::reacts_to<peer_frame>,
  // It was found.
  caf::reacts_to<exchange_actor>,
  // Why it does not listen: a PeerRefusal.
  caf::reacts_to<std::string>,
  // Sends what has come together (to itself).
  caf::reacts_to<caf::unit_t>,
  // A heartbeat's time passed.
  caf::reacts_to<tick>>;

/// CONNECTOR: finds another node. Detached, for that blocks.
using connector_actor = caf::typed_actor<
  // Tries until it succeeds; the peer gets the exchange.
  caf::reacts_to<peer_actor>>;

/// FETCHER: loads what this node has not got, from nodes that have it.
using fetcher_actor = loading_actor::extend<
  // Parts of what was asked for: from history here, and from others.
  caf::reacts_to<rows>, caf::reacts_to<peer_letter>,
  // Some time passed.
  caf::reacts_to<tick>>;

/// CONTROLLER: who is in the cluster (core/membership.hpp decides).
using controller_actor = caf::typed_actor<
  // Whether this node decides, and from the group in which it does.
  caf::reacts_to<leads>, caf::reacts_to<committed>, caf::reacts_to<rows>,
  // Maps, and what leaders say of themselves, from other nodes.
  caf::reacts_to<peer_letter>,
  // From peers.
  caf::reacts_to<relinked>, caf::reacts_to<reachable>, caf::reacts_to<disk_seen>,
  // Changes the map, or shows it; the sender, an observer, gets `cluster_report`.
  caf::reacts_to<ask_cluster>,
  // This node is about to end.
  caf::reacts_to<drain>,
  // Some time passed.
  caf::reacts_to<tick>>;

/// REPLICA: a shard's Raft group on this node. Honours the journal's contract and
/// loads like history.
using replica_actor = journal_actor::extend<
  // Reads once this node is known to lead still; the sender gets `rows`.
  caf::reacts_to<load>,
  // Its own writes.
  caf::reacts_to<committed>,
  // From its like on other nodes, and whether they can be reached.
  caf::reacts_to<peer_letter>, caf::reacts_to<reachable>,
  // Who shall be in the group, and who shall not lead it.
  caf::reacts_to<map_changed>, caf::reacts_to<drains>,
  // Rows that another node asked for.
  caf::reacts_to<rows>,
  // A heartbeat's time passed.
  caf::reacts_to<tick>>;

/// SHARD: holds the only handles of its rooms, inboxes and courier; wakes them
/// and lets them go. Sends mail on while another node leads.
using shard_actor = caf::typed_actor<
  // This node leads, another does, or nobody.
  caf::reacts_to<leads>,
  // The link to another node is new; mail of shards was lost.
  caf::reacts_to<relinked>, caf::reacts_to<reachable>, caf::reacts_to<unsure>,
  // Mail by id, forwarded in order; and such mail from another node.
  caf::reacts_to<room_mails>, caf::reacts_to<inbox_mails>, caf::reacts_to<courier_mail>,
  caf::reacts_to<arrived_mails>,
  // A room tells users of this shard; dropped for who is not online.
  caf::reacts_to<tell>,
  // Timers and passivation of rooms and inboxes.
  caf::reacts_to<wake_room>, caf::reacts_to<wake_inbox>, caf::reacts_to<room_done>,
  caf::reacts_to<inbox_done>,
  // The journal has nothing any more from a writer that failed.
  caf::reacts_to<fenced>,
  // Heads that were asked for.
  caf::reacts_to<rows>,
  // The sender, an observer, gets `shard_report`.
  caf::reacts_to<ask_report>,
  // Something is due (to itself).
  caf::reacts_to<tick>>;

/// SESSION: one client connection. Runs in an I/O thread.
using session_actor = caf::io::connection_handler::extend<
  // Frames to write, a login, or the end.
  caf::reacts_to<parcel>,
  // Looks after silence and unanswered requests.
  caf::reacts_to<tick>,
  // Answers to requests were lost, and perhaps the inbox that knew it.
  caf::reacts_to<unsure>,
  // Says goodbye and closes.
  caf::reacts_to<drain>>;

/// GATE: the way from workers into an I/O thread; finds sessions by id
/// (actors/session_book.hpp), so that a burst for many crosses threads once.
using gate_actor = caf::typed_actor<
  // Hands what is in the mailbag to its sessions (actors/mailbag.hpp).
  caf::reacts_to<caf::unit_t>,
  // Ticks the next share of the sessions (to itself).
  caf::reacts_to<tick>,
  // Tells every session.
  caf::reacts_to<unsure>,
  // Drains every session.
  caf::reacts_to<drain>>;

/// LISTENER: one listening socket. Runs in an I/O thread, like the sessions of those
/// it accepts.
using listener_actor = caf::io::accept_handler::extend<
  // Stops accepting.
  caf::reacts_to<drain>>;

/// ADMIN SESSION: one connection at the admin door. Runs in the engine's own I/O
/// thread, where no clients are.
using admin_session_actor = caf::io::connection_handler::extend<
  // How a shard, the store and the cluster are.
  caf::reacts_to<shard_report>, caf::reacts_to<store_report>, caf::reacts_to<cluster_report>,
  // Waited long enough, for reports or to refuse (to itself).
  caf::reacts_to<overdue>,
  // Looks after silence (to itself).
  caf::reacts_to<tick>>;

/// ADMIN LISTENER: the socket of the admin door. Runs where its sessions do.
using admin_listener_actor = caf::io::accept_handler;

} // namespace parley

CAF_BEGIN_TYPE_ID_BLOCK(parley_actors, caf::id_block::parley::end)

CAF_ADD_TYPE_ID(parley_actors, (parley::exchange_actor))
CAF_ADD_TYPE_ID(parley_actors, (parley::peer_actor))

CAF_END_TYPE_ID_BLOCK(parley_actors)
