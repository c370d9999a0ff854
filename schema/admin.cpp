#include "schema/admin.hpp"

#include "schema/admin.capnp.h"
#include "schema/capnp_frame.hpp"

namespace parley::admin {

namespace {

// -- small things, both ways ------------------------------------------------------

store_status read_store(schema::AdminReply::Store::Reader x) {
  return {x.getSilent(), x.getFreeBytes(), x.getFileBytes(), x.getMemtableBytes()};
}

void write_store(schema::AdminReply::Store::Builder out, const store_status& x) {
  out.setSilent(x.silent);
  out.setFreeBytes(x.free_bytes);
  out.setFileBytes(x.file_bytes);
  out.setMemtableBytes(x.memtable_bytes);
}

shard_status read_shard(schema::AdminReply::Shard::Reader x) {
  return {x.getSilent(), node_id{x.getLeader()}, x.getEpoch(), x.getRooms(), x.getInboxes()};
}

void write_shard(schema::AdminReply::Shard::Builder out, const shard_status& x) {
  out.setSilent(x.silent);
  out.setLeader(x.leader.value);
  out.setEpoch(x.epoch);
  out.setRooms(x.rooms);
  out.setInboxes(x.inboxes);
}

node_status read_status(schema::AdminReply::Status::Reader x) {
  node_status result{view(x.getVersion()),
                     node_id{x.getNode()},
                     x.getStarts(),
                     x.getUptimeMs(),
                     x.getDraining(),
                     x.getConnections(),
                     x.getCreditRequests(),
                     x.getCreditBytes(),
                     read_store(x.getStore()),
                     {}};
  for (auto y : x.getShards())
    result.shards.push_back(read_shard(y));
  return result;
}

error read_error(wire::schema::Error::Reader x) {
  auto code = static_cast<ec>(x.getCode());
  return {code < ec::ec_count ? code : ec::internal, view(x.getText())};
}

// -- requests ---------------------------------------------------------------------

join_node read_node(schema::Change::Node::Reader x) {
  return {{x.getId()}, {x.getHost(), x.getPort()}, x.getZone()};
}

void write_node(schema::Change::Node::Builder out, const join_node& x) {
  out.setId(x.node.value);
  out.setHost(x.at.host);
  out.setPort(x.at.port);
  out.setZone(x.zone);
}

std::optional<cluster_change> read_change(schema::Change::Reader x) {
  using which = schema::Change;
  switch (x.which()) {
    case which::JOIN:
      return read_node(x.getJoin());
    case which::LEAVE:
      return leave_node{{x.getLeave()}};
    case which::REPLACE:
      return replace_node{{x.getReplace().getNode()}, read_node(x.getReplace().getBy())};
    case which::MOVE: {
      auto y = x.getMove();
      return move_replica{{y.getShard()}, {y.getFrom()}, {y.getTo()}};
    }
    case which::REBALANCE:
      return rebalance{};
    case which::NONE:
      break;
  }
  return std::nullopt;
}

request_body read_body(schema::AdminRequest::Reader x) {
  using which = schema::AdminRequest;
  switch (x.which()) {
    case which::HELLO: {
      auto y = x.getHello();
      return hello{y.getVersion(), view(y.getAgent()), view(y.getKey())};
    }
    case which::STATUS:
      return ask_status{};
    case which::DRAIN:
      return start_drain{};
    case which::CLUSTER:
      return ask_cluster{};
    case which::CHANGE:
      if (auto change = read_change(x.getChange()))
        return change_cluster{*std::move(change)};
      break;
    case which::NONE:
      break;
  }
  return unknown{static_cast<uint16_t>(x.which())};
}

struct change_writer {
  schema::Change::Builder out;

  void operator()(const join_node& x) {
    write_node(out.initJoin(), x);
  }

  void operator()(const leave_node& x) {
    out.setLeave(x.node.value);
  }

  void operator()(const replace_node& x) {
    auto y = out.initReplace();
    y.setNode(x.node.value);
    write_node(y.initBy(), x.by);
  }

  void operator()(const move_replica& x) {
    auto y = out.initMove();
    y.setShard(x.group.value);
    y.setFrom(x.from.value);
    y.setTo(x.to.value);
  }

  void operator()(const rebalance&) {
    out.setRebalance();
  }
};

struct request_writer {
  schema::AdminRequest::Builder out;

  void operator()(const unknown&) {
    out.setNone();
  }

  void operator()(const hello& x) {
    auto y = out.initHello();
    y.setVersion(x.version);
    set_text(y.initAgent(count_of(x.agent)), x.agent);
    y.setKey({reinterpret_cast<const kj::byte*>(x.key.data()), x.key.size()});
  }

  void operator()(const ask_status&) {
    out.setStatus();
  }

  void operator()(const start_drain&) {
    out.setDrain();
  }

  void operator()(const ask_cluster&) {
    out.setCluster();
  }

