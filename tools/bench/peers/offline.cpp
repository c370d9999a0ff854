#include "tools/bench/peers/loop.hpp"

#include <cstdio>
#include <numeric>
#include <optional>
#include <sstream>

namespace parley::peers {

namespace {

/// Recipients that said goodbye are away after this.
constexpr nanoseconds farewell = 500'000'000;

/// W4: messages are stored for users who are away, perhaps the server is killed
/// in the middle, then all come and drain. Message k is for user k mod users, and
/// all messages for one user are from one sender, who writes to its users in turn.
class offline final : public workload {
public:
  explicit offline(loop& where)
      : workload(where), recipients_(static_cast<uint32_t>(where.how().users)),
        total_(where.how().users * where.how().each), senders_(where.how().senders),
        sent_by_(where.how().senders),
        numbers_(where.how().senders, std::vector<uint64_t>(flights::size)), fate_(total_),
        writer_(where.how().payload) {
    // nop
  }

  void begin() override {
    if (!loop_.speech().subscribes())
      return bring_senders();
    loop_.log_in(range(0, recipients_), inbox, [this] {
      for (uint32_t i = 0; i < recipients_; ++i)
        dismiss(loop_.users[i]);
      enter(phase::farewell);
    });
  }

  void tick() override {
    switch (phase_) {
      case phase::farewell:
        if (loop_.now() > since_ + farewell) {
          close(0, recipients_);
          bring_senders();
        }
        return;
      case phase::store:
        return store();
      case phase::killed:
        return wait_for_server();
      case phase::drain:
        return drain();
      default:
        return;
    }
  }

  void received(connection& c, std::string_view text) override {
    auto x = read_own(text);
    if (!x || x->number >= total_ || c.user != x->number % recipients_)
      return;
    last_ = loop_.now();
    auto& fate = fate_[x->number];
    ++(std::exchange(fate.received, true) ? duplicated_ : received_);
  }

  void acknowledged(connection& c, uint32_t slot) override {
    if (c.user < recipients_)
      return;
    auto sender = c.user - recipients_;
    auto found = senders_[sender].at(slot);
    if (found == nullptr)
      return;
    last_ = loop_.now();
    record(acknowledgement_, found->begun);
    senders_[sender].finish(*found);
    fate_[numbers_[sender][slot]].acknowledged = true;
    ++acknowledged_;
    if (!std::exchange(c.hungry, true))
      hungry_.push_back(sender);
  }

  nlohmann::json result() const override {
    uint64_t lost = 0;
    uint64_t unasked = 0;
    for (auto& x : fate_) {
      lost += x.acknowledged && !x.received;
      unasked += x.received && !x.acknowledged;
    }
    auto stored = static_cast<double>(acknowledged_);
    auto drained = static_cast<double>(received_);
    return {{"each", how_.each},
            {"senders", senders_.size()},
            {"stored", acknowledged_},
            {"store_seconds", in_seconds(store_time_)},
            {"rate", per_second(stored, store_time_)},
            {"acknowledgement_us", to_json(acknowledgement_)},
            {"drained", received_},
            {"drain_seconds", in_seconds(drain_time_)},
            {"drain_rate", per_second(drained, drain_time_)},
            {"killed", restarted_},
            {"restart_seconds", in_seconds(restart_time_)},
            {"lost", lost},
            {"duplicated", duplicated_},
            {"delivered_unacknowledged", unasked},
            {"disk_bytes", disk_},
            {"store", used(before_store_, after_store_, stored)},
            {"drain", used(before_drain_, after_drain_, drained)}};
  }

private:
  enum class phase { logins, farewell, store, killed, drain };

  struct fate {
    bool acknowledged = false;
    bool received = false;
  };

  static std::vector<uint32_t> range(uint32_t first, size_t count) {
    std::vector<uint32_t> result(count);
    std::iota(result.begin(), result.end(), first);
    return result;
  }

  void enter(phase x) {
    phase_ = x;
    since_ = last_ = loop_.look_at_clock();
    done_ = loop_.failures() > 0 && x != phase::drain;
  }

  void dismiss(connection& c) {
    loop_.speech().leave(c);
    c.leaving = true;
    loop_.touch(c);
  }

  void close(uint32_t first, size_t count) {
    for (auto i : range(first, count))
      loop_.close(loop_.users[i]);
  }

  // -- storing ----------------------------------------------------------------------

  void bring_senders() {
    phase_ = phase::logins;
    loop_.log_in(range(recipients_, senders_.size()), author, [this] {
      enter(phase::store);
      before_store_ = usage::now(how_.pids);
      for (uint32_t i = 0; i < senders_.size(); ++i)
        fill(i);
    });
  }

