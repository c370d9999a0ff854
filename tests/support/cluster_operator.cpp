#include "tests/support/cluster_operator.hpp"

#include <algorithm>

namespace parley::testing {

namespace {

constexpr size_t map_group = 64;

/// Everything moves in this time, also on a busy machine.
constexpr auto moving = 40s;

std::vector<size_t> sorted(const nlohmann::json& x) {
  auto result = x.get<std::vector<size_t>>();
  std::sort(result.begin(), result.end());
  return result;
}

bool settled(const nlohmann::json& x, const std::vector<size_t>& numbers) {
  if (x.is_null() || x["nobody"] != 0u)
    return false;
  std::vector<size_t> there;
  for (auto& node : x["nodes"])
    there.push_back(node["node"]);
  return there == numbers && std::all_of(x["groups"].begin(), x["groups"].end(), [](auto& group) {
           return sorted(group["voters"]) == sorted(group["wanted"]) && group["others"].empty();
         });
}

} // namespace

size_t count_in(const std::string& text, const std::string& what) {
  size_t result = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++result;
  return result;
}

void wait_for_log(const node_process& node, const std::string& what) {
  wait_until("the log has " + what, [&] { return count_in(node.log(), what) > 0; });
}

size_t map_leader(const node_process& asked) {
  size_t result = 0;
  wait_until("somebody leads the map", [&] {
    auto x = cluster_status(asked);
    if (!x.is_null())
      result = x["groups"][map_group]["leader"];
    return result != 0;
  });
  return result;
}

finished change(cluster_process& nodes, size_t ask_at, std::vector<std::string> what) {
  what.insert(what.begin(), "cluster");
  finished x;
  wait_until("the leader of the map answers", [&] {
    x = ctl(nodes[map_leader(nodes[ask_at])], what);
    // It may be dead, and the others do not know yet.
    return x.status != 3 && count_in(x.err, "does not lead") + count_in(x.err, "ask again") == 0;
  });
  return x;
}

void must_change(cluster_process& nodes, size_t ask_at, std::vector<std::string> what) {
  auto x = change(nodes, ask_at, std::move(what));
  if (x.status != 0)
    throw std::runtime_error(x.err);
}

nlohmann::json when_settled(const node_process& asked, const std::vector<size_t>& numbers) {
  nlohmann::json x;
  auto done = [&] { return settled(x = cluster_status(asked), numbers); };
  wait_until("all replicas are where they shall be", done, moving);
  return x;
}

size_t holds(const nlohmann::json& status, size_t number) {
  for (auto& node : status["nodes"])
    if (node["node"] == number)
      return node["holds"];
  return 0;
}

std::string words_of_one_that_ends(node_process& node) {
  try {
    node.start();
  } catch (const std::runtime_error&) {
    // It ended before it listened.
  }
  if (auto status = node.wait(); status != 1)
    throw std::runtime_error("status " + std::to_string(status) + ": " + node.log());
  return node.log();
}

std::string words_of_one_that_ends(std::vector<std::string> flags) {
  temp_dir place;
  std::vector<std::string> command{
    PARLEYD,       "--listen",   "127.0.0.1:0",        "--admin-listen",
    "127.0.0.1:0", "--data-dir", place.path() / "data"};
  command.insert(command.end(), flags.begin(), flags.end());
  auto x = run(std::move(command));
  if (x.status != 1)
    throw std::runtime_error("status " + std::to_string(x.status) + ": " + x.err);
  return x.err;
}

} // namespace parley::testing
