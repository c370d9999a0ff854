#include "persistence/raft_rows.hpp"

#include "persistence/store.hpp"
#include "schema/effect_codec.hpp"
#include "schema/record.hpp"

#include <limits>

namespace parley::raft {

namespace {

constexpr index_t last_possible = std::numeric_limits<index_t>::max() - 1;

void erase_entries(effect& out, shard_id shard, index_t first, index_t last) {
  for (auto i = first; i <= last; ++i)
    out.erase(keys::log_entry(shard, i));
}

struct add_rows {
  shard_id shard;
  effect& out;

  void operator()(const append_log& x) const {
    auto index = x.first;
    for (auto& entry : x.entries)
      out.put(keys::log_entry(shard, index++), entry);
  }

  void operator()(const truncate_log& x) const {
    erase_entries(out, shard, x.first, x.last);
  }

  void operator()(const save_state& x) const {
    out.put(keys::hard_state(shard), encode(x.state));
  }

  void operator()(const save_snapshot& x) const {
    out.put(keys::snapshot(shard), encode(x.mark));
    erase_entries(out, shard, x.first, x.last);
  }
};

status damaged(std::string what) {
  return {ec::storage_failed, "the " + what + " of a Raft group is damaged"};
}

index_t index_of(std::string_view key) {
  index_t result = 0;
  for (auto x : key.substr(key.size() - sizeof result))
    result = result << 8 | static_cast<unsigned char>(x);
  return result;
}

status load_entries(const store& from, shard_id shard, persisted& out) {
  out.first = out.snapshot ? out.snapshot->last_index + 1 : 1;
  bool whole = true;
  auto done = from.scan(keys::log_entries(shard, 0, last_possible),
                        [&](std::string_view at, std::string_view value) {
                          auto index = index_of(at);
                          if (out.entries.empty())
                            out.first = index;
                          whole = index == out.first + out.entries.size();
                          out.entries.emplace_back(value);
                          return whole;
                        });
  if (!done.ok())
    return done;
  auto follows = !out.snapshot ? out.first == 1
                               : out.first <= out.snapshot->last_index + 1
                                   && out.first + out.entries.size() > out.snapshot->last_index;
  return whole && follows ? status{} : damaged("log");
}

} // namespace

effect rows_of(shard_id shard, const write& x) {
  effect result;
  std::visit(add_rows{shard, result}, x.what);
  return result;
}

std::optional<effect> rows_of(shard_id shard, const committed_entry& x) {
  auto result = decode_effects(x.data);
  if (result)
    result->put(keys::applied(shard), record::encode(record::counter{x.index}));
  return result;
}

void found_alone(shard_id shard, node_id who, effect& out) {
  out.put(keys::hard_state(shard), encode(hard_state{1, {}}));
  out.put(keys::snapshot(shard), encode(snapshot_mark{1, 1, {{who}}, 1}));
}

status load_group(const store& from, shard_id shard, persisted& out) {
  out = {};
  std::optional<std::string> row;
  if (auto read = read_row(from, keys::hard_state(shard), row); !read.ok())
    return read;
  if (row) {
    auto state = decode_hard_state(frame{*row}.bytes());
    if (!state)
      return damaged("term");
    out.state = *state;
  }
  if (auto read = read_row(from, keys::snapshot(shard), row); !read.ok())
    return read;
  if (row) {
    out.snapshot = decode_snapshot(frame{*row}.bytes());
    if (!out.snapshot)
      return damaged("snapshot mark");
  }
  if (auto read = read_row(from, keys::applied(shard), row); !read.ok())
    return read;
  if (row) {
    auto applied = record::decode<record::counter>(frame{*row}.bytes());
    if (!applied)
      return damaged("applied index");
    out.applied = applied->value;
  }
  return load_entries(from, shard, out);
}

} // namespace parley::raft
