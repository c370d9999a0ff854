#include "schema/cluster_map.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/cluster.capnp.h"

#include <algorithm>
#include <charconv>

namespace parley {

namespace {

namespace schema = cluster_schema;

template <class Nodes>
auto find_in(Nodes& nodes, node_id x) {
  auto at = std::find_if(nodes.begin(), nodes.end(), [x](auto& node) { return node.id == x; });
  return at == nodes.end() ? nullptr : &*at;
}

} // namespace

const cluster_node* cluster_map::find(node_id x) const noexcept {
  return find_in(nodes, x);
}

cluster_node* cluster_map::find(node_id x) noexcept {
  return find_in(nodes, x);
}

bool cluster_map::was_removed(node_id x) const noexcept {
  return std::find(removed.begin(), removed.end(), x) != removed.end();
}

bool cluster_map::wants(shard_id group, node_id x) const noexcept {
  auto& wanted = groups[group.value];
  return std::find(wanted.begin(), wanted.end(), x) != wanted.end();
}

std::optional<cluster_node> parse_node(std::string_view text) {
  auto equals = text.find('=');
  if (equals == std::string_view::npos)
    return std::nullopt;
  auto number = text.substr(0, equals);
  auto rest = text.substr(equals + 1);
  auto slash = std::min(rest.find('/'), rest.size());
  cluster_node result;
  auto [end, error] =
    std::from_chars(number.data(), number.data() + number.size(), result.id.value);
  auto at = parse_address(rest.substr(0, slash));
  if (error != std::errc{} || end != number.data() + number.size() || result.id.value == 0
      || result.id.value > UINT16_MAX || !at)
    return std::nullopt;
  result.at = *std::move(at);
  result.zone = slash == rest.size() ? "" : rest.substr(slash + 1);
  return result;
}

frame encode(const cluster_map& x) {
  return build<schema::ClusterMap>([&x](schema::ClusterMap::Builder out) {
    out.setEpoch(x.epoch);
    out.setReplicas(x.replicas);
    auto nodes = out.initNodes(count_of(x.nodes));
    for (capnp::uint i = 0; i < nodes.size(); ++i) {
      auto& node = x.nodes[i];
      nodes[i].setId(node.id.value);
      nodes[i].setHost(node.at.host);
      nodes[i].setPort(node.at.port);
      nodes[i].setZone(node.zone);
      nodes[i].setDisk(node.disk);
      nodes[i].setLeaving(node.leaving);
    }
    write_nodes(out.initRemoved(count_of(x.removed)), x.removed);
    auto groups = out.initGroups(group_count);
    for (capnp::uint i = 0; i < group_count; ++i)
      write_nodes(groups.init(i, count_of(x.groups[i])), x.groups[i]);
  });
}

std::optional<cluster_map> decode_cluster_map(std::string_view bytes) {
  return with_root<schema::ClusterMap>(
    bytes, [](schema::ClusterMap::Reader in) -> std::optional<cluster_map> {
      auto groups = in.getGroups(); // Every call counts against the limit.
      if (groups.size() != group_count)
        return std::nullopt;
      cluster_map x;
      x.epoch = in.getEpoch();
      x.replicas = in.getReplicas();
      for (auto node : in.getNodes())
        x.nodes.push_back({{node.getId()},
                           {node.getHost(), node.getPort()},
                           node.getZone(),
                           node.getDisk(),
                           node.getLeaving()});
      x.removed = read_nodes(in.getRemoved());
      for (capnp::uint i = 0; i < group_count; ++i)
        x.groups[i] = read_nodes(groups[i]);
      return x;
    });
}

} // namespace parley
