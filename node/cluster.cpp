#include "node/cluster.hpp"

#include "actors/controller.hpp"
#include "actors/core/membership.hpp"
#include "actors/fetcher.hpp"
#include "actors/multiplexer.hpp"
#include "actors/peer.hpp"
#include "actors/replica.hpp"
#include "node/secrets.hpp"
#include "persistence/raft_rows.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "schema/record.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/openssl/publish.hpp>
#include <caf/send.hpp>

#include <thread>

namespace parley {

namespace {

constexpr size_t key_bytes = 32;

/// The first eight bytes as a number other than 0.
uint64_t number_of(std::string_view bytes) {
  uint64_t result = 0;
  for (auto c : bytes.substr(0, sizeof result))
    result = result << 8 | static_cast<unsigned char>(c);
  return result | 1;
}

/// Beats for all groups and peers of a node, so that heartbeats to one node
/// travel in one frame.
caf::behavior ticker(caf::event_based_actor* self, directory_ptr dir) {
  self->send(self, tick{});
  return {
    [self, dir](tick) {
      self->delayed_send(self, limits::raft_tick, tick{});
      for (auto& x : dir->replicas)
        self->send(x, tick{});
      for (auto& [node, x] : dir->peers.all())
        self->send(x, tick{});
    },
  };
}

} // namespace

status read_cluster_key(const std::filesystem::path& file, cluster_secrets& out) {
  auto key = read_hex(file);
  if (!key || key->size() != key_bytes)
    return {ec::malformed, "cannot read a cluster key (64 hex digits) from " + file.string()};
  out.cluster = number_of(derive_secret(*key, "cluster"));
  out.service_token = derive_secret(*key, "service");
  return {};
}

status check_identity(const store& disk, const node_options& options,
                      const cluster_secrets& secrets, cluster_start& found, effect& out) {
  auto refused = [&](const std::string& why) {
    return status{ec::forbidden, "data directory " + options.data_dir.string() + " " + why};
  };
  auto name = "node " + std::to_string(options.self.value);
  std::optional<std::string> row;
  if (auto read = read_row(disk, keys::identity(), row); !read.ok())
    return read;
  auto known = row ? record::decode<record::node_identity>(*row) : std::nullopt;
  if (row && !known)
    return refused("is damaged: no node identity");
  if (!options.clustered())
    return known ? refused("belongs to node " + std::to_string(known->node.value)
                           + " of a cluster; give --node and --cluster-key")
                 : status{};
  if (known && known->cluster != secrets.cluster)
    return refused("belongs to another cluster");
  if (known && known->node != options.self)
    return refused("belongs to node " + std::to_string(known->node.value) + ", not to " + name);
  auto founds_alone = !options.join && options.nodes.size() == 1;
  std::optional<std::string> starts;
  if (auto read = read_row(disk, keys::starts(), starts); !read.ok())
    return read;
  if (!known && !founds_alone && starts)
    return refused("holds what a node on its own was told; it can begin a cluster that others "
                   "join (--nodes with "
                   + name + " only), not be one of several");
  if (known) {
    std::optional<std::string> map;
    if (auto read = read_row(disk, keys::known_map(), map); !read.ok())
      return read;
    auto decoded = map ? decode_cluster_map(*map) : std::nullopt;
    if (!decoded)
      return refused("is damaged: no cluster map");
    if (decoded->was_removed(options.self))
      return refused("belongs to " + name
                     + ", which was removed from the cluster; it can be deleted");
    found = {*std::move(decoded), known->disk};
    return {};
  }
  if (options.nodes.empty())
    return {ec::malformed, "the first start of a node of a cluster needs --nodes"};
  if (options.join)
    found.map.nodes = options.nodes;
  else
    found.map = core::found(options.nodes, options.replicas);
  if (founds_alone)
    for (size_t i = 0; i < group_count; ++i)
      raft::found_alone(shard_id{static_cast<uint8_t>(i)}, options.self, out);
  found.disk = random_number();
  out.put(keys::known_map(), encode(found.map));
  out.put(keys::identity(),
          record::encode(record::node_identity{secrets.cluster, options.self, found.disk}));
  return {};
}

namespace {

/// Where this node listens for others: as it was told, or as the map says.
address address_of(const node_options& options, const cluster_map& map) {
  for (auto& x : options.nodes)
    if (x.id == options.self)
      return x.at;
  auto known = map.find(options.self);
  return known ? known->at : address{};
}

} // namespace

cluster::cluster(const node_options& options, const cluster_secrets& secrets,
                 const cluster_start& start, uint64_t life, directory_ptr dir,
                 std::shared_ptr<const store> disk)
    : options_(options), here_(address_of(options, start.map)), secrets_(secrets),
      dir_(std::move(dir)) {
  config_.set("scheduler.policy", caf::atom("sharing"));
  config_.set("scheduler.max-threads",
              std::max<size_t>(std::thread::hardware_concurrency() / 2, 1));
  config_.set("middleman.workers", size_t{0});
  config_.load<caf::io::middleman, multiplexer>();
  if (options_.between_nodes.enabled()) {
    config_.openssl_cafile = options_.between_nodes.authority;
    config_.openssl_certificate = options_.between_nodes.certificate;
    config_.openssl_key = options_.between_nodes.key;
    config_.load<caf::openssl::manager>();
  }
  config_.add_message_types<caf::id_block::parley>();
  config_.add_message_types<caf::id_block::parley_actors>();
  system_ = std::make_unique<caf::actor_system>(config_);
  system_->await_actors_before_shutdown(false);
  auto map = std::make_shared<const cluster_map>(start.map);
  for (size_t i = 0; i < group_count; ++i)
    dir_->replicas.push_back(
      system_->spawn(replica, shard_id{static_cast<uint8_t>(i)}, map, life, dir_, disk));
  for (size_t i = 0; i < shard_count; ++i)
    dir_->journals[i] = dir_->replicas[i];
  dir_->fetcher = system_->spawn(fetcher, dir_);
  cluster_self as{{secrets_.cluster, options_.self, life, start.disk},
                  options_.between_nodes.enabled()};
  dir_->controller = system_->spawn(controller, as, map, dir_);
}

status cluster::begin() {
  auto known = system_->spawn(exchange, secrets_.cluster, dir_);
  auto port = options_.between_nodes.enabled()
                ? caf::openssl::publish(known, here_.port, here_.host.c_str(), true)
                : system_->middleman().publish(known, here_.port, here_.host.c_str(), true);
  if (!port)
    return {ec::internal, "cannot listen for nodes on " + here_.host + ":"
                            + std::to_string(here_.port) + ": address in use or not ours"};
  system_->spawn(ticker, dir_);
  return {};
}

cluster::~cluster() = default;

} // namespace parley
