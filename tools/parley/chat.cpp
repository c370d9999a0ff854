#include "tools/parley/chat.hpp"

#include "tools/parley/commands.hpp"
#include "tools/parley/login.hpp"
#include "tools/parley/render.hpp"
#include "tools/parley/screen.hpp"

#include <asio/post.hpp>
#include <asio/signal_set.hpp>

// Ties the chat together, from its beginning to its end:
//
//   terminal -- lines --> commands -- requests --> node
//      ^                     |                      |
//      +---- screen <--------+------- events -------+

namespace parley::chat {

namespace {

class console final : private client::events, private commands::host {
public:
  explicit console(const options& how)
      : login_(context_, how, *this), screen_(how.user), commands_(how, login_, screen_, *this),
        user_(how.user), signals_(context_, SIGINT, SIGTERM) {
    signals_.async_wait([this](const asio::error_code& error, int) {
      if (!error)
        quit();
    });
  }

  int run() {
    if (auto done = login_.start(false, true); !done.ok()) {
      screen_.complain(done.text);
      return 1;
    }
    screen_.open(
      context_, [this](const std::string& line) { commands_.typed(line); },
      [this] { input_ended(); });
    context_.run();
    return failed_ ? 1 : 0;
  }

private:
  // -- the beginning and the end --------------------------------------------------

  void log_in(bool create) override {
    status done;
    screen_.online(false);
    screen_.lend([this, create, &done] { done = login_.start(create, true); });
    if (!done.ok())
      screen_.complain(done.text);
  }

  void input_ended() {
    ended_ = true;
    quit_when_settled();
  }

  void settled() override {
    if (ended_)
      asio::post(context_, [this] { quit_when_settled(); });
  }

  void quit_when_settled() {
    if (ended_ && (!login_.started() || login_->unanswered() == 0))
      quit();
  }

  void quit() override {
    if (login_.started())
      login_->stop();
    screen_.close();
    context_.stop();
  }

  // -- what the node says -----------------------------------------------------------

  void on_session(const wire::session& x) override {
    login_.keep(x);
    last_trouble_.clear();
    screen_.say("  logged in as " + user_);
    screen_.online(true);
    commands_.list({});
  }

  void on_offline(std::string_view why, std::chrono::milliseconds) override {
    screen_.online(false);
    if (why != last_trouble_)
      screen_.say("  offline: " + std::string{why});
    last_trouble_ = why;
  }

  void on_refused(const wire::error& why) override {
    screen_.online(false);
    asio::post(context_, [this, code = why.code, text = std::string{why.text}] {
      if (login_.retry(wire::make_error(code)))
        return;
      screen_.complain(text
                       + (code == ec::wrong_credentials ? "; /register makes the account" : ""));
      failed_ = ended_;
      if (ended_)
        quit();
    });
  }

  void on_message(const wire::message& x) override {
    screen_.show(x);
  }

  void on_live(const wire::message& x) override {
    screen_.show_live(x);
  }

  void on_dropped(const wire::dropped& x) override {
    screen_.show(x);
  }

  void on_sent(const client::sent_message& x) override {
    screen_.show(x);
    settled();
  }

  void on_send_refused(conversation_id, uint64_t, const wire::error& why) override {
    screen_.say("! not sent: " + std::string{why.text});
    settled();
  }

  void on_conversation(const wire::conversation& x) override {
    screen_.names().learn(x);
    screen_.refresh_prompt();
  }

  void on_contact(const wire::contact& x) override {
    screen_.names().learn(x.name);
    screen_.say("  * " + to_text(x));
  }

  void on_presence(const wire::presence& x) override {
    screen_.names().learn(x.name);
    screen_.say("  * " + to_text(x));
  }

  void on_receipt(const wire::receipt& x) override {
    screen_.show(x);
  }

  void on_typing(const wire::typing& x) override {
    screen_.show(x);
  }

  void on_notice(const wire::error& why) override {
    if (!why.retryable)
      screen_.say("  the node says: " + std::string{why.text});
  }

  asio::io_context context_{1};
  login login_;
  screen screen_;
  commands commands_;
  std::string user_;
  asio::signal_set signals_;
  std::string last_trouble_;
  bool ended_ = false;
  bool failed_ = false;
};

} // namespace

int run_chat(const options& how) {
  return console{how}.run();
}

} // namespace parley::chat
