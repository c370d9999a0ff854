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

std::string row(const std::string& node, const std::string& shards, const std::string& epochs) {
  char text[128];
  auto size = std::snprintf(text, sizeof text, "%-12s  %6s  %s", node.c_str(), shards.c_str(),
                            epochs.c_str());
  std::string result(text, static_cast<size_t>(size));
  result.erase(result.find_last_not_of(' ') + 1);
  return result + "\n";
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

std::string cluster_lines(const admin::node_status& x) {
  auto leaders = leadership_of(x);
  auto result = row("NODE", "SHARDS", "EPOCHS");
  for (auto& [node, entry] : leaders.by_node) {
    auto epochs = std::to_string(entry.first_epoch);
    if (entry.last_epoch != entry.first_epoch)
      epochs += "-" + std::to_string(entry.last_epoch);
    auto name = std::to_string(node) + (node == x.node.value ? " (asked)" : "");
    result += row(name, std::to_string(entry.shards), epochs);
  }
  result += row("nobody", std::to_string(leaders.nobody), "");
  if (leaders.silent != 0)
    result += row("silent", std::to_string(leaders.silent), "");
  return result;
}

nlohmann::json cluster_json(const admin::node_status& x) {
  auto leaders = leadership_of(x);
  auto nodes = nlohmann::json::array();
  for (auto& [node, entry] : leaders.by_node)
    nodes.push_back({{"node", node},
                     {"shards", entry.shards},
                     {"first_epoch", entry.first_epoch},
                     {"last_epoch", entry.last_epoch}});
  return {{"asked", x.node.value},
          {"leaders", nodes},
          {"nobody", leaders.nobody},
          {"silent", leaders.silent}};
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
