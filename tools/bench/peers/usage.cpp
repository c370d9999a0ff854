#include "tools/bench/peers/usage.hpp"

#include <ctime>
#include <fstream>
#include <string>

#include <unistd.h>

namespace parley::peers {

namespace {

double seconds_of(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

double ticks_in_seconds(double ticks) {
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// The number behind a word at the start of a line; 0 if it is not there.
size_t number_after(const char* file, std::string_view word) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(word))
      return std::stoul(line.substr(word.size()));
  return 0;
}

/// To the nanosecond, unlike proc_pid_stat(5).
double cpu_of(pid_t process) {
  clockid_t clock = 0;
  return clock_getcpuclockid(process, &clock) == 0 ? seconds_of(clock) : 0;
}

size_t resident(pid_t process) {
  std::ifstream in{"/proc/" + std::to_string(process) + "/statm"};
  size_t total = 0;
  size_t pages = 0;
  in >> total >> pages;
  return pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

/// proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal.
void read_machine(usage& out) {
  std::ifstream in{"/proc/stat"};
  std::string word;
  double x[8] = {};
  in >> word;
  for (auto& value : x)
    in >> value;
  out.busy = ticks_in_seconds(x[0] + x[1] + x[2] + x[5] + x[6]);
  out.stolen = ticks_in_seconds(x[7]);
}

} // namespace

usage usage::now(const std::vector<pid_t>& server) {
  usage result;
  result.at = seconds_of(CLOCK_MONOTONIC);
  result.own_cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  for (auto x : server) {
    result.server_cpu += cpu_of(x);
    result.server_bytes += resident(x);
  }
  read_machine(result);
  return result;
}

nlohmann::json used(const usage& from, const usage& to, double messages) {
  auto seconds = to.at - from.at;
  auto server = to.server_cpu - from.server_cpu;
  auto own = to.own_cpu - from.own_cpu;
  auto other = std::max(0.0, to.busy - from.busy - server - own);
  auto percent = [seconds](double x) { return seconds > 0 ? 100 * x / seconds : 0; };
  auto each = [messages](double x) { return messages > 0 ? 1e6 * x / messages : 0; };
  return {
    {"server_cpu_us", each(server)},         {"generator_cpu_us", each(own)},
    {"server_cpu_percent", percent(server)}, {"generator_cpu_percent", percent(own)},
    {"other_cpu_percent", percent(other)},   {"steal_percent", percent(to.stolen - from.stolen)},
    {"server_bytes", to.server_bytes}};
}

size_t kernel_bytes() {
  constexpr size_t kibi = 1024;
  size_t result = 0;
  for (auto x : {"Slab:", "KernelStack:", "PageTables:", "Percpu:"})
    result += number_after("/proc/meminfo", x) * kibi;
  std::ifstream in{"/proc/net/sockstat"};
  for (std::string line; std::getline(in, line);)
    if (auto at = line.find(" mem "); line.starts_with("TCP:") && at != std::string::npos)
      result += std::stoul(line.substr(at + 5)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return result;
}

size_t bytes_in(const std::filesystem::path& directory) {
  namespace fs = std::filesystem;
  size_t result = 0;
  std::error_code gone; // Files come and go meanwhile.
  for (fs::recursive_directory_iterator x{directory, gone}, end; x != end; x.increment(gone))
    if (x->is_regular_file(gone)) {
      auto size = x->file_size(gone);
      result += gone ? 0 : size;
    }
  return result;
}

} // namespace parley::peers
