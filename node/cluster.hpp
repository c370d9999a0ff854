#pragma once

#include "actors/connector.hpp"
#include "node/options.hpp"
#include "persistence/store.hpp"
#include "schema/effect.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <memory>
#include <string>
#include <vector>

namespace parley {

/// What follows from the key that all nodes of a cluster share.
struct cluster_secrets {
  uint64_t cluster = 0;      ///< Its id: frames of another are not listened to.
  std::string service_token; ///< Of the service account, the same on all nodes.
};

/// Reads the key file: 64 hex digits, 32 random bytes. An error is one line for
/// the operator.
status read_cluster_key(const std::filesystem::path& file, cluster_secrets& out);

/// What a node of a cluster begins with.
struct cluster_start {
  cluster_map map;   ///< The last that it knew.
  uint64_t disk = 0; ///< As in record::node_identity.
};

/// Whether the data directory behind `disk` is that of this node of this
/// cluster, or new, and what is to be written with the first start. An error is
/// one line for the operator.
status check_identity(const store& disk, const node_options& options,
                      const cluster_secrets& secrets, cluster_start& found, effect& out);

/// The other nodes: an actor system of their own, so that no burst of clients
/// delays a heartbeat, with a replica for every group, the controller, which
/// makes a peer for every other node, and the exchange that they find.
class cluster {
public:
  /// Fills in `dir` what belongs to a cluster. Nothing runs before begin().
  cluster(const node_options& options, const cluster_secrets& secrets, const cluster_start& start,
          uint64_t life, directory_ptr dir, std::shared_ptr<const store> disk);
  ~cluster();

  /// Listens for other nodes and starts the clock of the groups.
  status begin();

private:
  node_options options_;
  address here_; ///< Where other nodes find this one.
  cluster_secrets secrets_;
  directory_ptr dir_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
};

} // namespace parley
