#pragma once

#include "tests/support/node_process.hpp"

#include <deque>
#include <map>

namespace parley::testing {

/// Real parleyds on loopback that are one cluster, numbered from 1. Each keeps
/// its ports and data across restarts.
class cluster_process {
public:
  /// Starts three nodes or more, or one that others will join, and waits until
  /// each of them serves. The flags of all, and of some (by number).
  explicit cluster_process(size_t size = 3, std::vector<std::string> flags = {},
                           std::map<size_t, std::vector<std::string>> flags_of = {},
                           const std::string& program = PARLEYD);

  /// Starts one node that is on its own, and knows nothing of clusters.
  struct alone {};
  explicit cluster_process(alone);

  /// Starts that one again as the first of a cluster.
  void found();

  node_process& operator[](size_t number) {
    return nodes_.at(number - 1);
  }

  size_t size() const noexcept {
    return addresses_.size();
  }

  /// Starts one more, which nobody has let in yet (see ctl), and gives its
  /// number. `port` is that of clients.
  size_t add(std::vector<std::string> flags = {}, uint16_t port = free_port());

  /// NUMBER=HOST:PORT, as `parleyctl cluster join` wants it.
  std::string address_of(size_t number) const {
    return std::to_string(number) + "=" + addresses_.at(number - 1);
  }

  /// What makes a process the node with this number.
  std::vector<std::string> identity(size_t number) const;

  /// Where the nodes listen for each other: NUMBER=HOST:PORT,...
  std::string addresses() const;

  /// Where all of them listen for clients: HOST:PORT,...
  std::string endpoints() const;

  const std::filesystem::path& key_file() const noexcept {
    return key_file_;
  }

  /// The key of another cluster.
  std::filesystem::path other_key_file() const;

  /// Until every node that runs serves.
  void wait_until_served();

  /// Until each of them does.
  void wait_until_all_take(std::string_view feature);

private:
  void write_keys();
  void add_address();

  temp_dir files_;
  std::filesystem::path key_file_ = files_.path() / "key";
  std::vector<std::string> addresses_;
  std::deque<node_process> nodes_;
};

/// Whether a node answers for every shard, which takes a leader that a majority
/// confirms for each.
bool serves(const node_process& node);

/// Waits for that.
void wait_until_served(const node_process& node);

/// Until it takes what this feature (wire::feature_...) stands for: nodes agree on what all of
/// them know some time after they find each other.
void wait_until_takes(const node_process& node, std::string_view feature);

} // namespace parley::testing
