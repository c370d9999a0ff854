#include "tests/instructions/same_thread.hpp"
#include "tests/instructions/worlds.hpp"

#include <spdlog/spdlog.h>

#include <valgrind/callgrind.h>

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

// The path of a message through real nodes on one thread, for callgrind: bytes of
// clients, sessions, shards, rooms, inboxes, the journal and RocksDB, and back.
// No sockets, no waiting, no clock; so two runs differ by less than a hundredth.
//
//   build/tests/hot_path direct-16          does the work, and says how much
//   tools/checks/instructions.py            counts it
//
// Counted is what nodes do with bytes of clients and with the passing of time, not
// what clients do, and not what happens whether there are messages or not.

namespace parley::instructions {

namespace {

bool counting = false;

/// Instructions count while it lives, once warm_up() is over.
class counted {
public:
  counted() {
    if (counting)
      CALLGRIND_TOGGLE_COLLECT;
  }

  ~counted() {
    if (counting)
      CALLGRIND_TOGGLE_COLLECT;
  }

  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
};

/// Somebody with one device.
struct person {
  std::string name;
  std::string token;
  caf::io::connection_handle at;
  uint64_t counter = 0; ///< Of the last message.
  uint64_t request = 0;
  std::vector<wire::cursor> seen; ///< Not acknowledged yet.
  size_t pushed = 0;
  size_t answered = 0;
};

using buffer = caf::io::network::test_multiplexer::buffer_type;

void append(buffer& out, uint64_t request, wire::client_body body) {
  auto bytes = wire::encode(wire::client_frame{request, std::move(body)});
  out.insert(out.end(), bytes.bytes().begin(), bytes.bytes().end());
}

/// Letters without a pattern, the same in every run.
std::string some_text() {
  static uint64_t state = 1;
  std::string result;
  while (result.size() < 128) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    result += static_cast<char>('a' + (state >> 33) % 26);
  }
  return result;
}

/// People at the door of a world.
class crowd {
public:
  crowd(world& where, size_t count) : world_(where) {
    for (size_t i = 0; i < count; ++i) {
      person x{
        "user" + std::to_string(i), std::string(limits::token_bytes, '.'), {}, 0, 0, {}, 0, 0};
      x.name.copy(x.token.data(), x.name.size());
      world_.import(x.name, device_id{i + 1}, x.token);
      people_.push_back(std::move(x));
    }
  }

  person& operator[](size_t i) {
    return people_[i];
  }

  size_t size() const {
    return people_.size();
  }

  void connect(person& x) {
    x.at = world_.door().connect();
  }

  static buffer greeting_of(person& x) {
    buffer bytes;
    append(bytes, ++x.request, wire::hello{});
    append(bytes, ++x.request, wire::login{x.name, {}, x.token, std::exchange(x.seen, {})});
    return bytes;
  }

  void everybody_logs_in() {
    for (auto& x : people_) {
      connect(x);
      say(x, greeting_of(x));
    }
    world_.run();
    listen();
  }

  /// Their connections break; and after a while nobody remembers them.
  void everybody_goes() {
    auto& sessions = world_.door().guests;
    for (size_t i = 0; i < size(); ++i)
      caf::anon_send(sessions[sessions.size() - size() + i],
                     caf::io::connection_closed_msg{people_[i].at});
    world_.run();
    for (auto passed = 0ms; passed < 2 * limits::inbox_idle; passed += limits::session_tick)
      world_.pass(limits::session_tick);
  }

  void say(person& x, const buffer& bytes) {
    world_.door().network.virtual_send(x.at, bytes);
  }

  wire::send text_to(person& x, std::string_view peer, conversation_id room, std::string_view text,
                     bool first) {
    ++x.counter;
    return {room, peer, x.counter, first ? 0 : x.counter - 1, {{}, text}};
  }

  /// What nodes said, and what is to be acknowledged.
  void listen() {
    for (auto& x : people_)
      for (auto& bytes : world_.door().heard(x.at)) {
        auto decoded = *wire::decode_server(bytes);
        if (auto refusal = std::get_if<wire::error>(&decoded.body))
          throw std::runtime_error(x.name + " was refused: " + std::string{name_of(refusal->code)});
        x.answered += decoded.request != 0;
        auto message = std::get_if<wire::message>(&decoded.body);
        if (message == nullptr)
          continue;
        ++x.pushed;
        if (x.seen.empty() || x.seen.back().conversation != message->conversation)
          x.seen.push_back({message->conversation, 0});
        x.seen.back().seq = message->seq;
      }
  }

  /// Returns how many were told something.
  void acknowledge() {
    std::vector<std::pair<person*, buffer>> acks;
    for (auto& x : people_)
      if (!x.seen.empty()) {
        acks.emplace_back(&x, buffer{});
        append(acks.back().second, 0, wire::ack{std::exchange(x.seen, {})});
      }
    counted here;
    for (auto& [who, bytes] : acks)
      say(*who, bytes);
    world_.run();
  }

  size_t pushed() const {
    size_t result = 0;
    for (auto& x : people_)
      result += x.pushed;
    return result;
  }

private:
  world& world_;
  std::vector<person> people_;
};

void expect(bool fact, const char* what) {
  if (!fact)
    throw std::runtime_error(std::string{"not so: "} + what);
}

/// From here on it counts.
void warm_up_is_over() {
  counting = true;
  CALLGRIND_START_INSTRUMENTATION;
}

// -- workloads, each of which returns how much it did ---------------------------------

/// Every second one sends `burst` messages at once to the one behind, who
/// acknowledges them; then some time passes.
class pairs {
public:
  pairs(world& where, size_t count, size_t burst)
      : world_(where), all_(where, 2 * count), burst_(burst) {
    all_.everybody_logs_in();
  }

