#define BOOST_TEST_MODULE process

#include "schema/identity.hpp"
#include "tests/support/device.hpp"
#include "tests/support/files.hpp"
#include "tests/support/mounts.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <deque>
#include <fstream>
#include <map>

#include <fcntl.h>
#include <unistd.h>

// parleyd as an operator meets it: how it starts, refuses to, stops, and lives
// on a disk that is full.

using namespace parley;
using namespace parley::testing;

namespace data = boost::unit_test::data;

namespace {

/// Mounts belong to this process, so that they go with it whatever happens.
const bool can_mount = make_mounts_private();

boost::test_tools::assertion_result mounts_allowed(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result{can_mount};
  if (!can_mount)
    result.message() << "this system does not let us mount";
  return result;
}

std::string at_free_port() {
  return "127.0.0.1:" + std::to_string(free_port());
}

/// A start that is to fail: says so in one line, at once, with this status.
void refuses(std::vector<std::string> flags, int status, const std::string& words) {
  flags.insert(flags.begin(), PARLEYD);
  auto ended = run(flags);
  BOOST_TEST(ended.status == status);
  BOOST_TEST(ended.out == "");
  BOOST_TEST(ended.err.find("parleyd: ") != std::string::npos);
  BOOST_TEST_INFO(ended.err);
  BOOST_TEST(ended.err.find(words) != std::string::npos);
}

/// A small disk of its own.
struct small_disk {
  temp_dir place;
  std::filesystem::path path = place.path() / "disk";

  explicit small_disk(const std::string& options) {
    std::filesystem::create_directory(path);
    BOOST_REQUIRE(mount_memory(path, options));
  }

  ~small_disk() {
    unmount(path);
  }

