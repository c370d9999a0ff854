#define BOOST_TEST_MODULE unread

#include "tests/actors/client_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

// Unread counts of a whole node beside those of a model: whatever people write,
// change, read, pin, mute and hide, whoever comes and goes, and however often the node
// starts again.

using namespace parley;

namespace {

constexpr std::array<const char*, 4> names{"ada", "bob", "cyd", "dot"};
constexpr size_t people = names.size();

/// One conversation as a child would count it.
struct chat {
  struct entry {
    bool counts = false;
    std::set<size_t> mentioned{};
  };

  struct part {
    bool in = false;
    seq_t read = 0;
    bool listed = false; ///< Is or was in.
    bool pinned = false;
    bool muted = false;
    bool hidden = false;
  };

  conversation_id id;
  std::vector<entry> timeline{};
  std::array<part, people> parts{};

  seq_t head() const {
    return timeline.size();
  }

  void add(entry x) {
    for (auto& part : parts)
      if (part.in && x.counts)
        part.hidden = false;
    timeline.push_back(std::move(x));
  }

  void let(size_t who, bool in) {
    auto& part = parts[who];
    part.in = in;
    part.listed = true;
    part.hidden = false;
  }

  template <class Counts>
  uint64_t unread(size_t who, Counts counts) const {
    auto& x = parts[who];
    if (!x.in)
      return 0;
    return static_cast<uint64_t>(
      std::count_if(timeline.begin() + static_cast<ptrdiff_t>(x.read), timeline.end(), counts));
  }

  uint64_t unread(size_t who) const {
    return unread(who, [](const entry& x) { return x.counts; });
  }

  uint64_t mentions(size_t who) const {
    return unread(who, [who](const entry& x) { return x.mentioned.contains(who); });
  }
};

/// What happens next; every number means something.
struct step {
  explicit step(uint32_t x)
      : what(x % 24), who(x / 24 % people), where(x / 96 % 4), amount(x / 384) {
    // nop
  }

  uint32_t what;
  size_t who;
  size_t where;
  uint32_t amount;
};

/// Four people, two rooms and two direct chats.
class world {
public:
  world() {
    node_->dir->agreed_format = record::format_with_list;
    for (size_t i = 0; i < people; ++i)
      tokens_[i] = node_->import(names[i]);
    for (size_t i = 0; i < people; ++i)
      come(i);
    chats_.push_back(make_room(0, {1, 2, 3}));
    chats_.push_back(make_room(2, {0}));
    chats_.push_back(make_direct(0, 1));
    chats_.push_back(make_direct(1, 2));
  }

  void take(step x) {
    if (!clients_[x.who])
      return come(x.who);
    auto& at = chats_[x.where];
    if (x.what < 6)
      send(at, x);
    else if (x.what < 10)
      revise(at, x);
    else if (x.what < 13)
      read(at, x);
    else if (x.what < 15)
      change_members(at, x);
    else if (x.what < 17)
      go(x.who);
    else if (x.what < 20)
      settle(at, x);
    else if (x.what < 23)
      node_->pass(std::chrono::milliseconds{x.amount % 3000});
    else if (x.amount % 16 == 0)
      start_again();
  }

  /// What everybody who is there is shown.
  void compare() {
    for (size_t who = 0; who < people; ++who)
      if (clients_[who])
        compare(who);
  }

private:
  struct answer {
    std::vector<frame> alive;
    std::optional<wire::server_frame> what{};

    template <class T>
    const T* as() const {
      return what ? std::get_if<T>(&what->body) : nullptr;
    }
  };

  /// Clients acknowledge what they are pushed, and say that they are there.
  answer ask(size_t who, wire::client_body body) {
    auto number = ++requests_;
    node_->say(*clients_[who], number, std::move(body));
    answer result{node_->heard(*clients_[who])};
    wire::ack got;
    for (auto& bytes : result.alive) {
      auto decoded = *wire::decode_server(bytes);
      if (auto message = std::get_if<wire::message>(&decoded.body))
        got.cursors.push_back({message->conversation, message->seq});
      if (decoded.request == number)
        result.what = std::move(decoded);
    }
    RC_ASSERT(result.what.has_value());
    if (!got.cursors.empty())
      node_->say(*clients_[who], 0, std::move(got));
    return result;
  }