  /// Who gets messages from this sender: every so manyth user.
  size_t recipients_of(uint32_t sender) const {
    return (recipients_ + senders_.size() - 1 - sender) / senders_.size();
  }

  /// The number of the next message; nothing after the last.
  std::optional<uint64_t> next_of(uint32_t sender) const {
    auto mine = recipients_of(sender);
    auto sent = sent_by_[sender];
    if (sent >= mine * how_.each)
      return std::nullopt;
    return sent / mine * recipients_ + sender + sent % mine * senders_.size();
  }

  void fill(uint32_t sender) {
    auto& c = loop_.users[recipients_ + sender];
    c.hungry = false;
    while (auto number = c.closed ? std::nullopt : next_of(sender)) {
      auto x = senders_[sender].begin(loop_.now(), how_.window);
      if (x == nullptr)
        return;
      ++sent_;
      ++sent_by_[sender];
      auto slot = flights::slot_of(*x);
      numbers_[sender][slot] = *number;
      loop_.speech().send(
        c, static_cast<uint32_t>(*number % recipients_), slot,
        writer_.write({loop_.run_number(), sender, static_cast<uint32_t>(*number)}));
    }
  }

  void store() {
    for (size_t i = 0; i < hungry_.size(); ++i)
      fill(hungry_[i]);
    hungry_.clear();
    auto share = static_cast<double>(acknowledged_) / static_cast<double>(total_);
    if (how_.kill_at > 0 && share >= how_.kill_at)
      return ask_for_kill();
    if (acknowledged_ == total_) {
      stored();
      for (uint32_t i = 0; i < senders_.size(); ++i)
        dismiss(loop_.users[recipients_ + i]);
      return begin_drain();
    }
    if (loop_.now() > last_ + 3 * in_nanoseconds(how_.quiet)) {
      loop_.blame("the server acknowledges nothing any more");
      stored();
      done_ = true;
    }
  }

  void stored() {
    store_time_ = loop_.now() - since_;
    after_store_ = usage::now(how_.pids);
    disk_ = bytes_in(how_.data_dir);
  }

  // -- the kill ---------------------------------------------------------------------

  /// Whoever started the server kills it while the load goes on, and says so when
  /// another one listens.
  void ask_for_kill() {
    stored();
    for (auto& c : loop_.users)
      c.leaving = true;
    phase_ = phase::killed;
    asked_ = loop_.now();
    std::printf("kill\n");
    std::fflush(stdout);
  }

  void wait_for_server() {
    for (size_t i = 0; i < hungry_.size(); ++i)
      fill(hungry_[i]);
    hungry_.clear();
    auto line = loop_.line();
    if (!line)
      return;
    close(0, loop_.users.size());
    restart_time_ = loop_.look_at_clock() - asked_;
    loop_.forgive(restart_time_);
    loop_.forget_failures();
    loop_.how().pids.clear();
    std::istringstream words{*line};
    for (pid_t x = 0; words >> x;)
      loop_.how().pids.push_back(x);
    restarted_ = true;
    begin_drain();
  }

  // -- draining ---------------------------------------------------------------------

  void begin_drain() {
    before_drain_ = usage::now(how_.pids);
    enter(phase::drain);
    loop_.log_in(range(0, recipients_), inbox | again, [this] { all_back_ = true; });
  }

  void drain() {
    auto all = received_ >= (restarted_ ? sent_ : acknowledged_);
    auto quiet = loop_.now() > last_ + in_nanoseconds(how_.quiet);
    if (!all_back_ || (!all && !quiet))
      return;
    drain_time_ = last_ - since_;
    after_drain_ = usage::now(how_.pids);
    done_ = true;
  }

  uint32_t recipients_;
  uint64_t total_;
  std::vector<flights> senders_;
  std::vector<uint64_t> sent_by_;
  std::vector<std::vector<uint64_t>> numbers_; ///< Of the messages in each slot.
  std::vector<fate> fate_;
  body_writer writer_;
  phase phase_ = phase::logins;
  nanoseconds since_ = 0; ///< When the phase began.
  nanoseconds last_ = 0;  ///< When something came.
  nanoseconds asked_ = 0;
  std::vector<uint32_t> hungry_;
  uint64_t sent_ = 0;
  uint64_t acknowledged_ = 0;
  uint64_t received_ = 0;
  uint64_t duplicated_ = 0;
  bool restarted_ = false;
  bool all_back_ = false;
  nanoseconds store_time_ = 0;
  nanoseconds drain_time_ = 0;
  nanoseconds restart_time_ = 0;
  size_t disk_ = 0;
  usage before_store_;
  usage after_store_;
  usage before_drain_;
  usage after_drain_;
  histogram acknowledgement_;
};

} // namespace

std::unique_ptr<workload> make_offline(loop& where) {
  return std::make_unique<offline>(where);
}

} // namespace parley::peers
