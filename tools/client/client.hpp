#pragma once

#include "actors/core/tls.hpp"
#include "schema/address.hpp"
#include "schema/file_ref.hpp"
#include "schema/wire.hpp"
#include "tools/client/events.hpp"

#include <asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// One device of one user. A program that greets bob and prints what it hears:
//
//   struct printer final : parley::client::events {
//     void on_message(const parley::wire::message& x) override {
//       if (auto content = std::get_if<parley::wire::content>(&x.body))
//         std::cout << x.sender_name << ": " << content->body << std::endl;
//     }
//   };
//
//   int main() {
//     asio::io_context context;
//     printer heard;
//     parley::client::client ada{
//       context,
//       {.nodes = {{"127.0.0.1", 7710}}, .name = "ada", .password = "correct horse"},
//       heard};
//     ada.start();
//     ada.send_to("bob", {{}, "hello"});
//     context.run();
//   }
//
// Each login with a password makes a device; who keeps the token of on_session
// and gives it next time comes back as the same one, and misses nothing.

namespace parley::client {

struct options {
  std::vector<address> nodes{};             ///< Tried in turn, after those that a node has named.
  std::shared_ptr<core::tls_context> tls{}; ///< Whom to trust; none: plain text.
  std::string name{};
  std::string password{}; ///< Makes a new device. Unused if there is a token.
  std::string token{};    ///< Brings a device back.
  std::string jwt{};      ///< Instead of the password, where the node believes who signed it.
  wire::device_kind kind = wire::device_kind::other; ///< Of the device.
  std::string label{};                               ///< How its user calls the device.
  bool create = false;                               ///< Registers the account first.
  bool log_in = true;                                ///< Else only hello: enough to register.
  bool reconnect = true;                             ///< Else the first failure is the end.
  std::string agent = "parley-client";
  size_t max_messages = 1024; ///< Unacknowledged, of all conversations.
  size_t max_bytes = 4 << 20; ///< Of their bodies.
  size_t max_requests = 4096; ///< That wait for a connection or an answer.
};

/// What became of a call of `send`.
struct sending {
  ec code = ec::none; ///< `no_credit`: too much is unacknowledged.
  conversation_id conversation;
  uint64_t counter = 0; ///< Comes back in `on_sent` or `on_send_refused`.
};

/// Hears one answer: an error with code `none` and what was asked for, or the
/// error. `retry` means that the connection broke and the outcome is unknown.
template <class Answer>
using handler = std::function<void(const wire::error&, const Answer&)>;

/// Hears one answer, of whatever kind.
using answer_handler = std::function<void(const wire::server_body&)>;

class engine;

/// Stays online as far as the network allows. Messages are sent in order,
/// repeated until the server stored them or refused them for good, and received
/// in order, each once. What is unread, old, or a member's is asked for with
/// `request`.
///
/// All calls in the thread of the io_context. Everything done in one turn of
/// its loop leaves in one write.
class client final {
public:
  client(asio::io_context& context, options how, events& app);
  ~client();

  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Connects. To be called once, or again after `stop`.
  void start();

  /// Disconnects and stays so. Unacknowledged messages are kept for `start`.
  void stop();

  /// Breaks the connection as a network would; the client connects again.
  void interrupt();

  sending send(conversation_id to, wire::content what);

  /// To a user by name; the first message makes the conversation.
  sending send_to(std::string_view user, wire::content what);

  /// Changes a message: in one order with what is sent there, and like a send
  /// heard of in `on_sent` or `on_send_refused`. Needs a node that names
  /// wire::feature_revisions, as sends of contents with an extra do.
  sending revise(conversation_id in, wire::revision what);

  sending edit(conversation_id in, seq_t seq, wire::content what) {
    return revise(in, {seq, wire::revision_kind::edit, std::move(what)});
  }

  sending recall(conversation_id in, seq_t seq) {
    return revise(in, {seq, wire::revision_kind::recall});
  }

  sending react(conversation_id in, seq_t seq, std::string_view with) {
    return revise(in, {seq, wire::revision_kind::react, {}, with});
  }

  sending unreact(conversation_id in, seq_t seq, std::string_view with) {
    return revise(in, {seq, wire::revision_kind::unreact, {}, with});
  }

  /// Asks anything that `client.capnp` has and is no send or revise; encodes `what`
  /// at once. Waits for the connection; is not repeated once it was sent.
  template <class Answer>
  void request(const wire::client_body& what, handler<Answer> done) {
    ask(what, [done = std::move(done)](const wire::server_body& body) {
      if (auto found = std::get_if<Answer>(&body))
        done({}, *found);
      else if (auto error = std::get_if<wire::error>(&body))
        done(*error, {});
      else
        done(wire::make_error(ec::internal, "the answer is of another kind"), {});
    });
  }

  /// Puts a file, so that messages can name it (wire::file). Goes on after whatever
  /// breaks, also one that an earlier program began. `unsupported`: the node does not
  /// name wire::feature_files.
  void upload(const std::filesystem::path& path, handler<file_ref> done);

  /// Fetches the file that a message names; what has come stands in `to`.part, where
  /// the next try goes on.
  void download(conversation_id in, seq_t seq, const std::filesystem::path& to,
                handler<file_ref> done);

