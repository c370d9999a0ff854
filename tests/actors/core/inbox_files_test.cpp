#define BOOST_TEST_MODULE inbox_files

#include "tests/actors/core/inbox_on_disk.hpp"
#include "tests/support/read_row.hpp"

#include <map>

using namespace parley;
using namespace parley::testing;
using namespace std::chrono_literals;

namespace {

const conversation_id chat{1, 2};
const session_id session = make_session({1}, 1);
const file_ref plan = *file_ref::of("a hash of thirty-two bytes .....", 700);
const file_ref other = *file_ref::of("another hash of thirty-two bytes", 500);

struct fixture : inbox_on_disk {
  std::map<uint64_t, frame> answers;
  std::vector<file_job> files;
  std::vector<room_mail> rooms;
  std::vector<courier_mail> couriers;

  fixture() {
    rules = {1000, 1500, 1h};
    begin();
  }

  void carry(actions&& out) override {
    for (auto& x : out.parcels)
      for (auto& item : x.frames)
        answers[item.request] = item.bytes;
    for (auto& x : out.files)
      files.push_back(std::move(x));
    for (auto& x : out.rooms)
      rooms.push_back(std::move(x));
    for (auto& x : out.couriers)
      couriers.push_back(std::move(x));
    write_and_read(out);
  }

  uint64_t put(const file_ref& file, uint64_t offset = 0) {
    return say(session, {7}, wire::put_file{file.hash_bytes(), file.size, offset});
  }

  wire::server_body answer_to(uint64_t number) {
    BOOST_REQUIRE(answers.contains(number));
    return wire::decode_server(answers[number])->body;
  }

  ec refusal_of(uint64_t number) {
    auto body = answer_to(number);
    auto error = std::get_if<wire::error>(&body);
    return error == nullptr ? ec::none : error->code;
  }

  /// As the keeper would, once enough nodes have it.
  uint64_t store(const file_ref& file) {
    auto number = ++numbers;
    step(inbox_event{file_held{{session, number}, file}});
    return number;
  }

  std::optional<record::kept_file> kept(const file_ref& file) {
    auto row = read_row(disk, keys::kept_file(ada, file.id()));
    return row ? record::decode<record::kept_file>(*row) : std::nullopt;
  }

  record::file_usage used() {
    auto row = read_row(disk, keys::file_usage(ada));
    return row ? *record::decode<record::file_usage>(*row) : record::file_usage{};
  }

  void name(const file_ref& file, seq_t seq, bool named, uint64_t version) {
    step(inbox_event{naming_change{chat, version, {{seq, file, named}}}});
  }

