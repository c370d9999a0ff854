#define BOOST_TEST_MODULE file_keeper

#include "actors/core/file_keeper.hpp"

#include "persistence/memory_store.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "schema/record.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <fstream>
#include <random>
#include <set>

using namespace parley;
using namespace parley::testing;
using namespace std::chrono_literals;

namespace {

constexpr size_t piece = limits::file_piece_bytes;
const user_id ada{1, 2};
const user_id eve{1, 3};
const session_id session = make_session({1}, 1);

std::string text_of(size_t size) {
  std::string result(size, 'x');
  for (size_t i = 0; i < size; ++i)
    result[i] = static_cast<char>(i % 251 + i / piece);
  return result;
}

file_ref ref_of(const std::string& text) {
  sha256 hash;
  hash.feed(text);
  return *file_ref::of(hash.finish(), text.size());
}

/// Three nodes that all have all rows, and say things to each other at once unless a
/// letter is lost.
struct cluster {
  struct node {
    temp_dir dir;
    std::unique_ptr<file_store> files;
    memory_store rows;
    std::unique_ptr<core::file_keeper> keeper;
    bool up = true;
  };

  std::deque<node> nodes;
  node_id leader{1};
  bool has_rows = true;
  file_rules rules;
  moment now{};
  std::map<uint64_t, frame> answers;
  std::vector<inbox_mail> mails;
  std::vector<std::string> damaged;
  uint64_t requests = 0;
  std::function<bool(node_id from, node_id to, const file_letter&)> loses = [](auto, auto, auto&) {
    return false;
  };

  explicit cluster(size_t size = 3) : nodes(size) {
    using namespace std::chrono;
    now.wall = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
    for (size_t i = 1; i <= size; ++i)
      start(i);
  }

  node& at(size_t number) {
    return nodes[number - 1];
  }

  void start(size_t number) {
    auto& x = at(number);
    x.up = true;
    BOOST_REQUIRE(file_store::open(x.dir.path(), 0, {}, x.files).ok());
    core::file_places places{{number},
                             [this](shard_id) { return has_rows; },
                             [this](shard_id) { return leader; },
                             [this] { return nodes.size() / 2 + 1; },
                             [this, number] {
                               std::vector<node_id> others;
                               for (size_t i = 1; i <= nodes.size(); ++i)
                                 if (i != number)
                                   others.push_back({i});
                               return others;
                             }};
    x.keeper = std::make_unique<core::file_keeper>(*x.files, x.rows, std::move(places), rules);
  }

  void stop(size_t number) {
    at(number).up = false;
  }

  void carry(size_t from, core::keeper_actions&& out) {
    for (auto& x : out.parcels)
      for (auto& item : x.frames)
        answers[item.request] = item.bytes;
    for (auto& x : out.inboxes)
      mails.push_back(std::move(x));
    for (auto& x : out.damaged)
      damaged.push_back(x);
    for (auto& [to, letter] : out.letters) {
      auto said = decode_file_letter(letter.bytes.bytes());
      BOOST_REQUIRE(said);
      if (!at(to.value).up || loses({from}, to, *said))
        continue;
      core::keeper_actions then;
      at(to.value).keeper->hear({from}, *said, letter.shard, now, then);
      carry(to.value, std::move(then));
    }
    while (at(from).keeper->has_to_check()) {
      core::keeper_actions then;
      at(from).keeper->check_some(now, then);
      carry(from, std::move(then));
    }
  }

  uint64_t job(size_t number, file_job x) {
    core::keeper_actions out;
    std::visit([this](auto& y) { y.from = {session, ++requests}; }, x);
    auto request = requests;
    at(number).keeper->step(std::move(x), now, out);
    carry(number, std::move(out));
    return request;
  }

  uint64_t put(const std::string& text, size_t offset, size_t size, size_t number = 0,
               user_id user = ada) {
    frame bytes;
    return job(
      number == 0 ? leader.value : number,
      put_piece{
        {}, user, ref_of(text), offset, std::string_view{text}.substr(offset, size), bytes});
  }

  void put_all(const std::string& text, size_t from = 0) {
    for (auto at = from; at < text.size(); at += piece)
      put(text, at, piece);
  }

  void tick(std::chrono::microseconds later = limits::file_tick) {
    now.steady += later;
    now.wall += later.count();
    for (size_t i = 1; i <= nodes.size(); ++i)
      if (at(i).up) {
        core::keeper_actions out;
        at(i).keeper->tick(now, out);
        carry(i, std::move(out));
      }
  }

  /// Until all parts of what is on disk have been looked at.
  void sweep() {
    for (int i = 0; i < 300; ++i)
      tick(20ms);
  }

