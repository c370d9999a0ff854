#include "node/node.hpp"

#include "actors/gate.hpp"
#include "actors/hasher.hpp"
#include "actors/history.hpp"
#include "actors/journal.hpp"
#include "actors/listener.hpp"
#include "actors/shard.hpp"
#include "persistence/rocks_store.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "schema/record.hpp"

#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <thread>

namespace parley {

namespace {

constexpr size_t history_readers = 2;

time_us wall_clock() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

/// Writes a secret where only its owner can read it, and syncs it.
status write_secret(const std::filesystem::path& file, std::string_view secret) {
  auto fail = [&file](const char* what) {
    return status{ec::storage_failed, "cannot " + std::string{what} + " " + file.string() + ": "
                                        + std::strerror(errno)};
  };
  auto fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail("make");
  auto written = ::write(fd, secret.data(), secret.size());
  auto synced = ::fsync(fd);
  ::close(fd);
  if (written != static_cast<ssize_t>(secret.size()) || synced != 0)
    return fail("write");
  return {};
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (auto c : bytes) {
    out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
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
  if (!options.nodes.empty())
    if (auto read = read_cluster_key(options.cluster_key, secrets_); !read.ok())
      return read;
  rocks_options disk_options;
  disk_options.reserve_bytes = options.disk_reserve_bytes;
  disk_options.cache_bytes = options.cache_mib << 20;
  std::unique_ptr<store> disk;
  if (auto opened = open_rocks_store(options.data_dir, disk_options, disk); !opened.ok())
    return opened;
  disk_ = std::move(disk);
  if (auto counted = count_start(options); !counted.ok())
    return counted;
  spawn_all(options);
  if (cluster_)
    if (auto begun = cluster_->begin(); !begun.ok())
      return begun;
  return listen(options);
}

status node::count_start(const node_options& options) {
  effect identity;
  if (auto ours = check_identity(*disk_, options, secrets_, identity); !ours.ok())
    return ours;
  auto before = read_row(*disk_, keys::starts());
  auto starts = before ? record::decode<record::counter>(*before) : record::counter{0};
  if (!starts)
    return {ec::storage_failed, "the start count is damaged"};
  epoch_ = starts->value + 1;
  effect change;
  change.put(keys::starts(), record::encode(record::counter{epoch_}));
  std::vector<effect> batch{std::move(identity)};
  auto service = read_row(*disk_, keys::account(user_of("service")));
  if (!service) {
    effect account;
    if (auto made = make_service_account(options.data_dir, account); !made.ok())
      return made;
    batch.push_back(std::move(account));
  }
  batch.push_back(std::move(change));
  return disk_->write(batch, store::space::reserve); // Or a full disk could not even be read.
}

status node::make_service_account(const std::filesystem::path& data_dir, effect& out) {
  auto& shared = secrets_.service_token;
  auto token = shared.empty() ? make_token() : shared;
  record::account account{
    "service", record::role::service, {}, {}, shared.empty() ? wall_clock() : 0};
  auto device = shared.empty() ? random_number() : digest_of("device", token);
  account.devices.push_back({device_id{device}, hash_token(token), account.created, true});
  out.put(keys::account(user_of("service")), record::encode(account));
  return write_secret(data_dir / "service.token", hex(token) + "\n");
}

void node::spawn_all(const node_options& options) {
  auto workers = options.workers != 0 ? options.workers
                                      : std::max<size_t>(std::thread::hardware_concurrency(), 1);
  config_.set("scheduler.policy", caf::atom("sharing")); // Idle workers park.
  config_.set("scheduler.max-threads", workers);
  config_.set("middleman.workers", size_t{0});
  config_.load<caf::io::middleman>();
  config_.add_message_types<caf::id_block::parley>();
  config_.add_message_types<caf::id_block::parley_actors>();
  system_ = std::make_unique<caf::actor_system>(config_);
  // Clients hold nothing that must be waited for: what is acknowledged is on
  // disk. The journal is waited for below.
  system_->await_actors_before_shutdown(false);
  auto alone = options.nodes.empty();
  dir_->self = alone ? node_id{1} : options.self;
  dir_->journal = system_->spawn<caf::detached>(journal, disk_, epoch_,
                                                alone ? store::space::free : store::space::reserve);
  dir_->journals.fill(dir_->journal);
  for (size_t i = 0; i < history_readers; ++i)
    dir_->history.push_back(system_->spawn<caf::detached>(history, disk_));
  for (size_t i = 0; i < options.hashers; ++i)
    dir_->hashers.push_back(system_->spawn<caf::detached>(hasher, dir_));
  dir_->gate = system_->middleman().spawn_broker(gate);
  for (size_t i = 0; i < shard_count; ++i)
    dir_->shards[i] = system_->spawn(shard, shard_id{static_cast<uint8_t>(i)}, dir_);
  if (alone)
    for (auto& x : dir_->shards)
      caf::anon_send(x, leads{dir_->self, epoch_});
  else
    cluster_ = std::make_unique<cluster>(options, secrets_, epoch_, dir_, disk_);
}

status node::listen(const node_options& options) {
  namespace network = caf::io::network;
  auto socket = network::new_tcp_acceptor_impl(options.port, options.host.c_str(), true);
  if (!socket)
    return {ec::internal, "cannot listen on " + options.host + ":" + std::to_string(options.port)
                            + ": address in use or not ours"};
  // Every connection inherits it: who takes nothing for so long is cut off by
  // the kernel, also after a session closed with something left to write.
  unsigned patience = std::chrono::milliseconds{limits::dead_after}.count();
  ::setsockopt(*socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
  auto bound = network::local_port_of_fd(*socket);
  port_ = bound ? *bound : options.port;
  listener_ = system_->middleman().spawn_broker(listener, directory_ptr{dir_},
                                                network::native_socket{*socket});
  return {};
}

void node::drain() {
  caf::anon_send(listener_, parley::drain{});
  caf::anon_send(dir_->gate, parley::drain{});
}

void node::stop() {
  if (!system_ || !disk_)
    return;
  caf::scoped_actor self{*system_};
  auto end = [&self](const auto& who) { self->send_exit(who, caf::exit_reason::user_shutdown); };
  if (listener_)
    end(listener_);
  end(dir_->gate);
  // The journal writes what it has before it sees the exit.
  end(dir_->journal);
  self->wait_for(dir_->journal);
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
