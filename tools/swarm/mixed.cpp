#include "schema/identity.hpp"
#include "tools/swarm/scenario.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace parley::swarm {

namespace {

/// Seconds that the answers to read cursors may take.
constexpr double patience = 30;

/// Pairs (some users with a second device), rooms, users who are away, and a
/// storm, side by side; then read cursors in the chats of the pairs.
class mixed final : public scenario {
public:
  mixed(world& where, cast who) : world_(where) {
    auto share = [&who](size_t from, size_t to) {
      return who.subspan(who.size() * from / 10, who.size() * to / 10 - who.size() * from / 10);
    };
    chatters_ = share(0, 3); // The first tenth has twins.
    add(make_pairs(where, chatters_));
    add(make_rooms(where, share(3, 6)));
    add(make_offline(where, share(6, 8)));
    add(make_storm(where, share(8, 10)));
  }

  status prepare() override {
    for (auto& x : parts_)
      if (auto done = x->prepare(); !done.ok())
        return done;
    return {};
  }

  void begin() override {
    for (auto& x : parts_)
      x->begin();
  }

  void tick(double elapsed) override {
    for (auto& x : parts_)
      x->tick(elapsed);
  }

  void end() override {
    for (auto& x : parts_)
      x->end();
  }

  void verify() override {
    for (auto& x : parts_)
      x->verify();
    auto half = chatters_.size() / 2;
    for (size_t i = 0; i < half; ++i)
      read_some(*chatters_[half + i],
                direct_conversation(chatters_[i]->user(), chatters_[half + i]->user()));
    auto all_answered = [this] {
      for (auto& x : std::exchange(again_, {}))
        ask(x);
      return waiting_ == 0;
    };
    world_.run_until(all_answered, patience);
    world_.counted.unread_wrong += waiting_ + again_.size();
  }

  void report(nlohmann::json& out) const override {
    for (auto& x : parts_)
      x->report(out);
  }

private:
  struct reading {
    bot* reader;
    conversation_id chat;
    seq_t to = 0;
    seq_t head = 0;
  };

  void add(std::unique_ptr<scenario> x) {
    parts_.push_back(std::move(x));
  }

  /// Reads up to somewhere; everything behind it is unread, to the message.
  void read_some(bot& reader, conversation_id chat) {
    auto head = reader.client().held(chat);
    if (head == 0)
      return;
    ask({&reader, chat, 1 + world_.random() % head, head});
  }

  /// Until the answer is not that this was the wrong moment.
  void ask(const reading& what) {
    ++waiting_;
    what.reader->client().request<wire::conversation>(
      wire::read{{what.chat, what.to}},
      [this, what](const wire::error& error, const wire::conversation& x) {
        --waiting_;
        if (error.retryable)
          return again_.push_back(what);
        ++world_.counted.unread_checked;
        if (error.code != ec::none || x.read != what.to || x.unread != what.head - what.to)
          ++world_.counted.unread_wrong;
      });
  }

  world& world_;
  cast chatters_;
  std::vector<std::unique_ptr<scenario>> parts_;
  size_t waiting_ = 0;
  std::vector<reading> again_;
};

} // namespace

std::unique_ptr<scenario> make_mixed(world& where, cast who) {
  return std::make_unique<mixed>(where, who);
}

} // namespace parley::swarm
