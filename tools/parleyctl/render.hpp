#pragma once

#include "schema/admin.hpp"

#include <nlohmann/json.hpp>

#include <string>

// What a node answered: lines for people, JSON for scripts.

namespace parley::ctl {

std::string status_lines(const admin::node_status& x);
nlohmann::json status_json(const admin::node_status& x);

/// A table: who is there, who holds, shall hold and leads how much.
std::string cluster_lines(const admin::cluster_status& x);
nlohmann::json cluster_json(const admin::cluster_status& x);

std::string draining_lines(const admin::draining& x);
nlohmann::json draining_json(const admin::draining& x);

/// As "512 B", "1.5 KiB", "70.3 GiB".
std::string in_bytes(uint64_t x);

/// As "45 s", "3 min 20 s", "2 d 4 h": the two largest units.
std::string in_time(uint64_t milliseconds);

} // namespace parley::ctl