  void round() {
    std::vector<buffer> bytes(all_.size());
    for (size_t i = 0; i < all_.size(); i += 2)
      for (size_t n = 0; n < burst_; ++n) {
        auto text = some_text();
        append(bytes[i], ++all_[i].request,
               all_.text_to(all_[i], all_[i + 1].name, {}, text, n == 0));
      }
    auto before = all_.pushed();
    {
      counted here;
      for (size_t i = 0; i < all_.size(); i += 2)
        all_.say(all_[i], bytes[i]);
      world_.run();
    }
    all_.listen();
    expect(all_.pushed() - before == messages(), "everything was delivered");
    all_.acknowledge();
    {
      counted here;
      world_.pass(50ms);
    }
    if (++rounds_ % 2 == 0)
      world_.beat();
    all_.listen();
  }

  size_t messages() const {
    return all_.size() / 2 * burst_;
  }

  crowd& everybody() {
    return all_;
  }

private:
  world& world_;
  crowd all_;
  size_t burst_;
  size_t rounds_ = 0;
};

/// A second of it before, `rounds` for the count.
template <class World>
size_t direct(size_t count, size_t burst, size_t rounds) {
  World where;
  pairs talk{where, count, burst};
  for (size_t i = 0; i < 22; ++i)
    talk.round();
  warm_up_is_over();
  for (size_t i = 0; i < rounds; ++i)
    talk.round();
  return rounds * talk.messages();
}

/// A room whose members are all online; four of them write.
size_t room(size_t members, size_t rounds) {
  one_node where;
  crowd all{where, members};
  all.everybody_logs_in();
  auto owner = &all[0];
  for (size_t at = 1; at < members;) {
    std::vector<std::string_view> names;
    for (; at < members && names.size() < limits::names_per_request - 1; ++at)
      names.push_back(all[at].name);
    buffer bytes;
    auto id = room_conversation(user_of(owner->name), device_id{1}, 1);
    if (owner->request == 2)
      append(bytes, ++owner->request, wire::create_room{1, "a room", names, false});
    else
      append(bytes, ++owner->request, wire::invite{id, names});
    all.say(*owner, bytes);
    where.pass(3s);
    all.listen();
    all.acknowledge();
  }
  auto id = room_conversation(user_of(owner->name), device_id{1}, 1);
  constexpr size_t writers = 4;
  auto round = [&] {
    std::vector<buffer> bytes(writers);
    for (size_t i = 0; i < writers; ++i) {
      auto text = some_text();
      append(bytes[i], ++all[i].request, all.text_to(all[i], {}, id, text, true));
    }
    auto before = all.pushed();
    {
      counted here;
      for (size_t i = 0; i < writers; ++i)
        all.say(all[i], bytes[i]);
      where.run();
    }
    all.listen();
    expect(all.pushed() - before == writers * (members - 1), "all members were told");
    all.acknowledge();
    where.pass(50ms); // What happens once a second whatever the rate does not count.
    all.listen();
  };
  for (size_t i = 0; i < 4; ++i)
    round();
  warm_up_is_over();
  for (size_t i = 0; i < rounds; ++i)
    round();
  return rounds * writers * (members - 1);
}

/// People with one conversation come back with a token and say how far they are,
/// eight at a time.
size_t login(size_t count) {
  one_node where;
  pairs talk{where, count / 2, 1};
  talk.round();
  auto& all = talk.everybody();
  auto come_back = [&] {
    all.everybody_goes();
    for (size_t i = 0; i < count; i += 8) {
      std::vector<buffer> bytes;
      for (size_t j = i; j < i + 8; ++j) {
        all.connect(all[j]);
        bytes.push_back(crowd::greeting_of(all[j]));
      }
      counted here;
      for (size_t j = 0; j < bytes.size(); ++j)
        all.say(all[i + j], bytes[j]);
      where.run();
    }
    auto before = all[0].answered;
    all.listen();
    expect(all[0].answered - before == 2, "they are logged in");
  };
  come_back();
  warm_up_is_over();
  come_back();
  return count;
}

struct workload {
  const char* name;
  std::function<size_t()> run;
};

const workload workloads[] = {
  {"alone", [] { return direct<one_node>(1, 1, 200); }},
  {"direct-1", [] { return direct<one_node>(32, 1, 20); }},
  {"direct-16", [] { return direct<one_node>(32, 16, 20); }},
  {"room", [] { return room(1000, 3); }},
  {"login", [] { return login(64); }},
  {"replicated-1", [] { return direct<three_nodes>(32, 1, 20); }},
  {"replicated-16", [] { return direct<three_nodes>(32, 16, 20); }},
};

} // namespace

} // namespace parley::instructions

int main(int argc, char** argv) {
  using namespace parley::instructions;
  spdlog::set_level(spdlog::level::warn);
  for (auto& x : workloads) {
    if (argc == 1)
      std::puts(x.name);
    else if (x.name == std::string_view{argv[1]}) {
      size_t counted = 0;
      run_on_the_same_thread([&] { counted = x.run(); });
      return std::printf("%zu\n", counted) > 0 ? 0 : 1;
    }
  }
  return argc == 1 ? 0 : 2;
}
