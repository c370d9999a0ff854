#include "tools/parley/chat.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tools/parley/command.hpp"
#include "tools/parley/directory.hpp"
#include "tools/parley/login.hpp"
#include "tools/parley/render.hpp"
#include "tools/parley/terminal.hpp"

#include <asio/post.hpp>
#include <asio/signal_set.hpp>

#include <cstdio>
#include <map>
#include <unordered_map>

namespace parley::chat {

namespace {

constexpr auto help = R"(  /register              make the account of --user and log in
  /login                 log in
  /msg NAME TEXT         write to somebody; after that, plain lines go there
  /room ID TEXT          write to a room; ID is the start of its id or title
  /room create TITLE NAMES...   make a room that anyone may join by its id
  /join ID  /leave [ID]  /invite NAMES...  /kick NAMES...  /members [ID]
  /list                  conversations, and what is unread
  /history [N]           the last messages of this conversation
  /read                  everything in this conversation is read
  /help  /quit)";

constexpr uint32_t history_lines = 20;

class console final : private client::events {
public:
  explicit console(const options& how)
      : how_(how), login_(context_, how, *this), signals_(context_, SIGINT, SIGTERM) {
    signals_.async_wait([this](const asio::error_code& error, int) {
      if (!error)
        quit();
    });
  }

  int run() {
    start(false);
    if (!failed_)
      terminal_ = std::make_unique<terminal>(
        context_, [this](const std::string& line) { typed(line); }, [this] { input_ended(); });
    show_prompt();
    if (!failed_)
      context_.run();
    return failed_ ? 1 : 0;
  }

private:
  // -- commands -------------------------------------------------------------------

  void typed(const std::string& line) {
    auto x = parse_command(line);
    if (!x)
      return;
    using method = void (console::*)(const command&);
    static const std::map<std::string, method, std::less<>> methods{
      {"", &console::write_here},     {"msg", &console::write_to_user},
      {"room", &console::room},       {"join", &console::join},
      {"leave", &console::leave},     {"invite", &console::invite},
      {"kick", &console::kick},       {"members", &console::members},
      {"list", &console::list},       {"history", &console::history},
      {"read", &console::read},       {"help", &console::show_help},
      {"quit", &console::leave_chat}, {"register", &console::make_account},
      {"login", &console::log_in},
    };
    auto found = methods.find(x->verb);
    if (found == methods.end())
      return say("! no such command: /" + x->verb + "; try /help");
    (this->*found->second)(*x);
  }

  void write_here(const command& x) {
    if (!here_)
      return say("! to whom? Start with /msg NAME TEXT or /room ID TEXT");
    write(x.line);
  }

  void write_to_user(const command& x) {
    auto name = x.words.empty() ? std::nullopt : normalize_name(x.words[0]);
    if (!name)
      return say("! /msg NAME TEXT");
    directory_.learn(*name);
    turn_to(direct_conversation(user_of(how_.user), user_of(*name)), *name);
    if (auto text = x.text_after(1); !text.empty())
      write(text);
  }

  void room(const command& x) {
    if (x.words.size() >= 2 && x.words[0] == "create")
      return create_room(x);
    auto id = x.words.empty() ? std::nullopt : directory_.find(x.words[0]);
    if (!id)
      return say("! /room ID TEXT: no such room in /list, or several");
    turn_to(*id, {});
    if (auto text = x.text_after(1); !text.empty())
      write(text);
  }

  void create_room(const command& x) {
    std::vector<std::string_view> names(x.words.begin() + 2, x.words.end());
    change(wire::create_room{random_number(), x.words[1], names, true}, "created", true);
  }

  void join(const command& x) {
    auto id = x.words.empty() ? std::nullopt : directory_.find(x.words[0]);
    if (!id)
      return say("! /join ID: the 32 digits of the room's id");
    change(wire::join{*id}, "joined", true);
  }

  void leave(const command& x) {
    if (auto id = room_of(x))
      change(wire::leave{*id}, "left", false);
  }

  void invite(const command& x) {
    if (here_)
      change(wire::invite{*here_, {x.words.begin(), x.words.end()}}, "invited", false);
    else
      say("! enter a room first: /room ID");
  }