  /// Makes the file that a message names one's own, so that other messages can name it.
  void keep(conversation_id in, seq_t seq, handler<wire::file_state> done);

  /// Changes what is between the user and somebody else; answered when it is durable.
  /// May be repeated. Needs a node that names wire::feature_contacts.
  void change_contact(std::string_view name, wire::contact_change what,
                      handler<wire::change> done) {
    change_contact(name, what, {}, std::move(done));
  }

  /// With a greeting or a remark.
  void change_contact(std::string_view name, wire::contact_change what, std::string_view text,
                      handler<wire::change> done) {
    request<wire::change>(wire::change_contact{name, what, text}, std::move(done));
  }

  /// Says whether nobody is at this device. Kept, and said again after every login, as
  /// what is watched is. Needs a node that names wire::feature_presence.
  void set_away(bool away);

  /// How these are; `on_presence` tells when that changes, until `unwatch`.
  void watch(const std::vector<std::string>& names, handler<wire::presences> done);
  void unwatch(const std::vector<std::string>& names);

  /// What a conversation is to the user, on all devices; answered when it is durable.
  /// May be repeated. Needs a node that names wire::feature_list.
  void pin(conversation_id id, bool yes, handler<wire::conversation> done) {
    request<wire::conversation>(wire::change_conversation{id, wire::conversation_change::pin, yes},
                                std::move(done));
  }

  /// Until then, in microseconds since 1970; 0: no longer, or wire::for_ever.
  void mute(conversation_id id, time_us until, handler<wire::conversation> done) {
    request<wire::conversation>(
      wire::change_conversation{id, wire::conversation_change::mute, false, until},
      std::move(done));
  }

  /// Until something is written in it.
  void hide(conversation_id id, bool yes, handler<wire::conversation> done) {
    request<wire::conversation>(wire::change_conversation{id, wire::conversation_change::hide, yes},
                                std::move(done));
  }

  /// The user's devices, and to log them out. These and what follows need a node that
  /// names wire::feature_devices.
  void devices(handler<wire::devices> done) {
    request<wire::devices>(wire::list_devices{}, std::move(done));
  }

  void revoke(const std::vector<device_id>& which, handler<wire::done> done) {
    wire::revoke what;
    for (auto id : which)
      what.devices.push_back(id.value);
    request<wire::done>(what, std::move(done));
  }

  /// How the user wants to be shown, and how others do; no name: oneself.
  void set_profile(const wire::profile& shown, handler<wire::done> done) {
    request<wire::done>(wire::set_profile{shown}, std::move(done));
  }

  void profile(std::string_view name, handler<wire::user_profile> done) {
    request<wire::user_profile>(wire::ask_profile{name}, std::move(done));
  }

  /// When a user was online. Only services may ask for others than themselves.
  void online_times(const wire::read_online_times& what, handler<wire::online_times> done) {
    request<wire::online_times>(what, std::move(done));
  }

  /// Messages of a conversation with all words of a text, newest first, as history shows
  /// them. Needs a node that names wire::feature_search.
  void search(const wire::search& what, handler<wire::found> done) {
    request<wire::found>(what, std::move(done));
  }

  /// How long the messages of a room are kept, unless the deployment lets them go
  /// sooner. For the owner; needs a node that names wire::feature_retention.
  void keep(conversation_id room, wire::retention how_long, handler<wire::change> done) {
    wire::change_room what{room, wire::room_change::keep};
    what.keep = how_long;
    request<wire::change>(what, std::move(done));
  }

  /// For service accounts: to everybody who has an account. `counter` rises with each
  /// broadcast of this device; repeated, with the same content, it sends nothing twice.
  /// Answered when it is durable: it then reaches everybody, whatever breaks. Needs a node
  /// that names wire::feature_broadcasts.
  void broadcast(uint64_t counter, wire::content what, handler<wire::sent> done) {
    request<wire::sent>(wire::broadcast{counter, 0, std::move(what)}, std::move(done));
  }

  /// For service accounts: who was away when something was written for them, oldest first,
  /// and the same ones until they are confirmed. Each of the 64 shards has a feed. Need a
  /// node that names wire::feature_notices.
  void notices(uint8_t shard, handler<wire::notices_page> done) {
    request<wire::notices_page>(wire::read_notices{shard, 0}, std::move(done));
  }

  /// All of one shard.
  void confirm(std::vector<wire::notice_place> notices, handler<wire::done> done) {
    request<wire::done>(wire::confirm_notices{std::move(notices)}, std::move(done));
  }

  bool online() const noexcept;

  /// 0 before the first login.
  device_id device() const noexcept;

  /// Messages that are not acknowledged yet.
  size_t unacknowledged() const noexcept;

  /// Sends, requests and files on their way or waiting for a connection.
  size_t unanswered() const noexcept;

  /// The last place in order that this device holds; 0 if none is known.
  seq_t held(conversation_id id) const;

private:
  void ask(const wire::client_body& what, answer_handler done);

  asio::io_context& context_;
  std::unique_ptr<engine> engine_;

  /// Of files, that have not ended; they may outlive the client, and notice.
  std::shared_ptr<size_t> transfers_ = std::make_shared<size_t>();
};

} // namespace parley::client
