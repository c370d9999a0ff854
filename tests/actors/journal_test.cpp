#include "tests/actors/fixture.hpp"

#include "schema/identity.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

namespace {

struct journal_fixture : node_fixture {
  std::vector<committed> answers;

  writer_actor writer = system.spawn([this]() -> writer_actor::behavior_type {
    return {[this](const committed& x) { answers.push_back(x); }};
  });

  void append_row(uint64_t writer_number, uint64_t number, uint64_t epoch = 1,
                  bool droppable = false) {
    append x{shard_id{0}, epoch, writer_id{writer_number}, number, {}, droppable};
    x.what.put(keys::account(user_id{writer_number, number}), frame{"12345678"});
    caf::send_as(writer, dir->journal, std::move(x));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(journal_suite, journal_fixture)

BOOST_AUTO_TEST_CASE(writes_what_came_together_in_one_batch) {
  auto before = disk->writes();
  for (uint64_t i = 1; i <= 5; ++i)
    append_row(1, i);
  run();
  BOOST_TEST(disk->writes() == before + 1);
  BOOST_REQUIRE_EQUAL(answers.size(), 1u);
  BOOST_TEST(answers[0].upto == 5u);
  BOOST_TEST((answers[0].code == ec::none));
}

BOOST_AUTO_TEST_CASE(shows_what_is_written_behind_and_leaves_it_to_the_log) {
  append x{shard_id{0}, 1, writer_id{1}, 1, {}};
  x.what.put(keys::applied({0}), record::encode(record::counter{7}));
  x.behind = true;
  caf::send_as(writer, dir->journal, std::move(x));
  run();
  BOOST_REQUIRE_EQUAL(answers.size(), 1u);
  BOOST_TEST((answers[0].code == ec::none));
  BOOST_TEST(disk->rows() == 1u);
  BOOST_TEST(disk->writes() == 0u);
  disk->crash();
  BOOST_TEST(disk->rows() == 0u);
}

BOOST_AUTO_TEST_CASE(answers_nothing_before_the_write) {
  append_row(1, 1);
  scheduler.run_once(); // Takes the append, not yet the flush.
  BOOST_TEST(answers.empty());
  BOOST_TEST(disk->rows() == 0u);
  run();
  BOOST_TEST(answers.size() == 1u);
}

BOOST_AUTO_TEST_CASE(refuses_an_append_of_another_epoch) {
  append_row(1, 1, 7);
  run();
  BOOST_REQUIRE_EQUAL(answers.size(), 1u);
  BOOST_TEST((answers[0].code == ec::retry));
  BOOST_TEST(disk->rows() == 0u);
}

BOOST_AUTO_TEST_CASE(refuses_everything_of_a_writer_after_one_refusal) {
  disk->fill();
  append_row(1, 1);
  run();
  disk->drain();
  append_row(1, 2);
  append_row(2, 1);
  run();
  BOOST_REQUIRE_EQUAL(answers.size(), 3u);
  BOOST_TEST((answers[0].code == ec::storage_full));
  BOOST_TEST((answers[1].code == ec::retry));
  BOOST_TEST((answers[2].code == ec::none));
  BOOST_TEST(disk->rows() == 1u);
}

BOOST_AUTO_TEST_CASE(drops_only_cursors_while_the_disk_is_full) {
  disk->fill();
  append_row(1, 1, 1, true);
  run();
  disk->drain();
  append_row(1, 2);
  run();
  BOOST_REQUIRE_EQUAL(answers.size(), 2u);
  BOOST_TEST((answers[0].code == ec::none));
  BOOST_TEST((answers[1].code == ec::none));
}

BOOST_AUTO_TEST_CASE(drops_only_cursors_after_a_failed_sync) {
  disk->tear(memory_store::torn::lost);
  append_row(1, 1);
  run();
  append_row(2, 1, 1, true);
  run();
  append_row(2, 2);
  run();
  BOOST_REQUIRE_EQUAL(answers.size(), 3u);
  BOOST_TEST((answers[0].code == ec::storage_failed));
  BOOST_TEST((answers[1].code == ec::none));
  BOOST_TEST((answers[2].code == ec::storage_failed));
}

BOOST_AUTO_TEST_CASE(never_writes_again_after_a_failed_sync) {
  disk->tear(memory_store::torn::lost);
  append_row(1, 1);
  run();
  append_row(2, 1);
  run();
  BOOST_REQUIRE_EQUAL(answers.size(), 2u);
  BOOST_TEST((answers[0].code == ec::storage_failed));
  BOOST_TEST((answers[1].code == ec::storage_failed));
}

BOOST_AUTO_TEST_CASE(writes_what_it_has_before_it_fences_a_writer) {
  append_row(1, 1);
  caf::anon_send(dir->journal, fence{writer_id{1}});
  append_row(1, 2);
  run();
  BOOST_REQUIRE_EQUAL(answers.size(), 2u);
  BOOST_TEST(answers[0].upto == 1u);
  BOOST_TEST((answers[0].code == ec::none));
  BOOST_TEST((answers[1].code == ec::retry));
  BOOST_TEST(disk->rows() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
