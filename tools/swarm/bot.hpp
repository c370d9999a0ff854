#pragma once

#include "tools/client/client.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace parley::swarm {

class world;

/// One device of one user of the swarm: a client that reports whatever it sees
/// to the checker and the tally.
class bot final : private client::events {
public:
  /// Messages to one conversation; at most a window of them is unacknowledged.
  struct flow {
    bot* from = nullptr;
    conversation_id to;
    std::string peer;                                       ///< Empty for a room.
    std::deque<std::chrono::steady_clock::time_point> sent; ///< When, of those not answered.
  };

  /// With a token, or as a new account if it is empty.
  bot(world& where, std::string name, std::string token);

  void go_online();

  /// Stays away until `go_online`.
  void go_offline();

  /// Loses its connection and comes back at once.
  void stumble();

  /// Sends a message of the swarm's size; whether it could.
  bool send(flow& f);

  /// Names a file that it has put; whether it could.
  bool send_file(conversation_id in, const file_ref& what);

  /// Edits or recalls its last message there, or reacts to the last one of another
  /// bot and takes that back; `n` says what.
  void revise(conversation_id in, uint64_t n);

  /// For whatever else a scenario asks of the node.
  client::client& client() noexcept {
    return client_;
  }

  const std::string& name() const noexcept {
    return name_;
  }

  user_id user() const noexcept {
    return user_;
  }

  device_id device() const noexcept {
    return client_.device();
  }

  /// Whether it ever logged in, and whether it was refused for good.
  bool was_in() const noexcept {
    return was_in_;
  }

  bool refused() const noexcept {
    return refused_;
  }

  uint64_t delivered() const noexcept {
    return delivered_;
  }

  /// It is told how far somebody is, by a push or in an answer.
  void on_receipt(const wire::receipt& x) override;

  /// How somebody is whom it watches, as far as it was told.
  wire::presence_state state_of(user_id x) const;

  std::vector<flow*> flows; ///< That it sends; the scenario's.

  /// Called with each message that names a file, and when an own one is refused, if
  /// anybody cares.
  std::function<void(const wire::message&)> on_file;
  std::function<void()> on_file_refused;

private:
  void on_session(const wire::session& x) override;
  void on_offline(std::string_view why, std::chrono::milliseconds pause) override;
  void on_refused(const wire::error& why) override;
  void on_message(const wire::message& x) override;
  void on_repeated(const wire::message&) override;
  void on_sent(const client::sent_message& x) override;
  void on_send_refused(conversation_id c, uint64_t counter, const wire::error& why) override;
  void on_closing(const wire::error& why) override;
  void on_notice(const wire::error& why) override;
  void on_typing(const wire::typing& x) override;
  void on_presence(const wire::presence& x) override;
  void on_presence_forgotten() override;
  void settled(conversation_id c);

  struct last_seen {
    seq_t own = 0;
    seq_t other = 0;
  };

  world& world_;
  std::string name_;
  user_id user_;
  std::unordered_map<conversation_id, last_seen> last_;
  std::set<std::pair<conversation_id, uint64_t>> revisions_; ///< That are not answered ...
  std::set<std::pair<conversation_id, uint64_t>> files_;     ///< ... nor are these messages.
  std::map<std::pair<conversation_id, user_id>, wire::receipt> receipts_;
  std::unordered_map<user_id, wire::presence_state> people_; ///< But for who is offline.
  client::client client_;
  bool was_in_ = false;
  bool refused_ = false;
  uint64_t delivered_ = 0;
  std::chrono::steady_clock::time_point online_since_;
};

} // namespace parley::swarm
