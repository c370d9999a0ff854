#include "persistence/memory_store.hpp"
#include "persistence/rocks_store.hpp"
#include "tests/persistence/rows.hpp"
#include "tests/support/read_row.hpp"

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <random>
#include <thread>

// What every store promises: the same claims over all.

using namespace parley;
using namespace parley::testing;

namespace {

struct in_memory {
  memory_store real;
  store& rows = real;
};

template <size_t Families, bool Encrypted = false>
struct in_rocksdb {
  temporary_directory dir;
  std::unique_ptr<store> real = open(dir.path());
  store& rows = *real;

private:
  static std::unique_ptr<store> open(const std::filesystem::path& dir) {
    rocks_options options;
    options.families = Families;
    options.reserve_bytes = 0;
    if (Encrypted)
      options.cipher = some_cipher();
    std::unique_ptr<store> result;
    auto done = open_rocks_store(dir, options, result);
    BOOST_REQUIRE_MESSAGE(done.ok(), done.text);
    return result;
  }
};

using stores = boost::mpl::list<in_memory, in_rocksdb<1>, in_rocksdb<16>, in_rocksdb<1, true>>;

const auto room = conversation_in(3);
const auto next_room = conversation_in(3, 2);

} // namespace

BOOST_AUTO_TEST_SUITE(store_test)

