#include "node/client_io.hpp"

#include "actors/gate.hpp"
#include "actors/listener.hpp"
#include "actors/multiplexer.hpp"
#include "node/batch_threads.hpp"
#include "node/listening_socket.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/native_socket.hpp>
#include <caf/scoped_actor.hpp>

namespace parley {

namespace {

struct loop_config : caf::actor_system_config {
  loop_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", size_t{1}); // Idle: everybody here is a broker.
    set("middleman.workers", size_t{0});
    load<caf::io::middleman, multiplexer>();
    add_message_types<caf::id_block::parley>();
    add_message_types<caf::id_block::parley_actors>();
  }
};

} // namespace

struct client_io::thread {
  thread() {
    // Clients hold nothing that must be waited for.
    system.await_actors_before_shutdown(false);
  }

  multiplexer& loop() {
    return dynamic_cast<multiplexer&>(system.middleman().backend());
  }

  loop_config config;
  caf::actor_system system{config};
  listener_actor listener; ///< None before accept().
};

client_io::client_io() = default;

client_io::~client_io() {
  stop();
}

status client_io::listen(const address& at, size_t threads) {
  return listen_on(at, threads, sockets_);
}

uint16_t client_io::port() const {
  auto bound = caf::io::network::local_port_of_fd(sockets_.front());
  return bound ? *bound : 0;
}

void client_io::start(directory_ptr dir) {
  batch_threads all_of_these;
  dir_ = std::move(dir);
  for (size_t i = 0; i < sockets_.size(); ++i)
    dir_->io_threads.emplace_back(); // All of them before the first actor looks.
  for (size_t i = 0; i < sockets_.size(); ++i) {
    auto& x = *threads_.emplace_back(std::make_unique<thread>());
    dir_->io_threads[i].gate = x.system.middleman().spawn_broker(gate, dir_, i);
  }
}

void client_io::serve_tls(const std::shared_ptr<core::tls_context>& certificate) {
  for (size_t i = 0; i < threads_.size(); ++i)
    threads_[i]->loop().serve_tls(sockets_[i], certificate);
}

void client_io::accept() {
  for (size_t i = 0; i < threads_.size(); ++i) {
    auto& x = *threads_[i];
    x.listener = x.system.middleman().spawn_broker(listener, directory_ptr{dir_}, i, sockets_[i]);
  }
}

std::vector<listener_actor> client_io::listeners() const {
  std::vector<listener_actor> result;
  for (auto& x : threads_)
    result.push_back(x->listener);
  return result;
}

void client_io::stop() {
  for (size_t i = 0; i < threads_.size(); ++i) {
    caf::scoped_actor self{threads_[i]->system};
    auto end = [&self](const auto& who) {
      self->send_exit(who, caf::exit_reason::user_shutdown);
      self->wait_for(who);
    };
    if (auto who = std::exchange(threads_[i]->listener, {}))
      end(who);
    end(dir_->io_threads[i].gate);
  }
}

} // namespace parley
