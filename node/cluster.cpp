#include "node/cluster.hpp"

#include "actors/peer.hpp"
#include "actors/replica.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "schema/record.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/openssl/publish.hpp>
#include <caf/send.hpp>

#include <charconv>
#include <fstream>
#include <thread>

namespace parley {

namespace {

constexpr size_t key_bytes = 32;

bool read_hex(std::string_view text, std::string& out) {
  out.clear();
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    uint8_t byte = 0;
    auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc{} || end != text.data() + i + 2)
      return false;
    out.push_back(static_cast<char>(byte));
  }
  return text.size() == 2 * key_bytes;
}

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
      self->delayed_send(self, limits::raft_heartbeat, tick{});
      for (auto& x : dir->replicas)
        self->send(x, tick{});
      for (auto& [node, x] : dir->peers)
        self->send(x, tick{});
    },
  };
}

} // namespace

status read_cluster_key(const std::filesystem::path& file, cluster_secrets& out) {
  std::ifstream in{file};
  std::string text;
  std::string key;
  if (!(in >> text) || !read_hex(text, key))
    return {ec::malformed, "cannot read a cluster key (64 hex digits) from " + file.string()};
  out.cluster = number_of(derive_secret(key, "cluster"));
  out.service_token = derive_secret(key, "service");
  return {};
}

status check_identity(const store& disk, const node_options& options,
                      const cluster_secrets& secrets, effect& out) {
  auto dir = options.data_dir.string();
  auto row = read_row(disk, keys::identity());
  auto known = row ? record::decode<record::node_identity>(*row) : std::nullopt;
  if (row && !known)
    return {ec::storage_failed, "data directory " + dir + " is damaged: no node identity"};
  if (options.nodes.empty()) {
    if (known)
      return {ec::forbidden, "data directory " + dir + " belongs to node "
                               + std::to_string(known->node.value)
                               + " of a cluster; give --node, --nodes and --cluster-key"};
    return {};
  }
  if (known && known->cluster != secrets.cluster)
    return {ec::forbidden, "data directory " + dir + " belongs to another cluster"};
  if (known && known->node != options.self)
    return {ec::forbidden, "data directory " + dir + " belongs to node "
                             + std::to_string(known->node.value) + ", not to node "
                             + std::to_string(options.self.value)};
  if (!known && read_row(disk, keys::starts()))
    return {ec::forbidden, "data directory " + dir
                             + " belongs to a node on its own, which cannot join a cluster yet"};
  if (!known)
    out.put(keys::identity(), record::encode(record::node_identity{secrets.cluster, options.self}));
  return {};
}

cluster::cluster(const node_options& options, const cluster_secrets& secrets, uint64_t life,
                 directory_ptr dir, std::shared_ptr<const store> disk)
    : options_(options), secrets_(secrets), dir_(std::move(dir)) {
  config_.set("scheduler.policy", caf::atom("sharing"));
  config_.set("scheduler.max-threads",
              std::max<size_t>(std::thread::hardware_concurrency() / 2, 1));
  config_.set("middleman.workers", size_t{0});
  config_.load<caf::io::middleman>();
  if (options_.tls.enabled()) {
    config_.openssl_cafile = options_.tls.authority;
    config_.openssl_certificate = options_.tls.certificate;
    config_.openssl_key = options_.tls.key;
    config_.load<caf::openssl::manager>();
  }
  config_.add_message_types<caf::id_block::parley>();
  config_.add_message_types<caf::id_block::parley_actors>();
  system_ = std::make_unique<caf::actor_system>(config_);
  system_->await_actors_before_shutdown(false);
  raft::configuration founders;
  for (auto& [id, address] : options_.nodes) {
    founders.push_back({id});
    if (id == options_.self)
      continue;
    auto found_by = system_->spawn<caf::detached>(connector, address, options_.tls.enabled());
    dir_->peers.emplace(
      id, system_->spawn(peer, id, membership_of_cluster{secrets_.cluster, life}, found_by, dir_));
  }
  for (size_t i = 0; i < shard_count; ++i) {
    auto made =
      system_->spawn(replica, shard_id{static_cast<uint8_t>(i)}, founders, life, dir_, disk);
    dir_->journals[i] = made;
    dir_->readers[i] = made;
    dir_->replicas.push_back(std::move(made));
  }
}

status cluster::begin() {
  auto& here = options_.nodes.at(options_.self);
  auto known = system_->spawn(exchange, secrets_.cluster, dir_);
  auto port = options_.tls.enabled()
                ? caf::openssl::publish(known, here.port, here.host.c_str(), true)
                : system_->middleman().publish(known, here.port, here.host.c_str(), true);
  if (!port)
    return {ec::internal, "cannot listen for nodes on " + here.host + ":"
                            + std::to_string(here.port) + ": address in use or not ours"};
  system_->spawn(ticker, dir_);
  return {};
}

cluster::~cluster() = default;

} // namespace parley
