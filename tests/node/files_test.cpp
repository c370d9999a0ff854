#define BOOST_TEST_MODULE files

#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tests/support/files.hpp"
#include "tests/support/mounts.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>

// Files on a real node: put, named, fetched, lost and damaged.

using namespace parley;
using namespace parley::testing;

namespace {

namespace fs = std::filesystem;

constexpr size_t piece = limits::file_piece_bytes;
const bool can_mount = make_mounts_private();

boost::test_tools::assertion_result mounts_allowed(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result{can_mount};
  if (!can_mount)
    result.message() << "this system does not let us mount";
  return result;
}

struct one_node {
  node_process node{{"--file-limit", "4", "--file-quota", "6", "--file-grace", "3"}};
  device ada = import_person(node, "ada");
  device bob = import_person(node, "bob");
  device eve = import_person(node, "eve");
  conversation_id chat = ada.with("bob");

  fs::path content(const file_ref& file) const {
    auto name = to_hex(file.hash_bytes());
    return node.data_dir() / "files/contents" / name.substr(0, 2) / name;
  }

  size_t contents() const {
    auto all = fs::recursive_directory_iterator{node.data_dir() / "files/contents"};
    return static_cast<size_t>(
      std::count_if(begin(all), end(all), [](auto& x) { return x.is_regular_file(); }));
  }

