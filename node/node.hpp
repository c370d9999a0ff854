#pragma once

#include "actors/directory.hpp"
#include "node/client_io.hpp"
#include "node/cluster.hpp"
#include "persistence/file_store.hpp"
#include "persistence/store.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <memory>
#include <optional>
#include <string>

namespace parley {

/// One node: opens the store, spawns every actor that lives as long as the
/// node, and listens. The only place that knows them all.
///
/// Starting counts the starts of the store (on a node of its own the epoch of
/// all appends) and, on the first one, makes the service account and leaves its
/// token in `DATA-DIR/service.token`, readable by its owner only. So it does with
/// the key of the admin door, in `DATA-DIR/admin.key`. All nodes of a cluster make
/// the same account.
class node {
public:
  /// Starts a node. On an error, one line for the operator, and nothing runs.
  static status start(const node_options& options, std::unique_ptr<node>& out);

  ~node();

  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// The port that it listens on.
  uint16_t port() const {
    return clients_.port();
  }

  /// The port of the admin door; 0 if there is none.
  uint16_t admin_port() const noexcept {
    return admin_port_;
  }

  size_t connections() const noexcept {
    return dir_->connections.load();
  }

  /// Reads the certificate for clients again, for those who connect from now on. On
  /// an error the one that is in use stays.
  status renew_certificate();

  /// Stops accepting and sends every client away: to other nodes of the cluster,
  /// or to come back later. What this node leads it hands over.
  void drain();

  /// Whether all of that has happened, as far as there is anybody to take over.
  bool drained() const {
    return connections() == 0 && dir_->leads_for_others() == 0;
  }

  /// Writes what the journal has and closes the store. The actors that are
  /// left hold nothing that must be kept.
  void stop();

private:
  node();

  status open(const node_options& options);
  status open_disk(const node_options& options);
  status count_start(const node_options& options);
  status read_agreed_format();
  status read_format(const node_options& options, effect& change);
  status make_service_account(const std::filesystem::path& data_dir,
                              const std::optional<std::string>& before, effect& out);
  void spawn_all(const node_options& options);
  void spawn_engine(const node_options& options);
  status open_admin_door(const node_options& options);
  status make_trial_certificate(const node_options& options);
  status read_jwt_rules(const node_options& options);

  caf::actor_system_config config_;
  std::shared_ptr<store> disk_;
  std::shared_ptr<file_store> files_;
  std::unique_ptr<caf::actor_system> system_;
  directory_ptr dir_ = std::make_shared<directory>();
  cluster_secrets secrets_;
  cluster_start cluster_start_;
  std::unique_ptr<cluster> cluster_;
  client_io clients_;
  client_tls tls_;
  admin_listener_actor admin_listener_;
  uint64_t epoch_ = 0; ///< How often this store was started.
  uint16_t admin_port_ = 0;
};

} // namespace parley
