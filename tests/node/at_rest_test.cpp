#define BOOST_TEST_MODULE at_rest

#include "schema/identity.hpp"
#include "tests/support/disk_search.hpp"
#include "tests/support/files.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

// A real node whose data is encrypted, and what is seen of it on the disk.

using namespace parley;
using namespace parley::testing;

namespace {

namespace fs = std::filesystem;

struct keys_of_an_operator {
  temp_dir place;

  /// A file with such a key.
  std::string key(char x) {
    auto file = place.path() / std::string{x};
    std::ofstream{file} << to_hex(std::string(32, x)) << "\n";
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    return file;
  }

  std::vector<std::string> with_key(char x) {
    return {"--data-key", key(x), "--search"};
  }

  /// The line with which a node does not start.
  static std::string refusal(const node_process& node, std::vector<std::string> flags,
                             std::vector<std::string> environment = {}) {
    std::vector<std::string> command{PARLEYD, "--listen", "127.0.0.1:0", "--data-dir",
                                     node.data_dir()};
    command.insert(command.end(), flags.begin(), flags.end());
    auto done = run(command, environment);
    BOOST_TEST(done.status == 1);
    BOOST_TEST(done.err.find('\n') == done.err.size() - 1);
    return done.err;
  }
};

const std::string words = "meet me at the old mill";

/// What users leave: a message, a file, names. Ada's token.
std::string leave_traces(const node_process& node) {
  auto ada = import_person(node, "ada-lovelace");
  auto bob = import_person(node, "bob-of-the-mill");
  auto bytes = words + bytes_of_file(100'000);
  ada.text_stored("bob-of-the-mill", words);
  BOOST_TEST(put(ada, bytes).stored);
  send_file(ada, "bob-of-the-mill", ref_of(bytes));
  put(bob, words + bytes_of_file(200'000), 100'000);
  return ada.token();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(at_rest_test, keys_of_an_operator)

BOOST_AUTO_TEST_CASE(what_users_left_is_found_on_a_plain_disk_and_not_on_an_encrypted_one) {
  auto hash = ref_of(words + bytes_of_file(100'000));
  for (auto encrypted : {false, true}) {
    node_process node{encrypted ? with_key('k') : std::vector<std::string>{"--search"}};
    leave_traces(node);
    auto look = [&] {
      for (auto& what : {words, std::string{"ada-lovelace"}, std::string{"plan.pdf"},
                         std::string{hash.hash_bytes()}})
        BOOST_TEST(places_of(what, node.data_dir()).empty() == encrypted, what);
      BOOST_TEST(places_of(to_hex(hash.hash_bytes()), node.data_dir()).empty() == encrypted);
    };
    look();
    node.kill();
    node.start(); // Rows that were in the log are sorted into files.
    look();
    node.stop();
    look();
  }
}

BOOST_AUTO_TEST_CASE(an_encrypted_node_loses_nothing_when_it_is_killed) {
  node_process node{with_key('k')};
  auto token = leave_traces(node);
  node.kill();
  node.start();
  device ada{node, "ada-lovelace", token};
  auto said = ada.history(ada.with("bob-of-the-mill"));
  BOOST_REQUIRE(said.size() == 2u);
  BOOST_TEST(text_of(*said[0]) == words);
  std::string found;
  BOOST_TEST(get(ada, ada.with("bob-of-the-mill"), 2, found) == ec::none);
  BOOST_TEST((found == words + bytes_of_file(100'000)));
}

BOOST_AUTO_TEST_CASE(without_the_right_key_a_node_does_not_start) {
  node_process node{with_key('k')};
  node.kill();
  auto dir = "parleyd: data directory " + node.data_dir().string();
  BOOST_TEST(refusal(node, {}) == dir + " is encrypted; give its key (--data-key)\n");
  BOOST_TEST(refusal(node, {"--data-key", key('w')})
             == dir + " is encrypted under another key than that of --data-key\n");
  fs::permissions(key('k'), fs::perms{0644});
  BOOST_TEST(refusal(node, {"--data-key", place.path() / "k"})
             == "parleyd: others than its owner can use " + (place.path() / "k").string()
                  + "; chmod 600 it\n");
  BOOST_TEST(run({PARLEYD, "--old-data-key", key('k')}).status == 2);
  node_process plain;
  plain.kill();
  BOOST_TEST(refusal(plain, {}, {"PARLEY_DATA_KEY_FILE=" + key('k')})
             == "parleyd: data directory " + plain.data_dir().string()
                  + " is not encrypted; go on without --data-key, or begin with an empty one\n");
}

BOOST_AUTO_TEST_CASE(a_node_goes_on_under_a_new_key) {
  node_process node{with_key('k')};
  auto token = leave_traces(node);
  node.kill();
  node.start({"--data-key", key('n'), "--old-data-key", key('k')});
  BOOST_TEST(node.log().find("event=data-key-changed") != std::string::npos);
  node.kill();
  BOOST_TEST(refusal(node, {"--data-key", key('k')}).find("another key") != std::string::npos);
  node.start({"--data-key", key('n')});
  device ada{node, "ada-lovelace", token};
  BOOST_TEST(ada.history(ada.with("bob-of-the-mill")).size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
