#include "schema/raft_message.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/limits.hpp"
#include "schema/peer.capnp.h"

namespace parley::raft {

namespace {

// -- out ------------------------------------------------------------------------------

void write(schema::LogEntry::Builder out, const log_entry& x) {
  out.setTerm(x.term);
  out.setKind(static_cast<schema::LogEntry::Kind>(x.kind));
  auto data = out.initData(static_cast<capnp::uint>(x.data.size()));
  if (!x.data.empty())
    std::memcpy(data.begin(), x.data.data(), x.data.size());
}

void write(capnp::List<schema::Server>::Builder out, const configuration& x) {
  for (capnp::uint i = 0; i < out.size(); ++i) {
    out[i].setId(x[i].id.value);
    out[i].setRole(static_cast<schema::Server::Role>(x[i].role));
  }
}

void write(schema::Snapshot::Builder out, const snapshot_mark& x) {
  out.setLastIndex(x.last_index);
  out.setLastTerm(x.last_term);
  out.setConfigurationIndex(x.configuration_index);
  auto& servers = x.configuration;
  write(out.initConfiguration(static_cast<capnp::uint>(servers.size())), servers);
}

void write(schema::RaftMessage::Builder out, const request_vote& x) {
  auto body = out.initRequestVote();
  body.setLastLogIndex(x.last_log_index);
  body.setLastLogTerm(x.last_log_term);
  body.setPreVote(x.pre_vote);
  body.setDisruptLeader(x.disrupt_leader);
}

void write(schema::RaftMessage::Builder out, const timeout_now& x) {
  auto body = out.initTimeoutNow();
  body.setLastLogIndex(x.last_log_index);
  body.setLastLogTerm(x.last_log_term);
}

void write(schema::RaftMessage::Builder out, const request_vote_result& x) {
  auto body = out.initRequestVoteResult();
  body.setVoteGranted(x.vote_granted);
  body.setPreVote(x.pre_vote);
}

void write(schema::RaftMessage::Builder out, const append_entries& x) {
  auto body = out.initAppendEntries();
  body.setPrevLogIndex(x.prev_log_index);
  body.setPrevLogTerm(x.prev_log_term);
  body.setLeaderCommit(x.leader_commit);
  auto entries = body.initEntries(static_cast<capnp::uint>(x.entries.size()));
  for (capnp::uint i = 0; i < entries.size(); ++i)
    write(entries[i], x.entries[i]);
}

void write(schema::RaftMessage::Builder out, const append_entries_result& x) {
  auto body = out.initAppendEntriesResult();
  body.setRejected(x.rejected);
  body.setLastLogIndex(x.last_log_index);
}

void write(schema::RaftMessage::Builder out, const install_snapshot& x) {
  write(out.initInstallSnapshot().initSnapshot(), x.snapshot);
}

void write(schema::RaftMessage::Builder out, const confirm& x) {
  out.initConfirm().setRound(x.round);
}

void write(schema::RaftMessage::Builder out, const confirm_result& x) {
  out.initConfirmResult().setRound(x.round);
}

// -- in -------------------------------------------------------------------------------

std::optional<log_entry> read(schema::LogEntry::Reader in) {
  auto kind = static_cast<uint16_t>(in.getKind());
  if (kind > static_cast<uint16_t>(entry_kind::configuration) || in.getTerm() == 0)
    return std::nullopt;
  auto data = in.getData();
  if (data.size() > limits::raft_entry_bytes)
    return std::nullopt;
  return log_entry{in.getTerm(),
                   static_cast<entry_kind>(kind),
                   {reinterpret_cast<const char*>(data.begin()), data.size()}};
}

std::optional<configuration> read(capnp::List<schema::Server>::Reader in) {
  configuration result;
  if (in.size() == 0 || in.size() > limits::raft_servers)
    return std::nullopt;
  for (auto x : in) {
    auto role = static_cast<uint16_t>(x.getRole());
    if (role > static_cast<uint16_t>(server_role::spare) || x.getId() == 0)
      return std::nullopt;
    result.push_back({node_id{x.getId()}, static_cast<server_role>(role)});
  }
  return result;
}

std::optional<snapshot_mark> read(schema::Snapshot::Reader in) {
  snapshot_mark x{in.getLastIndex(), in.getLastTerm(), {}, in.getConfigurationIndex()};
  auto servers = read(in.getConfiguration());
  if (x.last_index == 0 || x.last_term == 0 || !servers || x.configuration_index > x.last_index)
    return std::nullopt;
  x.configuration = *std::move(servers);
  return x;
}

std::optional<append_entries> read(schema::AppendEntries::Reader in) {
  append_entries x{in.getPrevLogIndex(), in.getPrevLogTerm(), in.getLeaderCommit(), {}};
  auto entries = in.getEntries();
  if (entries.size() > limits::raft_entries_per_message)
    return std::nullopt;
  x.entries.reserve(entries.size());
  for (auto y : entries) {
    auto entry = read(y);
    if (!entry)
      return std::nullopt;
    x.entries.push_back(*entry);
  }
  return x;
}

std::optional<message_body> read_body(schema::RaftMessage::Reader in) {
  switch (in.which()) {
    case schema::RaftMessage::REQUEST_VOTE: {
      auto body = in.getRequestVote();
      return request_vote{body.getLastLogIndex(), body.getLastLogTerm(), body.getPreVote(),
                          body.getDisruptLeader()};
    }
    case schema::RaftMessage::REQUEST_VOTE_RESULT: {
      auto body = in.getRequestVoteResult();
      return request_vote_result{body.getVoteGranted(), body.getPreVote()};
    }
    case schema::RaftMessage::APPEND_ENTRIES:
      if (auto body = read(in.getAppendEntries()))
        return *std::move(body);
      return std::nullopt;
    case schema::RaftMessage::APPEND_ENTRIES_RESULT: {
      auto body = in.getAppendEntriesResult();
      return append_entries_result{body.getRejected(), body.getLastLogIndex()};
    }
    case schema::RaftMessage::INSTALL_SNAPSHOT:
      if (auto snapshot = read(in.getInstallSnapshot().getSnapshot()))
        return install_snapshot{*std::move(snapshot)};
      return std::nullopt;
    case schema::RaftMessage::CONFIRM:
      return confirm{in.getConfirm().getRound()};
    case schema::RaftMessage::CONFIRM_RESULT:
      return confirm_result{in.getConfirmResult().getRound()};
    case schema::RaftMessage::TIMEOUT_NOW: {
      auto body = in.getTimeoutNow();
      return timeout_now{body.getLastLogIndex(), body.getLastLogTerm()};
    }
    default:
      return std::nullopt;
  }
}

} // namespace

frame encode(const message& x) {
  return build<schema::RaftMessage>([&x](schema::RaftMessage::Builder out) {
    out.setFrom(x.from.value);
    out.setTo(x.to.value);
    out.setTerm(x.term);
    std::visit([&out](auto& body) { write(out, body); }, x.body);
  });
}

frame encode(const log_entry& x) {
  return build<schema::LogEntry>([&x](schema::LogEntry::Builder out) { write(out, x); });
}

frame encode(const snapshot_mark& x) {
  return build<schema::Snapshot>([&x](schema::Snapshot::Builder out) { write(out, x); });
}

frame encode(const hard_state& x) {
  return build<schema::HardState>([&x](schema::HardState::Builder out) {
    out.setCurrentTerm(x.current_term);
    out.setVotedFor(x.voted_for.value);
  });
}

frame encode(const leading& x) {
  return build<schema::Leading>([&x](schema::Leading::Builder out) {
    out.setTerm(x.term);
    out.setMapEpoch(x.map_epoch);
    write(out.initServers(static_cast<capnp::uint>(x.servers.size())), x.servers);
  });
}

std::optional<leading> decode_leading(std::string_view bytes) {
  return with_root<schema::Leading>(
    bytes, [](schema::Leading::Reader in) -> std::optional<leading> {
      auto servers = read(in.getServers());
      if (!servers || in.getTerm() == 0)
        return std::nullopt;
      return leading{in.getTerm(), in.getMapEpoch(), *std::move(servers)};
    });
}

std::optional<message> decode_message(std::string_view bytes) {
  return with_root<schema::RaftMessage>(
    bytes, [](schema::RaftMessage::Reader in) -> std::optional<message> {
      if (in.getFrom() == 0 || in.getTo() == 0)
        return std::nullopt;
      auto body = read_body(in);
      if (!body)
        return std::nullopt;
      return message{node_id{in.getFrom()}, node_id{in.getTo()}, in.getTerm(), *std::move(body)};
    });
}

std::optional<log_entry> decode_entry(std::string_view bytes) {
  return with_root<schema::LogEntry>(bytes, [](schema::LogEntry::Reader in) { return read(in); });
}

std::optional<snapshot_mark> decode_snapshot(std::string_view bytes) {
  return with_root<schema::Snapshot>(bytes, [](schema::Snapshot::Reader in) { return read(in); });
}

std::optional<hard_state> decode_hard_state(std::string_view bytes) {
  return with_root<schema::HardState>(
    bytes, [](schema::HardState::Reader in) -> std::optional<hard_state> {
      return hard_state{in.getCurrentTerm(), node_id{in.getVotedFor()}};
    });
}

} // namespace parley::raft
