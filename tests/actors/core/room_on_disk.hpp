#pragma once

#include "actors/core/room.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/query.hpp"
#include "schema/codec.hpp"
#include "schema/effect_codec.hpp"
#include "schema/identity.hpp"
#include "tests/support/codes.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace parley::testing {

/// A room whose rows are in a store, so that it can be woken again. Everybody
/// exists; everything is committed at once, unless commits are held back.
struct room_on_disk {
  static inline const conversation_id id{1, 2};

  memory_store disk;
  moment now{1'700'000'000'000'000, std::chrono::hours{1}};
  std::unique_ptr<core::room> room;
  room_rules rules{.keep_refusals = true, .let_go = true, .serve = true};
  bool answers_checks = true;
  user_checked full; ///< What each list has no place for.
  user_id nobody;    ///< Does not exist.
  bool holds_commits = false;
  std::vector<uint64_t> held;
  std::map<uint64_t, frame> answers;
  std::vector<tell> tells;
  std::set<std::pair<user_id, file_ref>> kept; ///< Files that users have.
  std::vector<inbox_mail> mails;               ///< Besides questions.
  std::vector<record::outbox> outbox;
  std::vector<outbox_confirmed> confirmed;
  std::vector<file_job> files;
  size_t droppable = 0;      ///< Appends.
  size_t largest_append = 0; ///< As an entry of a log.
  uint64_t lives = 0;
  uint64_t requests_made = 0;
  std::map<std::string, uint64_t> counters;

  room_on_disk() {
    wake();
  }

  /// A room of these; the first one makes it.
  void make(const std::string& owner, const std::vector<std::string_view>& others) {
    say(owner, wire::create_room{1, "room", others, true});
    for (auto name : others)
      step(room_event{subscribe{user_of(std::string{name}), 1, 1}});
    step(room_event{subscribe{user_of(owner), 1, 1}});
  }

  void wake() {
    room = std::make_unique<core::room>(id, writer_id{++lives}, 1);
    room->rule(rules);
    actions out;
    room->start(now, out);
    carry(std::move(out));
  }

  template <class Event>
  void step(Event&& x) {
    actions out;
    room->rule(rules);
    room->step(std::forward<Event>(x), now, out);
    carry(std::move(out));
  }

  void carry(actions&& out) {
    for (auto& x : out.parcels)
      for (auto& item : x.frames)
        answers[item.request] = item.bytes;
    for (auto& x : out.tells)
      tells.push_back(std::move(x));
    for (auto& x : out.couriers)
      if (auto added = std::get_if<outbox_added>(&x.what))
        outbox.push_back(std::move(added->row));
      else if (auto done = std::get_if<outbox_confirmed>(&x.what))
        confirmed.push_back(*done);
    for (auto& x : out.inboxes)
      if (std::holds_alternative<check_user>(x.what))
        step(room_event{checked(x.to)});
      else if (auto asked = std::get_if<check_file>(&x.what); asked && answers_checks)
        step(room_event{file_checked{x.to, asked->file, kept.contains({x.to, asked->file})}});
      else
        mails.push_back(std::move(x));
    for (auto& x : out.files)
      files.push_back(std::move(x));
    for (auto& x : out.appends) {
      largest_append = std::max(largest_append, encode_effects({&x.what, 1}).size_bytes());
      droppable += x.droppable;
      if (!x.what.empty())
        BOOST_REQUIRE(disk.write({&x.what, 1}).ok());
      if (holds_commits)
        held.push_back(x.number);
      else
        step(committed{x.number, ec::none});
    }
    for (auto& x : out.loads) {
      rows found{x.token, ec::none, {}};
      for (auto& query : x.queries)
        BOOST_REQUIRE(run_query(disk, query, found.results.emplace_back()).ok());
      step(std::move(found));
    }
  }

  user_checked checked(user_id user) const {
    auto result = full;
    result.user = user;
    result.exists = user != nobody;
    return result;
  }

  void release_commits() {
    holds_commits = false;
    for (auto number : std::exchange(held, {}))
      step(committed{number, ec::none});
  }

  /// Asks, and returns the number of the request.
  uint64_t say(const std::string& who, wire::client_body what) {
    return say_at_once(who, {std::move(what)}).front();
  }

  /// In one burst.
  std::vector<uint64_t> say_at_once(const std::string& who, std::vector<wire::client_body> what) {
    auto from = std::make_shared<const origin>(
      origin{make_session({1}, 1),
             user_of(who),
             {user_of(who).low},
             who == "service" ? record::role::service : record::role::person,
             who});
    requests burst{from, {}};
    std::vector<uint64_t> numbers;
    for (auto& x : what) {
      auto bytes = wire::encode(wire::client_frame{++requests_made, x});
      auto decoded = wire::decode_client(bytes);
      burst.items.push_back({requests_made, std::move(decoded->body), std::move(bytes)});
      numbers.push_back(requests_made);
    }
    step(room_event{std::move(burst)});
    return numbers;
  }

  wire::server_body answer_to(uint64_t number) {
    BOOST_REQUIRE(answers.contains(number));
    return wire::decode_server(answers[number])->body;
  }

  wire::server_body ask(const std::string& who, wire::client_body what) {
    return answer_to(say(who, std::move(what)));
  }

  /// The error's code, or none.
  ec refusal(const std::string& who, wire::client_body what) {
    auto body = ask(who, std::move(what));
    auto error = std::get_if<wire::error>(&body);
    return error ? error->code : ec::none;
  }

  wire::send text(const std::string& who, std::string_view words) {
    return {id, {}, ++counters[who], 0, {{}, words}};
  }

  wire::revise change(const std::string& who, wire::revision what) {
    return {id, ++counters[who], 0, std::move(what)};
  }

  static seq_t seq_of(const wire::server_body& x) {
    auto sent = std::get_if<wire::sent>(&x);
    BOOST_REQUIRE(sent != nullptr);
    return sent->seq;
  }

  seq_t write(const std::string& who, std::string_view words) {
    return seq_of(ask(who, text(who, words)));
  }

  /// What `who` is shown of the whole history; valid until the next question.
  std::vector<wire::message> history(const std::string& who, seq_t from = 1) {
    auto number = say(who, wire::read_history{id, from, 0, 0});
    auto page = std::get<wire::history_page>(answer_to(number));
    more = page.more;
    std::vector<wire::message> result;
    for (auto bytes : page.records)
      result.push_back(std::get<wire::message>(wire::decode_server(bytes)->body));
    return result;
  }

  wire::message shown(const std::string& who, seq_t seq) {
    for (auto& x : history(who, seq))
      if (x.seq == seq)
        return x;
    throw std::runtime_error("not shown");
  }

  bool more = false;
};

} // namespace parley::testing
