#include "schema/keys.hpp"

#include "schema/limits.hpp"

namespace parley {

static_assert(limits::client_id_slots == 256, "a slot is one byte of a key");

key key::from(std::string_view bytes) noexcept {
  key result;
  result.size_ = static_cast<uint8_t>(bytes.copy(result.bytes_.data(), capacity));
  return result;
}

namespace keys {

namespace {

template <class Tag>
key start(wide_id<Tag> owner, char kind) {
  key result;
  result.byte(shard_of(owner).value).byte(static_cast<uint8_t>(kind)).id(owner);
  return result;
}

key shard_key(shard_id shard, char kind) {
  key result;
  result.byte(shard.value).byte(static_cast<uint8_t>(kind));
  return result;
}

key node_key(char kind) {
  key result;
  result.byte(node_range).byte(static_cast<uint8_t>(kind));
  return result;
}

key raft_key(shard_id shard, char kind) {
  key result;
  result.byte(raft_range | shard.value).byte(static_cast<uint8_t>(kind));
  return result;
}

/// The rows of a prefix whose next part is an id greater than this.
template <class Tag>
key_range behind(const key& prefix, wide_id<Tag> after) {
  auto all = with_prefix(prefix);
  if (after)
    all.from = with_prefix(key{prefix}.id(after)).to;
  return all;
}

template <class Id>
Id id_at_end(std::string_view key) {
  Id result;
  if (key.size() < 16)
    return result;
  auto at = reinterpret_cast<const unsigned char*>(key.data() + key.size() - 16);
  for (int i = 0; i < 8; ++i) {
    result.high = result.high << 8 | at[i];
    result.low = result.low << 8 | at[i + 8];
  }
  return result;
}

} // namespace

key account(user_id user) {
  return start(user, 'a');
}

key mailbox(user_id user, conversation_id conversation) {
  return start(user, 'b').id(conversation);
}

key contact(user_id user, user_id other) {
  return start(user, 'k').id(other);
}

key cursor(user_id user, device_id device, conversation_id conversation) {
  return start(user, 'v').number(device.value).id(conversation);
}

key conversation(conversation_id conversation) {
  return start(conversation, 'c');
}

key member(conversation_id conversation, user_id user) {
  return start(conversation, 'm').id(user);
}

key message(conversation_id conversation, seq_t seq) {
  return start(conversation, 't').number(seq);
}

key client_id(conversation_id conversation, user_id user, device_id device, uint64_t index) {
  return start(conversation, 'd')
    .id(user)
    .number(device.value)
    .byte(static_cast<uint8_t>(index % limits::client_id_slots));
}

key outbox(conversation_id conversation, uint64_t version) {
  return start(conversation, 'o').number(version);
}

key revised(conversation_id conversation, seq_t seq) {
  return start(conversation, 'e').number(seq);
}

key reacted(conversation_id conversation, seq_t seq, user_id user) {
  return start(conversation, 'r').number(seq).id(user);
}

key outsider(conversation_id conversation, user_id user) {
  return start(conversation, 'w').id(user);
}

key mention(conversation_id conversation, user_id user, seq_t seq) {
  return start(conversation, 'q').id(user).number(seq);
}

key hidden(conversation_id conversation, user_id user, seq_t seq) {
  return start(conversation, 'h').id(user).number(seq);
}

key posting(conversation_id conversation, uint64_t term, seq_t seq) {
  return start(conversation, 'j').number(term).number(~seq);
}

key kept_file(user_id user, file_id file) {
  return shard_key(shard_of(user), 'y').id(file).id(user);
}

key naming(user_id user, conversation_id conversation, seq_t seq) {
  return start(user, 'z').id(conversation).number(seq);
}

key file_usage(user_id user) {
  return start(user, 'g');
}

key online_session(user_id user, uint64_t count) {
  auto slot = count % limits::online_sessions_kept;
  return start(user, 'u').byte(static_cast<uint8_t>(slot >> 8)).byte(static_cast<uint8_t>(slot));
}

key reclaimed(conversation_id conversation) {
  return start(conversation, 's');
}

key notice(time_us time, user_id user, conversation_id conversation, seq_t seq) {
  return shard_key(shard_of(user), 'n')
    .number(static_cast<uint64_t>(time))
    .id(user)
    .number(conversation.low)
    .number(seq);
}

key format() {
  return node_key('f');
}

key agreed_format() {
  return node_key('a');
}

key starts() {
  return node_key('n');
}

key identity() {
  return node_key('c');
}

key known_map() {
  return node_key('p');
}

key cluster_map() {
  key result;
  result.byte(map_group.value).byte('p');
  return result;
}

key hard_state(shard_id shard) {
  return raft_key(shard, 'h');
}

key log_entry(shard_id shard, uint64_t index) {
  return raft_key(shard, 'l').number(index);
}

key snapshot(shard_id shard) {
  return raft_key(shard, 's');
}

key applied(shard_id shard) {
  return raft_key(shard, 'i');
}

bool is_of_messages(const key& x) noexcept {
  auto bytes = x.bytes();
  return bytes.size() == message({}, 0).bytes().size()
         && static_cast<uint8_t>(bytes[0]) < shard_count && bytes[1] == 't';
}

seq_t seq_at_end(std::string_view message_key) {
  seq_t result = 0;
  for (auto byte : message_key.substr(message_key.size() - sizeof result))
    result = result << 8 | static_cast<uint8_t>(byte);
  return result;
}

key sibling(std::string_view message_key, seq_t seq) {
  return key::from(message_key.substr(0, message_key.size() - sizeof seq)).number(seq);
}

shard_id shard_of(const key& x) noexcept {
  return {static_cast<uint8_t>(static_cast<uint8_t>(x.bytes()[0]) % raft_range)};
}

bool tells_of_rows(const key& x) noexcept {
  auto bytes = x.bytes();
  auto range = static_cast<uint8_t>(bytes[0]);
  return range >= raft_range && range != node_range && (bytes[1] == 'i' || bytes[1] == 'x');
}

key replacing(shard_id shard) {
  return raft_key(shard, 'x');
}

key_range everything(shard_id shard) {
  key from;
  key to;
  from.byte(shard.value);
  to.byte(static_cast<uint8_t>(shard.value + 1));
  return {from, to};
}

key_range with_prefix(const key& prefix) {
  auto bytes = prefix.bytes();
  while (!bytes.empty() && bytes.back() == '\xff')
    bytes.remove_suffix(1);
  key to = key::from(bytes.substr(0, bytes.size() - 1));
  to.byte(static_cast<uint8_t>(bytes.back()) + 1);
  return {prefix, to};
}

key_range mailboxes(user_id user) {
  return with_prefix(start(user, 'b'));
}

key_range contacts(user_id user) {
  return with_prefix(start(user, 'k'));
}

key_range online_sessions(user_id user) {
  return with_prefix(start(user, 'u'));
}

key_range cursors(user_id user, device_id device) {
  return with_prefix(start(user, 'v').number(device.value));
}

key_range members(conversation_id conversation) {
  return with_prefix(start(conversation, 'm'));
}

key_range messages(conversation_id conversation, seq_t from, seq_t to) {
  auto all = with_prefix(start(conversation, 't'));
  return {message(conversation, from), to == UINT64_MAX ? all.to : message(conversation, to + 1)};
}

key_range client_ids(conversation_id conversation, user_id user) {
  return with_prefix(start(conversation, 'd').id(user));
}

key_range client_ids(conversation_id conversation, user_id user, device_id device) {
  return with_prefix(start(conversation, 'd').id(user).number(device.value));
}

key_range outbox(conversation_id conversation) {
  return with_prefix(start(conversation, 'o'));
}

key_range outbox(shard_id shard) {
  return with_prefix(shard_key(shard, 'o'));
}

key_range revised(conversation_id conversation, seq_t from, seq_t to) {
  return {revised(conversation, from), revised(conversation, to + 1)};
}

key_range outsiders(conversation_id conversation) {
  return with_prefix(start(conversation, 'w'));
}

key_range mentions(conversation_id conversation, user_id user, seq_t from, seq_t to) {
  return {mention(conversation, user, from), mention(conversation, user, to + 1)};
}

key_range postings(conversation_id conversation, uint64_t term, seq_t before) {
  return {posting(conversation, term, before - 1),
          with_prefix(start(conversation, 'j').number(term)).to};
}

key_range hidden(conversation_id conversation, user_id user, seq_t from, seq_t to) {
  return {hidden(conversation, user, from), hidden(conversation, user, to + 1)};
}

key_range kept_files(shard_id shard, uint8_t first) {
  return with_prefix(shard_key(shard, 'y').byte(first));
}

key_range log_entries(shard_id shard, uint64_t from, uint64_t to) {
  return {log_entry(shard, from), log_entry(shard, to + 1)};
}

key_range accounts(shard_id shard, user_id after) {
  return behind(shard_key(shard, 'a'), after);
}

key_range conversations(shard_id shard, conversation_id after) {
  return behind(shard_key(shard, 'c'), after);
}

key_range notices(shard_id shard) {
  return with_prefix(shard_key(shard, 'n'));
}

std::optional<place> place_of(std::string_view key) {
  constexpr size_t id = 16;
  constexpr size_t number = 8;
  if (key.size() < owner_bytes + number || static_cast<uint8_t>(key[0]) >= shard_count)
    return std::nullopt;
  place result{conversation_at_end(key.substr(0, owner_bytes)), 0};
  switch (key[1]) {
    case 't':
    case 'e':
    case 'q':
    case 'h':
      result.seq = seq_at_end(key);
      return result;
    case 'r':
      result.seq = seq_at_end(key.substr(0, key.size() - id));
      return result;
    case 'j':
      result.seq = ~seq_at_end(key);
      return result;
    default:
      return std::nullopt;
  }
}

conversation_id conversation_at_end(std::string_view key) {
  return id_at_end<conversation_id>(key);
}

user_id user_at_end(std::string_view key) {
  return id_at_end<user_id>(key);
}

} // namespace keys

} // namespace parley
