#include "node/node.hpp"

#include "actors/admin_listener.hpp"
#include "actors/carry.hpp"
#include "actors/core/tls.hpp"
#include "actors/core/trial_certificate.hpp"
#include "actors/hasher.hpp"
#include "actors/history.hpp"
#include "actors/journal.hpp"
#include "actors/keeper.hpp"
#include "actors/multiplexer.hpp"
#include "actors/shard.hpp"
#include "node/audit_log.hpp"
#include "node/batch_threads.hpp"
#include "node/data_key.hpp"
#include "node/listening_socket.hpp"
#include "node/secrets.hpp"
#include "persistence/rocks_store.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "schema/record.hpp"

#include <caf/io/middleman.hpp>
#include <caf/io/network/native_socket.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

namespace parley {

using namespace std::chrono_literals;

namespace {

constexpr size_t history_readers = 2;

/// An I/O thread has a quarter of a node's work (docs/performance.md, by thread): with
/// one for so many cores it is not the first to be busy.
constexpr size_t cores_per_io_thread = 4;

time_us wall_clock() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

size_t io_threads_of(const node_options& options) {
  auto cores = std::max<size_t>(std::thread::hardware_concurrency(), 1);
  auto wanted = options.io_threads != 0 ? options.io_threads : cores / cores_per_io_thread;
  return std::clamp<size_t>(wanted, 1, limits::io_threads);
}

/// As clients on other machines may know this one; localhost if it has no name.
std::string host_name() {
  std::array<char, 256> name{};
  auto known = ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
  return known ? name.data() : "localhost";
}

/// Where other nodes send clients; empty if that is not known.
std::string advertised(const node_options& options, uint16_t port) {
  if (!options.advertise.empty())
    return options.advertise;
  if (options.host == "0.0.0.0" || options.host == "::")
    return {};
  auto host = options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]";
  return host + ":" + std::to_string(port);
}

} // namespace

node::node() = default;

status node::start(const node_options& options, std::unique_ptr<node>& out) {
  std::unique_ptr<node> made{new node};
  if (auto opened = made->open(options); !opened.ok())
    return opened;
  out = std::move(made);
  return {};
}

status node::open(const node_options& options) {
  if (options.clustered())
    if (auto read = read_cluster_key(options.cluster_key, secrets_); !read.ok())
      return read;
  if (auto opened = open_disk(options); !opened.ok())
    return opened;
  if (auto counted = count_start(options); !counted.ok())
    return counted;
  if (auto bound = clients_.listen({options.host, options.port}, io_threads_of(options));
      !bound.ok())
    return bound;
  dir_->advertised = advertised(options, port());
  dir_->writing = options.writing;
  dir_->search = options.search;
  dir_->keep = options.keep;
  dir_->notices = options.notices;
  dir_->logins = options.logins;
  dir_->connections_max = options.connections;
  dir_->visitors.rule({options.connections_per_address, options.limit_loopback});
  if (options.user_rate != 0)
    dir_->user_rates.rule({std::chrono::microseconds{1s} / options.user_rate,
                           options.user_rate * limits::user_burst_seconds});
  if (auto read = read_jwt_rules(options); !read.ok())
    return read;
  tls_ = options.tls;
  if (tls_.self_signed)
    if (auto made = make_trial_certificate(options); !made.ok())
      return made;
  spawn_all(options);
  if (tls_.enabled())
    if (auto read = renew_certificate(); !read.ok())
      return read;
  if (cluster_)
    if (auto begun = cluster_->begin(); !begun.ok())
      return begun;
  clients_.accept();
  return open_admin_door(options);
}

status node::open_disk(const node_options& options) {
  std::string key;
  std::string old_key;
  for (auto [file, out] : {std::pair{&options.data_key, &key}, {&options.old_data_key, &old_key}})
    if (!file->empty())
      if (auto read = read_data_key(*file, *out); !read.ok())
        return read;
  rocks_options disk_options;
  disk_options.reserve_bytes = options.disk_reserve_bytes;
  disk_options.cache_bytes = options.cache_mib << 20;
  auto& cipher = disk_options.cipher;
  if (auto opened = unlock_data_directory(options.data_dir, key, old_key, cipher); !opened.ok())
    return opened;
  std::unique_ptr<store> disk;
  if (auto opened = open_rocks_store(options.data_dir, disk_options, disk); !opened.ok())
    return opened;
  disk_ = std::move(disk);
  std::unique_ptr<file_store> files;
  if (auto opened = file_store::open(options.data_dir, options.disk_reserve_bytes, cipher, files);
      !opened.ok())
    return opened;
  files_ = std::move(files);
  // It names users: where rows are encrypted it goes to the node's own log.
  return cipher ? status{} : open_audit_log(options.data_dir / "audit.log");
}

