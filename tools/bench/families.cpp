#include "persistence/rocks_metrics.hpp"
#include "persistence/rocks_store.hpp"
#include "schema/codec.hpp"
#include "schema/record.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

// What the store costs, by number of column families and by tuning. A child
// process writes messages as the journal does (groups of sends, each group one
// synced batch; a send is a message row and a row of the client id ring) and
// dies by SIGKILL, so that its log is not flushed; the parent opens the store
// and reads. families.sh runs it for several numbers; the results are in
// docs/decisions/0001-column-families.md.

using namespace parley;

namespace {

using clock_type = std::chrono::steady_clock;

struct settings {
  std::filesystem::path dir = "families-data";
  rocks_options store;
  uint64_t messages = 1'000'000;
  uint64_t conversations = 20'000;
  size_t group = 200;
  uint64_t reads = 20'000;
};

double seconds_since(clock_type::time_point start) {
  return std::chrono::duration<double>(clock_type::now() - start).count();
}

/// CPU seconds of this process or thread.
double cpu_seconds(clockid_t of) {
  timespec t{};
  ::clock_gettime(of, &t);
  return double(t.tv_sec) + double(t.tv_nsec) / 1e9;
}

/// A number from a file of `name: number` lines below /proc/self.
uint64_t proc(const char* file, std::string_view name) {
  std::ifstream in{std::string{"/proc/self/"} + file};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name))
      return std::stoull(line.substr(name.size() + 1));
  return 0;
}

conversation_id conversation_at(uint64_t index) {
  std::mt19937_64 random{index};
  auto high = random();
  return {high, random()};
}

/// Records of 128 bytes of text each; compression must find them as hard as
/// real ones.
std::vector<frame> make_records() {
  static constexpr const char* words[] = {
    "the", "be", "to",   "of",     "and",   "in",   "that", "have",    "it",   "for",
    "not", "on", "with", "he",     "as",    "you",  "do",   "at",      "this", "but",
    "his", "by", "from", "parley", "later", "okay", "see",  "tomorrow"};
  std::mt19937_64 random{1};
  std::vector<frame> result;
  for (uint64_t i = 1; i <= 4096; ++i) {
    std::string text;
    while (text.size() < 128)
      text.append(words[random() % std::size(words)]).append(1, ' ');
    text.resize(128);
    wire::message x;
    x.conversation = conversation_at(i);
    x.seq = random() % 1000;
    x.ordinal = x.seq;
    x.time = 1'700'000'000'000'000 + int64_t(random() % 1'000'000'000'000);
    x.sender = {random(), random()};
    x.sender_name = "somebody";
    x.device = device_id{random()};
    x.counter = x.seq;
    x.body = wire::content{{}, text};
    result.push_back(wire::encode_answer(0, x));
  }
  return result;
}

std::unique_ptr<store> open(const settings& s) {
  std::unique_ptr<store> rows;
  if (auto done = open_rocks_store(s.dir, s.store, rows); !done.ok()) {
    std::fprintf(stderr, "%s\n", done.text.c_str());
    std::exit(1);
  }
  return rows;
}

// -- writing ----------------------------------------------------------------------

