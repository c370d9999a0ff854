#pragma once

#include "tools/client/client.hpp"
#include "tools/client/connection.hpp"
#include "tools/client/receive_order.hpp"
#include "tools/client/send_queue.hpp"

#include <asio/steady_timer.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace parley::client {

/// What a client does, behind client.hpp; nobody else includes this.
///
///   engine_session.cpp   from connecting to being online, and back
///   engine.cpp           sending, and looking after time
///   engine_receive.cpp   answers and pushes
///   engine_presence.cpp  who is online, and whether one is oneself
///
///   start -> connect -> hello -> (register) -> login -> online -+
///              ^                                                |
///              +--------- pause, doubling, jitter <-- failure --+
class engine final : private connection::owner {
public:
  engine(asio::io_context& context, options how, events& app);
  ~engine();

  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  void start();
  void stop();
  void interrupt();
  sending send(conversation_id to, wire::content what);
  sending send_to(std::string_view user, wire::content what);
  sending revise(conversation_id in, wire::revision what);

  /// An `internal` request is forgotten when the connection breaks.
  void ask(const wire::client_body& what, answer_handler done, bool internal = false);

  void set_away(bool away);
  void watch(const std::vector<std::string>& names, answer_handler done);
  void unwatch(const std::vector<std::string>& names);

  bool online() const noexcept {
    return phase_ == phase::online;
  }

  device_id device() const noexcept {
    return device_;
  }

  size_t unacknowledged() const noexcept {
    return unacknowledged_;
  }

  size_t unanswered() const noexcept {
    return pending_.size() + requests_.size() + unacknowledged_;
  }

  seq_t held(conversation_id id) const;

private:
  enum class phase { stopped, pausing, connecting, greeting, online };

  struct conversation {
    conversation_id id;
    std::string peer; ///< Sends name this user until the conversation exists.
    send_queue out;
    receive_order in;
    uint64_t touched = 0;
    bool ready = false;
    bool ack_due = false;
    bool reading = false;
  };

  /// A request that is not answered: a send, or something with a handler.
  struct pending {
    conversation* to = nullptr;
    uint64_t counter = 0;
    size_t bytes = 0;
    answer_handler done;
    bool internal = false; ///< Nobody is told when the connection breaks.
  };

  struct waiting_request {
    uint64_t number = 0;
    frame bytes;
    pending how;
  };

  void on_connected() override;
  void on_frame(std::string_view bytes) override;
  void on_disconnected(const std::string& why) override;

  // Connecting; in client_session.cpp.
  void connect();
  const address& next_node() const;
  bool follow(std::string_view home);
  void learn(const std::vector<std::string_view>& others);
  void greet();
  void log_in();
  void logged_in(const wire::session& x);
  void ask_now(const wire::client_body& what, answer_handler done);
  void refuse(const wire::error& why);
  void server_closes(const wire::closing& x);
  void lose(std::string_view why, std::chrono::milliseconds at_least = {});
  void drop_connection();
  std::vector<wire::cursor> resume_cursors() const;

  // Receiving.
  void answered(uint64_t number, const wire::server_body& body);
  void send_answered(conversation& c, uint64_t counter, const wire::server_body& body);
  void pushed(const wire::server_frame& x, std::string_view bytes);
  void received(const wire::message& x, std::string_view bytes);
  void deliver_waiting(conversation& c);
  void read_missing(conversation& c, steady_time now);
  void history_came(conversation& c, receive_order::range hole, const wire::server_body& body);

  // Presence.
  void presence_forgotten();
  void say_activity();
  void ask_presence(const std::vector<std::string>& names, wire::presence_wish wish,
                    answer_handler done);

  // Sending.
  sending enqueue(conversation& c, wire::content what);
  sending enqueue(conversation& c, frame special);
  bool has_place(size_t bytes) const noexcept;
  sending queued(conversation& c, size_t bytes, uint64_t counter);
  void turn_soon();
  void turn();
  void send_requests();
  void send_messages(steady_time now);
  void send_acks();
  bool has_credit(size_t bytes) const noexcept;
  void make_ready(conversation& c);
  void write(uint64_t number, const frame& bytes, pending how);

  // Time.
  std::chrono::milliseconds patience() const;
  void wake_at(steady_time at);
  void woken();
  void look_after(conversation& c, steady_time now);

  conversation& conversation_of(conversation_id id);

  asio::io_context& context_;
  options options_;
  events& app_;
  asio::steady_timer timer_;
  std::shared_ptr<connection> link_;
  phase phase_ = phase::stopped;

  user_id user_;
  device_id device_;
  std::string token_;
  bool registered_ = false; ///< Or may be: an answer was lost.
  unsigned tries_ = 0;
  unsigned ghosts_ = 0;         ///< Lost connections that may replace this one.
  std::vector<address> others_; ///< That the server named, best first.
  size_t next_node_ = 0;        ///< Among these, then those of the options.
  std::optional<address> home_; ///< Where the server sent this connection to.
  bool follows_ = true;         ///< Until such a place could not be reached.
  uint32_t credit_sends_ = 0;
  uint32_t credit_bytes_ = 0;
  std::string farewell_;                        ///< Why the server closes this connection ...
  std::chrono::milliseconds come_back_after_{}; ///< ... and for how long.
  std::chrono::seconds ping_after_;

  uint64_t last_request_ = 0;
  std::unordered_map<uint64_t, pending> pending_;
  size_t pending_bytes_ = 0;
  std::deque<waiting_request> requests_;

  std::unordered_map<conversation_id, std::unique_ptr<conversation>> conversations_;
  std::deque<conversation*> ready_;
  std::vector<conversation*> ack_due_;
  size_t unacknowledged_ = 0;
  size_t unacknowledged_bytes_ = 0;
  uint64_t touches_ = 0;

  bool away_ = false;
  std::set<std::string> watched_;

  steady_time received_at_;
  steady_time pinged_at_;
  steady_time phase_since_;
  steady_time wakes_at_ = steady_time::max();
  bool turn_scheduled_ = false;
  std::minstd_rand random_;

  /// Handlers that outlive the client notice.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace parley::client
