#define BOOST_TEST_MODULE fifo

#include "actors/core/fifo.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <memory>
#include <random>

using namespace parley;

BOOST_AUTO_TEST_SUITE(fifo_suite)

BOOST_AUTO_TEST_CASE(gives_back_in_order_what_it_got) {
  std::mt19937 random{7};
  fifo<unsigned> queue;
  std::deque<unsigned> model;
  for (unsigned i = 0; i < 100'000; ++i) {
    auto grows = random() % 1024 < (i / 10'000 % 2 == 0 ? 600u : 424u);
    if (grows) {
      queue.push_back(i);
      model.push_back(i);
    } else if (!model.empty()) {
      BOOST_REQUIRE_EQUAL(queue.front(), model.front());
      queue.pop_front();
      model.pop_front();
    }
    BOOST_REQUIRE_EQUAL(queue.size(), model.size());
    BOOST_REQUIRE_EQUAL(queue.empty(), model.empty());
    if (!model.empty())
      BOOST_REQUIRE_EQUAL(queue.back(), model.back());
  }
  BOOST_TEST(std::equal(queue.begin(), queue.end(), model.begin(), model.end()));
}

BOOST_AUTO_TEST_CASE(holds_on_to_nothing_that_was_popped) {
  fifo<std::shared_ptr<int>> queue;
  auto first = std::make_shared<int>(1);
  queue.push_back(first);
  queue.push_back(std::make_shared<int>(2));
  queue.push_back(std::make_shared<int>(3));
  queue.pop_front();
  BOOST_TEST(first.use_count() == 1);
  queue.clear();
  BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_SUITE_END()
