#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tools/swarm/population.hpp"
#include "tools/swarm/questions.hpp"
#include "tools/swarm/scenario.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace parley::swarm {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// A room changes a member this often.
constexpr auto change_every = 500ms;

/// Of a tail; there is little left when the load ends.
constexpr uint32_t page_rows = 256;

/// Seconds without which no room is made.
constexpr double patience = 60;

/// One room: its owner, publishers behind, and at the end two who come and go.
struct hall {
  std::vector<bot*> members;       ///< The first is the owner.
  std::vector<std::string> absent; ///< Members who never come; they are let in first.
  conversation_id id;
  unsigned round = 0;
  bool busy = false;  ///< A change is on its way.
  size_t invited = 0; ///< Of the absent and then of all but the owner: in, or asked to be.

  size_t to_invite() const {
    return absent.size() + members.size() - 1;
  }

  bot& present(size_t invitee) const {
    return *members[invitee - absent.size() + 1];
  }

  std::string_view name_of(size_t invitee) const {
    return invitee < absent.size() ? absent[invitee] : present(invitee).name();
  }
};

/// Rooms in which some write and change what is written, one comes and goes by
/// itself, and one is kicked and invited again.
class rooms final : public scenario {
public:
  rooms(world& where, cast who) : world_(where) {
    auto size = std::min(where.how.room_size, who.size());
    for (size_t i = 0; i + size <= who.size(); i += size) {
      hall& made = halls_.emplace_back();
      for (auto& b : who.subspan(i, size))
        made.members.push_back(b.get());
    }
  }

  status prepare() override {
    if (auto made = make_absent(); !made.ok())
      return made;
    for (auto& x : halls_)
      create(x);
    if (!world_.run_until([this] { return created_ == halls_.size() || !failure_.ok(); }, patience))
      return {ec::retry, "making rooms takes too long"};
    return failure_;
  }

  void begin() override {
    next_change_ = clock::now();
  }

  void tick(double elapsed) override {
    if (elapsed >= 1 || clock::now() < next_change_)
      return;
    next_change_ += change_every;
    for (auto& x : halls_) {
      revise(x);
      if (!x.busy)
        change(x);
    }
  }

  void end() override {
    for (auto& x : halls_)
      read_tail(x);
  }

  /// Rooms and their members say who is in them.
  void verify() override {
    world_.judge.rest();
    for (auto& x : halls_) {
      list_members(x, {}, {});
      for (auto member : x.members)
        list_rooms(*member, {}, {});
    }
    world_.run_until([this] { return questions_.all_answered(); }, patience);
    world_.counted.unanswered += questions_.open();
  }

  void report(nlohmann::json& out) const override {
    out["rooms"] = halls_.size();
    out["membership_changes"] = changes_;
  }

private:
  status make_absent() {
    std::vector<std::string> names;
    for (auto& x : halls_)
      for (size_t i = 0; i < world_.how.absent; ++i)
        names.push_back(
          x.absent.emplace_back("absent." + world_.how.tag + "." + std::to_string(names.size())));
    std::vector<std::string> unused;
    return names.empty() ? status{} : import_accounts(world_, names, unused);
  }

  void create(hall& x) {
    auto nonce = random_number();
    auto& owner = *x.members.front();
    x.id = room_conversation(owner.user(), owner.device(), nonce);
    world_.witnesses.emplace(x.id, &owner);
    world_.judge.joined(owner.device(), x.id, 1);
    auto names = next_names(x);
    for (auto i = x.absent.size(); i < x.invited; ++i)
      world_.judge.joined(x.present(i).device(), x.id, 1);
    owner.client().request<wire::change>(
      wire::create_room{nonce, "room of " + owner.name(), names, true},
      [this, &x](const wire::error& error, const wire::change& made) { created(x, error, made); });
  }

  /// The names of those to let in with the next request.
  static std::vector<std::string_view> next_names(hall& x) {
    std::vector<std::string_view> names;
    for (; x.invited < x.to_invite() && names.size() < limits::names_per_request; ++x.invited)
      names.push_back(x.name_of(x.invited));
    return names;
  }

