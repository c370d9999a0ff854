#pragma once

#include "actors/core/inbox.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/query.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tests/support/codes.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>

namespace parley::testing {

/// Ada's inbox over rows in memory: what it writes is there at once, and what it asks for is
/// found. A test takes the rest of what it wants (carry).
struct inbox_on_disk {
  const user_id ada = user_of("ada");
  memory_store disk;
  moment now{1'700'000'000'000'000, std::chrono::hours{1}};
  file_rules rules;
  login_rules logins;
  std::unique_ptr<core::inbox> inbox;
  uint64_t lives = 0;
  uint64_t numbers = 0; ///< Of requests.
  size_t rows_written = 0;
  size_t queries_made = 0;
  bool holds_commits = false; ///< Says nothing of what is written, until told to.
  uint64_t held = 0;          ///< The last of that.

  virtual ~inbox_on_disk() = default;

  virtual void carry(actions&& out) = 0;

  void begin() {
    inbox = std::make_unique<core::inbox>(ada, writer_id{++lives}, 1);
    inbox->allow_files(rules);
    inbox->rule_logins(logins);
    actions out;
    inbox->start(now, out);
    carry(std::move(out));
  }

  template <class Event>
  void step(Event&& x) {
    actions out;
    inbox->step(std::forward<Event>(x), now, out);
    carry(std::move(out));
  }

  void write_and_read(const actions& out) {
    for (auto& x : out.appends) {
      rows_written += x.what.rows.size();
      if (!x.what.empty())
        BOOST_REQUIRE(disk.write({&x.what, 1}).ok());
      if (holds_commits)
        held = x.number;
      else
        step(committed{x.number, ec::none});
    }
    for (auto& x : out.loads) {
      rows found{x.token, ec::none, {}};
      queries_made += x.queries.size();
      for (auto& query : x.queries)
        BOOST_REQUIRE(run_query(disk, query, found.results.emplace_back()).ok());
      step(std::move(found));
    }
  }

  /// The number of the request.
  uint64_t say(session_id from, device_id at, const wire::client_body& body) {
    auto who = std::make_shared<const origin>(origin{from, ada, at, {}, "ada"});
    auto bytes = wire::encode(wire::client_frame{++numbers, body});
    auto decoded = wire::decode_client(bytes);
    requests burst{who, {}};
    burst.items.push_back({numbers, std::move(decoded->body), std::move(bytes)});
    step(inbox_event{std::move(burst)});
    return numbers;
  }
};

} // namespace parley::testing