  void come(size_t who) {
    clients_[who] = node_->log_in(names[who], tokens_[who]);
  }

  void go(size_t who) {
    node_->send_bytes(*std::exchange(clients_[who], std::nullopt), "\xff\xff\xff\xff");
  }

  /// What the disk had is all that is left.
  void start_again() {
    auto disk = node_->database;
    clients_ = {};
    node_.reset();
    node_ = std::make_unique<client_fixture>(disk);
    node_->dir->agreed_format = record::format_with_list;
    node_->lead();
  }

  chat make_room(size_t owner, std::vector<size_t> others) {
    std::vector<std::string_view> members;
    for (auto x : others)
      members.emplace_back(names[x]);
    auto made = ask(owner, wire::create_room{++requests_, "room", members});
    RC_ASSERT(made.as<wire::change>() != nullptr);
    chat result{made.as<wire::change>()->room};
    result.timeline.push_back({});
    for (auto x : others)
      result.let(x, true);
    result.let(owner, true);
    return result;
  }

  chat make_direct(size_t one, size_t other) {
    auto first = ask(one, node_->text(names[other], ++requests_, "hello"));
    RC_ASSERT(first.as<wire::sent>() != nullptr);
    chat result{first.as<wire::sent>()->conversation};
    result.timeline.push_back({true});
    result.let(one, true);
    result.let(other, true);
    result.parts[one].read = 1;
    return result;
  }

  /// Whatever somebody writes they have read.
  void wrote(chat& at, size_t who, const answer& x, chat::entry what) {
    auto sent = x.as<wire::sent>();
    if (sent == nullptr)
      return; // Not a member, or nothing to change.
    RC_ASSERT(at.parts[who].in);
    at.add(std::move(what));
    RC_ASSERT(sent->seq == at.head());
    at.parts[who].read = at.head();
  }

  void send(chat& at, step x) {
    wire::send message{at.id, {}, ++requests_, 0, {{}, "hello"}};
    chat::entry what{true};
    if (x.amount % 4 == 0) {
      auto whom = x.amount / 4 % people;
      message.content.extra =
        std::make_shared<const wire::content_extra>(wire::content_extra{.mentions = {names[whom]}});
      if (whom != x.who && at.parts[whom].in)
        what.mentioned.insert(whom);
    }
    auto done = ask(x.who, message);
    RC_ASSERT((done.as<wire::sent>() != nullptr) == at.parts[x.who].in);
    wrote(at, x.who, done, std::move(what));
  }

  void revise(chat& at, step x) {
    wire::revision what;
    what.target = x.amount % at.head() + 1;
    what.kind = static_cast<wire::revision_kind>(x.what - 6);
    what.content.body = "hello again";
    if (what.kind >= wire::revision_kind::react)
      what.reaction = "+1";
    wrote(at, x.who, ask(x.who, wire::revise{at.id, ++requests_, 0, what}), {});
  }

  void read(chat& at, step x) {
    auto& part = at.parts[x.who];
    if (!part.in)
      return;
    auto seq = x.amount % (at.head() + 1);
    part.read = std::max<seq_t>(part.read, seq);
    auto done = ask(x.who, wire::read{{at.id, seq}});
    auto shown = done.as<wire::conversation>();
    RC_ASSERT(shown != nullptr);
    check(at, x.who, *shown);
  }

  /// Owners never leave here: who follows them is another test's.
  void change_members(chat& at, step x) {
    auto whom = x.amount % people;
    auto done = at.parts[whom].in ? ask(x.who, wire::kick{at.id, {names[whom]}})
                                  : ask(x.who, wire::invite{at.id, {names[whom]}});
    auto change = done.as<wire::change>();
    if (change == nullptr)
      return; // Not allowed.
    at.add({});
    RC_ASSERT(change->seq == at.head());
    auto& part = at.parts[whom];
    at.let(whom, !part.in);
    if (part.in)
      part.read = at.head() - 1;
  }

