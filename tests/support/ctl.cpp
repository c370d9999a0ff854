#include "tests/support/ctl.hpp"

namespace parley::testing {

finished ctl(const node_process& node, std::vector<std::string> words) {
  std::vector<std::string> command{PARLEYCTL, "--node", node.admin_endpoint(), "--key-file",
                                   node.data_dir() / "admin.key"};
  command.insert(command.end(), words.begin(), words.end());
  return run(std::move(command));
}

nlohmann::json ctl_json(const node_process& node, std::vector<std::string> words) {
  words.emplace_back("--json");
  auto x = ctl(node, std::move(words));
  if (x.status != 0)
    throw std::runtime_error(x.err);
  return nlohmann::json::parse(x.out);
}

nlohmann::json cluster_status(const node_process& node) {
  auto x = ctl(node, {"cluster", "status", "--json"});
  return x.status == 0 ? nlohmann::json::parse(x.out) : nlohmann::json{};
}

} // namespace parley::testing
