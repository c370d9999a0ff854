#include "tools/parley/screen.hpp"

#include "schema/identity.hpp"
#include "tools/parley/render.hpp"

#include <algorithm>
#include <cstdio>

namespace parley::chat {

void screen::open(asio::io_context& context, terminal::on_line line, terminal::on_end end) {
  terminal_ = std::make_unique<terminal>(context, std::move(line), std::move(end));
  refresh_prompt();
}

void screen::close() {
  if (terminal_)
    terminal_->stop();
}

void screen::lend(const std::function<void()>& use) {
  if (terminal_)
    terminal_->lend(use);
  else
    use();
}

// -- lines ----------------------------------------------------------------------

void screen::say(const std::string& line) {
  if (terminal_)
    terminal_->print(line);
  else
    std::puts(line.c_str());
}

void screen::complain(const std::string& why) {
  if (terminal_)
    say("! " + why);
  else
    std::fprintf(stderr, "parley: %s\n", why.c_str());
}

void screen::show(const wire::message& x) {
  names_.learn(x.sender_name);
  saw(x.conversation, x.seq);
  auto& read = receipts_[x.conversation][x.sender].read;
  read = std::max(read, x.seq); // Who answers has read.
  auto direct = x.conversation == direct_conversation(user_of(user_), x.sender);
  auto where = direct || here_ == x.conversation ? "" : " [" + names_.name_of(x.conversation) + "]";
  say(to_time(x.time) + " #" + std::to_string(x.seq) + where + " " + std::string{x.sender_name}
      + ": " + to_text(x));
}

void screen::show_live(const wire::message& x) {
  names_.learn(x.sender_name);
  auto where = here_ == x.conversation ? "" : " [" + names_.name_of(x.conversation) + "]";
  say(to_time(x.time) + where + " " + std::string{x.sender_name} + ": " + to_text(x));
}

void screen::show(const wire::dropped& x) {
  say("  " + std::to_string(x.count) + " not shown in " + names_.name_of(x.conversation));
}

void screen::show(const client::sent_message& x) {
  if (x.seq == 0)
    return; // It is shown like everybody's.
  saw(x.conversation, x.seq);
  say("  stored as #" + std::to_string(x.seq));
}

void screen::show(const wire::receipt& x) {
  auto who = names_.name_of(x.user);
  if (!who || *who == user_)
    return;
  auto& known = receipts_[x.conversation][x.user];
  if (x.read > known.read)
    say("  " + *who + " has read up to #" + std::to_string(x.read));
  else if (x.delivered > std::max(known.delivered, known.read))
    say("  " + *who + " has received up to #" + std::to_string(x.delivered));
  known = x;
}

void screen::show(const wire::typing& x) {
  auto who = names_.name_of(x.user);
  if (who && here_ == x.conversation)
    say("  " + *who + " is writing");
}

// -- where we are -----------------------------------------------------------------

void screen::turn_to(conversation_id id, const std::string& peer) {
  here_ = id;
  peer_ = peer;
  refresh_prompt();
}

void screen::online(bool x) {
  online_ = x;
  refresh_prompt();
}

void screen::refresh_prompt() {
  if (!terminal_)
    return;
  auto where = here_ ? " " + (peer_.empty() ? names_.name_of(*here_) : peer_) : "";
  terminal_->prompt(user_ + where + (online_ ? "> " : " (offline)> "));
}

void screen::saw(conversation_id id, seq_t seq) {
  auto& last = seen_[id];
  last = std::max(last, seq);
}

seq_t screen::last_seen(conversation_id id) const {
  auto found = seen_.find(id);
  return found == seen_.end() ? 0 : found->second;
}

} // namespace parley::chat