  void created(hall& x, const wire::error& error, const wire::change& made) {
    if (error.code != ec::none || made.room != x.id) {
      failure_ = {error.code, "a room cannot be made: " + std::string{error.text}};
      return;
    }
    if (x.invited < x.to_invite()) {
      x.members.front()->client().request<wire::change>(
        wire::invite{x.id, next_names(x)},
        [this, &x](const wire::error& e, const wire::change& more) { created(x, e, more); });
      return;
    }
    auto writers = std::min(world_.how.publishers, x.members.size() - 2);
    for (size_t i = 0; i < writers; ++i)
      world_.pace.add(*x.members[i], x.id, {});
    ++created_;
  }

  /// What the owner changed last is never pushed to it, yet it is the witness.
  void read_tail(hall& x) {
    auto& owner = *x.members.front();
    owner.client().request<wire::history_page>(
      wire::read_history{x.id, owner.client().held(x.id) + 1, 0, page_rows},
      [this, &x, &owner](const wire::error& error, const wire::history_page& page) {
        if (error.retryable)
          return read_tail(x);
        for (auto record : page.records)
          if (auto old = wire::decode_server(record)) {
            auto& message = std::get<wire::message>(old->body);
            if (auto event = std::get_if<wire::event>(&message.body))
              world_.witnessed(owner, message, *event);
          }
      });
  }

  void list_members(hall& x, user_id after, std::vector<user_id> known) {
    questions_.ask<wire::members_page>(
      *x.members.front(), wire::list_members{x.id, after},
      [this, &x, known](const wire::error& error, const wire::members_page& page) mutable {
        if (error.code != ec::none)
          return cannot_list();
        for (auto& member : page.members)
          known.push_back(member.user);
        if (page.more)
          return list_members(x, page.members.back().user, std::move(known));
        world_.counted.members_checked += known.size();
        world_.judge.lists_members(x.id, known);
      });
  }

  void list_rooms(bot& who, conversation_id after, std::vector<conversation_id> known) {
    questions_.ask<wire::conversations_page>(
      who, wire::list_conversations{after},
      [this, &who, known](const wire::error& error, const wire::conversations_page& page) mutable {
        if (error.code != ec::none)
          return cannot_list();
        for (auto& x : page.conversations)
          if (x.kind == wire::conversation_kind::room && x.last_seq == 0)
            known.push_back(x.id);
        if (page.more)
          return list_rooms(who, page.conversations.back().id, std::move(known));
        world_.judge.lists_rooms(who.device(), known);
      });
  }

  void cannot_list() {
    ++world_.counted.unanswered;
  }

  /// Each of those who stay, in turn.
  void revise(hall& x) {
    auto n = revisions_++;
    x.members[n % (x.members.size() - 2)]->revise(x.id, n / x.members.size());
  }

  /// Leave, join, kick, invite, in turn.
  void change(hall& x) {
    auto& owner = *x.members.front();
    auto& guest = *x.members[x.members.size() - 1];
    auto& victim = *x.members[x.members.size() - 2];
    switch (x.round % 4) {
      case 0:
        return ask(x, guest, wire::leave{x.id});
      case 1:
        return ask(x, guest, wire::join{x.id});
      case 2:
        return ask(x, owner, wire::kick{x.id, {victim.name()}});
      default:
        return ask(x, owner, wire::invite{x.id, {victim.name()}});
    }
  }

  void ask(hall& x, bot& who, const wire::client_body& what) {
    x.busy = true;
    who.client().request<wire::change>(
      what, [this, &x](const wire::error& error, const wire::change&) {
        x.busy = false;
        if (error.code != ec::none)
          ++world_.counted.errors[error.code];
        if (error.retryable)
          return; // The same again next time; it may have happened.
        ++x.round;
        ++changes_;
      });
  }

  world& world_;
  std::deque<hall> halls_;
  questions questions_;
  size_t created_ = 0;
  uint64_t changes_ = 0;
  uint64_t revisions_ = 0;
  status failure_;
  clock::time_point next_change_;
};

} // namespace

std::unique_ptr<scenario> make_rooms(world& where, cast who) {
  return std::make_unique<rooms>(where, who);
}

} // namespace parley::swarm
