#pragma once

#include "tools/parley/command.hpp"
#include "tools/parley/login.hpp"
#include "tools/parley/room_words.hpp"
#include "tools/parley/screen.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace parley::chat {

/// Does what was typed: sends a plain line to the conversation on the screen,
/// and knows what each /command does. A new command is a method here and a row
/// in the table of commands.cpp; /help is made of that table.
class commands {
public:
  /// The program around them.
  class host {
  public:
    /// With `create`, makes the account first.
    virtual void log_in(bool create) = 0;

    /// A request was answered, and what its answer made us ask was asked.
    virtual void settled() = 0;

    virtual void quit() = 0;

  protected:
    ~host() = default;
  };

  commands(const options& how, login& node, screen& view, host& program)
      : how_(how), node_(node), view_(view), program_(program) {
    // nop
  }

  void typed(const std::string& line);

  void list(const command& x);

private:
  struct row;
  static const row table[];

  void write_here(const command& x);
  void write_to_user(const command& x);
  void write_to_room(const command& x);

  // What becomes of messages (message_commands.cpp).
  void reply(const command& x);
  void edit(const command& x);
  void recall(const command& x);
  void react(const command& x);
  void unreact(const command& x);
  void versions(const command& x);
  void readers(const command& x);
  void hide(const command& x);
  void forward(const command& x);
  void write_file(const command& x);
  void save(const command& x);
  void write_location(const command& x);

  void create_room(const command& x);
  void create_live_room(const command& x);
  void make_room(const command& x, bool live);
  void join(const command& x);
  void leave(const command& x);
  void invite(const command& x);
  void kick(const command& x);
  void members(const command& x);

  // What else changes in rooms (room_commands.cpp).
  void ban(const command& x);
  void unban(const command& x);
  void promote(const command& x);
  void demote(const command& x);
  void mute(const command& x);
  void unmute(const command& x);
  void approve(const command& x);
  void refuse(const command& x);
  void asking(const command&);
  void rename(const command& x);
  void announce(const command& x);
  void entrance(const command& x);
  void quiet(const command& x);
  void transfer(const command& x);
  void dissolve(const command&);
  void keep(const command& x);

  // Contacts (contact_commands.cpp).
  void contact(const command& x);
  void withdraw(const command& x);
  void accept(const command& x);
  void reject(const command& x);
  void unfriend(const command& x);
  void block(const command& x);
  void unblock(const command& x);
  void remark(const command& x);
  void contacts(const command& x);
  void change_contact(const command& x, wire::contact_change what, const std::string& verb);

  // Presence (presence_commands.cpp).
  void presence(const command& x);
  void watch(const command& x);
  void unwatch(const command& x);
  void away(const command&);
  void back(const command&);
  void visibility(const command& x);

  // Devices (device_commands.cpp).
  void devices(const command&);
  void revoke(const command& x);

  // Profiles, and who was online when (profile_commands.cpp).
  void profile(const command& x);
  void display_name(const command& x);
  void avatar(const command& x);
  void online(const command&);
  void change_profile(std::function<void(wire::profile&)> change);

  // The list (conversation_commands.cpp).
  void settle(const command& x);
  void read(const command&);

  void history(const command& x);
  void search(const command& x);
  void make_account(const command&);
  void log_in(const command&);
  void help(const command&);
  void quit(const command&);

  void write(const std::string& text, wire::content_extra extra = {});
  void write(wire::content what);
  void send_on(const std::string& to, const wire::message& from, wire::content what);
  void revise(wire::revision what);

  /// Says what went wrong, if something did.
  void check(ec code);

  /// The message here that the first word names; says so if there is none.
  std::optional<seq_t> message_of(const command& x);

  template <class Answer>
  void ask(const wire::client_body& what, std::function<void(const Answer&)> use);

  /// Asks for a change of a room; says the verb when it is done, and turns to
  /// the room if `enter`.
  void change(const wire::client_body& what, const std::string& verb, bool enter);

  /// What the word asks of this room; or how to say it, if something is missing.
  void change_here(std::string_view word, const room_words& with, const std::string& done,
                   const std::string& usage);
  void change_members(const command& x, const std::string& done);

  /// The room that was named, else the one on the screen.
  std::optional<conversation_id> room_of(const command& x);

  const options& how_;
  login& node_;
  screen& view_;
  host& program_;
};

template <class Answer>
void commands::ask(const wire::client_body& what, std::function<void(const Answer&)> use) {
  if (!node_.started())
    return view_.say("! /login first");
  node_->request<Answer>(what,
                         [this, use = std::move(use)](const wire::error& error, const Answer& x) {
                           if (error.code != ec::none)
                             view_.say("! " + std::string{error.text});
                           else
                             use(x);
                           program_.settled();
                         });
}

} // namespace parley::chat