  void kick(const command& x) {
    if (here_)
      change(wire::kick{*here_, {x.words.begin(), x.words.end()}}, "removed", false);
    else
      say("! enter a room first: /room ID");
  }

  void members(const command& x) {
    auto id = room_of(x);
    if (!id)
      return;
    ask<wire::members_page>(wire::list_members{*id, {}, static_cast<uint32_t>(limits::page_rows)},
                            [this](const wire::members_page& page) {
                              for (auto& m : page.members) {
                                directory_.learn(m.name);
                                say("  " + std::string{m.name} + (m.owner ? " (owner)" : "")
                                    + "  received " + std::to_string(m.delivered) + ", read "
                                    + std::to_string(m.read));
                              }
                              say("  " + std::to_string(page.total) + " members");
                            });
  }

  void list(const command&) {
    ask<wire::conversations_page>(
      wire::list_conversations{{}, static_cast<uint32_t>(limits::page_rows)},
      [this](const wire::conversations_page& page) {
        for (auto& x : page.conversations) {
          directory_.learn(x);
          say("  " + to_text(x));
        }
        if (page.conversations.empty())
          say("  nothing yet");
      });
  }

  void history(const command& x) {
    if (!here_)
      return say("! of what? Start with /msg NAME or /room ID");
    auto lines = history_lines;
    if (!x.words.empty())
      lines = static_cast<uint32_t>(std::clamp(std::atol(x.words[0].c_str()), 1L, 256L));
    auto id = *here_;
    ask<wire::history_page>(
      wire::read_history{id, 1, 1, 1}, [this, id, lines](const wire::history_page& page) {
        auto from = page.head > lines ? page.head - lines + 1 : 1;
        ask<wire::history_page>(wire::read_history{id, from, 0, lines},
                                [this](const wire::history_page& found) {
                                  for (auto record : found.records)
                                    if (auto old = wire::decode_server(record))
                                      show(std::get<wire::message>(old->body));
                                });
      });
  }

  void read(const command&) {
    if (!here_)
      return say("! of what? Start with /msg NAME or /room ID");
    auto to = heads_[*here_];
    if (to == 0)
      return say("  nothing to read");
    ask<wire::conversation>(wire::read{{*here_, to}}, [this](const wire::conversation& x) {
      say("  read; " + std::to_string(x.unread) + " unread");
    });
  }

  void show_help(const command&) {
    say(help);
  }

  void leave_chat(const command&) {
    quit();
  }

  void make_account(const command&) {
    start(true);
  }

  void log_in(const command&) {
    start(false);
  }

  // -- doing it -----------------------------------------------------------------------

  void start(bool create) {
    status done;
    auto begin = [this, create, &done] { done = login_.start(create, true); };
    if (terminal_)
      terminal_->lend(begin);
    else
      begin();
    if (!done.ok()) {
      failed_ = terminal_ == nullptr;
      complain(done.text);
    }
  }

  void write(const std::string& text) {
    if (!login_.started())
      return say("! /login first");
    auto done =
      peer_.empty() ? login_->send(*here_, {{}, text}) : login_->send_to(peer_, {{}, text});
    if (done.code != ec::none)
      say("! not sent: " + std::string{text_of(done.code)});
  }

  template <class Answer>
  void ask(const wire::client_body& what, std::function<void(const Answer&)> use) {
    if (!login_.started())
      return say("! /login first");
    login_->request<Answer>(what, [this, use](const wire::error& error, const Answer& x) {
      if (error.code != ec::none)
        say("! " + std::string{error.text});
      else
        use(x);
      settled();
    });
  }

  void change(const wire::client_body& what, const std::string& verb, bool enter) {
    ask<wire::change>(what, [this, verb, enter](const wire::change& x) {
      say("  " + verb + " " + to_text(x.room));
      if (enter)
        turn_to(x.room, {});
    });
  }

  std::optional<conversation_id> room_of(const command& x) {
    auto result = x.words.empty() ? here_ : directory_.find(x.words[0]);
    if (!result)
      say("! which room? Its id, or the start of its title");
    return result;
  }

  void turn_to(conversation_id id, const std::string& peer) {
    here_ = id;
    peer_ = peer;
    show_prompt();
  }