BOOST_AUTO_TEST_CASE_TEMPLATE(is_empty_at_first, Store, stores) {
  Store s;
  BOOST_TEST(!read_row(s.rows, keys::starts()));
  BOOST_TEST(numbers(s.rows, keys::messages(room, 1, 100)).empty());
  BOOST_TEST(last_number(s.rows, keys::messages(room, 1, 100)) == 0u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(gets_what_was_written, Store, stores) {
  Store s;
  BOOST_TEST(write(s.rows, put(keys::starts(), 4)).ok());
  BOOST_TEST(write(s.rows, put(keys::message(room, 9), 9)).ok());
  BOOST_TEST(number_in(read_row(s.rows, keys::starts()).value()) == 4u);
  BOOST_TEST(number_in(read_row(s.rows, keys::message(room, 9)).value()) == 9u);
  BOOST_TEST(!read_row(s.rows, keys::message(room, 8)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(get_wants_the_whole_key, Store, stores) {
  Store s;
  BOOST_TEST(write(s.rows, put(keys::member(room, {1, 1}), 5)).ok());
  BOOST_TEST(!read_row(s.rows, keys::conversation(room)));
  auto prefix = key::from(keys::member(room, {1, 1}).bytes().substr(0, 18));
  BOOST_TEST(!read_row(s.rows, prefix));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(overwrites_and_erases_in_order, Store, stores) {
  Store s;
  auto at = keys::conversation(room);
  effect batch[] = {put(at, 1), erase(at), put(at, 2)};
  BOOST_TEST(s.rows.write(batch).ok());
  BOOST_TEST(number_in(read_row(s.rows, at).value()) == 2u);
  BOOST_TEST(write(s.rows, erase(at)).ok());
  BOOST_TEST(!read_row(s.rows, at));
  BOOST_TEST(write(s.rows, erase(at)).ok()); // What is not there may be erased.
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_empty_batch_is_no_error, Store, stores) {
  Store s;
  BOOST_TEST(s.rows.write({}).ok());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(scans_in_the_order_of_the_conversation, Store, stores) {
  Store s;
  for (uint64_t seq : {300u, 2u, 255u, 1u, 256u, 65536u})
    BOOST_TEST(write(s.rows, put(keys::message(room, seq), seq)).ok());
  BOOST_TEST(write(s.rows, put(keys::message(next_room, 3), 3)).ok());
  BOOST_TEST(numbers(s.rows, keys::messages(room, 1, 70000))
               == (std::vector<uint64_t>{1, 2, 255, 256, 300, 65536}),
             boost::test_tools::per_element());
  BOOST_TEST(numbers(s.rows, keys::messages(room, 2, 256)) == (std::vector<uint64_t>{2, 255, 256}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_scan_stops_when_told, Store, stores) {
  Store s;
  for (uint64_t seq = 1; seq <= 10; ++seq)
    BOOST_TEST(write(s.rows, put(keys::message(room, seq), seq)).ok());
  size_t seen = 0;
  auto done = s.rows.scan(keys::messages(room, 1, 10),
                          [&seen](std::string_view, std::string_view) { return ++seen < 3; });
  BOOST_TEST(done.ok());
  BOOST_TEST(seen == 3u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(last_is_the_last_of_its_range_only, Store, stores) {
  Store s;
  BOOST_TEST(write(s.rows, put(keys::conversation(room), 90)).ok());
  BOOST_TEST(last_number(s.rows, keys::messages(room, 1, 1000)) == 0u);
  BOOST_TEST(write(s.rows, put(keys::message(room, 4), 4)).ok());
  BOOST_TEST(write(s.rows, put(keys::message(room, 7), 7)).ok());
  BOOST_TEST(write(s.rows, put(keys::message(next_room, 1), 1)).ok());
  BOOST_TEST(last_number(s.rows, keys::messages(room, 1, 1000)) == 7u);
  BOOST_TEST(last_number(s.rows, keys::messages(room, 1, 6)) == 4u);
  BOOST_TEST(last_number(s.rows, keys::messages(room, 1, 7)) == 7u);
  BOOST_TEST(last_number(s.rows, keys::messages(room, 8, 1000)) == 0u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(values_are_aligned, Store, stores) {
  Store s;
  for (uint64_t user = 1; user <= 20; ++user)
    BOOST_TEST(write(s.rows, put(keys::member(room, {user, 0}), user)).ok());
  size_t aligned = 0;
  auto check = [&aligned](std::string_view, std::string_view value) {
    aligned += reinterpret_cast<uintptr_t>(value.data()) % 8 == 0;
    return true;
  };
  BOOST_TEST(s.rows.scan(keys::members(room), check).ok());
  BOOST_TEST(s.rows.last(keys::members(room), check).ok());
  BOOST_TEST(s.rows.get(keys::member(room, {3, 0}), check).ok());
  BOOST_TEST(aligned == 22u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_shard_has_its_outbox, Store, stores) {
  Store s;
  for (unsigned shard = 0; shard < shard_count; ++shard)
    for (uint64_t version : {2, 1})
      BOOST_TEST(
        write(s.rows, put(keys::outbox(conversation_in(shard), version), shard * 10 + version))
          .ok());
  for (unsigned shard = 0; shard < shard_count; ++shard)
    BOOST_TEST(numbers(s.rows, keys::outbox(shard_id{static_cast<uint8_t>(shard)}))
                 == (std::vector<uint64_t>{shard * 10 + 1, shard * 10 + 2}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(readers_see_a_batch_whole, Store, stores) {
  Store s;
  std::atomic<bool> done = false;
  std::atomic<size_t> torn = 0;
  std::thread reader{[&] {
    while (!done)
      if (auto seen = numbers(s.rows, keys::messages(room, 1, 2)); seen.size() == 2)
        torn += seen[0] != seen[1];
  }};
  for (uint64_t i = 1; i <= 200; ++i) {
    effect batch[] = {put(keys::message(room, 1), i), put(keys::message(room, 2), i)};
    BOOST_TEST(s.rows.write(batch).ok());
  }
  done = true;
  reader.join();
  BOOST_TEST(torn == 0u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(agrees_with_a_map, Store, stores) {
  Store s;
  std::map<std::string, uint64_t> model;
  std::mt19937_64 random{1};
  auto any = [&random](uint64_t n) { return random() % n; };
  auto any_room = [&] { return conversation_in(unsigned(any(3)) * 31, any(3)); };
  auto any_key = [&] {
    auto where = any_room();
    switch (any(4)) {
      case 0:
        return keys::message(where, any(8));
      case 1:
        return keys::member(where, {any(4), 0});
      case 2:
        return keys::client_id(where, {any(3), 0}, device_id{any(3)}, any(9));
      default:
        return keys::conversation(where);
    }
  };
  auto any_range = [&]() -> key_range {
    auto where = any_room();
    switch (any(5)) {
      case 0:
        return keys::messages(where, any(8), any(8));
      case 1:
        return keys::members(where);
      case 2:
        return keys::client_ids(where, {any(3), 0});
      case 3:
        return keys::client_ids(where, {any(3), 0}, device_id{any(3)});
      default:
        return keys::outbox(shard_of(where));
    }
  };
  for (uint64_t step = 1; step <= 2000; ++step) {
    auto at = any_key();
    if (any(4) == 0) {
      BOOST_REQUIRE(write(s.rows, erase(at)).ok());
      model.erase(std::string{at.bytes()});
    } else {
      BOOST_REQUIRE(write(s.rows, put(at, step)).ok());
      model[std::string{at.bytes()}] = step;
    }
    auto range = any_range();
    std::vector<uint64_t> expected;
    for (auto& [name, value] : model)
      if (name >= range.from.bytes() && name < range.to.bytes())
        expected.push_back(value);
    BOOST_REQUIRE(numbers(s.rows, range) == expected);
    BOOST_REQUIRE(last_number(s.rows, range) == (expected.empty() ? 0 : expected.back()));
    auto found = read_row(s.rows, at);
    BOOST_REQUIRE(found.has_value() == model.contains(std::string{at.bytes()}));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(shows_what_is_written_behind, Store, stores) {
  Store s;
  BOOST_TEST(write_behind(s.rows, put(keys::message(room, 1), 1)).ok());
  BOOST_TEST(write_behind(s.rows, put(keys::message(room, 2), 2)).ok());
  BOOST_TEST(numbers(s.rows, keys::messages(room, 1, 100)).size() == 2u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(knows_what_is_durable, Store, stores) {
  Store s;
  auto at = keys::applied(shard_of(room));
  auto durable = [&] {
    uint64_t result = 0;
    auto read = [&](std::string_view, std::string_view value) {
      result = number_in(value);
      return false;
    };
    BOOST_TEST(s.rows.get_durable(at, read).ok());
    return result;
  };
  BOOST_TEST(durable() == 0u);
  BOOST_TEST(write_behind(s.rows, put(at, 7)).ok());
  BOOST_TEST(number_in(read_row(s.rows, at).value()) == 7u);
  BOOST_TEST(durable() == 0u);
  s.rows.flush(shard_of(room));
  while (durable() == 0)
    std::this_thread::yield();
  BOOST_TEST(durable() == 7u);
  BOOST_TEST(write_behind(s.rows, put(at, 8)).ok());
  BOOST_TEST(durable() == 7u);
}

BOOST_AUTO_TEST_SUITE_END()
