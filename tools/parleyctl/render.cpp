#include "tools/parleyctl/render.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>

namespace parley::ctl {

namespace {

/// The shards that one node leads.
struct led {
  size_t shards = 0;
  uint64_t first_epoch = UINT64_MAX;
  uint64_t last_epoch = 0;
};

struct leadership {
  std::map<uint64_t, led> by_node;
  size_t nobody = 0;
  size_t silent = 0;
};

leadership leadership_of(const admin::node_status& x) {
  leadership result;
  for (auto& shard : x.shards) {
    if (shard.silent) {
      ++result.silent;
    } else if (!shard.leader) {
      ++result.nobody;
    } else {
      auto& entry = result.by_node[shard.leader.value];
      ++entry.shards;
      entry.first_epoch = std::min(entry.first_epoch, shard.epoch);
      entry.last_epoch = std::max(entry.last_epoch, shard.epoch);
    }
  }
  return result;
}

/// Rooms and inboxes awake.
std::pair<uint64_t, uint64_t> awake(const admin::node_status& x) {
  std::pair<uint64_t, uint64_t> result;
  for (auto& shard : x.shards) {
    result.first += shard.rooms;
    result.second += shard.inboxes;
  }
  return result;
}

std::string line(const char* what, const std::string& value) {
  char start[16];
  std::snprintf(start, sizeof start, "%-10s", what);
  return start + value + "\n";
}

std::string count(uint64_t x, const char* of) {
  return std::to_string(x) + " " + of;
}

} // namespace

std::string in_bytes(uint64_t x) {
  static constexpr const char* units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (x < 1024)
    return count(x, "B");
  auto value = static_cast<double>(x) / 1024;
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(units); ++unit)
    value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", value, units[unit]);
  return text;
}

std::string in_time(uint64_t milliseconds) {
  auto s = milliseconds / 1000;
  if (s < 60)
    return count(s, "s");
  if (s < 3600)
    return count(s / 60, "min ") + count(s % 60, "s");
  if (s < 86400)
    return count(s / 3600, "h ") + count(s % 3600 / 60, "min");
  return count(s / 86400, "d ") + count(s % 86400 / 3600, "h");
}

std::string status_lines(const admin::node_status& x) {
  auto leaders = leadership_of(x);
  auto [rooms, inboxes] = awake(x);
  auto here = leaders.by_node[x.node.value].shards;
  auto elsewhere = x.shards.size() - here - leaders.nobody - leaders.silent;
  auto shards = count(here, "led here, ") + count(elsewhere, "elsewhere, ")
                + count(leaders.nobody, "by nobody");
  if (leaders.silent != 0)
    shards += ", " + count(leaders.silent, "silent");
  auto store = in_bytes(x.store.free_bytes) + " free, " + in_bytes(x.store.file_bytes)
               + " in files, " + in_bytes(x.store.memtable_bytes) + " in memory";
  return line("node", count(x.node.value, "(parleyd ") + std::string{x.version} + ")")
         + line("up", in_time(x.uptime_ms) + ", start " + std::to_string(x.starts))
         + line("clients", count(x.connections, x.draining ? "connected, draining" : "connected"))
         + line("requests", count(x.credit_requests, "unanswered, ") + in_bytes(x.credit_bytes))
         + line("awake", count(rooms, "rooms, ") + count(inboxes, "inboxes"))
         + line("shards", shards) + line("store", x.store.silent ? "silent" : store);
}

nlohmann::json status_json(const admin::node_status& x) {
  auto [rooms, inboxes] = awake(x);
  auto shards = nlohmann::json::array();
  for (size_t i = 0; i < x.shards.size(); ++i) {
    auto& shard = x.shards[i];
    if (shard.silent)
      shards.push_back({{"shard", i}, {"silent", true}});
    else
      shards.push_back({{"shard", i},
                        {"silent", false},
                        {"leader", shard.leader.value},
                        {"epoch", shard.epoch},
                        {"rooms", shard.rooms},
                        {"inboxes", shard.inboxes}});
  }
  nlohmann::json store{{"silent", x.store.silent}};
  if (!x.store.silent)
    store.update({{"free_bytes", x.store.free_bytes},
                  {"file_bytes", x.store.file_bytes},
                  {"memtable_bytes", x.store.memtable_bytes}});
  return {{"node", x.node.value},
          {"version", x.version},
          {"starts", x.starts},
          {"uptime_ms", x.uptime_ms},
          {"draining", x.draining},
          {"connections", x.connections},
          {"unanswered", {{"requests", x.credit_requests}, {"bytes", x.credit_bytes}}},
          {"rooms_awake", rooms},
          {"inboxes_awake", inboxes},
          {"store", store},
          {"shards", shards}};
}

