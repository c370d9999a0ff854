#include "tests/support/node_process.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <random>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace parley::testing {

uint16_t free_port() {
  static std::mt19937 random{std::random_device{}()};
  for (int tries = 0; tries < 1000; ++tries) {
    auto port = static_cast<uint16_t>(20'000 + random() % 12'000);
    auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto bound = ::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at);
    ::close(fd);
    if (bound == 0)
      return port;
  }
  throw std::runtime_error("no free port");
}

node_process::node_process(std::vector<std::string> flags, uint16_t port, std::string program)
    : data_dir_(own_dir_.path() / "data"), flags_(std::move(flags)), program_(std::move(program)),
      port_(port) {
  start();
}

node_process::node_process(std::filesystem::path data_dir, std::vector<std::string> flags)
    : data_dir_(std::move(data_dir)), flags_(std::move(flags)), port_(free_port()) {
  start();
}

void node_process::start(std::vector<std::string> flags) {
  flags_ = std::move(flags);
  start();
}

void node_process::start_as(std::string program) {
  program_ = std::move(program);
  start();
}

void node_process::start_in(std::vector<std::string> environment) {
  environment_ = std::move(environment);
  start();
}

void node_process::start() {
  std::vector<std::string> command{program_,  "--listen",       endpoint(),   "--data-dir",
                                   data_dir_, "--admin-listen", "127.0.0.1:0"};
  command.insert(command.end(), flags_.begin(), flags_.end());
  child_ = std::make_unique<child_process>(std::move(command), environment_);
  auto tls = std::find(flags_.begin(), flags_.end(), "--tls-self-signed") != flags_.end();
  auto expected = "parleyd listens for clients on " + endpoint() + (tls ? " with TLS" : "")
                  + ", data in " + data_dir_.string() + "\n";
  wait_until("the node listens", [&] {
    if (child_->ended())
      throw std::runtime_error("parleyd ended: " + child_->err());
    return child_->out().starts_with(expected) && child_->out().ends_with("admin.key\n");
  });
  admin_port_ = port_after("for parleyctl on 127.0.0.1:");
}

uint16_t node_process::port_after(const std::string& words) const {
  auto out = child_->out();
  return static_cast<uint16_t>(std::stoi(out.substr(out.find(words) + words.size())));
}

void node_process::kill() {
  child_->kill();
}

int node_process::stop() {
  child_->signal(SIGTERM);
  return child_->wait();
}

std::string node_process::service_token() const {
  auto hex = read_file(data_dir_ / "service.token");
  std::string result;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    result.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return result;
}

std::shared_ptr<core::tls_context> node_process::trust() const {
  std::shared_ptr<core::tls_context> result;
  if (std::filesystem::exists(certificate()))
    if (auto read = core::tls_context::trust(certificate(), result); !read.ok())
      throw std::runtime_error(read.text);
  return result;
}

size_t node_process::resident() const {
  std::ifstream in{"/proc/" + std::to_string(child_->pid()) + "/statm"};
  size_t total = 0;
  size_t pages = 0;
  in >> total >> pages;
  return pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

size_t node_process::open_files() const {
  size_t result = 0;
  for (auto& x :
       std::filesystem::directory_iterator{"/proc/" + std::to_string(child_->pid()) + "/fd"})
    result += !x.path().empty();
  return result;
}

} // namespace parley::testing