  void settle(chat& at, step x) {
    using how = wire::conversation_change;
    auto& part = at.parts[x.who];
    auto what = static_cast<how>(x.what - 17);
    auto yes = x.amount % 2 == 0;
    auto done = ask(x.who, wire::change_conversation{at.id, what, yes, yes ? wire::for_ever : 0});
    auto shown = done.as<wire::conversation>();
    RC_ASSERT((shown != nullptr) == part.listed);
    if (shown == nullptr)
      return;
    (what == how::pin ? part.pinned : what == how::mute ? part.muted : part.hidden) = yes;
    check(at, x.who, *shown);
  }

  void compare(size_t who) {
    compare(who, wire::conversation_list::shown);
    auto hides = [who](const chat& x) { return x.parts[who].hidden; };
    if (std::any_of(chats_.begin(), chats_.end(), hides))
      compare(who, wire::conversation_list::hidden);
  }

  void compare(size_t who, wire::conversation_list which) {
    auto done = ask(who, wire::list_conversations{{}, 100, which});
    auto page = done.as<wire::conversations_page>();
    RC_ASSERT(page != nullptr);
    auto& rows = page->conversations;
    uint64_t unread = 0;
    uint64_t muted = 0;
    uint64_t mentions = 0;
    size_t total = 0;
    auto shows_hidden = which == wire::conversation_list::hidden;
    for (auto& at : chats_) {
      auto shown = std::find_if(rows.begin(), rows.end(), [&at](auto& x) { return x.id == at.id; });
      auto& part = at.parts[who];
      RC_ASSERT((shown != rows.end()) == (part.listed && part.hidden == shows_hidden));
      if (shown == rows.end())
        continue;
      ++total;
      check(at, who, *shown);
      (part.muted ? muted : unread) += at.unread(who);
      mentions += at.mentions(who);
    }
    RC_ASSERT(page->total == total);
    RC_ASSERT(std::is_sorted(rows.begin(), rows.end(), comes_before));
    if (shows_hidden)
      return;
    RC_ASSERT(page->unread == unread);
    RC_ASSERT(page->muted_unread == muted);
    RC_ASSERT(page->mentions == mentions);
  }

  static bool comes_before(const wire::conversation& x, const wire::conversation& y) {
    return x.pinned != y.pinned ? x.pinned : x.active > y.active;
  }

  void check(const chat& at, size_t who, const wire::conversation& shown) {
    RC_ASSERT(shown.unread == at.unread(who));
    RC_ASSERT(shown.mentions == at.mentions(who));
    RC_ASSERT(shown.pinned == at.parts[who].pinned);
    RC_ASSERT((shown.muted_until != 0) == at.parts[who].muted);
    RC_ASSERT(shown.hidden == at.parts[who].hidden);
    if (at.parts[who].in) {
      RC_ASSERT(shown.head == at.head());
      RC_ASSERT(shown.read == at.parts[who].read);
    }
  }

  std::unique_ptr<client_fixture> node_ = std::make_unique<client_fixture>();
  std::array<std::string, people> tokens_;
  std::array<std::optional<caf::io::connection_handle>, people> clients_;
  std::vector<chat> chats_;
  uint64_t requests_ = 100;
};

} // namespace

// RC_PARAMS says how many lives there are (tests/actors/CMakeLists.txt).
BOOST_AUTO_TEST_CASE(what_is_unread_is_what_a_child_would_count) {
  spdlog::set_level(spdlog::level::off);
  size_t taken = 0;
  auto any = rc::gen::inRange<uint32_t>(0, 1U << 30);
  auto lives = rc::gen::resize(1000, rc::gen::container<std::vector<uint32_t>>(any));
  BOOST_TEST(rc::check("unread counts are those of the model", [&] {
    world x;
    for (auto number : *lives) {
      x.take(step{number});
      x.compare();
      ++taken;
    }
  }));
  BOOST_TEST(taken >= 100'000u);
}
