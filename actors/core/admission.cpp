#include "actors/core/admission.hpp"

#include "schema/cluster_map.hpp"

namespace parley::core {

std::optional<peer_refusal> refusal_of(const peer_frame& x, uint64_t cluster, uint16_t format,
                                       const known_sender& from) {
  auto name = "node " + std::to_string(x.from.value);
  if (x.cluster != cluster)
    return peer_refusal{"this is another cluster: is the cluster key the same?", false};
  if (x.version != peer_version)
    return peer_refusal{"this node speaks version " + std::to_string(peer_version)
                          + " of the protocol between nodes, and " + name + " version "
                          + std::to_string(x.version),
                        false};
  if (from.removed)
    return peer_refusal{name + " was removed from the cluster; its data can be deleted", true};
  if (!from.member)
    return peer_refusal{name + " is not in the cluster: let it join (parleyctl cluster join)",
                        false};
  if (from.disk != 0 && from.disk != x.disk)
    return peer_refusal{"the cluster knows " + name
                          + " with another disk; a node that lost its disk needs a new number",
                        true};
  if (x.reads < format)
    return peer_refusal{"rows of this cluster have format " + std::to_string(format) + ", and "
                          + name + " knows " + std::to_string(x.reads),
                        false};
  return std::nullopt;
}

std::vector<raft_letter> maps_of_stranger(peer_frame&& x, uint64_t cluster, node_id self,
                                          const known_sender& from) {
  if (from.member || from.removed || x.cluster != cluster || x.version != peer_version)
    return {};
  std::erase_if(x.letters, [self](const raft_letter& y) {
    if (y.kind != letter_kind::map)
      return true;
    auto map = decode_cluster_map(y.bytes.bytes()); // Or another cluster has the same key.
    return !map || !(map->find(self) || map->was_removed(self));
  });
  return std::move(x.letters);
}

} // namespace parley::core