  void restart() {
    node.kill();
    node.start();
    ada.reconnect(node);
    bob.reconnect(node);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(files_test, one_node)

BOOST_AUTO_TEST_CASE(a_node_says_that_it_stores_files) {
  raw_client kit{node.port()};
  auto welcome = kit.ask<wire::welcome>(wire::hello{});
  BOOST_TEST(std::count(welcome->features.begin(), welcome->features.end(), wire::feature_files)
             == 1);
}

BOOST_AUTO_TEST_CASE(a_file_goes_on_after_kill_and_is_given_to_who_was_sent_it) {
  auto bytes = bytes_of_file(1'000'000);
  BOOST_TEST(put(ada, bytes, 5 * piece).held == 5 * piece);
  restart();
  BOOST_TEST(state_of(ada, ref_of(bytes)).held == 5 * piece);
  BOOST_TEST(put(ada, bytes).stored);
  auto sent = send_file(ada, "bob", ref_of(bytes));
  restart();
  std::string found;
  BOOST_TEST(get(bob, chat, sent.seq, found) == ec::none);
  BOOST_TEST((found == bytes));
}

BOOST_AUTO_TEST_CASE(who_knows_a_hash_gets_nothing_by_it) {
  auto bytes = bytes_of_file(100'000);
  auto file = ref_of(bytes);
  put(ada, bytes);
  auto sent = send_file(ada, "bob", file);
  BOOST_TEST(state_of(eve, file).held == 0u); // As if nobody had it.
  BOOST_TEST(eve.refusal(wire::send{{}, "eve", 1, 0, naming(file)}) == ec::unknown_file);
  BOOST_TEST(bob.refusal(wire::send{{}, "eve", 1, 0, naming(file)}) == ec::unknown_file);
  BOOST_TEST(eve.refusal(wire::get_file{chat, sent.seq, 0}) == ec::not_member);
  BOOST_TEST(eve.refusal(wire::keep_file{chat, sent.seq}) == ec::not_member);
  std::string wrong(bytes.size(), 'x');
  eve.ask<wire::file_state>(
    wire::put_file{file.hash_bytes(), file.size, 0, std::string_view{wrong}.substr(0, piece)});
  BOOST_TEST(eve.refusal(wire::put_file{file.hash_bytes(), file.size, piece, wrong.substr(piece)})
             == ec::bad_file);
  std::string found;
  BOOST_TEST(get(bob, chat, sent.seq, found) == ec::none);
}

BOOST_AUTO_TEST_CASE(a_content_is_stored_once_and_sent_on_by_who_was_given_it) {
  auto bytes = bytes_of_file(300'000);
  auto file = ref_of(bytes);
  put(ada, bytes);
  put(eve, bytes);
  BOOST_TEST(contents() == 1u);
  auto sent = send_file(ada, "bob", file);
  BOOST_TEST(ask_patiently<wire::file_state>(bob, wire::keep_file{chat, sent.seq})->stored);
  auto on = send_file(bob, "eve", file);
  std::string found;
  BOOST_TEST(get(eve, bob.with("eve"), on.seq, found) == ec::none);
  BOOST_TEST((found == bytes));
  BOOST_TEST(contents() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_not_allowed_is_refused) {
  std::string hash(limits::file_hash_bytes, 'h');
  std::string large(piece + 1, 'x');
  BOOST_TEST(ada.refusal(wire::put_file{"short", 10}) == ec::malformed);
  BOOST_TEST(ada.refusal(wire::put_file{hash, 10, 8, "xyz"}) == ec::malformed);
  BOOST_TEST(ada.refusal(wire::put_file{hash, 10, ~uint64_t{0}, "xyz"}) == ec::malformed);
  BOOST_TEST(ada.refusal(wire::put_file{hash, 1 << 20, 0, large}) == ec::too_large);
  BOOST_TEST(ada.refusal(wire::put_file{hash, (4 << 20) + 1}) == ec::too_large);
  BOOST_TEST(ada.refusal(wire::put_file{hash, ~uint64_t{0}}) == ec::too_large);
  auto first = bytes_of_file(4 << 20, 1);
  BOOST_TEST(put(ada, first).stored);
  auto second = ref_of(bytes_of_file(3 << 20, 2));
  BOOST_TEST(ada.refusal(wire::put_file{second.hash_bytes(), second.size}) == ec::quota_exceeded);
  BOOST_TEST(ada.refusal(wire::get_file{{9, 9}, 1, 0}) == ec::unknown_conversation);
  ada.text_stored("bob", "words");
  BOOST_TEST(bob.refusal(wire::get_file{chat, 1, 0}) == ec::unknown_file);
  BOOST_TEST(bob.refusal(wire::keep_file{chat, 77}) == ec::unknown_file);
  raw_client stranger{node.port()};
  stranger.hello();
  BOOST_TEST(stranger.refusal(wire::put_file{hash, 10}) == ec::login_first);
}

BOOST_AUTO_TEST_CASE(what_no_message_names_is_collected_and_what_one_names_is_not) {
  auto named = bytes_of_file(100'000, 1);
  auto recalled = bytes_of_file(100'000, 2);
  auto forgotten = bytes_of_file(100'000, 3);
  for (auto bytes : {&named, &recalled, &forgotten})
    BOOST_TEST(put(ada, *bytes).stored);
  auto sent = send_file(ada, "bob", ref_of(named));
  auto gone = send_file(ada, "bob", ref_of(recalled));
  ada.ask<wire::sent>(wire::revise{chat, uint64_t{1} << 50, 0, {gone.seq}});
  wait_until(
    "two are collected", [&] { return contents() == 1; }, std::chrono::seconds{30});
  std::string found;
  BOOST_TEST(get(bob, chat, sent.seq, found) == ec::none);
  BOOST_TEST((found == named));
  BOOST_TEST(bob.refusal(wire::get_file{chat, gone.seq, 0}) == ec::unknown_file);
  BOOST_TEST(ada.refusal(wire::send{{}, "bob", uint64_t{1} << 51, 0, naming(ref_of(recalled))})
             == ec::unknown_file);
  auto room = bytes_of_file(4 << 20, 4); // What is gone counts no more.
  BOOST_TEST(put(ada, room).stored);
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_is_told_and_named_in_the_log) {
  auto bytes = bytes_of_file(3 * piece);
  auto file = ref_of(bytes);
  put(ada, bytes);
  auto sent = send_file(ada, "bob", file);
  std::fstream out{content(file), std::ios::in | std::ios::out | std::ios::binary};
  out.seekp(piece + 100);
  out.put(static_cast<char>(bytes[piece + 100] ^ 1));
  out.close();
  std::string found;
  BOOST_TEST(get(bob, chat, sent.seq, found) == ec::file_damaged);
  BOOST_TEST((found == bytes.substr(0, piece)));
  BOOST_TEST(node.log().find(to_hex(file.hash_bytes())) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(messages_are_not_held_up_by_pieces_that_wait) {
  auto bytes = bytes_of_file(4 << 20);
  auto file = ref_of(bytes);
  state_of(ada, file);
  auto last = ada.say(
    wire::put_file{file.hash_bytes(), file.size, 0, std::string_view{bytes}.substr(0, piece)});
  ada.text_stored("bob", "meanwhile");
  BOOST_TEST(ada.answer_as<wire::file_state>(last)->held == piece);
}

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_pieces_and_goes_on_when_there_is_room,
                     *boost::unit_test::precondition(mounts_allowed)) {
  temp_dir place;
  auto disk = place.path() / "disk";
  fs::create_directory(disk);
  BOOST_REQUIRE(mount_memory(disk, "size=64m"));
  {
    node_process small{disk, {"--disk-reserve", "16"}};
    auto kit = import_person(small, "kit");
    auto bytes = bytes_of_file(40 << 20);
    auto file = ref_of(bytes);
    std::ofstream{disk / "ballast"} << std::string(20 << 20, 'x');
    uint64_t held = state_of(kit, file).held;
    auto code = ec::none;
    while (code == ec::none) {
      auto x = kit.answer(kit.say(wire::put_file{file.hash_bytes(), file.size, held,
                                                 std::string_view{bytes}.substr(held, piece)}));
      if (auto state = x.as<wire::file_state>())
        held = state->held;
      else
        code = x.as<wire::error>()->code;
    }
    BOOST_TEST(code == ec::storage_full);
    BOOST_TEST(wire::make_error(code).retryable);
    fs::remove(disk / "ballast");
    wait_until("there is room", [&] {
      auto x = kit.answer(kit.say(wire::put_file{file.hash_bytes(), file.size, held,
                                                 std::string_view{bytes}.substr(held, piece)}));
      auto state = x.as<wire::file_state>();
      return state != nullptr && state->held > held;
    });
    small.stop();
  }
  unmount(disk);
}

BOOST_AUTO_TEST_CASE(files_go_from_script_to_script) {
  temp_dir place;
  auto path = place.path() / "plan.txt";
  auto bytes = bytes_of_file(2'500'000);
  std::ofstream{path, std::ios::binary} << bytes;
  auto parley = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {PARLEY, "--connect", node.endpoint(), "--state-dir",
                                 (place.path() / "state").string()});
    return run(words, {std::string{"PARLEY_PASSWORD="} + password});
  };
  register_person(node, "kit");
  register_person(node, "lea");
  auto sent = parley({"--user", "kit", "send-file", "--to", "lea", path.string(), "--json"});
  BOOST_TEST(sent.status == 0, sent.err);
  BOOST_TEST(sent.out.find("\"seq\":1") != std::string::npos, sent.out);
  auto copy = (place.path() / "copy.txt").string();
  std::ofstream{copy + ".part", std::ios::binary} << bytes.substr(0, 300'000);
  auto saved = parley({"--user", "lea", "save", "--to", "kit", "1", copy});
  BOOST_TEST(saved.status == 0, saved.err);
  std::ifstream in{copy, std::ios::binary};
  std::string found{std::istreambuf_iterator<char>{in}, {}};
  BOOST_TEST((found == bytes));
  BOOST_TEST(!fs::exists(copy + ".part"));
  std::ofstream{copy + ".part", std::ios::binary} << "of another file";
  auto wrong = parley({"--user", "lea", "save", "--to", "kit", "1", copy});
  BOOST_TEST(wrong.status == 1);
  BOOST_TEST(parley({"--user", "lea", "save", "--to", "kit", "7", copy}).status == 1);
}

BOOST_AUTO_TEST_SUITE_END()
