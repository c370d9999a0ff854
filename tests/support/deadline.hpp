#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace parley::testing {

using namespace std::chrono_literals;

using steady = std::chrono::steady_clock;

/// For what happens at once on an idle machine and late on a busy one.
inline constexpr auto patience = 20s;

/// A fact that did not come, in words. Fails the test that waits for it.
struct timed_out : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Asks until `fact` holds; for what nobody tells.
template <class Fact>
void wait_until(const std::string& what, Fact fact, std::chrono::milliseconds limit = patience) {
  auto until = steady::now() + limit;
  while (!fact()) {
    if (steady::now() >= until)
      throw timed_out("waited in vain until " + what);
    std::this_thread::sleep_for(2ms);
  }
}

} // namespace parley::testing
