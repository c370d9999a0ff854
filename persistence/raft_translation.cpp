#include "persistence/raft_engine.hpp"

#include <cstring>

namespace parley::raft {

namespace {

/// libraft's own barriers have eight bytes that nobody has set.
constexpr size_t barrier_bytes = 8;

entry_kind kind_of(unsigned short type) {
  switch (type) {
    case RAFT_BARRIER:
      return entry_kind::barrier;
    case RAFT_CHANGE:
      return entry_kind::configuration;
    default:
      return entry_kind::command;
  }
}

unsigned short type_of(entry_kind kind) {
  switch (kind) {
    case entry_kind::barrier:
      return RAFT_BARRIER;
    case entry_kind::configuration:
      return RAFT_CHANGE;
    default:
      return RAFT_COMMAND;
  }
}

size_t whole_words(size_t bytes) {
  return (bytes + frame::word - 1) / frame::word * frame::word;
}

size_t bytes_of(const log_entry& x) {
  return x.kind == entry_kind::barrier ? barrier_bytes : x.data.size();
}

/// All entries of a message lie in one piece of memory, as libraft wants it.
void set_entries(raft_append_entries& out, const std::vector<log_entry>& entries) {
  if (entries.empty())
    return;
  size_t bytes = 0;
  for (auto& x : entries)
    bytes += whole_words(bytes_of(x));
  auto batch = static_cast<char*>(raft_calloc(1, std::max(bytes, frame::word)));
  out.n_entries = static_cast<unsigned>(entries.size());
  out.entries = static_cast<raft_entry*>(raft_calloc(entries.size(), sizeof(raft_entry)));
  auto at = batch;
  for (size_t i = 0; i < entries.size(); ++i) {
    auto& x = entries[i];
    if (!x.data.empty() && x.kind != entry_kind::barrier)
      std::memcpy(at, x.data.data(), x.data.size());
    out.entries[i] = {x.term, type_of(x.kind), {at, bytes_of(x)}, batch};
    at += whole_words(bytes_of(x));
  }
}

struct to_library_body {
  const message& from;
  raft_message& out;

  void operator()(const request_vote& x) const {
    out.type = RAFT_IO_REQUEST_VOTE;
    out.request_vote = {from.term,       from.from.value,  x.last_log_index,
                        x.last_log_term, x.disrupt_leader, x.pre_vote};
  }

  void operator()(const request_vote_result& x) const {
    out.type = RAFT_IO_REQUEST_VOTE_RESULT;
    out.request_vote_result = {from.term, x.vote_granted, TO_RAFT_TRIBOOL(x.pre_vote)};
  }

  void operator()(const append_entries& x) const {
    out.type = RAFT_IO_APPEND_ENTRIES;
    out.append_entries = {from.term,       x.prev_log_index, x.prev_log_term,
                          x.leader_commit, nullptr,          0};
    set_entries(out.append_entries, x.entries);
  }

  void operator()(const append_entries_result& x) const {
    out.type = RAFT_IO_APPEND_ENTRIES_RESULT;
    out.append_entries_result = {from.term, x.rejected, x.last_log_index};
  }

  void operator()(const install_snapshot& x) const {
    out.type = RAFT_IO_INSTALL_SNAPSHOT;
    auto& y = x.snapshot;
    out.install_snapshot = {
      from.term,    y.last_index, y.last_term, to_library(y.configuration), y.configuration_index,
      to_buffer({})};
  }

  void operator()(const timeout_now& x) const {
    out.type = RAFT_IO_TIMEOUT_NOW;
    out.timeout_now = {from.term, x.last_log_index, x.last_log_term};
  }

  void operator()(const confirm&) const {
    // Not for libraft.
  }

  void operator()(const confirm_result&) const {
    // Not for libraft.
  }
};

} // namespace

std::string address_of(node_id x) {
  return std::to_string(x.value);
}

raft_buffer to_buffer(std::string_view bytes) {
  raft_buffer result{raft_calloc(1, std::max(bytes.size(), frame::word)),
                     std::max(bytes.size(), frame::word)};
  if (!bytes.empty())
    std::memcpy(result.base, bytes.data(), bytes.size());
  return result;
}

raft_configuration to_library(const configuration& x) {
  raft_configuration result;
  raft_configuration_init(&result);
  for (auto& y : x)
    (void)raft_configuration_add(&result, y.id.value, address_of(y.id).c_str(),
                                 static_cast<int>(y.role));
  return result;
}

raft_snapshot to_library(const snapshot_mark& x) {
  raft_snapshot result{};
  result.index = x.last_index;
  result.term = x.last_term;
  result.configuration = to_library(x.configuration);
  result.configuration_index = x.configuration_index;
  result.bufs = static_cast<raft_buffer*>(raft_malloc(sizeof(raft_buffer)));
  result.bufs[0] = to_buffer({});
  result.n_bufs = 1;
  return result;
}

raft_entry to_library(const log_entry& x) {
  auto data = x.kind == entry_kind::barrier ? std::string_view{} : x.data;
  return {x.term, type_of(x.kind), to_buffer(data), nullptr};
}

raft_message to_library(const message& x, const std::string& address) {
  raft_message result{};
  result.server_id = x.from.value;
  result.server_address = address.c_str();
  std::visit(to_library_body{x, result}, x.body);
  return result;
}

configuration from_library(const raft_configuration& x) {
  configuration result;
  for (unsigned i = 0; i < x.n; ++i)
    result.push_back({node_id{x.servers[i].id}, static_cast<server_role>(x.servers[i].role)});
  return result;
}

snapshot_mark from_library(const raft_snapshot& x) {
  return {x.index, x.term, from_library(x.configuration), x.configuration_index};
}

log_entry from_library(const raft_entry& x) {
  auto kind = kind_of(x.type);
  if (kind == entry_kind::barrier)
    return {x.term, kind, {}};
  std::string_view data{static_cast<const char*>(x.buf.base), x.buf.len};
  if (kind == entry_kind::configuration)
    data = data.substr(0, configuration_bytes(data));
  return {x.term, kind, data};
}

// A version (1), the number of servers in eight bytes, then for each its id in
// eight bytes, its address up to a zero, its role in one. Then up to seven
// bytes that nobody has set.
size_t configuration_bytes(std::string_view data) {
  constexpr size_t head = 1 + sizeof(uint64_t);
  if (data.size() < head || data[0] != 1)
    return 0;
  uint64_t count = 0;
  std::memcpy(&count, data.data() + 1, sizeof count);
  if (count == 0 || count > limits::raft_servers)
    return 0;
  auto end = head;
  for (; count != 0; --count) {
    auto zero = data.find('\0', end + sizeof(uint64_t));
    if (zero == std::string_view::npos || zero + 1 >= data.size()
        || static_cast<unsigned char>(data[zero + 1]) > RAFT_SPARE)
      return 0;
    end = zero + 2;
  }
  return end;
}

static_assert(static_cast<int>(server_role::standby) == RAFT_STANDBY
              && static_cast<int>(server_role::voter) == RAFT_VOTER
              && static_cast<int>(server_role::spare) == RAFT_SPARE);

} // namespace parley::raft