  bool check(const file_ref& file) {
    rooms.clear();
    step(inbox_event{check_file{chat, file}});
    BOOST_REQUIRE(rooms.size() == 1u);
    return std::get<file_checked>(rooms[0].what).kept;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(inbox_files_test, fixture)

BOOST_AUTO_TEST_CASE(pieces_go_to_the_keeper_once_the_file_is_allowed) {
  put(plan);
  put(plan, 100);
  BOOST_REQUIRE(files.size() == 2u);
  auto& piece = std::get<put_piece>(files[1]);
  BOOST_TEST((piece.user == ada));
  BOOST_TEST((piece.file == plan));
  BOOST_TEST(piece.offset == 100u);
  BOOST_TEST(piece.from.request == 2u);
}

BOOST_AUTO_TEST_CASE(a_file_too_large_or_too_many_bytes_are_refused_before_they_come) {
  auto huge = plan;
  huge.size = 1001;
  BOOST_TEST(refusal_of(put(huge)) == ec::too_large);
  BOOST_TEST(refusal_of(store(plan)) == ec::none);
  auto more = other;
  more.size = 801;
  BOOST_TEST(refusal_of(put(more)) == ec::quota_exceeded);
  BOOST_TEST(files.empty());
  put(other);
  BOOST_TEST(files.size() == 1u);
}

BOOST_AUTO_TEST_CASE(two_uploads_that_fit_only_alone_do_not_both_get_in) {
  auto one = plan;
  auto two = other;
  one.size = two.size = 1000;
  put(one);
  put(two);
  BOOST_TEST(files.size() == 2u);
  BOOST_TEST(refusal_of(store(one)) == ec::none);
  BOOST_TEST(refusal_of(store(two)) == ec::quota_exceeded);
  BOOST_TEST(used().bytes == 1000u);
}

BOOST_AUTO_TEST_CASE(stored_is_said_when_the_row_is_durable) {
  holds_commits = true;
  auto number = store(plan);
  BOOST_TEST(!answers.contains(number));
  step(committed{held, ec::none});
  BOOST_TEST(std::get<wire::file_state>(answer_to(number)).stored);
  BOOST_TEST(used().files == 1u);
}

BOOST_AUTO_TEST_CASE(what_the_user_has_is_not_put_again) {
  store(plan);
  auto number = put(plan);
  BOOST_TEST(std::get<wire::file_state>(answer_to(number)).stored);
  BOOST_TEST(files.empty());
  store(plan);
  BOOST_TEST(used().files == 1u);
  BOOST_TEST(used().bytes == plan.size);
}

BOOST_AUTO_TEST_CASE(a_hash_that_begins_like_another_is_a_conflict) {
  store(plan);
  auto alike = plan;
  alike.hash[31] ^= 1;
  BOOST_TEST(refusal_of(put(alike)) == ec::conflict);
  BOOST_TEST(!check(alike));
}

BOOST_AUTO_TEST_CASE(a_room_is_told_whether_the_user_has_the_file) {
  BOOST_TEST(!check(plan));
  store(plan);
  BOOST_TEST(check(plan));
  auto shorter = plan;
  shorter.size -= 1;
  BOOST_TEST(!check(shorter));
}

BOOST_AUTO_TEST_CASE(names_are_counted_once_in_whatever_order_they_come) {
  store(plan);
  name(plan, 5, true, 5);
  name(plan, 5, true, 5);
  BOOST_TEST(kept(plan)->names == 1u);
  name(plan, 6, true, 6);
  BOOST_TEST(kept(plan)->names == 2u);
  name(plan, 8, false, 9); // The recall overtook the message.
  name(plan, 8, true, 8);
  BOOST_TEST(kept(plan)->names == 2u);
  name(plan, 5, false, 7);
  name(plan, 5, false, 7);
  BOOST_TEST(kept(plan)->names == 1u);
  BOOST_TEST(couriers.size() == 7u); // Each is confirmed.
}

BOOST_AUTO_TEST_CASE(a_recall_that_names_a_file_twice_counts_twice) {
  store(plan);
  name(plan, 5, true, 5);
  name(plan, 6, true, 6);
  step(inbox_event{naming_change{chat, 7, {{5, plan, false}, {6, plan, false}}}});
  BOOST_TEST(kept(plan)->names == 0u);
}

BOOST_AUTO_TEST_CASE(changes_at_once_are_made_one_after_the_other) {
  store(plan);
  store(other);
  holds_commits = true;
  for (seq_t seq = 1; seq <= 5; ++seq)
    name(plan, seq, true, seq);
  step(inbox_event{unneeded_file{other.id()}});
  for (int i = 0; i < 10; ++i)
    step(committed{held, ec::none});
  BOOST_TEST(kept(plan)->names == 5u);
}

BOOST_AUTO_TEST_CASE(a_file_goes_when_nothing_names_it_for_the_grace) {
  store(plan);
  name(plan, 5, true, 5);
  now.wall += std::chrono::microseconds{2h}.count();
  step(inbox_event{unneeded_file{plan.id()}});
  BOOST_TEST(kept(plan).has_value()); // It is named.
  name(plan, 5, false, 6);
  step(inbox_event{unneeded_file{plan.id()}});
  BOOST_TEST(kept(plan).has_value()); // It was, a moment ago.
  now.wall += std::chrono::microseconds{1h}.count();
  step(inbox_event{unneeded_file{plan.id()}});
  BOOST_TEST(!kept(plan).has_value());
  BOOST_TEST(used().bytes == 0u);
  BOOST_TEST(used().files == 0u);
}

BOOST_AUTO_TEST_CASE(who_is_about_to_name_a_file_has_half_a_grace_to_do_it) {
  store(plan);
  now.wall += std::chrono::microseconds{59min}.count();
  holds_commits = true;
  rooms.clear();
  step(inbox_event{check_file{chat, plan}});
  BOOST_TEST(rooms.empty()); // Not before that is durable.
  holds_commits = false;
  step(committed{held, ec::none});
  BOOST_REQUIRE(rooms.size() == 1u);
  now.wall += std::chrono::microseconds{30min}.count();
  begin(); // Another life knows it, too.
  step(inbox_event{unneeded_file{plan.id()}});
  BOOST_TEST(kept(plan).has_value());
}

BOOST_AUTO_TEST_CASE(a_file_that_somebody_lets_the_user_have_counts_like_one_that_was_put) {
  step(inbox_event{take_file{{session, 99}, plan, shard_id{5}}});
  BOOST_REQUIRE(files.size() == 1u);
  auto& copy = std::get<copy_file>(files[0]);
  BOOST_TEST((copy.user == ada));
  BOOST_TEST((copy.home == shard_id{5}));
  store(plan);
  auto more = other;
  more.size = 801;
  step(inbox_event{take_file{{session, 100}, more, shard_id{5}}});
  BOOST_TEST(refusal_of(100) == ec::quota_exceeded);
}

BOOST_AUTO_TEST_SUITE_END()
