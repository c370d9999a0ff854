#include "tools/client/secret_file.hpp"
#include "tools/parleyctl/ask.hpp"
#include "tools/parleyctl/render.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <unistd.h>

// parleyctl: asks a node one thing at its admin door and prints the answer.

namespace {

using namespace parley;
using namespace parley::ctl;

int fail(exit_status status, const std::string& why) {
  std::fprintf(stderr, "parleyctl: %s\n", why.c_str());
  return status;
}

admin::request_body request_of(const options& how) {
  switch (how.what) {
    case action::status:
      return admin::ask_status{};
    case action::drain:
      return admin::start_drain{};
    case action::cluster_status:
      return admin::ask_cluster{};
    case action::change:
      return admin::change_cluster{how.change};
  }
  return {};
}

/// As the user wants to see it; empty if it is no answer to what was asked.
std::string render(const options& how, const admin::reply_body& body) {
  auto json = [](const nlohmann::json& x) {
    return x.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  };
  if (auto x = std::get_if<admin::draining>(&body); x && how.what == action::drain)
    return how.json ? json(draining_json(*x)) : draining_lines(*x);
  auto x = std::get_if<admin::node_status>(&body);
  if (x && how.what == action::status)
    return how.json ? json(status_json(*x)) : status_lines(*x);
  if (auto y = std::get_if<admin::cluster_status>(&body);
      y && (how.what == action::cluster_status || how.what == action::change))
    return how.json ? json(cluster_json(*y)) : cluster_lines(*y);
  return {};
}

} // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  auto how = parse_options(argc, argv);
  if (::access(how.key_file.c_str(), R_OK) != 0)
    return fail(failed, "cannot read the key in " + how.key_file.string() + ": "
                          + std::strerror(errno) + " (--key-file)");
  auto key = client::read_token(how.key_file);
  if (!key)
    return fail(failed, how.key_file.string() + " holds no key");
  auto answer = ask(how, *key, request_of(how));
  if (answer.status != done)
    return fail(answer.status, answer.text);
  auto text = render(how, answer.body);
  if (text.empty())
    return fail(failed, how.node_text + ": that is no answer to the question");
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? done : failed;
}