  template <class T>
  T answer_to(uint64_t request) {
    BOOST_REQUIRE(answers.contains(request));
    auto body = wire::decode_server(answers[request])->body;
    BOOST_REQUIRE(std::holds_alternative<T>(body));
    return std::get<T>(body);
  }

  size_t held_mails() const {
    return static_cast<size_t>(std::count_if(mails.begin(), mails.end(), [](auto& x) {
      return std::holds_alternative<file_held>(x.what);
    }));
  }

  size_t unneeded_mails() const {
    return mails.size() - held_mails();
  }

  /// As the user's inbox would write, and the replicas everywhere.
  void write_row(const file_ref& file, uint64_t names, user_id user = ada) {
    effect change;
    change.put(keys::kept_file(user, file.id()),
               record::encode(record::kept_file{file, names, now.wall}));
    for (auto& x : nodes)
      BOOST_REQUIRE(x.rows.write({&change, 1}).ok());
  }

  void erase_row(const file_ref& file) {
    effect change;
    change.erase(keys::kept_file(ada, file.id()));
    for (auto& x : nodes)
      BOOST_REQUIRE(x.rows.write({&change, 1}).ok());
  }

  std::string read(const file_ref& file, size_t number) {
    std::string all;
    while (all.size() < file.size) {
      auto request = job(number, get_piece{{}, file, shard_of(ada), all.size()});
      all += answer_to<wire::file_piece>(request).data;
    }
    return all;
  }

