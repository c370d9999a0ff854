#define BOOST_TEST_MODULE cluster_files

#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tests/support/cluster_operator.hpp"
#include "tests/support/files.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>

// Files in a cluster: what was stored survives the loss of a machine, and what is under
// way goes on elsewhere.

using namespace parley;
using namespace parley::testing;

namespace {

namespace fs = std::filesystem;

constexpr size_t piece = limits::file_piece_bytes;

size_t home_of(const nlohmann::json& status, user_id user) {
  return status["groups"][shard_of(user).value]["leader"];
}

fs::path content_at(const node_process& node, const file_ref& file) {
  auto name = to_hex(file.hash_bytes());
  return node.data_dir() / "files/contents" / name.substr(0, 2) / name;
}

struct three_nodes {
  cluster_process nodes;
  nlohmann::json status = when_settled(nodes[1], {1, 2, 3});

  three_nodes() {
    nodes.wait_until_all_take(wire::feature_files);
    import_person(nodes[1], "bob");
  }

  size_t another_than(size_t number) const {
    return number % 3 + 1;
  }

  size_t copies(const file_ref& file) {
    size_t count = 0;
    for (size_t i = 1; i <= nodes.size(); ++i)
      count += fs::exists(content_at(nodes[i], file));
    return count;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_files_test)

BOOST_FIXTURE_TEST_CASE(a_stored_file_is_on_two_machines_and_read_through_any, three_nodes) {
  auto ada = import_person(nodes[1], "ada");
  auto bytes = bytes_of_file(3'000'000);
  auto file = ref_of(bytes);
  BOOST_TEST(put(ada, bytes).stored);
  BOOST_TEST(copies(file) >= 2u);
  auto sent = send_file(ada, "bob", file);
  for (size_t i = 1; i <= 3; ++i) {
    auto bob = import_person(nodes[i], "bob");
    std::string found;
    BOOST_TEST(get(bob, bob.with("ada"), sent.seq, found) == ec::none);
    BOOST_TEST((found == bytes));
  }
}

BOOST_FIXTURE_TEST_CASE(an_upload_goes_on_when_the_node_that_took_it_is_killed, three_nodes) {
  auto leader = home_of(status, user_of("ada"));
  auto ada = import_person(nodes[another_than(leader)], "ada");
  auto bytes = bytes_of_file(4'000'000);
  auto file = ref_of(bytes);
  put(ada, bytes, 20 * piece);
  wait_until("another node has most of it", [&] {
    auto at = nodes[another_than(leader)].data_dir() / "files/uploads";
    size_t found = 0;
    for (auto& x : fs::recursive_directory_iterator{at})
      if (x.is_regular_file())
        found = x.file_size();
    return found == 20 * piece;
  });
  nodes[leader].kill();
  BOOST_TEST(state_of(ada, file).held > 0u); // Not all again.
  BOOST_TEST(put(ada, bytes).stored);
  BOOST_TEST(copies(file) >= 2u);
  auto sent = send_file(ada, "bob", file);
  nodes[leader].start();
  nodes.wait_until_all_take(wire::feature_files);
  auto bob = import_person(nodes[leader], "bob");
  std::string found;
  BOOST_TEST(get(bob, bob.with("ada"), sent.seq, found) == ec::none);
  BOOST_TEST((found == bytes));
}

BOOST_FIXTURE_TEST_CASE(a_download_goes_on_when_a_machine_is_lost, three_nodes) {
  auto leader = home_of(status, user_of("ada"));
  auto stays = another_than(leader);
  auto ada = import_person(nodes[leader], "ada");
  auto bytes = bytes_of_file(4'000'000);
  BOOST_TEST(put(ada, bytes).stored);
  auto sent = send_file(ada, "bob", ref_of(bytes));
  auto bob = import_person(nodes[stays], "bob");
  std::string found;
  auto chat = bob.with("ada");
  while (found.size() < bytes.size()) {
    if (found.size() == 20 * piece)
      nodes[leader].kill();
    auto part = ask_patiently<wire::file_piece>(bob, wire::get_file{chat, sent.seq, found.size()});
    found += part->data;
  }
  BOOST_TEST((found == bytes));
}

BOOST_FIXTURE_TEST_CASE(a_copy_that_is_lost_or_damaged_comes_back, three_nodes) {
  auto leader = home_of(status, user_of("ada"));
  auto ada = import_person(nodes[leader], "ada");
  auto bytes = bytes_of_file(500'000);
  auto file = ref_of(bytes);
  BOOST_TEST(put(ada, bytes).stored);
  auto sent = send_file(ada, "bob", file);
  auto other = another_than(leader);
  nodes[other].stop();
  fs::remove_all(nodes[other].data_dir() / "files");
  nodes[other].start();
  wait_until_served(nodes[other]);
  wait_until(
    "the file is back", [&] { return fs::exists(content_at(nodes[other], file)); },
    std::chrono::seconds{30});
  auto bob = import_person(nodes[other], "bob");
  std::string found;
  BOOST_TEST(get(bob, bob.with("ada"), sent.seq, found) == ec::none);
  BOOST_TEST((found == bytes));
}

BOOST_AUTO_TEST_CASE(a_node_that_joins_later_gets_files_and_gives_them) {
  cluster_process nodes;
  nodes.wait_until_all_take(wire::feature_files);
  import_person(nodes[1], "ada");
  std::vector<std::string> all;
  std::vector<seq_t> seqs;
  for (uint64_t i = 0; i < 4; ++i) {
    auto sender = import_person(nodes[1], "sender" + std::to_string(i));
    all.push_back(bytes_of_file(200'000, i));
    BOOST_TEST(put(sender, all.back()).stored);
    seqs.push_back(send_file(sender, "ada", ref_of(all.back())).seq);
  }
  auto fourth = nodes.add();
  must_change(nodes, 1, {"join", nodes.address_of(fourth)});
  auto status = when_settled(nodes[1], {1, 2, 3, 4});
  wait_until_served(nodes[fourth]);
  auto there = import_person(nodes[fourth], "ada");
  for (uint64_t i = 0; i < 4; ++i) {
    std::string found;
    auto name = "sender" + std::to_string(i);
    BOOST_TEST(get(there, there.with(name), seqs[i], found) == ec::none);
    BOOST_TEST((found == all[i]));
    auto& group = status["groups"][shard_of(user_of(name)).value]["voters"];
    if (std::count(group.begin(), group.end(), fourth) != 0)
      wait_until(
        "its copy is there", [&] { return fs::exists(content_at(nodes[fourth], ref_of(all[i]))); },
        std::chrono::seconds{60});
  }
}

BOOST_AUTO_TEST_SUITE_END()