  /// Takes all room but so much.
  void fill(size_t leave) {
    auto fd = ::open((path / "ballast").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    auto room = std::filesystem::space(path).available;
    auto taken = ::lseek(fd, 0, SEEK_END);
    BOOST_REQUIRE(::posix_fallocate(fd, taken, static_cast<off_t>(room - leave)) == 0);
    ::close(fd);
  }

  void empty() {
    std::filesystem::remove(path / "ballast");
  }
};

std::filesystem::path largest_file(const std::filesystem::path& dir, const std::string& ending) {
  std::filesystem::path result;
  uintmax_t size = 0;
  for (auto& x : std::filesystem::directory_iterator{dir})
    if (x.path().extension() == ending && x.file_size() > size) {
      result = x.path();
      size = x.file_size();
    }
  return result;
}

void flip_in_the_middle(const std::filesystem::path& file) {
  auto bytes = read_file(file);
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream{file, std::ios::binary} << bytes;
}

/// How many files each epoll set of a process has (proc(5), fdinfo).
std::vector<size_t> files_watched_by_loop(pid_t process) {
  std::vector<size_t> result;
  auto files = "/proc/" + std::to_string(process) + "/fdinfo";
  for (auto& x : std::filesystem::directory_iterator{files}) {
    std::ifstream in{x.path()};
    size_t watched = 0;
    for (std::string line; std::getline(in, line);)
      watched += line.starts_with("tfd:");
    result.push_back(watched);
  }
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_test)

// -- starting ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(port_0_takes_a_free_one_and_says_which) {
  temp_dir place;
  child_process node{{PARLEYD, "--listen", "127.0.0.1:0", "--admin-listen", "none", "--data-dir",
                      place.path() / "data"}};
  wait_until("it listens", [&] { return node.out().ends_with("\n"); });
  std::string start = "parleyd listens for clients on 127.0.0.1:";
  auto line = node.out();
  BOOST_REQUIRE(line.starts_with(start));
  auto port = std::stoi(line.substr(start.size()));
  BOOST_TEST(line.ends_with(", data in " + (place.path() / "data").string() + "\n"));
  raw_client{static_cast<uint16_t>(port)}.hello();
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_refused_and_harms_nobody) {
  node_process node;
  temp_dir place;
  refuses({"--listen", node.endpoint(), "--data-dir", place.path() / "data"}, 1, "in use");
  raw_client{node.port()}.hello();
}

BOOST_AUTO_TEST_CASE(data_that_another_node_uses_is_refused_until_that_is_gone) {
  node_process node;
  auto token = node.service_token();
  refuses({"--listen", at_free_port(), "--data-dir", node.data_dir()}, 1, "used by another node");
  device service{node, "service", token};
  node.kill();
  node_process next{node.data_dir()};
  device again{next, "service", token};
}

BOOST_AUTO_TEST_CASE(a_directory_with_something_else_is_refused_and_left_alone) {
  temp_dir place;
  std::ofstream{place.path() / "thesis.tex"} << "years of work";
  refuses({"--listen", at_free_port(), "--data-dir", place.path()}, 1, "holds something else");
  size_t entries = 0;
  for (auto& x : std::filesystem::directory_iterator{place.path()})
    entries += x.exists();
  BOOST_TEST(entries == 1u);
  refuses({"--listen", at_free_port(), "--data-dir", place.path() / "thesis.tex"}, 1, "is a file");
  BOOST_TEST(read_file(place.path() / "thesis.tex") == "years of work");
}

BOOST_AUTO_TEST_CASE(clients_are_dealt_out_to_all_io_threads) {
  constexpr size_t threads = 3;
  node_process node{{"--io-threads", std::to_string(threads)}};
  std::deque<raw_client> crowd;
  for (size_t i = 0; i < 30 * threads; ++i)
    crowd.emplace_back(node.port()).hello();
  auto many = [](size_t files) { return files > 10; };
  auto watched = files_watched_by_loop(node.pid());
  BOOST_TEST(std::count_if(watched.begin(), watched.end(), many) == threads);
}

BOOST_AUTO_TEST_CASE(bad_options_are_refused_with_a_hint) {
  refuses({"--no-such-option"}, 2, "--no-such-option");
  refuses({"--listen", "nonsense"}, 2, "HOST:PORT");
  refuses({"--listen", "127.0.0.1:99999"}, 2, "HOST:PORT");
  refuses({"--workers", "many"}, 2, "--workers");
  refuses({"--io-threads", "17"}, 2, "--io-threads");
  refuses({"--log-level", "loud"}, 2, "--log-level");
  refuses({"--config", "/nowhere/parley.toml"}, 2, "/nowhere/parley.toml");
  BOOST_TEST(run({PARLEYD, "--help"}).status == 0);
  BOOST_TEST(run({PARLEYD, "--version"}).out == "parleyd 0.1.0\n");
}

BOOST_AUTO_TEST_CASE(an_address_for_all_the_world_needs_a_word_of_consent) {
  temp_dir place;
  auto port = std::to_string(free_port());
  for (std::string host : {"0.0.0.0", "192.0.2.1", "[::]", "example.org"})
    refuses({"--listen", host + ":" + port, "--data-dir", place.path() / "data"}, 2,
            "--allow-plaintext");
  BOOST_TEST(!std::filesystem::exists(place.path() / "data"));
  child_process node{{PARLEYD, "--listen", "0.0.0.0:" + port, "--admin-listen", "none",
                      "--allow-plaintext", "--data-dir", place.path() / "data"}};
  wait_until("it listens", [&] { return node.out().ends_with("\n"); });
}

BOOST_AUTO_TEST_CASE(an_address_that_is_not_ours_is_refused) {
  temp_dir place;
  refuses({"--listen", "192.0.2.1:7710", "--allow-plaintext", "--data-dir", place.path() / "data"},
          1, "cannot listen");
}

BOOST_AUTO_TEST_CASE(a_damaged_store_is_refused_and_not_overwritten) {
  node_process node;
  register_person(node, "ada");
  BOOST_TEST(node.stop() == 0);
  auto current = node.data_dir() / "rocksdb" / "CURRENT";
  std::ofstream{current} << "nonsense";
  refuses({"--listen", at_free_port(), "--data-dir", node.data_dir()}, 1, "damaged");
  BOOST_TEST(read_file(current) == "nonsense");
  std::filesystem::remove(current);
  refuses({"--listen", at_free_port(), "--data-dir", node.data_dir()}, 1, "damaged");
}

BOOST_AUTO_TEST_CASE(a_damaged_log_is_refused_with_its_place_and_what_to_do) {
  node_process node;
  auto ada = import_person(node, "ada");
  for (int i = 0; i < 20; ++i)
    ada.text_stored("ada", "text");
  node.kill();
  auto log = largest_file(node.data_dir() / "rocksdb", ".log");
  flip_in_the_middle(log);
  auto damaged = read_file(log);
  std::vector<std::string> start{"--listen", at_free_port(), "--data-dir", node.data_dir()};
  refuses(start, 1, "is damaged: Corruption: " + log.filename().string() + " at byte ");
  refuses(start, 1, "replace the node in its cluster or restore a copy (docs/operations.md");
  BOOST_TEST((read_file(log) == damaged));
}

BOOST_DATA_TEST_CASE(a_damaged_file_of_rows_is_named_and_never_served,
                     data::make({".sst", ".blob"}) ^ data::make({400, 8000}), file, bytes) {
  node_process node;
  auto ada = import_person(node, "ada");
  import_person(node, "bob");
  auto body = [bytes](uint64_t seed) {
    return to_hex(bytes_of_file(static_cast<size_t>(bytes), seed));
  };
  for (uint64_t i = 1; i <= 64; ++i)
    ada.text_stored("bob", body(i));
  ada.text_stored("ada", "elsewhere");
  for (int i = 0; i < 2; ++i) { // Reading its log, a node sorts it.
    BOOST_TEST(node.stop() == 0);
    node.start();
  }
  BOOST_TEST(node.stop() == 0);
  auto rows = largest_file(node.data_dir() / "rocksdb", file);
  flip_in_the_middle(rows);
  node.start();
  ada.reconnect(node);
  size_t read = 0;
  size_t refused = 0;
  for (seq_t seq = 1; seq <= 64; ++seq) {
    std::optional<received> answer;
    try {
      answer = ada.answer(ada.say(wire::read_history{ada.with("bob"), seq, 0, 1}));
    } catch (const timed_out& why) { // Or her inbox was about to push what is there.
      BOOST_TEST_REQUIRE(std::string{why.what()}.ends_with("closing storage_failed"));
      ada.reconnect(node);
      ++refused;
      continue;
    }
    auto& x = *answer;
    if (auto page = x.as<wire::history_page>()) {
      frame bytes{page->records.at(0)};
      auto found = wire::decode_server(bytes);
      BOOST_TEST((text_of(std::get<wire::message>(found.value().body)) == body(seq)));
      ++read;
    } else {
      BOOST_TEST((x.as<wire::error>()->code == ec::storage_failed), describe(x));
      ++refused;
    }
  }
  BOOST_TEST(refused > 0u);
  BOOST_TEST(read > 0u);
  BOOST_TEST(ada.history(ada.with("ada")).size() == 1u);
  BOOST_TEST(node.log().find("event=read-failed") != std::string::npos);
  BOOST_TEST(node.log().find(rows.filename().string()) != std::string::npos, node.log());
}

BOOST_AUTO_TEST_CASE(a_disk_that_cannot_be_written_is_refused,
                     *boost::unit_test::precondition(mounts_allowed)) {
  small_disk disk{"size=64m"};
  {
    node_process node{disk.path / "data", {"--disk-reserve", "0"}};
    BOOST_TEST(node.stop() == 0);
  }
  BOOST_REQUIRE(make_read_only(disk.path));
  refuses({"--listen", at_free_port(), "--data-dir", disk.path / "data"}, 1, "cannot be written");
  refuses({"--listen", at_free_port(), "--data-dir", disk.path / "other"}, 1, "cannot be created");
}

// -- stopping -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(sigterm_lets_clients_go_and_ends_well) {
  for (auto which : {SIGTERM, SIGINT}) {
    node_process node;
    auto ada = import_person(node, "ada");
    raw_client stranger{node.port()};
    stranger.hello();
    ada.text_stored("ada", "stored");
    auto began = steady::now();
    node.signal(which);
    BOOST_TEST(ada.closed() == ec::stopping);
    BOOST_TEST(stranger.closed() == ec::stopping);
    BOOST_TEST(node.wait() == 0);
    BOOST_TEST((steady::now() - began < 3s)); // Nobody is left to wait for.
    node.start();
    ada.reconnect(node);
    BOOST_TEST(ada.history(ada.with("ada")).size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_stop_under_load_keeps_what_was_acknowledged) {
  node_process node;
  auto ada = import_person(node, "ada");
  std::vector<uint64_t> requests;
  for (int i = 0; i < 60; ++i)
    requests.push_back(ada.text("ada", "text"));
  ada.answer_as<wire::sent>(requests[0]);
  BOOST_TEST(node.stop() == 0);
  BOOST_TEST(ada.closed() == ec::stopping);
  seq_t acknowledged = 1;
  for (auto& x : ada.waiting())
    if (auto sent = x.as<wire::sent>())
      acknowledged = std::max(acknowledged, sent->seq);
  node.start();
  ada.reconnect(node);
  BOOST_TEST(ada.history(ada.with("ada")).size() >= acknowledged);
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_a_client_that_never_reads) {
  node_process node;
  auto ada = import_person(node, "ada");
  auto token = import_person(node, "bob").token();
  device deaf{node, "bob", token, {}, 4096};
  std::string body(16'000, '.');
  for (int i = 0; i < 64; ++i)
    ada.text_stored("bob", body);
  auto began = steady::now();
  BOOST_TEST(node.stop() == 0);
  BOOST_TEST((steady::now() - began < 10s));
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_a_draining_node_at_once_and_loses_nothing) {
  node_process node;
  auto ada = import_person(node, "ada");
  import_person(node, "bob");
  for (int i = 0; i < 64; ++i)
    ada.text_stored("bob", "stored");
  node.signal(SIGSTOP); // So that it meets the second before it is done with the first.
  node.signal(SIGTERM);
  node.signal(SIGINT);
  node.signal(SIGCONT);
  BOOST_TEST(node.wait() == 1);
  BOOST_TEST(node.log().find("event=stopping") != std::string::npos);
  BOOST_TEST(node.log().ends_with("event=stopped-at-once\n"), node.log());
  node.start();
  ada.reconnect(node);
  BOOST_TEST(ada.history(ada.with("bob")).size() == 64u);
}

// -- a full disk ----------------------------------------------------------------------------

/// Sends, fills the disk, sends until refused, makes room, and finds
/// everything that was ever acknowledged.
void survive_a_full_disk(node_process& node, small_disk& disk, size_t leave) {
  auto ada = import_person(node, "ada");
  auto bob = import_person(node, "bob");
  std::string body(8000, '.');
  std::map<uint64_t, seq_t> stored;
  uint64_t counter = 0;
  auto send = [&] {
    auto x = ada.answer(ada.say(wire::send{{}, "bob", counter, 0, {{}, body}}));
    if (auto sent = x.as<wire::sent>())
      stored[counter] = sent->seq;
    auto error = x.as<wire::error>();
    BOOST_TEST((error == nullptr || error->retryable), describe(x));
    return error == nullptr ? ec::none : error->code;
  };
  for (counter = 1; counter <= 20; ++counter)
    BOOST_TEST(send() == ec::none);
  disk.fill(leave);
  ec code = ec::none;
  auto until = steady::now() + patience;
  for (; code == ec::none && steady::now() < until; ++counter)
    code = send();
  BOOST_TEST(code == ec::storage_full);
  auto refused = --counter;
  disk.fill(leave / 2);        // Or what the store gives back meanwhile may be room enough.
  for (int i = 0; i < 20; ++i) // It stays so, and repeats change nothing.
    BOOST_TEST(send() == ec::storage_full);
  for (seq_t i = 1; i <= 20; ++i)
    BOOST_TEST(bob.message()->seq == i);
  BOOST_TEST(bob.history(bob.with("ada")).size() >= 20u);
  BOOST_TEST(node.running());
  disk.empty();
  wait_until("it stores again", [&] {
    code = send();
    return code != ec::storage_full;
  });
  BOOST_TEST(code == ec::none);
  BOOST_TEST(counter == refused);
  for (int i = 0; i < 20; ++i) {
    ++counter;
    BOOST_TEST(send() == ec::none);
  }
  node.kill();
  node.start();
  ada.reconnect(node);
  std::map<uint64_t, seq_t> found;
  for (auto& x : ada.history(ada.with("bob")))
    BOOST_TEST(found.emplace(x->counter, x->seq).second);
  for (auto& [at, seq] : stored)
    BOOST_TEST(found[at] == seq);
  BOOST_TEST(found.size() == stored.size());
}

BOOST_AUTO_TEST_CASE(a_nearly_full_disk_refuses_writes_until_there_is_room,
                     *boost::unit_test::precondition(mounts_allowed)) {
  small_disk disk{"size=256m"};
  node_process node{disk.path / "data", {"--disk-reserve", "64"}};
  survive_a_full_disk(node, disk, 65 << 20);
}

BOOST_AUTO_TEST_CASE(a_disk_without_a_byte_left_stops_writes_until_a_restart_and_loses_nothing,
                     *boost::unit_test::precondition(mounts_allowed)) {
  small_disk disk{"size=64m"};
  node_process node{disk.path / "data", {"--disk-reserve", "0"}};
  auto ada = import_person(node, "ada");
  auto bob = import_person(node, "bob");
  disk.fill(1 << 20);
  std::string body(16'000, '.');
  std::map<uint64_t, seq_t> stored;
  ec code = ec::none;
  while (code == ec::none) {
    auto request = ada.text("bob", body);
    auto x = ada.take("an answer or the end", [request](const received& y) {
      return y.what.request == request || y.as<wire::closing>() != nullptr;
    });
    if (auto sent = x.as<wire::sent>())
      stored[ada.last_counter()] = sent->seq;
    else if (auto error = x.as<wire::error>())
      code = error->code;
    else // Her inbox failed as well.
      code = x.as<wire::closing>()->why.code;
  }
  BOOST_TEST((code == ec::storage_failed || code == ec::storage_full));
  BOOST_TEST(retry_after(code).has_value());
  auto unknown = ada.last_counter();
  bob.reconnect(node); // Reading goes on.
  BOOST_TEST(bob.push<wire::message>()->seq == 1u);
  auto page = bob.ask<wire::history_page>(wire::read_history{bob.with("ada"), 1, 0, 0});
  BOOST_TEST(!page->records.empty());
  BOOST_TEST(node.running());
  disk.empty();
  node.kill();
  node.start();
  ada.reconnect(node);
  stored[unknown] = ada.text_stored("bob", body, unknown).seq;
  std::map<uint64_t, seq_t> found;
  for (auto& x : ada.history(ada.with("bob")))
    BOOST_TEST(found.emplace(x->counter, x->seq).second);
  BOOST_TEST((found == stored));
}

// -- a disk that fails -----------------------------------------------------------------------

/// What became durable is not known then, and the kernel forgets what it could not
/// write: a sync is never tried again, not even when the disk is well.
BOOST_AUTO_TEST_CASE(a_sync_that_fails_stops_writes_until_a_restart_and_loses_nothing) {
  temp_dir place;
  auto mark = place.path() / "fails";
  node_process node;
  BOOST_TEST(node.stop() == 0);
  node.start_in(preload(BAD_DISK, {"BAD_DISK_SYNC_FAILS=" + mark.string()}));
  auto ada = import_person(node, "ada");
  auto bob = import_person(node, "bob");
  for (int i = 0; i < 20; ++i)
    ada.text_stored("bob", "while the disk was well");
  auto refused = [&ada](uint64_t request) {
    auto x = ada.take("a refusal or the end", [request](const received& y) {
      return y.what.request == request || y.as<wire::closing>() != nullptr;
    });
    auto error = x.as<wire::error>();
    return error ? error->code : x.as<wire::closing>()->why.code;
  };
  std::ofstream{mark} << "now";
  BOOST_TEST(refused(ada.text("bob", "unknown")) == ec::storage_failed);
  auto unknown = ada.last_counter();
  std::filesystem::remove(mark);
  bob.reconnect(node); // Reading goes on, writing does not.
  for (seq_t i = 1; i <= 20; ++i)
    BOOST_TEST(bob.push<wire::message>()->seq == i);
  ada.reconnect(node);
  BOOST_TEST(refused(ada.text("bob", "unknown", unknown)) == ec::storage_failed);
  BOOST_TEST(node.running());
  node.kill();
  node.start();
  ada.reconnect(node);
  auto stored = ada.text_stored("bob", "unknown", unknown);
  BOOST_TEST(stored.seq == 21u);
  BOOST_TEST(ada.history(ada.with("bob")).size() == 21u);
}

BOOST_AUTO_TEST_CASE(a_node_with_less_room_than_its_reserve_refuses_to_write_and_lets_read,
                     *boost::unit_test::precondition(mounts_allowed)) {
  small_disk disk{"size=256m"};
  node_process node{disk.path / "data", {"--disk-reserve", "16"}};
  auto ada = import_person(node, "ada");
  ada.text_stored("ada", "while there was room");
  BOOST_TEST(node.stop() == 0);
  disk.fill(8 << 20);
  node.start(); // Counting the start may take the reserve.
  ada.reconnect(node);
  BOOST_TEST(ada.history(ada.with("ada")).size() == 1u);
  auto request = ada.text("ada", "no room");
  BOOST_TEST(ada.refusal_of(request) == ec::storage_full);
  disk.empty();
  wait_until("it stores again", [&] {
    return ada.refusal_of(ada.text("ada", "no room", ada.last_counter())) == ec::none;
  });
  BOOST_TEST(ada.history(ada.with("ada")).size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
