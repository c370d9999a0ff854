#define BOOST_TEST_MODULE visitors

#include "actors/core/visitors.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace parley;
using namespace parley::core;
using namespace std::chrono_literals;

namespace {

struct door {
  visitors all;
  visitors::time now = 1h;

  size_t let_in(const std::string& address, size_t wanted) {
    size_t in = 0;
    for (size_t i = 0; i < wanted; ++i)
      in += all.come(address, now) != nullptr;
    return in;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(visitors_test, door)

BOOST_AUTO_TEST_CASE(an_address_has_so_many_connections_and_no_more) {
  all.rule({3, false});
  BOOST_TEST(let_in("192.0.2.1", 5) == 3u);
  BOOST_TEST(let_in("192.0.2.2", 5) == 3u);
}

BOOST_AUTO_TEST_CASE(who_leaves_makes_room) {
  all.rule({1, false});
  auto first = all.come("192.0.2.1", now);
  BOOST_TEST(all.come("192.0.2.1", now) == nullptr);
  all.leave(*first, now);
  BOOST_TEST(all.come("192.0.2.1", now) != nullptr);
}

BOOST_AUTO_TEST_CASE(a_network_of_ipv6_counts_as_one_address) {
  all.rule({3, false});
  BOOST_TEST(let_in("2001:db8:1:2:3:4:5:6", 2) == 2u);
  BOOST_TEST(let_in("2001:db8:1:2::1", 2) == 1u);
  BOOST_TEST(let_in("2001:db8:1:3::1", 2) == 2u);
}

BOOST_AUTO_TEST_CASE(an_address_of_ipv4_is_the_same_when_it_comes_mapped) {
  BOOST_TEST(network_of("::ffff:192.0.2.1") == "192.0.2.1");
  BOOST_TEST(network_of("192.0.2.1") == "192.0.2.1");
  BOOST_TEST(network_of("2001:db8:1:2:3::1") == "2001:db8:1:2::/64");
  BOOST_TEST(network_of("not an address") == "not an address");
}

BOOST_AUTO_TEST_CASE(this_machine_is_bounded_only_if_that_is_wanted) {
  const std::vector<std::string> here{"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"};
  all.rule({1, false});
  for (auto& x : here)
    BOOST_TEST(let_in(x, 5) == 5u, x);
  visitors strict;
  strict.rule({1, true});
  BOOST_TEST(strict.come("127.0.0.1", now) != nullptr);
  BOOST_TEST(strict.come("127.0.0.1", now) == nullptr);
}

BOOST_AUTO_TEST_CASE(who_did_nothing_is_forgotten_at_once) {
  all.leave(*all.come("192.0.2.1", now), now);
  BOOST_TEST(all.size() == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_tried_is_remembered_for_as_long_as_it_counts) {
  constexpr rate guesses{6s, 1};
  auto guess = [&] {
    auto who = all.come("192.0.2.1", now);
    auto result = who->second.passwords.take(guesses, now);
    all.leave(*who, now);
    return result;
  };
  BOOST_TEST(guess());
  now += 5s;
  BOOST_TEST(!guess());
  now += 1s;
  BOOST_TEST(guess());
}

BOOST_AUTO_TEST_CASE(what_was_told_of_it_counts_as_well) {
  constexpr rate lines{60s, 20};
  auto who = all.come("192.0.2.1", now);
  (void)who->second.told.take(lines, now);
  all.leave(*who, now);
  BOOST_TEST(all.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_counts_no_more_does_not_stay) {
  constexpr rate guesses{6s, 20};
  for (size_t i = 0; i < limits::visitors_remembered; ++i) {
    auto who = all.come("10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256), now);
    (void)who->second.passwords.take(guesses, now);
    all.leave(*who, now);
  }
  BOOST_TEST(all.size() == limits::visitors_remembered);
  now += 6s;
  BOOST_TEST(let_in("192.0.2.1", 1) == 1u);
  BOOST_TEST(all.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
