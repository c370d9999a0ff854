#include "schema/body_digest.hpp"

#include "schema/identity.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace parley;

namespace {

uint64_t digest(wire::content_extra extra, std::string_view text = "hi") {
  wire::content x{{}, text};
  x.extra = std::make_shared<const wire::content_extra>(std::move(extra));
  return digest_of(x);
}

uint64_t digest(seq_t target, wire::revision_kind kind, std::string_view words = {}) {
  return digest_of(wire::revision{target, kind, {{}, words}, words});
}

} // namespace

BOOST_AUTO_TEST_SUITE(body_digest_test)

// DO NOT CHANGE: rooms keep these numbers on disk.
BOOST_AUTO_TEST_CASE(golden_digests) {
  BOOST_TEST(digest_of(wire::content{"kind", "hello"}) == digest_of("kind", "hello"));
  BOOST_TEST(digest({wire::file{"a", "b", 3, "c"}, 4, {"bob"}, "eve"}) == 9357733199421174245ull);
  BOOST_TEST(digest(7, wire::revision_kind::edit, "hello") == 4069983830637292073ull);
}

BOOST_AUTO_TEST_CASE(every_part_tells) {
  std::set<uint64_t> all{digest({}),
                         digest({}, "ho"),
                         digest({.reply_to = 1}),
                         digest({.mentions = {"bob"}}),
                         digest({.mentions = {"bo", "b"}}),
                         digest({.forwarded = "bob"}),
                         digest({wire::file{"a", "b", 3, "c"}}),
                         digest({wire::file{"ab", "", 3, "c"}}),
                         digest({wire::file{"a", "b", 4, "c"}}),
                         digest({wire::file{"a", "b", 3, "d"}}),
                         digest({wire::location{1, 2, ""}}),
                         digest({wire::location{2, 1, ""}}),
                         digest({wire::location{1, 2, "x"}}),
                         digest(1, wire::revision_kind::react, "+1"),
                         digest(2, wire::revision_kind::react, "+1"),
                         digest(1, wire::revision_kind::unreact, "+1"),
                         digest(1, wire::revision_kind::react, "-1")};
  BOOST_TEST(all.size() == 17u);
}

BOOST_AUTO_TEST_CASE(how_many_react_is_no_part_of_it) {
  wire::revision x{1, wire::revision_kind::react, {}, "+1", 2};
  auto before = digest_of(x);
  x.count = 3;
  BOOST_TEST(digest_of(x) == before);
}

BOOST_AUTO_TEST_SUITE_END()