  void show_prompt() {
    if (!terminal_)
      return;
    auto where = here_ ? " " + (peer_.empty() ? directory_.name_of(*here_) : peer_) : "";
    auto online = login_.started() && login_->online();
    terminal_->prompt(how_.user + where + (online ? "> " : " (offline)> "));
  }

  void say(const std::string& line) {
    if (terminal_)
      terminal_->print(line);
    else
      std::puts(line.c_str());
  }

  void complain(const std::string& why) {
    if (terminal_)
      say("! " + why);
    else
      std::fprintf(stderr, "parley: %s\n", why.c_str());
  }

  void show(const wire::message& x) {
    directory_.learn(x.sender_name);
    auto& head = heads_[x.conversation];
    head = std::max(head, x.seq);
    auto direct = x.conversation == direct_conversation(user_of(how_.user), x.sender);
    auto where =
      direct || here_ == x.conversation ? "" : " [" + directory_.name_of(x.conversation) + "]";
    say(to_time(x.time) + where + " " + std::string{x.sender_name} + ": " + to_text(x));
  }

  void input_ended() {
    ended_ = true;
    quit_when_settled();
  }

  /// Something was answered; its handler may ask for more.
  void settled() {
    if (ended_)
      asio::post(context_, [this] { quit_when_settled(); });
  }

  void quit_when_settled() {
    if (ended_ && (!login_.started() || login_->unanswered() == 0))
      quit();
  }

  void quit() {
    if (login_.started())
      login_->stop();
    if (terminal_)
      terminal_->stop();
    context_.stop();
  }

  // -- what the node says ---------------------------------------------------------------

  void on_session(const wire::session& x) override {
    login_.keep(x);
    say("  logged in as " + how_.user);
    list({});
    show_prompt();
  }

  void on_offline(std::string_view why, std::chrono::milliseconds) override {
    if (why != last_trouble_)
      say("  offline: " + std::string{why});
    last_trouble_ = why;
    show_prompt();
  }

  void on_refused(const wire::error& why) override {
    asio::post(context_, [this, code = why.code, text = std::string{why.text}] {
      if (login_.retry(wire::make_error(code)))
        return;
      complain(text + (code == ec::wrong_credentials ? "; /register makes the account" : ""));
      failed_ = ended_;
      if (ended_)
        quit();
      show_prompt();
    });
  }

  void on_message(const wire::message& x) override {
    show(x);
  }

  void on_sent(const client::sent_message& x) override {
    auto& head = heads_[x.conversation];
    head = std::max(head, x.seq);
    say("  stored as #" + std::to_string(x.seq));
    settled();
  }

  void on_send_refused(conversation_id, uint64_t, const wire::error& why) override {
    say("! not sent: " + std::string{why.text});
    settled();
  }

  void on_conversation(const wire::conversation& x) override {
    directory_.learn(x);
    show_prompt();
  }

  void on_receipt(const wire::receipt& x) override {
    auto who = directory_.name_of(x.user);
    if (!who || *who == how_.user)
      return;
    auto& seen = receipts_[x.conversation][x.user];
    if (x.read > seen.read)
      say("  " + *who + " has read up to #" + std::to_string(x.read));
    else if (x.delivered > std::max(seen.delivered, seen.read))
      say("  " + *who + " has received up to #" + std::to_string(x.delivered));
    seen = x;
  }

  void on_notice(const wire::error& why) override {
    if (!why.retryable)
      say("  the node says: " + std::string{why.text});
  }

  const options& how_;
  asio::io_context context_{1};
  login login_;
  asio::signal_set signals_;
  std::unique_ptr<terminal> terminal_;
  directory directory_;
  std::optional<conversation_id> here_;
  std::string peer_; ///< If that is a direct chat.
  std::unordered_map<conversation_id, seq_t> heads_;
  std::unordered_map<conversation_id, std::unordered_map<user_id, wire::receipt>> receipts_;
  std::string last_trouble_;
  bool ended_ = false;
  bool failed_ = false;
};

} // namespace

int run_chat(const options& how) {
  return console{how}.run();
}

} // namespace parley::chat
