#pragma once

#include "tests/support/from_environment.hpp"
#include "tests/support/swarm_process.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <exception>
#include <string>

// Tests that live seeded lives, of which the build runs a few and a campaign many:
//
//   PARLEY_SEED=17 build/tests/X_test                          that one life
//   PARLEY_FIRST_SEED=100 PARLEY_SEEDS=50 build/tests/X_test   many more

namespace parley::testing {

/// Runs lives until one goes wrong, which it names.
template <class Life>
void run_lives(uint64_t lives) {
  auto one = std::getenv("PARLEY_SEED") != nullptr;
  auto first = from_environment(one ? "PARLEY_SEED" : "PARLEY_FIRST_SEED", 1);
  auto last = first + (one ? 1 : from_environment("PARLEY_SEEDS", lives));
  for (auto seed = first; seed < last; ++seed) {
    auto where = "PARLEY_SEED=" + std::to_string(seed) + ": ";
    try {
      auto judged = Life{seed}.live();
      BOOST_TEST_MESSAGE(where << judged.words);
      BOOST_REQUIRE_MESSAGE(judged.clean(), where << judged.words);
    } catch (const std::exception& error) {
      BOOST_FAIL(where << error.what());
    }
  }
}

} // namespace parley::testing
