#include "tests/support/child_process.hpp"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace parley::testing {

namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (auto& word : words)
    result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

/// Between fork and exec: only what is safe in the child of many threads.
[[noreturn]] void become(char** argv, char** environment, const char* out, const char* err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto in = ::open("/dev/null", O_RDONLY);
  auto to = ::open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  auto errors = ::open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(in, 0);
  ::dup2(to, 1);
  ::dup2(errors, 2);
  ::execve(argv[0], argv, environment);
  ::_exit(127);
}

} // namespace

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> preload(const std::string& library, std::vector<std::string> more) {
  auto options = std::getenv("ASAN_OPTIONS");
  more.push_back("LD_PRELOAD=" + library);
  more.push_back("ASAN_OPTIONS=" + std::string{options ? options : ""}
                 + ":verify_asan_link_order=0");
  return more;
}

child_process::child_process(std::vector<std::string> command,
                             std::vector<std::string> environment) {
  for (auto at = environ; *at != nullptr; ++at)
    environment.emplace_back(*at); // The first of a name counts.
  auto argv = pointers(command);
  auto env = pointers(environment);
  auto out = (files_.path() / "out").string();
  auto err = (files_.path() / "err").string();
  pid_ = ::fork();
  if (pid_ == 0)
    become(argv.data(), env.data(), out.c_str(), err.c_str());
  if (pid_ < 0)
    throw std::runtime_error("cannot fork");
}

child_process::~child_process() {
  kill();
}

void child_process::signal(int which) {
  if (!ended())
    ::kill(pid_, which);
}

void child_process::kill() {
  signal(SIGKILL);
  wait();
}

std::optional<int> child_process::ended() {
  int how = 0;
  if (!status_ && ::waitpid(pid_, &how, WNOHANG) == pid_)
    status_ = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
  return status_;
}

int child_process::wait(std::chrono::milliseconds limit) {
  wait_until(
    "process " + std::to_string(pid_) + " ends", [this] { return ended(); }, limit);
  return *status_;
}

std::string child_process::out() const {
  return read_file(files_.path() / "out");
}

std::string child_process::err() const {
  return read_file(files_.path() / "err");
}

finished run(std::vector<std::string> command, std::vector<std::string> environment,
             std::chrono::milliseconds limit) {
  child_process child{std::move(command), std::move(environment)};
  auto status = child.wait(limit);
  return {status, child.out(), child.err()};
}

} // namespace parley::testing
