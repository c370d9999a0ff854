#pragma once

#include "actors/directory.hpp"
#include "actors/gate.hpp"
#include "actors/hasher.hpp"
#include "actors/history.hpp"
#include "actors/journal.hpp"
#include "actors/shard.hpp"
#include "persistence/memory_store.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/test_multiplexer.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <utility>
#include <vector>

namespace parley {

struct test_config : caf::actor_system_config {
  test_config() {
    load<caf::io::middleman, caf::io::network::test_multiplexer>();
    add_message_types<caf::id_block::parley>();
    add_message_types<caf::id_block::parley_actors>();
    set("scheduler.policy", caf::atom("testing"));
    set("middleman.manual-multiplexing", true);
    set("middleman.attach-utility-actors", true);
  }
};

/// A whole node but its listener, on one thread: virtual time, a fake network
/// and the store in memory, or another one. `run` lets everything happen that can.
struct node_fixture {
  test_config config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
    dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  caf::io::network::test_multiplexer& network =
    dynamic_cast<caf::io::network::test_multiplexer&>(system.middleman().backend());
  std::shared_ptr<store> database;
  std::shared_ptr<memory_store> disk = std::dynamic_pointer_cast<memory_store>(database);
  directory_ptr dir = std::make_shared<directory>();
  std::vector<caf::actor> guests; ///< Sessions: nobody else ends them.

  node_fixture() : node_fixture(std::make_shared<memory_store>()) {
    lead();
  }

  /// Over `where`, and until lead() one that waits for a leader.
  explicit node_fixture(std::shared_ptr<store> where, node_id self = node_id{1},
                        size_t io_threads = 2)
      : database(std::move(where)) {
    system.await_actors_before_shutdown(false);
    dir->self = self;
    dir->journal = system.spawn(journal, database, 1, store::space::free);
    dir->journals.fill(dir->journal);
    dir->history.push_back(system.spawn(history, database));
    dir->hashers.push_back(system.spawn(hasher, dir));
    for (size_t i = 0; i < io_threads; ++i)
      dir->io_threads.emplace_back();
    for (size_t i = 0; i < io_threads; ++i)
      dir->io_threads[i].gate = system.middleman().spawn_broker(gate, dir, i);
    for (size_t i = 0; i < shard_count; ++i)
      dir->shards[i] = system.spawn(shard, shard_id{static_cast<uint8_t>(i)}, dir);
  }

  void lead() {
    for (auto& x : dir->shards)
      caf::anon_send(x, leads{dir->self, 1});
    run();
  }

  /// Actors know each other through the directory: nobody goes by itself.
  ~node_fixture() {
    auto everybody = [this](auto what) {
      for (auto& x : dir->shards)
        what(x);
      for (auto& x : dir->history)
        what(x);
      for (auto& x : dir->hashers)
        what(x);
      for (auto& x : dir->io_threads)
        what(x.gate);
      what(dir->journal);
    };
    for (auto& x : std::exchange(guests, {}))
      caf::anon_send_exit(x, caf::exit_reason::kill);
    everybody([](auto& x) { caf::anon_send_exit(x, caf::exit_reason::kill); });
    run();
    everybody([](auto& x) { x = nullptr; });
    dir->journals = {};
  }

  void run() {
    do
      network.flush_runnables();
    while (scheduler.run() > 0 || network.try_exec_runnable());
  }

  void pass(std::chrono::milliseconds time) {
    scheduler.advance_time(time);
    run();
  }
};

} // namespace parley
