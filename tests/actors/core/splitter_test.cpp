#define BOOST_TEST_MODULE splitter
#include <boost/test/unit_test.hpp>

#include "actors/core/splitter.hpp"

#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <array>
#include <cstdint>
#include <vector>

using namespace parley;

namespace {

frame sample(std::string_view name) {
  return wire::encode(wire::client_frame{7, wire::register_account{name, "password"}});
}

std::string table(uint32_t segments_less_one, std::vector<uint32_t> sizes) {
  std::string result(reinterpret_cast<const char*>(&segments_less_one), 4);
  for (auto& size : sizes)
    result.append(reinterpret_cast<const char*>(&size), 4);
  return result;
}

std::string name_in(const frame& x) {
  auto decoded = wire::decode_client(x);
  BOOST_REQUIRE(decoded);
  return std::string{std::get<wire::register_account>(decoded->body).name};
}

} // namespace

BOOST_AUTO_TEST_CASE(returns_a_frame_that_came_whole) {
  splitter uut{limits::frame_bytes};
  uut.feed(sample("ada").bytes());
  auto x = uut.next();
  BOOST_REQUIRE(x);
  BOOST_TEST(name_in(*x) == "ada");
  BOOST_TEST(!uut.next());
  BOOST_TEST(uut.buffered() == 0u);
}

BOOST_AUTO_TEST_CASE(puts_a_frame_together_from_single_bytes) {
  splitter uut{limits::frame_bytes};
  auto whole = sample("ada");
  auto bytes = whole.bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    BOOST_TEST(!uut.next());
    BOOST_TEST(uut.buffered() == i);
    uut.feed(bytes.substr(i, 1));
  }
  auto x = uut.next();
  BOOST_REQUIRE(x);
  BOOST_TEST(x->bytes() == bytes);
}

BOOST_AUTO_TEST_CASE(cuts_many_frames_that_came_at_once) {
  splitter uut{limits::frame_bytes};
  std::string bytes;
  for (auto name : {"ada", "bob", "cleopatra"})
    bytes += sample(name).bytes();
  uut.feed(std::string_view{bytes}.substr(0, bytes.size() - 1));
  BOOST_TEST(name_in(uut.next().value()) == "ada");
  BOOST_TEST(name_in(uut.next().value()) == "bob");
  BOOST_TEST(!uut.next());
  uut.feed(std::string_view{bytes}.substr(bytes.size() - 1));
  BOOST_TEST(name_in(uut.next().value()) == "cleopatra");
}

BOOST_AUTO_TEST_CASE(returns_aligned_frames) {
  splitter uut{limits::frame_bytes};
  uut.feed(sample("ada").bytes());
  auto x = uut.next();
  BOOST_TEST(reinterpret_cast<uintptr_t>(x->words().data()) % frame::word == 0u);
}

BOOST_AUTO_TEST_CASE(accepts_several_segments) {
  splitter uut{limits::frame_bytes};
  auto bytes = table(1, {1, 2, 0}) + std::string(24, '\0');
  uut.feed(bytes);
  BOOST_TEST(uut.next().value().size_bytes() == bytes.size());
}

BOOST_AUTO_TEST_CASE(refuses_a_frame_over_the_limit_before_it_came) {
  splitter uut{64};
  uut.feed(table(0, {8}));
  BOOST_TEST(!uut.next());
  BOOST_TEST((uut.error() == ec::too_large));
  BOOST_TEST(uut.buffered() == 0u);
}

BOOST_AUTO_TEST_CASE(accepts_a_frame_exactly_at_the_limit) {
  splitter uut{64};
  uut.feed(table(0, {7}) + std::string(56, '\0'));
  BOOST_TEST(uut.next().has_value());
  BOOST_TEST((uut.error() == ec::none));
}

BOOST_AUTO_TEST_CASE(refuses_too_many_segments_from_the_first_four_bytes) {
  for (uint32_t less_one : {uint32_t{limits::frame_segments}, uint32_t{0xffffffff}}) {
    splitter uut{limits::frame_bytes};
    uut.feed(table(less_one, {}));
    BOOST_TEST(!uut.next());
    BOOST_TEST((uut.error() == ec::too_large));
  }
}

BOOST_AUTO_TEST_CASE(survives_sizes_whose_sum_would_overflow_32_bits) {
  splitter uut{limits::frame_bytes};
  uut.feed(table(1, {0xffffffff, 0x20000001, 0}));
  BOOST_TEST(!uut.next());
  BOOST_TEST((uut.error() == ec::too_large));
}

BOOST_AUTO_TEST_CASE(stays_broken_after_an_error) {
  splitter uut{64};
  uut.feed(table(0, {1000}));
  BOOST_TEST(!uut.next());
  uut.feed(table(0, {1}) + std::string(8, '\0'));
  BOOST_TEST(!uut.next());
  BOOST_TEST((uut.error() == ec::too_large));
}

BOOST_AUTO_TEST_CASE(raises_the_limit_after_login) {
  splitter uut{64};
  uut.limit(128);
  uut.feed(table(0, {10}) + std::string(80, '\0'));
  BOOST_TEST(uut.next().has_value());
}