  void operator()(const change_cluster& x) {
    std::visit(change_writer{out.initChange()}, x.what);
  }
};

// -- replies ----------------------------------------------------------------------

cluster_status read_cluster(schema::AdminReply::Cluster::Reader x) {
  cluster_status result;
  result.asked = {x.getAsked()};
  result.epoch = x.getEpoch();
  result.replicas = x.getReplicas();
  for (auto y : x.getNodes())
    result.nodes.push_back(
      {{y.getId()}, y.getAddress(), y.getZone(), y.getLeaving(), y.getLinked(), y.getDraining()});
  for (auto y : x.getGroups())
    result.groups.push_back({{y.getLeader()},
                             y.getTerm(),
                             read_nodes(y.getWanted()),
                             read_nodes(y.getVoters()),
                             read_nodes(y.getOthers())});
  return result;
}

reply_body read_body(schema::AdminReply::Reader x) {
  using which = schema::AdminReply;
  switch (x.which()) {
    case which::WELCOME:
      return welcome{x.getWelcome().getVersion(), view(x.getWelcome().getAgent())};
    case which::STATUS:
      return read_status(x.getStatus());
    case which::DRAINING:
      return draining{x.getDraining().getConnections(), x.getDraining().getAlready()};
    case which::ERROR:
      return read_error(x.getError());
    case which::CLUSTER:
      return read_cluster(x.getCluster());
    case which::NONE:
      break;
  }
  return unknown{static_cast<uint16_t>(x.which())};
}

struct reply_writer {
  schema::AdminReply::Builder out;

  void operator()(const unknown&) {
    out.setNone();
  }

  void operator()(const welcome& x) {
    auto y = out.initWelcome();
    y.setVersion(x.version);
    set_text(y.initAgent(count_of(x.agent)), x.agent);
  }

  void operator()(const node_status& x) {
    auto y = out.initStatus();
    set_text(y.initVersion(count_of(x.version)), x.version);
    y.setNode(x.node.value);
    y.setStarts(x.starts);
    y.setUptimeMs(x.uptime_ms);
    y.setDraining(x.draining);
    y.setConnections(x.connections);
    y.setCreditRequests(x.credit_requests);
    y.setCreditBytes(x.credit_bytes);
    write_store(y.initStore(), x.store);
    auto shards = y.initShards(static_cast<capnp::uint>(x.shards.size()));
    for (size_t i = 0; i < x.shards.size(); ++i)
      write_shard(shards[static_cast<capnp::uint>(i)], x.shards[i]);
  }

  void operator()(const draining& x) {
    auto y = out.initDraining();
    y.setConnections(x.connections);
    y.setAlready(x.already);
  }

  void operator()(const cluster_status& x) {
    auto y = out.initCluster();
    y.setAsked(x.asked.value);
    y.setEpoch(x.epoch);
    y.setReplicas(x.replicas);
    auto nodes = y.initNodes(count_of(x.nodes));
    for (capnp::uint i = 0; i < nodes.size(); ++i) {
      nodes[i].setId(x.nodes[i].id.value);
      nodes[i].setAddress(x.nodes[i].address);
      nodes[i].setZone(x.nodes[i].zone);
      nodes[i].setLeaving(x.nodes[i].leaving);
      nodes[i].setLinked(x.nodes[i].linked);
      nodes[i].setDraining(x.nodes[i].draining);
    }
    auto groups = y.initGroups(count_of(x.groups));
    for (capnp::uint i = 0; i < groups.size(); ++i) {
      auto& group = x.groups[i];
      groups[i].setLeader(group.leader.value);
      groups[i].setTerm(group.term);
      write_nodes(groups[i].initWanted(count_of(group.wanted)), group.wanted);
      write_nodes(groups[i].initVoters(count_of(group.voters)), group.voters);
      write_nodes(groups[i].initOthers(count_of(group.others)), group.others);
    }
  }

  void operator()(const error& x) {
    auto y = out.initError();
    y.setCode(static_cast<wire::schema::ErrorCode>(x.code));
    set_text(y.initText(count_of(x.text)), x.text);
  }
};

} // namespace

std::optional<request> decode_request(const frame& bytes) {
  return with_root<schema::AdminRequest>(bytes.bytes(), [](auto root) -> std::optional<request> {
    return request{root.getRequestId(), read_body(root)};
  });
}

std::optional<reply> decode_reply(const frame& bytes) {
  return with_root<schema::AdminReply>(bytes.bytes(), [](auto root) -> std::optional<reply> {
    return reply{root.getRequestId(), read_body(root)};
  });
}

frame encode(const request& x) {
  return build<schema::AdminRequest>([&x](auto root) {
    root.setRequestId(x.number);
    std::visit(request_writer{root}, x.body);
  });
}

frame encode(const reply& x) {
  return build<schema::AdminReply>([&x](auto root) {
    root.setRequestId(x.number);
    std::visit(reply_writer{root}, x.body);
  });
}

} // namespace parley::admin
