#include "schema/identity.hpp"
#include "tools/swarm/questions.hpp"
#include "tools/swarm/scenario.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

namespace parley::swarm {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Every pair types this often; one of them sends a file, and one goes away or comes
/// back.
constexpr auto act_every = 500ms;

/// Of a file, at most: a few pieces.
constexpr uint64_t file_bytes = 200'000;

/// Seconds that answers and pushes may take once the load is over.
constexpr double patience = 30;

/// Of that, until a receipt says what was read.
constexpr auto receipts_take = 20s;

/// What pairs do besides writing: they type, go away and come back while the other one
/// watches, send files, and read. At the end each has to know how the other one is,
/// each file must have come as it was, and unread counts and receipts must say what was
/// read.
class social final : public scenario {
public:
  social(world& where, cast who) : world_(where), who_(who), half_(who.size() / 2) {
    // nop
  }

  ~social() override {
    std::error_code ignored;
    if (!dir_.empty())
      std::filesystem::remove_all(dir_, ignored);
  }

  status prepare() override {
    auto pattern = (std::filesystem::temp_directory_path() / "parley-swarm-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      return {ec::internal, "no temporary directory for files"};
    dir_ = pattern;
    for (size_t i = 0; i < half_; ++i) {
      be_seen(i);
      reader(i).on_file = [this, i](const wire::message& x) { fetch(i, x); };
      writer(i).on_file_refused = [this] { --files_under_way_; };
    }
    if (!world_.run_until([this] { return questions_.all_answered(); }, patience))
      return {ec::retry, "making users visible takes too long"};
    return failure_;
  }

  void begin() override {
    next_act_ = clock::now();
  }

  void tick(double elapsed) override {
    if (half_ == 0 || elapsed >= 1 || clock::now() < next_act_)
      return;
    next_act_ += act_every;
    auto n = acts_++;
    for (size_t i = 0; i < half_; ++i)
      writer(i).client().request<wire::done>(wire::typing{chat(i), {}}, [](auto&, auto&) {});
    send_file(n % half_);
    writer(n % half_).client().set_away(n / half_ % 2 == 0);
  }

  void end() override {
    ended_ = true;
    for (size_t i = 0; i < half_; ++i)
      writer(i).client().set_away(false);
  }

  void verify() override {
    for (size_t i = 0; i < half_; ++i)
      read_some(i);
    world_.judge.rest();
    auto settled = [this] {
      return questions_.all_answered() && files_under_way_ == 0 && absent() == 0;
    };
    world_.run_until(settled, patience);
    world_.counted.unanswered += questions_.open();
    world_.counted.files_wrong += files_under_way_;
    world_.counted.presence_checked += watched_.size();
    world_.counted.presence_wrong += absent();
  }

private:
  bot& writer(size_t i) const {
    return *who_[i];
  }

  bot& reader(size_t i) const {
    return *who_[half_ + i];
  }

  conversation_id chat(size_t i) const {
    return direct_conversation(writer(i).user(), reader(i).user());
  }

  // -- presence ----------------------------------------------------------------------

  void be_seen(size_t i) {
    wire::set_presence all{wire::presence_change::visibility, wire::visibility::everyone};
    questions_.ask<wire::done>(writer(i), all,
                               [this, i](const wire::error& error, const wire::done&) {
                                 if (error.code == ec::none)
                                   watch(i);
                                 else
                                   cannot_be_seen(error);
                               });
  }

  void watch(size_t i) {
    questions_.asked();
    reader(i).client().watch({writer(i).name()},
                             [this, i](const wire::error& error, const wire::presences&) {
                               questions_.answered();
                               if (error.retryable)
                                 questions_.later([this, i] { watch(i); });
                               else if (error.code == ec::none)
                                 watched_.push_back(i);
                               else
                                 cannot_be_seen(error);
                             });
  }

  /// Nodes of earlier builds know no presence: it is not judged then.
  void cannot_be_seen(const wire::error& why) {
    if (why.code != ec::unsupported)
      failure_ = {why.code, "a user cannot be made visible: " + std::string{why.text}};
  }

  /// Writers who are there and whose watchers do not know that.
  size_t absent() const {
    size_t result = 0;
    for (auto i : watched_)
      result += reader(i).state_of(writer(i).user()) != wire::presence_state::online;
    return result;
  }

  // -- files ---------------------------------------------------------------------------

  void send_file(size_t i) {
    auto path = dir_ / std::to_string(files_made_++);
    auto size = 1 + world_.random() % file_bytes;
    std::ofstream out{path, std::ios::binary};
    for (uint64_t at = 0; at < size; at += sizeof(uint64_t)) {
      auto word = world_.random();
      out.write(reinterpret_cast<const char*>(&word), sizeof word);
    }
    out.close();
    writer(i).client().upload(path, [this, i, path](const wire::error& error, const file_ref& x) {
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
      if (error.code == ec::none && !ended_ && writer(i).send_file(chat(i), x))
        ++files_under_way_;
    });
  }

  void fetch(size_t i, const wire::message& message) {
    auto path = dir_ / ("copy." + std::to_string(files_made_++));
    auto& named = std::get<wire::file>(std::get<wire::content>(message.body).extra->thing);
    auto expected = file_ref::of(named.hash, named.size);
    reader(i).client().download(
      message.conversation, message.seq, path,
      [this, path, expected](const wire::error& error, const file_ref& x) {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
        --files_under_way_;
        ++world_.counted.files_checked;
        if (error.code != ec::none || x != expected)
          ++world_.counted.files_wrong;
      });
  }

  // -- what was read -------------------------------------------------------------------

  /// Reads up to somewhere, and asks what the other one is told of it.
  void read_some(size_t i) {
    auto& who = reader(i);
    auto head = who.client().held(chat(i));
    if (head == 0)
      return;
    auto to = 1 + world_.random() % head;
    world_.judge.reads(who.device(), chat(i), to);
    questions_.ask<wire::conversation>(
      who, wire::read{{chat(i), to}},
      [this, &who, i, to, head](const wire::error& error, const wire::conversation& x) {
        if (error.code != ec::none) {
          ++world_.counted.unanswered;
          return;
        }
        ++world_.counted.unread_checked;
        world_.judge.has_read(who.device(), x.id, to);
        world_.judge.counted(who.device(), x.id, x.head, x.read, x.unread);
        check_receipt(i, head, to, clock::now() + receipts_take);
      });
  }

  /// Receipts come a while after what they tell.
  void check_receipt(size_t i, seq_t got, seq_t read, clock::time_point until) {
    questions_.ask<wire::members_page>(
      writer(i), wire::list_members{chat(i), {}},
      [this, i, got, read, until](const wire::error& error, const wire::members_page& x) {
        auto other = std::find_if(x.members.begin(), x.members.end(), [this, i](auto& member) {
          return member.user == reader(i).user();
        });
        if (error.code != ec::none || other == x.members.end()) {
          ++world_.counted.unanswered;
          return;
        }
        if ((other->delivered < got || other->read < read) && clock::now() < until)
          return questions_.later(
            [this, i, got, read, until] { check_receipt(i, got, read, until); });
        ++world_.counted.receipts_checked;
        writer(i).on_receipt({chat(i), other->user, other->delivered, other->read});
      });
  }

  world& world_;
  cast who_;
  size_t half_;
  std::filesystem::path dir_;
  clock::time_point next_act_;
  uint64_t acts_ = 0;
  uint64_t files_made_ = 0;
  size_t files_under_way_ = 0; ///< Named by a message, and not checked yet.
  questions questions_;
  std::vector<size_t> watched_; ///< Writers whose readers asked to be told how they are.
  status failure_;
  bool ended_ = false;
};

} // namespace

std::unique_ptr<scenario> make_social(world& where, cast who) {
  return std::make_unique<social>(where, who);
}

} // namespace parley::swarm