/// Writes all messages, prints what that took and dies.
[[noreturn]] void write_and_die(const settings& s) {
  auto rows = open(s);
  auto records = make_records();
  std::vector<conversation_id> ids;
  for (uint64_t i = 0; i < s.conversations; ++i)
    ids.push_back(conversation_at(i));
  std::vector<seq_t> heads(s.conversations);
  std::mt19937_64 random{7};
  std::vector<effect> group(s.group);
  double slowest = 0;
  double writing = 0; // CPU seconds of this thread inside the store.
  double preparing = 0;
  auto start = clock_type::now();
  auto all = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  auto mark = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
  for (uint64_t written = 0; written < s.messages; written += s.group) {
    for (auto& send : group) {
      auto i = random() % s.conversations;
      auto seq = ++heads[i];
      user_id sender{ids[i].low, seq % 2};
      send = {};
      send.put(keys::message(ids[i], seq), records[random() % records.size()]);
      const record::client_id sent[] = {{seq, seq, seq, seq, 1'700'000'000'000'000, random()}};
      send.put(keys::client_id(ids[i], sender, device_id{seq % 2}, seq), record::encode(sent));
    }
    auto ready = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    auto before = clock_type::now();
    if (auto done = rows->write(group); !done.ok()) {
      std::fprintf(stderr, "%s\n", done.text.c_str());
      std::exit(1);
    }
    slowest = std::max(slowest, seconds_since(before));
    preparing += ready - mark;
    mark = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    writing += mark - ready;
  }
  auto took = seconds_since(start);
  auto n = double(s.messages);
  auto m = metrics_of(*rows);
  std::printf(
    "%3zu families  write: %7.0f msg/s  cpu/msg %5.2f us (writer %5.2f)  disk/msg %5.0f B  "
    "flushes %llu  compactions %llu (%.2f GB)  stalls %llu  slowest write %.0f ms  rss %llu MB\n",
    s.store.families, n / took, (cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - all - preparing) / n * 1e6,
    writing / n * 1e6, double(proc("io", "write_bytes:")) / n, (unsigned long long)m.flushes,
    (unsigned long long)m.compactions, double(m.compacted_bytes) / 1e9,
    (unsigned long long)m.stalls, slowest * 1e3,
    (unsigned long long)proc("status", "VmRSS:") / 1024);
  std::fflush(stdout);
  ::kill(::getpid(), SIGKILL);
  std::abort();
}

// -- reading ----------------------------------------------------------------------

/// Microseconds per call of `read`, with a conversation of its own each time.
template <class Read>
double measure(const settings& s, Read read) {
  std::mt19937_64 random{11};
  std::vector<conversation_id> ids(s.reads);
  for (auto& id : ids)
    id = conversation_at(random() % s.conversations);
  auto start = clock_type::now();
  for (auto id : ids)
    read(id, random());
  return seconds_since(start) / double(s.reads) * 1e6;
}

void read_all(const settings& s, const store& rows) {
  uint64_t found = 0;
  auto count = [&found](std::string_view, std::string_view) { return ++found != 0; };
  auto must = [](const status& done) {
    if (!done.ok())
      std::abort();
  };
  auto each = std::max<uint64_t>(s.messages / s.conversations, 1);
  auto get = [&](conversation_id id, uint64_t any) {
    must(rows.get(keys::message(id, any % each + 1), count));
  };
  auto absent = [&](conversation_id id, uint64_t any) {
    must(rows.get(keys::message({id.high, any}, 1), count));
  };
  auto page = [&](conversation_id id, uint64_t any) {
    auto from = any % each + 1;
    must(rows.scan(keys::messages(id, from, from + 49), count));
  };
  auto head = [&](conversation_id id, uint64_t) {
    must(rows.last(keys::messages(id, 1, 1ull << 40), count));
  };
  auto no_head = [&](conversation_id id, uint64_t any) {
    must(rows.last(keys::messages({id.high, any}, 1, 1ull << 40), count));
  };
  auto no_scan = [&](conversation_id id, uint64_t) { must(rows.scan(keys::members(id), count)); };
  auto ring = [&](conversation_id id, uint64_t) {
    must(rows.scan(keys::client_ids(id, {id.low, 1}, device_id{1}), count));
  };
  measure(s, page); // Warms the cache.
  std::printf("%3zu families  read us: get %.1f  absent %.1f  page of 50 %.1f  head %.1f  "
              "no head %.1f  empty scan %.1f  ring %.1f  (%llu rows)\n",
              s.store.families, measure(s, get), measure(s, absent), measure(s, page),
              measure(s, head), measure(s, no_head), measure(s, no_scan), measure(s, ring),
              (unsigned long long)found);
}

void run(const settings& s) {
  std::filesystem::remove_all(s.dir);
  std::fflush(stdout);
  auto child = ::fork();
  if (child == 0)
    write_and_die(s);
  ::waitpid(child, nullptr, 0);
  auto start = clock_type::now();
  auto cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  auto rows = open(s);
  auto took = seconds_since(start);
  auto m = metrics_of(*rows);
  std::printf(
    "%3zu families  reopen: %.2f s (cpu %.2f s)  flushes %llu  rss %llu MB  files %.2f GB\n",
    s.store.families, took, cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
    (unsigned long long)m.flushes, (unsigned long long)proc("status", "VmRSS:") / 1024,
    double(m.file_bytes) / 1e9);
  read_all(s, *rows);
  rows.reset();
  std::filesystem::remove_all(s.dir);
}

} // namespace

int main(int argc, char** argv) {
  settings s;
  size_t memtable_mb = s.store.memtable_bytes >> 20;
  CLI::App app{"Measures the store by its number of column families."};
  app.add_option("--dir", s.dir, "Directory for the data; emptied before and after");
  app.add_option("--families", s.store.families, "Column families")->check(CLI::Range(1, 64));
  app.add_option("--messages", s.messages, "Messages to write");
  app.add_option("--conversations", s.conversations, "Conversations they go to");
  app.add_option("--group", s.group, "Messages in one synced batch")->check(CLI::Range(1, 10000));
  app.add_option("--reads", s.reads, "Reads of each kind");
  app.add_option("--memtable-mb", memtable_mb, "Rows in memory, in MiB");
  CLI11_PARSE(app, argc, argv);
  s.store.memtable_bytes = memtable_mb << 20;
  run(s);
  return 0;
}