namespace {

/// What one node has to do with the groups.
struct share {
  size_t leads = 0;
  size_t holds = 0;
  size_t shall_hold = 0;
};

std::map<node_id, share> shares_of(const admin::cluster_status& x) {
  std::map<node_id, share> result;
  for (auto& group : x.groups) {
    if (group.leader)
      ++result[group.leader].leads;
    for (auto node : group.voters)
      ++result[node].holds;
    for (auto node : group.wanted)
      ++result[node].shall_hold;
  }
  return result;
}

/// Replicas that are not yet where they shall be.
size_t to_come(const admin::cluster_status& x) {
  size_t result = 0;
  for (auto& group : x.groups)
    if (group.leader)
      for (auto node : group.wanted)
        result += std::find(group.voters.begin(), group.voters.end(), node) == group.voters.end();
  return result;
}

size_t led_by_nobody(const admin::cluster_status& x) {
  return static_cast<size_t>(
    std::count_if(x.groups.begin(), x.groups.end(), [](auto& y) { return !y.leader; }));
}

std::string state_of(const admin::cluster_status::node& x) {
  auto state = !x.linked ? "unreachable" : x.draining ? "draining" : "up";
  return std::string{state} + (x.leaving ? ", leaving" : "");
}

} // namespace

std::string cluster_lines(const admin::cluster_status& x) {
  auto shares = shares_of(x);
  std::string result;
  char text[256];
  auto row = [&](const char* node, const char* address, const char* zone, const char* state,
                 const std::string& leads, const std::string& holds, const std::string& shall) {
    auto size = std::snprintf(text, sizeof text, "%-6s %-24s %-10s %-20s %6s %6s %6s\n", node,
                              address, zone, state, leads.c_str(), holds.c_str(), shall.c_str());
    result.append(text, std::min(static_cast<size_t>(size), sizeof text - 1));
  };
  row("NODE", "ADDRESS", "ZONE", "STATE", "LEADS", "HOLDS", "SHALL");
  for (auto& node : x.nodes) {
    auto& [leads, holds, shall] = shares[node.id];
    row(std::to_string(node.id.value).c_str(), node.address.c_str(), node.zone.c_str(),
        state_of(node).c_str(), std::to_string(leads), std::to_string(holds),
        std::to_string(shall));
  }
  result += line("map", x.epoch == 0 ? "none"
                                     : "epoch " + std::to_string(x.epoch) + ", "
                                         + count(x.replicas, "replicas of each group; as node ")
                                         + std::to_string(x.asked.value) + " sees it");
  if (auto nobody = led_by_nobody(x); nobody != 0)
    result += line("nobody", "leads " + count(nobody, "groups"));
  if (auto missing = to_come(x); missing != 0)
    result += line("moving", count(missing, "replicas are on their way"));
  return result;
}

nlohmann::json cluster_json(const admin::cluster_status& x) {
  auto ids = [](const std::vector<node_id>& from) {
    auto result = nlohmann::json::array();
    for (auto id : from)
      result.push_back(id.value);
    return result;
  };
  auto shares = shares_of(x);
  auto nodes = nlohmann::json::array();
  for (auto& node : x.nodes) {
    auto& [leads, holds, shall] = shares[node.id];
    nodes.push_back({{"node", node.id.value},
                     {"address", node.address},
                     {"zone", node.zone},
                     {"linked", node.linked},
                     {"leaving", node.leaving},
                     {"draining", node.draining},
                     {"leads", leads},
                     {"holds", holds},
                     {"shall_hold", shall}});
  }
  auto groups = nlohmann::json::array();
  for (auto& group : x.groups)
    groups.push_back({{"leader", group.leader.value},
                      {"term", group.term},
                      {"wanted", ids(group.wanted)},
                      {"voters", ids(group.voters)},
                      {"others", ids(group.others)}});
  return {{"asked", x.asked.value}, {"epoch", x.epoch},
          {"replicas", x.replicas}, {"nobody", led_by_nobody(x)},
          {"moving", to_come(x)},   {"nodes", nodes},
          {"groups", groups}};
}

std::string draining_lines(const admin::draining& x) {
  if (x.already)
    return "draining already; " + count(x.connections, "clients left\n");
  return "draining; " + count(x.connections, "clients are told to come back\n");
}

nlohmann::json draining_json(const admin::draining& x) {
  return {{"connections", x.connections}, {"already", x.already}};
}

} // namespace parley::ctl
