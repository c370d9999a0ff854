#pragma once

#include "actors/core/mail_codec.hpp"
#include "actors/core/membership.hpp"
#include "schema/cluster_map.hpp"
#include "schema/peer_frame.hpp"
#include "schema/raft_message.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

// What actors send besides the words of core/mail.hpp: bursts of mail, and what
// keeps rooms and inboxes alive.
//
// No message here leaves the process - nodes exchange bytes (schema/peer.capnp),
// so none needs to be serializable, and ids rather than handles address.

namespace parley {

/// Mail for rooms of one shard, in order.
struct room_mails {
  std::vector<room_mail> items;
};

/// Mail for inboxes of one shard, in order.
struct inbox_mails {
  std::vector<inbox_mail> items;
};

/// Mail for another node, in order.
struct node_mails {
  std::vector<node_mail> items;
};

/// Mail from another node for one shard, in order. If this node does not lead
/// it is not sent on to a third, for they might send it round for ever.
struct arrived_mails {
  std::vector<node_mail> items;
};

/// Who decides for a shard from now on: the node `leader`, in `epoch` (a start
/// count or a Raft term); nobody if it is 0.
struct leads {
  node_id leader;
  uint64_t epoch = 0;
};

/// A letter from a replica of the same shard on another node.
struct peer_letter {
  node_id from;
  raft_letter what;
};

/// The cluster map changed.
struct map_changed {
  std::shared_ptr<const cluster_map> map;
};

/// A node showed itself whose disk the map does not know yet.
struct disk_seen {
  node_id node;
  uint64_t disk = 0;
};

/// What an operator wants of the cluster; the answer has the same number.
struct ask_cluster {
  uint64_t number = 0;
  std::optional<cluster_change> change; ///< None: only how it is.
};

struct cluster_report {
  uint64_t number = 0;
  status done; ///< Of the change.
  std::shared_ptr<const cluster_map> map;
  std::vector<node_id> linked;   ///< Can be reached from here.
  std::vector<node_id> draining; ///< Are about to end.
  std::vector<core::group_news> groups;
};

/// A node is about to end, and shall lead nothing; or is not any more.
struct drains {
  node_id node;
  bool yes = false;
};

/// The link to a node is new: everything before may be lost both ways.
struct relinked {
  node_id peer;
};

/// Asks the shard to send a tick at `at`. Only the earliest counts.
struct wake_room {
  conversation_id id;
  std::chrono::microseconds at;
};

struct wake_inbox {
  user_id id;
  std::chrono::microseconds at;
};

/// The room has nothing to do and handled so many events from its shard. The
/// shard lets it go if that is all it forwarded. After a failure the room says
/// so after every event, and is let go as soon as nothing is on its way to it.
struct room_done {
  conversation_id id;
  uint64_t handled = 0;
  bool failed = false;
};

struct inbox_done {
  user_id id;
  uint64_t handled = 0;
  bool failed = false;
};

/// The shard let go: nothing will be sent any more. The actor quits.
struct retire {};

/// Asks the journal to refuse whatever it does not yet have from a writer that
/// failed, and to say when everything it has is written.
struct fence {
  writer_id writer;
};

struct fenced {
  writer_id writer;
};

/// A node stops: sessions tell their clients and close.
struct drain {};

/// Asks a shard or the store how it is; the report carries the number.
struct ask_report {
  uint64_t number = 0;
};

struct shard_report {
  uint64_t number = 0;
  shard_id shard;
  node_id leader; ///< Nobody if it is 0.
  uint64_t epoch = 0;
  uint32_t rooms = 0; ///< Awake.
  uint32_t inboxes = 0;
};

/// In bytes.
struct store_report {
  uint64_t number = 0;
  uint64_t free_bytes = 0; ///< On the disk.
  uint64_t file_bytes = 0;
  uint64_t memtable_bytes = 0;
};

/// What an admin session waited for has had its time.
struct overdue {
  uint64_t number = 0;
};

} // namespace parley

CAF_BEGIN_TYPE_ID_BLOCK(parley, caf::first_custom_type_id)

CAF_ADD_TYPE_ID(parley, (parley::append))
CAF_ADD_TYPE_ID(parley, (parley::arrived_mails))
CAF_ADD_TYPE_ID(parley, (parley::ask_cluster))
CAF_ADD_TYPE_ID(parley, (parley::ask_report))
CAF_ADD_TYPE_ID(parley, (parley::cluster_report))
CAF_ADD_TYPE_ID(parley, (parley::committed))
CAF_ADD_TYPE_ID(parley, (parley::courier_event))
CAF_ADD_TYPE_ID(parley, (parley::courier_mail))
CAF_ADD_TYPE_ID(parley, (parley::disk_seen))
CAF_ADD_TYPE_ID(parley, (parley::drain))
CAF_ADD_TYPE_ID(parley, (parley::drains))
CAF_ADD_TYPE_ID(parley, (parley::fence))
CAF_ADD_TYPE_ID(parley, (parley::fenced))
CAF_ADD_TYPE_ID(parley, (parley::file_job))
CAF_ADD_TYPE_ID(parley, (parley::hash_job))
CAF_ADD_TYPE_ID(parley, (parley::inbox_done))
CAF_ADD_TYPE_ID(parley, (parley::inbox_event))
CAF_ADD_TYPE_ID(parley, (parley::inbox_mails))
CAF_ADD_TYPE_ID(parley, (parley::leads))
CAF_ADD_TYPE_ID(parley, (parley::load))
CAF_ADD_TYPE_ID(parley, (parley::map_changed))
CAF_ADD_TYPE_ID(parley, (parley::node_mails))
CAF_ADD_TYPE_ID(parley, (parley::overdue))
CAF_ADD_TYPE_ID(parley, (parley::parcel))
CAF_ADD_TYPE_ID(parley, (parley::peer_frame))
CAF_ADD_TYPE_ID(parley, (parley::peer_letter))
CAF_ADD_TYPE_ID(parley, (parley::raft_letter))
CAF_ADD_TYPE_ID(parley, (parley::reachable))
CAF_ADD_TYPE_ID(parley, (parley::relinked))
CAF_ADD_TYPE_ID(parley, (parley::retire))
CAF_ADD_TYPE_ID(parley, (parley::room_done))
CAF_ADD_TYPE_ID(parley, (parley::room_event))
CAF_ADD_TYPE_ID(parley, (parley::room_mails))
CAF_ADD_TYPE_ID(parley, (parley::rows))
CAF_ADD_TYPE_ID(parley, (parley::shard_report))
CAF_ADD_TYPE_ID(parley, (parley::store_report))
CAF_ADD_TYPE_ID(parley, (parley::tell))
CAF_ADD_TYPE_ID(parley, (parley::tick))
CAF_ADD_TYPE_ID(parley, (parley::unsure))
CAF_ADD_TYPE_ID(parley, (parley::wake_inbox))
CAF_ADD_TYPE_ID(parley, (parley::wake_room))

CAF_END_TYPE_ID_BLOCK(parley)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::append)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::arrived_mails)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::ask_cluster)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::ask_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::cluster_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::courier_event)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::courier_mail)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::disk_seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::drains)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::fence)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::fenced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::file_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::hash_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::inbox_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::inbox_event)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::inbox_mails)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::leads)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::load)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::map_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::node_mails)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::overdue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::parcel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::peer_frame)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::peer_letter)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::raft_letter)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::reachable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::relinked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::retire)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::room_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::room_event)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::room_mails)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::shard_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::store_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::tell)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::unsure)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::wake_inbox)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::wake_room)