status node::read_jwt_rules(const node_options& options) {
  if (options.jwt_key.empty())
    return {};
  std::ifstream in{options.jwt_key, std::ios::binary};
  if (!in)
    return {ec::internal, "cannot read " + options.jwt_key.string()};
  dir_->jwt = options.jwt;
  dir_->jwt.key.assign(std::istreambuf_iterator<char>{in}, {});
  if (dir_->jwt.key.ends_with('\n'))
    dir_->jwt.key.pop_back(); // As editors leave it behind a secret.
  auto wrong = what_is_wrong_with(dir_->jwt);
  return wrong.empty() ? status{} : status{ec::internal, options.jwt_key.string() + ": " + wrong};
}

status node::make_trial_certificate(const node_options& options) {
  tls_.certificate = options.data_dir / "tls.cert";
  tls_.key = options.data_dir / "tls.key";
  if (std::filesystem::exists(tls_.certificate) && std::filesystem::exists(tls_.key))
    return {};
  std::vector<std::string> hosts{"localhost", "127.0.0.1", "::1", host_name()};
  if (auto at = parse_address(options.advertise))
    hosts.push_back(at->host);
  if (!is_loopback(options.host))
    hosts.push_back(options.host);
  try {
    auto made = core::make_trial_certificate(hosts);
    if (auto written = replace_private(tls_.key, made.key); !written.ok())
      return written;
    return replace_private(tls_.certificate, made.certificate);
  } catch (const std::runtime_error& failed) {
    return {ec::internal, failed.what()};
  }
}

status node::renew_certificate() {
  std::shared_ptr<core::tls_context> made;
  if (auto read = core::tls_context::serve(tls_.certificate, tls_.key, made); !read.ok())
    return read;
  clients_.serve_tls(made);
  return {};
}

status node::count_start(const node_options& options) {
  effect identity;
  if (auto ours = check_identity(*disk_, options, secrets_, cluster_start_, identity); !ours.ok())
    return ours;
  std::optional<std::string> before;
  if (auto read = read_row(*disk_, keys::starts(), before); !read.ok())
    return read;
  auto starts = before ? record::decode<record::counter>(*before) : record::counter{0};
  if (!starts)
    return {ec::storage_failed, "the start count is damaged"};
  epoch_ = starts->value + 1;
  effect change;
  change.put(keys::starts(), record::encode(record::counter{epoch_}));
  if (auto read = read_format(options, change); !read.ok())
    return read;
  auto joins_nodes = !identity.empty();
  std::vector<effect> batch{std::move(identity)};
  std::optional<std::string> service;
  if (auto read = read_row(*disk_, keys::account(user_of("service")), service); !read.ok())
    return read;
  if (!service || joins_nodes) {
    effect account;
    if (auto made = make_service_account(options.data_dir, service, account); !made.ok())
      return made;
    batch.push_back(std::move(account));
  }
  batch.push_back(std::move(change));
  return disk_->write(batch, store::space::reserve); // Or a full disk could not even be read.
}

/// A node on its own marks an older store at once; in a cluster the controller does
/// it when all nodes know the format.
status node::read_format(const node_options& options, effect& change) {
  std::optional<std::string> row;
  if (auto read = read_row(*disk_, keys::format(), row); !read.ok())
    return read;
  auto found = row ? record::decode<record::counter>(*row) : std::nullopt;
  if (!found)
    return {ec::storage_failed, "the format version is damaged"};
  dir_->format = static_cast<uint16_t>(found->value);
  if (options.clustered())
    return read_agreed_format();
  dir_->format = dir_->agreed_format = record::format_version;
  if (found->value != record::format_version)
    change.put(keys::format(), record::encode(record::counter{record::format_version}));
  return {};
}

/// None if this node has not heard yet that all have marked theirs.
status node::read_agreed_format() {
  std::optional<std::string> row;
  if (auto read = read_row(*disk_, keys::agreed_format(), row); !read.ok())
    return read;
  auto found = row ? record::decode<record::counter>(*row) : record::counter{};
  if (!found)
    return {ec::storage_failed, "the agreed format version is damaged"};
  dir_->agreed_format = std::max(dir_->agreed_format.load(), static_cast<uint16_t>(found->value));
  return {};
}

