#define BOOST_TEST_MODULE inbox_guesses

#include "tests/actors/core/inbox_on_disk.hpp"

#include <vector>

using namespace parley;
using namespace parley::testing;

// Wrong passwords for one account.

namespace {

constexpr std::string_view right_password = "a good password";

/// Ada, who has a device and a password.
struct fixture : inbox_on_disk {
  std::vector<hash_job> hashes;
  ec refused = ec::none;
  bool welcomed = false;

  fixture() {
    record::account account{"ada", record::role::person, std::string{right_password}, {}, 1};
    account.devices.push_back({{7}, hash_token("token"), now.wall, true});
    effect change;
    change.put(keys::account(ada), record::encode(account));
    BOOST_REQUIRE(disk.write({&change, 1}).ok());
    begin();
  }

  void carry(actions&& out) override {
    for (auto& x : out.parcels)
      for (auto& item : x.frames) {
        auto body = wire::decode_server(item.bytes)->body;
        if (auto error = std::get_if<wire::error>(&body))
          refused = error->code;
        welcomed = welcomed || std::holds_alternative<wire::session>(body);
      }
    hashes.insert(hashes.end(), out.hashes.begin(), out.hashes.end());
    write_and_read(out);
  }

  ec answer_hash() {
    auto job = hashes.front();
    hashes.erase(hashes.begin());
    step(inbox_event{hashed{job.token, ec::none, job.password == job.hash, {}}});
    return refused;
  }

  /// A login that is answered at once.
  ec try_login(std::string_view password) {
    refused = ec::none;
    ask_login(password);
    return hashes.empty() ? refused : answer_hash();
  }

  void ask_login(std::string_view password) {
    say({++sessions}, {}, wire::login{"ada", password, {}, {}});
  }

  void guess(unsigned times) {
    for (unsigned i = 0; i < times; ++i)
      BOOST_REQUIRE((try_login("a wrong password") == ec::wrong_credentials));
  }

  void pass(std::chrono::microseconds time) {
    now.steady += time;
    now.wall += time.count();
    step(inbox_event{tick{}});
  }

  uint64_t sessions = 100;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(inbox_guesses_test, fixture)

BOOST_AUTO_TEST_CASE(after_so_many_wrong_passwords_none_is_looked_at) {
  guess(limits::account_guesses);
  BOOST_TEST((try_login("a wrong password") == ec::too_many_attempts));
  BOOST_TEST((try_login(right_password) == ec::too_many_attempts));
  BOOST_TEST(hashes.empty());
}

BOOST_AUTO_TEST_CASE(one_more_after_a_while) {
  guess(limits::account_guesses);
  pass(limits::account_guess_every);
  guess(1);
  BOOST_TEST((try_login(right_password) == ec::too_many_attempts));
  pass(limits::account_guess_every);
  BOOST_TEST((try_login(right_password) == ec::none));
  BOOST_TEST(welcomed);
}

BOOST_AUTO_TEST_CASE(passwords_that_are_tried_together_count_before_they_are_hashed) {
  for (unsigned i = 0; i < 2 * limits::account_guesses; ++i)
    ask_login("a wrong password");
  BOOST_TEST(hashes.size() == limits::account_guesses);
}

BOOST_AUTO_TEST_CASE(right_passwords_do_not_count) {
  static_assert(limits::devices_per_user > limits::account_guesses + 1);
  for (unsigned i = 0; i <= limits::account_guesses; ++i)
    BOOST_REQUIRE((try_login(right_password) == ec::none));
}

BOOST_AUTO_TEST_CASE(a_token_is_taken_all_the_same) {
  guess(limits::account_guesses);
  say({1}, {}, wire::login{"ada", {}, "token", {}});
  BOOST_TEST(welcomed);
}

BOOST_AUTO_TEST_CASE(whoever_is_in_changes_the_password_all_the_same) {
  guess(limits::account_guesses);
  say({1}, {}, wire::login{"ada", {}, "token", {}});
  refused = ec::none;
  say({1}, {7}, wire::change_password{right_password, "another password"});
  BOOST_TEST((answer_hash() == ec::none));
  BOOST_TEST(hashes.size() == 1u); // Of the new one.
}

BOOST_AUTO_TEST_CASE(guesses_are_remembered_although_nobody_is_online) {
  guess(3);
  pass(limits::inbox_idle);
  BOOST_TEST(!inbox->idle(now));
  BOOST_TEST((inbox->next_deadline() == std::chrono::hours{1} + 3 * limits::account_guess_every));
  pass(3 * limits::account_guess_every);
  BOOST_TEST(inbox->idle(now));
}

BOOST_AUTO_TEST_SUITE_END()
