#include "tools/parley/one_shot.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tools/parley/directory.hpp"
#include "tools/parley/login.hpp"
#include "tools/parley/render.hpp"

#include <chrono>
#include <cstdio>
#include <iostream>
#include <iterator>

namespace parley::chat {

namespace {

constexpr auto poll = std::chrono::milliseconds{20};

/// Whatever bytes the texts have.
std::string to_line(const nlohmann::json& x) {
  return x.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class one_shot final : private client::events {
public:
  explicit one_shot(const options& how) : how_(how), login_(context_, how, *this) {
    // nop
  }

  int run() {
    auto create = how_.what == action::register_account;
    if (auto done = login_.start(create, true); !done.ok())
      return fail(done.text);
    if (!wait([this] { return in_ || refused(); }, how_.timeout))
      return fail(offline_.empty() ? "no answer in time" : offline_);
    if (!failure_.ok())
      return fail(failure_.text);
    switch (how_.what) {
      case action::send:
        return send();
      case action::send_file:
        return send_file();
      case action::save:
        return save();
      case action::listen:
        return listen();
      case action::history:
        return history();
      case action::list:
        return list();
      case action::change_conversation:
        return change_conversation();
      case action::export_all:
        return export_all();
      case action::readers:
        return readers();
      case action::contacts:
        return contacts();
      case action::contact:
        return change_contact();
      case action::presence:
        return presence();
      case action::visibility:
        return visibility();
      case action::devices:
        return devices();
      case action::revoke:
        return revoke();
      case action::profile:
        return profile();
      case action::online:
        return online();
      case action::search:
        return search();
      case action::change_message:
        return change_message();
      case action::hide_message:
        return hide_message();
      case action::change_room:
        return change_room();
      case action::members:
        return members();
      case action::broadcast:
        return broadcast();
      case action::notices:
        return notices();
      case action::import_account:
        return import_account();
      default:
        std::puts("registered");
        return 0;
    }
  }

private:
  static int fail(const std::string& why) {
    std::fflush(stdout);
    std::fprintf(stderr, "parley: %s\n", why.c_str());
    return 1;
  }

  template <class Done>
  bool wait(Done done, double seconds) {
    auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!done()) {
      if (seconds > 0 && std::chrono::steady_clock::now() >= until)
        return false;
      context_.run_one_for(poll);
      context_.restart();
    }
    return true;
  }

  /// Whether it is over; a token that is no good is tried once more.
  bool refused() {
    if (failure_.ok() || login_.retry(wire::make_error(failure_.code)))
      failure_ = {};
    return !failure_.ok();
  }

  /// Asks until the answer is there or the time is over; repeats after a
  /// retryable error. The answer is used in `use`.
  template <class Answer, class Use>
  status ask(const wire::client_body& what, Use use) {
    status result{ec::retry, "no answer in time"};
    auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(how_.timeout);
    while (std::chrono::steady_clock::now() < until) {
      auto answered = std::make_shared<bool>(false);
      auto retry = std::make_shared<bool>(false);
      login_->request<Answer>(
        what, [answered, retry, &result, use](const wire::error& error, const Answer& x) {
          *answered = true;
          *retry = error.retryable;
          result = {error.code, std::string{error.text}};
          if (result.ok())
            use(x);
        });
      if (!wait([answered] { return *answered; }, how_.timeout) || !*retry)
        return result;
      wait([] { return false; }, 0.2);
    }
    return result;
  }

  status load_directory() {
    conversation_id after;
    auto more = true;
    while (more) {
      auto done = ask<wire::conversations_page>(
        wire::list_conversations{after, static_cast<uint32_t>(limits::page_rows)},
        [this, &after, &more](const wire::conversations_page& page) {
          for (auto& x : page.conversations) {
            directory_.learn(x);
            after = x.id;
          }
          more = page.more && !page.conversations.empty();
        });
      if (!done.ok())
        return done;
    }
    return {};
  }

  /// The conversation that --to or --room names.
  status find_target(conversation_id& out) {
    if (!how_.to.empty()) {
      auto name = normalize_name(how_.to);
      if (!name)
        return {ec::bad_name, how_.to + ": " + std::string{text_of(ec::bad_name)}};
      out = direct_conversation(user_of(how_.user), user_of(*name));
      return {};
    }
    if (auto id = parse_id(how_.room)) {
      out = *id;
      return {};
    }
    if (auto done = load_directory(); !done.ok())
      return done;
    auto found = directory_.find(how_.room);
    if (!found)
      return {ec::unknown_conversation, how_.room + ": no such room in your list, or several"};
    out = *found;
    return {};
  }

  int send() {
    conversation_id to;
    if (auto done = find_target(to); !done.ok())
      return fail(done.text);
    auto text = text_to_send();
    if (how_.reply_to == 0 && how_.mentions.empty())
      return send(to, {{}, text});
    wire::content_extra extra{.reply_to = how_.reply_to,
                              .mentions = {how_.mentions.begin(), how_.mentions.end()}};
    return send(to, {{}, text, std::make_shared<const wire::content_extra>(std::move(extra))});
  }

  std::string text_to_send() const {
    if (how_.text != "-")
      return how_.text;
    return {std::istreambuf_iterator<char>{std::cin}, {}};
  }

  int send(conversation_id to, wire::content what) {
    auto done = how_.to.empty() ? login_->send(to, std::move(what))
                                : login_->send_to(how_.to, std::move(what));
    return settle(done);
  }

  int settle(const client::sending& begun) {
    if (begun.code != ec::none)
      return fail(std::string{text_of(begun.code)});
    if (!wait([this] { return settled_; }, how_.timeout))
      return fail("not acknowledged in time; it may arrive or not");
    if (!failure_.ok())
      return fail(failure_.text);
    if (how_.json)
      std::cout << nlohmann::json{{"conversation", to_text(sent_.conversation)},
                                  {"seq", sent_.seq},
                                  {"time", sent_.time}}
                << std::endl;
    return 0;
  }

  /// Waits as long as it takes: a file may be large.
  template <class Begin>
  status transfer(Begin begin) {
    auto result = std::make_shared<std::pair<bool, status>>();
    begin([this, result](const wire::error& error, const file_ref& file) {
      file_ = file;
      *result = {true, {error.code, std::string{error.text}}};
    });
    wait([&] { return result->first || refused(); }, 0);
    return failure_.ok() ? result->second : failure_;
  }

  int send_file() {
    conversation_id to;
    if (auto done = find_target(to); !done.ok())
      return fail(done.text);
    auto done = transfer([this](auto then) { login_->upload(how_.path, then); });
    if (!done.ok())
      return fail(done.text);
    auto name = how_.path.filename().string();
    wire::content_extra extra{wire::file{name, {}, file_.size, file_.hash_bytes()}};
    return send(to, {{}, {}, std::make_shared<const wire::content_extra>(std::move(extra))});
  }

  int save() {
    conversation_id in;
    if (auto done = find_target(in); !done.ok())
      return fail(done.text);
    auto done =
      transfer([this, in](auto then) { login_->download(in, how_.from, how_.path, then); });
    return done.ok() ? 0 : fail(done.text);
  }

  int listen() {
    listening_ = true;
    for (auto& x : std::exchange(early_, {}))
      if (auto decoded = wire::decode_server(x))
        print(std::get<wire::message>(decoded->body));
    auto over = [this] {
      return !failure_.ok() || (how_.count != 0 && printed_ >= how_.count) || !std::cout;
    };
    auto enough = wait(over, how_.seconds);
    // Acknowledge what was printed, or it comes again.
    wait([] { return false; }, 0.05);
    login_->stop();
    if (!failure_.ok())
      return fail(failure_.text);
    if (!enough && printed_ < how_.count)
      return fail("only " + std::to_string(printed_) + " messages came");
    return 0;
  }

  int history() {
    conversation_id of;
    if (auto done = find_target(of); !done.ok())
      return fail(done.text);
    wire::read_history what{of, how_.from, 0, how_.limit};
    what.back = how_.from == 0 && how_.since == 0;
    what.since = how_.since;
    what.until = how_.until;
    auto done = ask<wire::history_page>(what, [this](const auto& page) { print(page.records); });
    return done.ok() ? 0 : fail(done.text);
  }

  void print(const std::vector<std::string_view>& records) {
    for (auto record : records)
      if (auto x = wire::decode_server(record))
        print(std::get<wire::message>(x->body));
  }

  int list() {
    wire::list_conversations next{{}, static_cast<uint32_t>(limits::page_rows), how_.list};
    auto more = true;
    while (more) {
      auto done = ask<wire::conversations_page>(next, [this, &next, &more](const auto& page) {
        for (auto& x : page.conversations) {
          std::cout << (how_.json ? to_line(to_json(x)) : to_text(x)) << "\n";
          next.after = x.id;
          next.active = x.active;
          next.pinned = x.pinned;
        }
        more = page.more && !page.conversations.empty();
      });
      if (!done.ok())
        return fail(done.text);
    }
    return 0;
  }

  int change_conversation() {
    auto what = how_.settings;
    if (auto done = find_target(what.id); !done.ok())
      return fail(done.text);
    auto done = ask<wire::conversation>(what, [](const wire::conversation&) {});
    return done.ok() ? 0 : fail(done.text);
  }

  /// Everything that this user can see, a line each: who it is, their contacts, their
  /// conversations and behind each its messages.
  int export_all() {
    std::cout << to_line({{"type", "user"}, {"name", how_.user}}) << "\n";
    using contacts = wire::contact_list;
    for (auto which : {contacts::contacts, contacts::asking, contacts::asked, contacts::blocked})
      if (auto done = export_contacts(which); !done.ok())
        return fail(done.text);
    conversation_id after;
    std::vector<std::pair<conversation_id, nlohmann::json>> page;
    do {
      page.clear();
      auto done = ask<wire::conversations_page>(wire::list_conversations{after, 0},
                                                [&page](const wire::conversations_page& found) {
                                                  for (auto& x : found.conversations)
                                                    page.emplace_back(x.id, to_json(x));
                                                });
      if (!done.ok())
        return fail(done.text);
      for (auto& [id, line] : page) {
        after = id;
        line["type"] = "conversation";
        line.erase("last"); // It follows.
        std::cout << to_line(line) << "\n";
        if (done = export_messages(id); !done.ok())
          return fail(done.text);
      }
    } while (!page.empty());
    return 0;
  }

  status export_contacts(wire::contact_list which) {
    wire::list_contacts next{{}, 0, which};
    for (auto more = true; more;) {
      auto done = ask<wire::contacts_page>(next, [&next, &more](const auto& page) {
        for (auto& x : page.contacts) {
          next.after = x.user;
          if (next.which == wire::contact_list::blocked && x.state != wire::contact_state::none)
            continue; // Stands in another list as well.
          auto line = to_json(x);
          line["type"] = "contact";
          std::cout << to_line(line) << "\n";
        }
        more = page.more && !page.contacts.empty();
      });
      if (!done.ok())
        return done;
    }
    return {};
  }

  status export_messages(conversation_id of) {
    wire::read_history next{of, 1, 0, 0};
    next.since = how_.since;
    next.until = how_.until;
    for (auto more = true; more;) {
      auto done = ask<wire::history_page>(next, [this, &next, &more](const auto& page) {
        for (auto record : page.records)
          if (auto x = wire::decode_server(record)) {
            auto& message = std::get<wire::message>(x->body);
            std::cout << to_line(to_json(message)) << "\n";
            next.from = message.seq + 1;
          }
        more = page.more && !page.records.empty();
      });
      if (!done.ok())
        return done;
    }
    return {};
  }

  int readers() {
    wire::list_readers next{{}, how_.from};
    if (auto done = find_target(next.conversation); !done.ok())
      return fail(done.text);
    std::string counts;
    auto more = true;
    while (more) {
      auto done = ask<wire::readers_page>(next, [&next, &more, &counts](const auto& page) {
        for (auto& x : page.readers) {
          std::cout << printable(x.name) << "\n";
          next.after = x.user;
        }
        counts = counts_of(page);
        more = page.more && !page.readers.empty();
      });
      if (!done.ok())
        return fail(done.text);
    }
    std::cout << counts << "\n";
    return 0;
  }

  int contacts() {
    user_id after;
    auto more = true;
    while (more) {
      wire::list_contacts what{after, static_cast<uint32_t>(limits::page_rows), how_.contacts};
      auto done = ask<wire::contacts_page>(what, [this, &after, &more](const auto& page) {
        for (auto& x : page.contacts) {
          std::cout << (how_.json ? to_json(x).dump() : to_text(x)) << "\n";
          after = x.user;
        }
        more = page.more && !page.contacts.empty();
      });
      if (!done.ok())
        return fail(done.text);
    }
    return 0;
  }

  int change_contact() {
    auto done = ask<wire::change>(wire::change_contact{how_.to, how_.change, how_.text},
                                  [](const wire::change&) {});
    return done.ok() ? 0 : fail(done.text);
  }

  int presence() {
    wire::ask_presence what{{how_.names.begin(), how_.names.end()}};
    auto done = ask<wire::presences>(what, [this](const wire::presences& all) {
      for (auto& x : all.found)
        std::cout << (how_.json ? to_json(x).dump() : to_text(x)) << "\n";
    });
    return done.ok() ? 0 : fail(done.text);
  }

  int visibility() {
    auto print = [](const wire::presences& x) { std::cout << name_of(x.visibility) << "\n"; };
    wire::set_presence what{wire::presence_change::visibility,
                            how_.visibility.value_or(wire::visibility{})};
    auto done = how_.visibility ? ask<wire::done>(what, [](const wire::done&) {})
                                : ask<wire::presences>(wire::ask_presence{}, print);
    return done.ok() ? 0 : fail(done.text);
  }

  int devices() {
    auto done = ask<wire::devices>(wire::list_devices{}, [this](const wire::devices& found) {
      for (auto& x : found.all)
        std::cout << (how_.json ? to_line(to_json(x)) : to_text(x)) << "\n";
    });
    return done.ok() ? 0 : fail(done.text);
  }

  int revoke() {
    wire::revoke what{{}, how_.others};
    for (auto id : how_.revoked)
      what.devices.push_back(id.value);
    auto done = ask<wire::done>(what, [](const wire::done&) {});
    return done.ok() ? 0 : fail(done.text);
  }

  int profile() {
    auto changes = how_.display_name || how_.avatar;
    wire::user_profile was;
    std::string display_name = how_.display_name.value_or("");
    std::string avatar = how_.avatar.value_or("");
    auto done =
      ask<wire::user_profile>(wire::ask_profile{how_.to}, [&](const wire::user_profile& found) {
        if (!how_.display_name)
          display_name = found.shown.display_name;
        if (!how_.avatar)
          avatar = found.shown.avatar;
        if (!changes)
          std::cout << (how_.json ? to_line(to_json(found)) : to_text(found)) << "\n";
      });
    if (done.ok() && changes)
      done = ask<wire::done>(wire::set_profile{{display_name, avatar}}, [](const wire::done&) {});
    return done.ok() ? 0 : fail(done.text);
  }

  int search() {
    std::vector<conversation_id> where;
    if (!how_.to.empty() || !how_.room.empty()) {
      if (auto done = find_target(where.emplace_back()); !done.ok())
        return fail(done.text);
    } else if (auto done = load_directory(); !done.ok()) {
      return fail(done.text);
    } else {
      where = directory_.all();
    }
    for (auto id : where)
      if (auto done = search(id); !done.ok())
        return fail(done.text);
    return 0;
  }

  status search(conversation_id where) {
    wire::search next{where, how_.text};
    auto left = how_.limit;
    do {
      next.limit = left;
      auto done = ask<wire::found>(next, [this, &next, &left](const wire::found& page) {
        print(page.records);
        left -= std::min<uint32_t>(left, static_cast<uint32_t>(page.records.size()));
        next.before = page.next;
      });
      if (!done.ok())
        return done;
    } while (next.before != 0 && left != 0);
    return {};
  }

  int online() {
    wire::read_online_times what{how_.to, how_.since, how_.until};
    auto done = ask<wire::online_times>(what, [this](const wire::online_times& found) {
      for (auto& x : found.days)
        std::cout << (how_.json ? to_line(to_json(x)) : to_text(x)) << "\n";
      if (how_.json)
        for (auto& x : found.sessions)
          std::cout << to_line(to_json(x)) << "\n";
    });
    return done.ok() ? 0 : fail(done.text);
  }

  int change_message() {
    conversation_id in;
    if (auto done = find_target(in); !done.ok())
      return fail(done.text);
    if (how_.revision == wire::revision_kind::edit)
      return settle(login_->edit(in, how_.from, {{}, how_.text}));
    return settle(login_->revise(in, {how_.from, how_.revision, {}, how_.text}));
  }

  int hide_message() {
    wire::hide what{{}, {how_.from}};
    if (auto done = find_target(what.conversation); !done.ok())
      return fail(done.text);
    auto done = ask<wire::done>(what, [](const wire::done&) {});
    return done.ok() ? 0 : fail(done.text);
  }

  int change_room() {
    conversation_id room;
    if (!how_.room.empty())
      if (auto done = find_target(room); !done.ok())
        return fail(done.text);
    auto what = room_request(how_.word, how_.with, room, now());
    if (!what)
      return fail("room " + how_.word + ": one of " + std::string{room_changes});
    auto done = ask<wire::change>(*what, [this](const wire::change& x) {
      if (how_.word == "create")
        std::cout << to_text(x.room) << "\n";
      else if (x.asked)
        std::cout << "asked to be let in\n";
    });
    return done.ok() ? 0 : fail(done.text);
  }

  int members() {
    wire::list_members next;
    if (auto done = find_target(next.room); !done.ok())
      return fail(done.text);
    for (auto more = true; more;) {
      auto done = ask<wire::members_page>(next, [this, &next, &more](const auto& page) {
        for (auto& x : page.members) {
          std::cout << (how_.json ? to_line(to_json(x)) : to_text(x)) << "\n";
          next.after = x.user;
        }
        more = page.more && !page.members.empty();
      });
      if (!done.ok())
        return fail(done.text);
    }
    return 0;
  }

  int broadcast() {
    auto counter = how_.counter != 0 ? how_.counter : static_cast<uint64_t>(now());
    std::cout << "broadcast " << counter << std::endl;
    auto text = text_to_send();
    auto done = ask<wire::sent>(wire::broadcast{counter, 0, {{}, text}}, [](const wire::sent&) {});
    return done.ok() ? 0 : fail(done.text);
  }

  int import_account() {
    auto done = ask<wire::session>(wire::import_account{how_.to}, [](const wire::session& x) {
      std::cout << to_hex(x.token) << "\n";
    });
    return done.ok() ? 0 : fail(done.text);
  }

  int notices() {
    do {
      for (uint8_t shard = 0; shard < shard_count; ++shard)
        if (auto done = take_notices(shard); !done.ok())
          return fail(done.text);
    } while (how_.follow && !wait([] { return false; }, 1));
    return 0;
  }

  /// Prints and confirms what stands in one feed; what is printed and not confirmed comes
  /// again.
  status take_notices(uint8_t shard) {
    for (;;) {
      wire::confirm_notices seen;
      auto done =
        ask<wire::notices_page>(wire::read_notices{shard, 0}, [&](const wire::notices_page& page) {
          for (auto& x : page.notices) {
            std::cout << to_line(to_json(x)) << "\n";
            seen.notices.push_back(x.at);
          }
          std::cout.flush();
        });
      if (!done.ok() || seen.notices.empty())
        return done;
      if (done = ask<wire::done>(seen, [](const wire::done&) {}); !done.ok())
        return done;
    }
  }

  void print(const wire::message& x) {
    ++printed_;
    if (how_.json) {
      std::cout << to_line(to_json(x)) << std::endl;
      return;
    }
    std::cout << to_time(x.time) << " " << to_text(x.conversation).substr(0, 8) << " #" << x.seq
              << " " << x.sender_name << ": " << to_text(x) << std::endl;
  }

  void on_session(const wire::session& x) override {
    login_.keep(x);
    in_ = true;
  }

  void on_offline(std::string_view why, std::chrono::milliseconds) override {
    offline_ = "not connected: " + std::string{why};
  }

  void on_refused(const wire::error& why) override {
    failure_ = {why.code, std::string{why.text}};
  }

  void on_message(const wire::message& x) override {
    if (how_.what != action::listen)
      return;
    if (listening_)
      print(x);
    else
      early_.push_back(wire::encode_answer(0, x));
  }

  void on_live(const wire::message& x) override {
    if (how_.what == action::listen)
      print(x);
  }

  void on_sent(const client::sent_message& x) override {
    sent_ = x;
    settled_ = true;
  }

  void on_send_refused(conversation_id, uint64_t, const wire::error& why) override {
    failure_ = {why.code, std::string{why.text}};
    settled_ = true;
  }

  const options& how_;
  asio::io_context context_{1};
  login login_;
  directory directory_;
  status failure_;
  std::string offline_;
  bool in_ = false;
  bool listening_ = false;
  bool settled_ = false;
  uint64_t printed_ = 0;
  client::sent_message sent_;
  file_ref file_;            ///< That was transferred.
  std::vector<frame> early_; ///< Came between the login and `listen`.
};

} // namespace

int run_one_shot(const options& how) {
  return one_shot{how}.run();
}

} // namespace parley::chat
