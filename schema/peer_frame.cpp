#include "schema/peer_frame.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/peer.capnp.h"

namespace parley {

namespace schema = raft::schema;

frame encode(const peer_frame& x) {
  return build<schema::PeerFrame>([&x](schema::PeerFrame::Builder out) {
    out.setVersion(x.version);
    out.setCluster(x.cluster);
    out.setFrom(x.from.value);
    out.setLink(x.link);
    out.setNumber(x.number);
    out.setTakenLink(x.taken_link);
    out.setTaken(x.taken);
    auto letters = out.initLetters(count_of(x.letters));
    for (capnp::uint i = 0; i < letters.size(); ++i) {
      letters[i].setShard(x.letters[i].shard.value);
      letters[i].setBytes(as_data(x.letters[i].bytes.bytes()));
      letters[i].setKind(static_cast<schema::PeerFrame::Letter::Kind>(x.letters[i].kind));
    }
    if (!x.mails.empty())
      out.setMails(as_data(x.mails.bytes()));
    out.setDisk(x.disk);
    out.setReads(x.reads);
  });
}

namespace {

/// Builds that do not say so know the first.
uint16_t format_of(uint16_t said) {
  return said == 0 ? record::format_without_bursts : said;
}

} // namespace

std::optional<peer_frame> decode_peer_frame(std::string_view bytes) {
  return with_root<schema::PeerFrame>(
    bytes, [](schema::PeerFrame::Reader in) -> std::optional<peer_frame> {
      if (in.getVersion() != peer_version) {
        peer_frame sender;
        sender.cluster = in.getCluster();
        sender.from = {in.getFrom()};
        sender.version = in.getVersion();
        return sender;
      }
      peer_frame x{in.getCluster(),   {in.getFrom()}, in.getLink(), in.getNumber(),
                   in.getTakenLink(), in.getTaken(),  {},           {},
                   in.getDisk()};
      x.reads = format_of(in.getReads());
      for (auto letter : in.getLetters()) {
        auto copy = frame_in(letter.getBytes());
        if (!copy || letter.getShard() >= group_count)
          return std::nullopt;
        x.letters.push_back({shard_id{letter.getShard()}, *std::move(copy),
                             static_cast<letter_kind>(letter.getKind())});
      }
      auto mails = frame_in(in.getMails());
      if (!mails)
        return std::nullopt;
      x.mails = *std::move(mails);
      return x;
    });
}

frame encode(const node_door& x) {
  return build<schema::Door>([&x](schema::Door::Builder out) {
    out.setClients(x.clients);
    out.setDraining(x.draining);
    out.setUnpacks(x.unpacks);
    out.setFormat(x.format);
    out.setReads(x.reads);
  });
}

std::optional<node_door> decode_node_door(std::string_view bytes) {
  return with_root<schema::Door>(bytes, [](schema::Door::Reader in) -> std::optional<node_door> {
    return node_door{in.getClients(), in.getDraining(), in.getUnpacks(), format_of(in.getFormat()),
                     format_of(in.getReads())};
  });
}

frame encode(const peer_refusal& x) {
  return build<schema::PeerRefusal>([&x](schema::PeerRefusal::Builder out) {
    out.setText(x.text);
    out.setFinal(x.final);
  });
}

std::optional<peer_refusal> decode_peer_refusal(std::string_view bytes) {
  return with_root<schema::PeerRefusal>(
    bytes, [](schema::PeerRefusal::Reader in) -> std::optional<peer_refusal> {
      return peer_refusal{in.getText(), in.getFinal()};
    });
}

} // namespace parley
