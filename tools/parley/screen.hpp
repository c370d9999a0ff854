#pragma once

#include "tools/client/events.hpp"
#include "tools/parley/directory.hpp"
#include "tools/parley/terminal.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace parley::chat {

/// What somebody at the console sees: the lines, the prompt, and the
/// conversation that plain lines go to. Asks the node for nothing.
class screen {
public:
  explicit screen(std::string user) : user_(std::move(user)) {
    // nop
  }

  /// From now on somebody can type. Before, lines only go out.
  void open(asio::io_context& context, terminal::on_line line, terminal::on_end end);

  void close();

  /// Gives the terminal to whoever asks something else, a password say.
  void lend(const std::function<void()>& use);

  void say(const std::string& line);

  /// What went wrong: in the chat, or on standard error before it begins.
  void complain(const std::string& why);

  void show(const wire::message& x);
  void show(const client::sent_message& x);
  void show(const wire::receipt& x);
  void show(const wire::typing& x);
  void show(const wire::dropped& x);
  void show_live(const wire::message& x);

  /// Plain lines go there; `peer` is empty for a room.
  void turn_to(conversation_id id, const std::string& peer);

  const std::optional<conversation_id>& here() const noexcept {
    return here_;
  }

  const std::string& peer() const noexcept {
    return peer_;
  }

  void online(bool x);

  /// As the names in it may have changed.
  void refresh_prompt();

  /// The last place that was seen of it; 0 if nothing was.
  seq_t last_seen(conversation_id id) const;

  directory& names() noexcept {
    return names_;
  }

private:
  void saw(conversation_id id, seq_t seq);

  std::string user_;
  std::unique_ptr<terminal> terminal_;
  directory names_;
  std::optional<conversation_id> here_;
  std::string peer_;
  bool online_ = false;
  std::unordered_map<conversation_id, seq_t> seen_;
  std::unordered_map<conversation_id, std::unordered_map<user_id, wire::receipt>> receipts_;
};

} // namespace parley::chat
