#include "tests/support/swarm_process.hpp"

namespace parley::testing {

namespace {

std::vector<std::string> command(const std::string& endpoints,
                                 const std::filesystem::path& service_token,
                                 const std::filesystem::path& result,
                                 const std::vector<std::string>& more) {
  std::vector<std::string> words{PARLEY_SWARM,  "--connect", endpoints, "--service-token",
                                 service_token, "--json",    result};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

} // namespace

bool judged::clean() const {
  for (auto fault : {"lost", "missing", "gaps", "duplicated", "reordered", "forged", "unread_wrong",
                     "receipts_wrong", "versions_wrong", "members_wrong", "unanswered",
                     "files_wrong", "presence_wrong"})
    if (count(fault) != 0)
      return false;
  return status == 0;
}

swarm_process::swarm_process(const std::string& endpoints,
                             const std::filesystem::path& service_token,
                             std::vector<std::string> more)
    : child_(command(endpoints, service_token, place_.path() / "result", more)) {
  // nop
}

void swarm_process::wait_until_loading() {
  wait_until("the swarm is at work", [this] {
    if (child_.ended())
      throw std::runtime_error("the swarm ended: " + child_.err());
    return child_.err().find(" s load") != std::string::npos;
  });
}

judged swarm_process::finish() {
  auto status = child_.wait(60s);
  auto text = read_file(place_.path() / "result");
  auto words = child_.out() + child_.err();
  if (text.empty())
    throw std::runtime_error("the swarm has no result: " + words);
  return {status, nlohmann::json::parse(text), words};
}

} // namespace parley::testing
