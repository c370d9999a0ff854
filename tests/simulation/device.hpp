#pragma once

#include "schema/wire.hpp"
#include "tests/simulation/server.hpp"
#include "tests/simulation/shown.hpp"
#include "tools/checker/checker.hpp"
#include "tools/client/receive_order.hpp"
#include "tools/client/send_queue.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace parley::simulation {

/// What a request that is not answered yet was about.
struct pending {
  conversation_id conversation;
  uint64_t counter = 0; ///< Of a send; else 0.
  bool audit = false;   ///< A history that is to be compared.
  std::vector<seq_t> hides{};
  seq_t reads = 0; ///< Up to here the user has read.
};

/// A simulated client on one device. It keeps its sends and repeats them, brings
/// what it receives into order and tells the checker what its application saw -
/// with the client library's own rules, but without sockets.
class device {
public:
  device(server& node, checker::checker& judge, std::string user, device_id id, std::string token);

  device(const device&) = delete;

  void connect();
  void disconnect();

  bool connected() const noexcept {
    return static_cast<bool>(session_);
  }

  bool online() const noexcept {
    return logged_in_;
  }

  void send_to_user(const std::string& peer, std::string text);
  void send_to(conversation_id conversation, std::string text);
  void create_room(uint64_t nonce, const std::vector<std::string>& members);
  void change(conversation_id room, const std::string& member, bool in);
  void leave(conversation_id room);
  void read(conversation_id conversation);

  /// Asks somebody to be a contact, accepts, blocks and so on; `n` says what.
  void meet(const std::string& other, uint64_t n);

  /// Reads up to somewhere in some conversation; `n` says where.
  void read_some(uint64_t n);
  void ask_list();

  /// Edits, recalls, or reacts to some message in some conversation, or hides it;
  /// `n` says which and how.
  void revise_some(uint64_t n);

  /// Asks for all histories, to compare what they show with what was delivered.
  void audit();

  /// Asks how far the others are in all that it is in.
  void ask_members();

  /// What was shown differently, and audits that have no end yet.
  std::string disagreements() const;

  /// Repeats what was refused for now and reads what is missing.
  void look_after();

  /// Nothing is waiting for an acknowledgement.
  bool settled() const;

  const std::string& user() const noexcept {
    return user_;
  }

  device_id id() const noexcept {
    return id_;
  }

  const std::set<conversation_id>& rooms() const noexcept {
    return rooms_;
  }

  /// Unread per conversation, by the node's last list.
  std::map<conversation_id, wire::conversation> listed;

  /// Answers that a node gives only when something is wrong with it.
  size_t refused_without_reason = 0;

  /// The last seq that the application saw.
  seq_t held(conversation_id id) const;

  /// What is not settled yet, in words.
  std::string open_questions() const;

private:
  struct conversation {
    std::string user; ///< Set until the node knows the chat.
    client::send_queue sends;
    client::receive_order order;
    bool joined = false;
    simulation::shown shown;
    std::map<uint64_t, frame> own; ///< Sends that are not acknowledged, as a message.
    bool was_away = false;         ///< So that something of it may be unknown here.
  };

  conversation& of(conversation_id id);
  void say(wire::client_body body, pending what = {});
  void receive(parcel&& x);
  void take(const frame& bytes);
  void take(uint64_t request, const wire::message& x, const frame& bytes);
  void take(uint64_t request, const wire::sent& x);
  void take(uint64_t request, const wire::error& x);
  void take(uint64_t request, const wire::history_page& x);
  void take(uint64_t request, const wire::conversation& x);
  void take(uint64_t request, const wire::done&);
  void take(uint64_t request, const wire::members_page& x);
  void take(const wire::receipt& x);
  void compare(const wire::history_page& x);
  void ask_audit(conversation_id id, seq_t from);
  void read_to(conversation_id id, seq_t seq);
  void enqueue(conversation_id id, std::string text);
  void hand_over(std::string_view bytes);
  void hand_over_waiting(conversation& x);
  void flush_sends(conversation_id id, conversation& x);
  void acknowledge();
  client::steady_time clock() const;

  server& node_;
  checker::checker& judge_;
  std::string user_;
  device_id id_;
  std::string token_;
  session_id session_;
  bool logged_in_ = false;
  uint64_t requests_ = 0;
  uint64_t login_ = 0; ///< The request that is to log in.
  std::map<uint64_t, pending> pending_;
  std::map<conversation_id, conversation> conversations_;
  std::set<conversation_id> rooms_;
  std::set<conversation_id> audits_;                                      ///< Without an end.
  std::map<std::pair<conversation_id, user_id>, wire::receipt> receipts_; ///< The maximum.
  std::string disagreements_;
};

} // namespace parley::simulation