  void flip(size_t number, const file_ref& file) {
    auto name = to_hex(file.hash_bytes());
    std::fstream out{at(number).dir.path() / "files/contents" / name.substr(0, 2) / name,
                     std::ios::in | std::ios::out | std::ios::binary};
    BOOST_REQUIRE(out.good());
    out.put('\xff');
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_keeper_test, cluster)

BOOST_AUTO_TEST_CASE(a_piece_is_answered_with_what_has_come) {
  auto text = text_of(3 * piece);
  BOOST_TEST(answer_to<wire::file_state>(put(text, 0, 0)).held == 0u);
  BOOST_TEST(answer_to<wire::file_state>(put(text, 0, piece)).held == piece);
  BOOST_TEST(answer_to<wire::file_state>(put(text, 0, piece)).held == piece);         // Again.
  BOOST_TEST(answer_to<wire::file_state>(put(text, 2 * piece, piece)).held == piece); // Too early.
  BOOST_TEST(answer_to<wire::file_state>(put(text, 100, piece)).held == piece + 100);
}

BOOST_AUTO_TEST_CASE(the_inbox_is_told_only_when_two_of_three_have_the_file) {
  stop(2);
  stop(3);
  auto text = text_of(3 * piece + 7);
  put_all(text);
  tick();
  BOOST_TEST(held_mails() == 0u);
  start(3);
  tick();
  BOOST_TEST(held_mails() == 1u);
  BOOST_TEST(at(3).files->has(ref_of(text)));
}

BOOST_AUTO_TEST_CASE(others_fetch_while_it_comes_so_that_one_of_them_can_go_on) {
  auto text = text_of(10 * piece);
  put(text, 0, piece);
  tick(); // The others are told.
  for (size_t i = 1; i < 6; ++i)
    put(text, i * piece, piece);
  stop(1);
  leader = {2};
  auto held = answer_to<wire::file_state>(put(text, 0, 0)).held;
  BOOST_TEST(held == 6 * piece);
  put_all(text, held);
  for (int i = 0; i < 5; ++i) // Until node 3 gives up on the one that is gone.
    tick();
  BOOST_TEST(held_mails() == 1u);
  BOOST_TEST(at(3).files->has(ref_of(text)));
}

BOOST_AUTO_TEST_CASE(what_is_lost_between_nodes_is_asked_for_again) {
  auto text = text_of(20 * piece);
  std::minstd_rand dice{1};
  loses = [&](auto, auto, auto&) { return dice() % 3 == 0; };
  put_all(text);
  for (int i = 0; i < 100 && held_mails() == 0; ++i)
    tick();
  BOOST_TEST(held_mails() == 1u);
}

BOOST_AUTO_TEST_CASE(no_more_uploads_are_fetched_at_once_than_the_link_has_room_for) {
  constexpr size_t most = limits::node_piece_bytes / (2 * piece);
  std::set<std::string> asked;
  loses = [&](node_id, node_id to, const file_letter& x) {
    if (x.what == file_word::read && to == node_id{1})
      asked.insert(std::string{x.file.hash_bytes()});
    return x.what == file_word::read;
  };
  stop(3);
  for (size_t i = 0; i < most + 10; ++i)
    put(std::to_string(i) + text_of(piece), 0, 1000, 1, {1, 100 + i});
  tick();
  BOOST_TEST(asked.size() == most);
  for (int i = 0; i < 6; ++i) { // What does not grow makes room for others.
    for (size_t j = most; j < most + 10; ++j)
      put(std::to_string(j) + text_of(piece), 0, 2000 + 1000 * static_cast<size_t>(i), 1,
          {1, 100 + j});
    tick(limits::file_ask_again_after);
  }
  BOOST_TEST(asked.size() > most);
}

BOOST_AUTO_TEST_CASE(bytes_of_another_hash_are_refused) {
  auto text = text_of(2 * piece);
  auto file = ref_of(text);
  put(text, 0, piece);
  text[piece + 5] ^= 1;
  auto request = job(1, put_piece{{}, ada, file, piece, std::string_view{text}.substr(piece), {}});
  BOOST_TEST((answer_to<wire::error>(request).code == ec::bad_file));
  BOOST_TEST(held_mails() == 0u);
  for (auto& x : nodes)
    BOOST_TEST(!x.files->has(file));
}

BOOST_AUTO_TEST_CASE(to_know_a_hash_is_not_to_have_the_file) {
  auto text = text_of(2 * piece);
  put_all(text);
  BOOST_TEST(held_mails() == 1u);
  for (size_t number = 1; number <= 3; ++number)
    BOOST_TEST(answer_to<wire::file_state>(put(text, 0, 0, number, eve)).held == 0u);
  std::string wrong(text.size(), 'x');
  job(1, put_piece{{}, eve, ref_of(text), 0, wrong, {}});
  BOOST_TEST(held_mails() == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_node_has_of_another_user_is_not_given_for_an_upload) {
  auto text = text_of(2 * piece);
  put_all(text);
  auto asked = [&](user_id user) {
    core::keeper_actions out;
    at(1).keeper->hear({3}, {file_word::read, user, ref_of(text), 0}, shard_of(ada), now, out);
    BOOST_REQUIRE(out.letters.size() == 1u);
    return decode_file_letter(out.letters[0].second.bytes.bytes())->what;
  };
  BOOST_TEST((asked(eve) == file_word::absent));
  BOOST_TEST((asked(ada) == file_word::part));
  BOOST_TEST((asked({}) == file_word::part)); // Nobody's: a row says that the node shall have it.
}

BOOST_AUTO_TEST_CASE(a_file_that_is_kept_comes_from_those_who_have_it) {
  auto text = text_of(2 * piece);
  at(2).up = at(3).up = false;
  put_all(text);
  at(2).up = at(3).up = true;
  leader = {3};
  job(3, copy_file{{}, eve, ref_of(text), shard_of(ada)});
  tick();
  BOOST_TEST(at(3).files->has(ref_of(text)));
  BOOST_REQUIRE(!mails.empty());
  BOOST_TEST((mails.back().to == eve || mails.front().to == eve));
}

BOOST_AUTO_TEST_CASE(a_file_that_nobody_has_cannot_be_kept) {
  auto request = job(1, copy_file{{}, eve, ref_of("nothing"), shard_of(ada)});
  BOOST_TEST((answer_to<wire::error>(request).code == ec::unknown_file));
  stop(2);
  request = job(1, copy_file{{}, eve, ref_of("nothing"), shard_of(ada)});
  tick(limits::file_ask_again_after);
  tick(limits::file_ask_again_after);
  BOOST_TEST((answer_to<wire::error>(request).code == ec::retry));
}

BOOST_AUTO_TEST_CASE(an_upload_whose_place_was_taken_begins_anew) {
  auto text = text_of(3 * piece);
  put(text, 0, 2 * piece);
  at(1).files->drop({ada, ref_of(text)});
  BOOST_TEST(answer_to<wire::file_state>(put(text, 2 * piece, piece)).held == 0u);
  put_all(text);
  tick();
  BOOST_TEST(held_mails() == 1u);
}

BOOST_AUTO_TEST_CASE(a_piece_that_is_not_here_is_fetched) {
  auto text = text_of(3 * piece + 9);
  stop(3);
  put_all(text);
  start(3);
  BOOST_TEST((read(ref_of(text), 3) == text));
  auto nothing = job(3, get_piece{{}, ref_of("nothing"), shard_of(ada), 0});
  BOOST_TEST((answer_to<wire::error>(nothing).code == ec::unknown_file));
}

BOOST_AUTO_TEST_CASE(who_does_not_answer_is_asked_for_no_longer) {
  auto text = text_of(piece);
  stop(3);
  put_all(text);
  start(3);
  stop(1); // It leads, and is asked first.
  auto request = job(3, get_piece{{}, ref_of(text), shard_of(ada), 0});
  BOOST_TEST(!answers.contains(request));
  tick(limits::file_ask_again_after);
  BOOST_TEST((answer_to<wire::file_piece>(request).data == text));
  stop(2);
  auto lost = job(3, get_piece{{}, ref_of(text), shard_of(ada), 0});
  tick(limits::file_ask_again_after);
  tick(limits::file_ask_again_after);
  BOOST_TEST((answer_to<wire::error>(lost).code == ec::retry));
}

BOOST_AUTO_TEST_CASE(what_is_damaged_comes_from_another_node_and_is_mended) {
  auto text = text_of(3 * piece);
  auto file = ref_of(text);
  put_all(text);
  write_row(file, 1);
  flip(1, file);
  BOOST_TEST((read(file, 1) == text));
  BOOST_TEST(damaged.size() == 1u);
  BOOST_TEST(damaged[0].find(to_hex(file.hash_bytes())) != std::string::npos);
  sweep();
  std::string found;
  BOOST_TEST(at(1).files->read(file, 0, found).ok());
}

BOOST_AUTO_TEST_CASE(a_node_gets_the_files_whose_rows_it_has) {
  auto text = text_of(3 * piece);
  stop(3);
  put_all(text);
  write_row(ref_of(text), 1);
  start(3);
  sweep();
  BOOST_TEST(at(3).files->has(ref_of(text)));
}

BOOST_AUTO_TEST_CASE(what_no_row_names_goes_after_the_grace_and_not_before) {
  auto text = text_of(piece);
  put_all(text);
  sweep();
  BOOST_TEST(at(1).files->has(ref_of(text)));
  tick(rules.grace);
  sweep();
  for (auto& x : nodes)
    BOOST_TEST(!x.files->has(ref_of(text)));
}

BOOST_AUTO_TEST_CASE(a_clock_that_leaps_deletes_nothing) {
  auto text = text_of(piece);
  put_all(text);
  auto other = text_of(piece - 1);
  put_all(other);
  write_row(ref_of(other), 0);
  tick(rules.grace / 2);
  auto by = 100 * std::chrono::microseconds{rules.grace}.count();
  now.wall += by;
  now.leap = by;
  sweep();
  BOOST_TEST(at(1).files->has(ref_of(text)));
  BOOST_TEST(unneeded_mails() == 0u);
  now.wall -= 2 * by; // As if it had all been written in the future.
  now.leap = 0;
  sweep();
  BOOST_TEST(at(1).files->has(ref_of(text)));
  BOOST_TEST(unneeded_mails() == 0u);
}

BOOST_AUTO_TEST_CASE(a_node_that_was_off_for_long_deletes_nothing_before_its_rows_are_there) {
  auto text = text_of(piece);
  put_all(text);
  now.wall += 3 * rules.grace.count();
  now.steady = {};
  has_rows = false; // Replicas begin.
  start(1);
  sweep();
  BOOST_TEST(at(1).files->has(ref_of(text)));
  write_row(ref_of(text), 1);
  has_rows = true;
  sweep();
  tick(rules.grace);
  sweep();
  BOOST_TEST(at(1).files->has(ref_of(text)));
}

BOOST_AUTO_TEST_CASE(what_a_row_names_stays_however_old_it_is) {
  auto text = text_of(piece);
  put_all(text);
  write_row(ref_of(text), 1);
  tick(2 * rules.grace);
  sweep();
  BOOST_TEST(at(1).files->has(ref_of(text)));
  BOOST_TEST(unneeded_mails() == 0u);
}

BOOST_AUTO_TEST_CASE(the_inbox_is_told_of_a_file_that_no_message_names) {
  auto text = text_of(piece);
  put_all(text);
  write_row(ref_of(text), 0);
  sweep();
  BOOST_TEST(unneeded_mails() == 0u);
  tick(rules.grace);
  sweep();
  BOOST_TEST(unneeded_mails() >= 1u); // By the node that leads.
  erase_row(ref_of(text));
  sweep();
  BOOST_TEST(at(1).files->has(ref_of(text))); // It was wanted a moment ago.
  tick(rules.grace);
  sweep();
  BOOST_TEST(!at(1).files->has(ref_of(text)));
}

BOOST_AUTO_TEST_CASE(what_is_put_again_at_the_last_moment_stays_a_whole_grace) {
  auto text = text_of(piece);
  put_all(text);
  tick(rules.grace);
  tick(limits::upload_idle);
  put_all(text);
  sweep();
  BOOST_TEST(at(1).files->has(ref_of(text)));
  BOOST_TEST(held_mails() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