/// An account that was made alone gets the token of the cluster as well.
status node::make_service_account(const std::filesystem::path& data_dir,
                                  const std::optional<std::string>& before, effect& out) {
  auto& shared = secrets_.service_token;
  auto token = shared.empty() ? make_token() : shared;
  record::account account{
    "service", record::role::service, {}, {}, shared.empty() ? wall_clock() : 0};
  if (before) {
    auto known = record::decode<record::account>(*before);
    if (!known)
      return {ec::storage_failed, "the service account is damaged"};
    account = *std::move(known);
  }
  auto device = shared.empty() ? random_number() : digest_of("device", token);
  account.devices.push_back({device_id{device}, hash_token(token), account.created, true});
  out.put(keys::account(user_of("service")), record::encode(account));
  return write_secret(data_dir / "service.token", token);
}

void node::spawn_all(const node_options& options) {
  spawn_engine(options);
  auto alone = !options.clustered();
  if (!alone)
    cluster_ = std::make_unique<cluster>(options, secrets_, cluster_start_, epoch_, dir_, disk_);
  dir_->keeper = system_->spawn<caf::detached>(keeper, files_, disk_, dir_);
  if (alone)
    for (auto& x : dir_->shards)
      caf::anon_send(x, leads{dir_->self, epoch_});
}

void node::spawn_engine(const node_options& options) {
  batch_threads all_of_these;
  auto workers = options.workers != 0 ? options.workers
                                      : std::max<size_t>(std::thread::hardware_concurrency(), 1);
  config_.set("scheduler.policy", caf::atom("sharing")); // Idle workers park.
  config_.set("scheduler.max-threads", workers);
  config_.set("middleman.workers", size_t{0});
  config_.load<caf::io::middleman, multiplexer>();
  config_.add_message_types<caf::id_block::parley>();
  config_.add_message_types<caf::id_block::parley_actors>();
  system_ = std::make_unique<caf::actor_system>(config_);
  // Clients hold nothing that must be waited for: what is acknowledged is on
  // disk. The journal is waited for below.
  system_->await_actors_before_shutdown(false);
  auto alone = !options.clustered();
  dir_->self = alone ? node_id{1} : options.self;
  dir_->files = {options.file_mib << 20, options.user_files_mib << 20,
                 std::chrono::seconds{options.file_grace_seconds}};
  dir_->number_sessions_of(epoch_);
  dir_->journal = system_->spawn<caf::detached>(journal, disk_, epoch_,
                                                alone ? store::space::free : store::space::reserve);
  dir_->journals.fill(dir_->journal);
  for (size_t i = 0; i < history_readers; ++i)
    dir_->history.push_back(system_->spawn<caf::detached>(history, disk_));
  for (size_t i = 0; i < options.hashers; ++i)
    dir_->hashers.push_back(system_->spawn<caf::detached>(hasher, dir_));
  clients_.start(dir_);
  for (size_t i = 0; i < shard_count; ++i)
    dir_->shards[i] = system_->spawn(shard, shard_id{static_cast<uint8_t>(i)}, dir_);
}

status node::open_admin_door(const node_options& options) {
  if (!options.admin)
    return {};
  auto door = std::make_shared<admin_door>();
  if (auto read = read_or_make_secret(options.data_dir / "admin.key", door->key); !read.ok())
    return read;
  door->dir = dir_;
  door->listeners = clients_.listeners();
  door->version = version;
  door->starts = epoch_;
  door->started_at = std::chrono::duration_cast<std::chrono::microseconds>(
    std::chrono::steady_clock::now().time_since_epoch());
  std::vector<int> sockets;
  if (auto bound = listen_on({options.admin_host, options.admin_port}, 1, sockets); !bound.ok())
    return {bound.code, bound.text + " (--admin-listen)"};
  auto bound = caf::io::network::local_port_of_fd(sockets.front());
  admin_port_ = bound ? *bound : options.admin_port;
  admin_listener_ =
    system_->middleman().spawn_broker(admin_listener, admin_door_ptr{door}, sockets.front());
  return {};
}

void node::drain() {
  send_everybody_away(*dir_, clients_.listeners());
}

void node::stop() {
  if (!system_ || !disk_)
    return;
  caf::scoped_actor self{*system_};
  auto end = [&self](const auto& who) { self->send_exit(who, caf::exit_reason::user_shutdown); };
  clients_.stop();
  if (admin_listener_)
    end(admin_listener_);
  // The journal writes what it has before it sees the exit.
  end(dir_->journal);
  self->wait_for(dir_->journal);
  end(dir_->keeper);
  self->wait_for(dir_->keeper);
  for (auto& x : dir_->history) {
    end(x);
    self->wait_for(x);
  }
  disk_.reset();
}

node::~node() {
  stop();
  if (!system_)
    return;
  for (auto& x : dir_->hashers)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  for (auto& x : dir_->shards)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
}

} // namespace parley
