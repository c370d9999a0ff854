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

std::vector<raft_letter> maps_of_stranger(const peer_frame& x, uint64_t cluster, node_id self,
                                          const known_sender& from) {
  std::vector<raft_letter> result;
  if (from.member || from.removed || x.cluster != cluster || x.version != peer_version)
    return result;
  for (auto& letter : x.letters) {
    if (letter.kind != letter_kind::map)
      continue;
    auto map = decode_cluster_map(letter.bytes.bytes()); // Or another cluster has the same key.
    if (map && (map->find(self) != nullptr || map->was_removed(self)))
      result.push_back(letter);
  }
  return result;
}

} // namespace parley::core
