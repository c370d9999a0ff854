#include "tests/support/cluster_process.hpp"

#include "tests/support/device.hpp"

#include <algorithm>
#include <fstream>

namespace parley::testing {

cluster_process::cluster_process(size_t size, std::vector<std::string> flags,
                                 std::map<size_t, std::vector<std::string>> flags_of,
                                 const std::string& program) {
  write_keys();
  while (addresses_.size() < size)
    add_address();
  for (size_t number = 1; number <= size; ++number) {
    auto all = identity(number);
    all.insert(all.end(), flags.begin(), flags.end());
    auto& own = flags_of[number];
    all.insert(all.end(), own.begin(), own.end());
    nodes_.emplace_back(std::move(all), free_port(), program);
  }
  wait_until_served();
}

cluster_process::cluster_process(alone) {
  write_keys();
  add_address();
  nodes_.emplace_back();
}

void cluster_process::found() {
  nodes_[0].stop();
  nodes_[0].start(identity(1));
}

void cluster_process::write_keys() {
  std::ofstream{key_file_} << std::string(64, '5') << "\n";
  std::ofstream{other_key_file()} << std::string(64, '6') << "\n";
}

void cluster_process::add_address() {
  std::string address;
  do
    address = "127.0.0.1:" + std::to_string(free_port());
  while (std::find(addresses_.begin(), addresses_.end(), address) != addresses_.end());
  addresses_.push_back(std::move(address));
}

size_t cluster_process::add(std::vector<std::string> flags, uint16_t port) {
  add_address();
  auto all = identity(size());
  all.emplace_back("--join");
  all.insert(all.end(), flags.begin(), flags.end());
  nodes_.emplace_back(std::move(all), port);
  return size();
}

std::vector<std::string> cluster_process::identity(size_t number) const {
  return {"--node",    std::to_string(number), "--nodes",
          addresses(), "--cluster-key",        key_file_.string()};
}

std::string cluster_process::addresses() const {
  std::string result;
  for (size_t i = 0; i < addresses_.size(); ++i)
    result += (i == 0 ? "" : ",") + address_of(i + 1);
  return result;
}

std::string cluster_process::endpoints() const {
  std::string result;
  for (auto& node : nodes_)
    result += (result.empty() ? "" : ",") + node.endpoint();
  return result;
}

std::filesystem::path cluster_process::other_key_file() const {
  return files_.path() / "other-key";
}

void cluster_process::wait_until_served() {
  for (auto& node : nodes_)
    if (node.running())
      testing::wait_until_served(node);
}

void cluster_process::wait_until_all_take(std::string_view feature) {
  for (auto& node : nodes_)
    wait_until_takes(node, feature);
}

bool serves(const node_process& node) {
  try {
    device service{node, "service", node.service_token()};
    for (uint64_t shard = 0; shard < shard_count; ++shard) {
      conversation_id nobodys{shard << 58, 1};
      if (service.refusal(wire::list_members{nobodys, {}, 0}) != ec::unknown_conversation)
        return false;
    }
    return true;
  } catch (const std::runtime_error&) {
    return false; // Not even a login.
  }
}

void wait_until_served(const node_process& node) {
  wait_until("node " + node.endpoint() + " serves", [&node] { return serves(node); });
}

void wait_until_takes(const node_process& node, std::string_view feature) {
  wait_until("the node takes " + std::string{feature}, [&] {
    raw_client kit{node.port()};
    auto welcome = kit.ask<wire::welcome>(wire::hello{});
    auto& features = welcome->features;
    return std::count(features.begin(), features.end(), feature) == 1;
  });
}

} // namespace parley::testing
