#include "tools/bench/peers/loop.hpp"
#include "tools/bench/peers/stretch.hpp"

#include <algorithm>
#include <numeric>

namespace parley::peers {

namespace {

constexpr double settle = 0.2;
constexpr nanoseconds longest_turn = 10'000'000;

/// What is finished is also counted by such stretches of the measurement.
constexpr nanoseconds slice = 10'000'000'000;

/// W1 and W2: the first half of the users send, each to one of the other half. All
/// write to each other once before the load: what a first message makes besides is
/// no part of it.
class pairs final : public workload {
public:
  explicit pairs(loop& where)
      : workload(where), pairs_(static_cast<uint32_t>(where.how().users / 2)),
        active_(where.how().active == 0
                  ? pairs_
                  : static_cast<uint32_t>(std::min<size_t>(where.how().active, pairs_))),
        paced_(where.how().workload == "W2"), senders_(active_), writer_(where.how().payload),
        step_(1e9 / where.how().rate) {
    // nop
  }

  void begin() override {
    std::vector<uint32_t> all(2 * size_t{pairs_});
    std::iota(all.begin(), all.end(), 0);
    auto began = loop_.now();
    loop_.log_in(std::move(all), inbox, [this, began] {
      logins_ = in_seconds(loop_.look_at_clock() - began);
      done_ = loop_.failures() > 0;
      for (auto i = pairs_; i < 2 * pairs_; ++i)
        loop_.become(loop_.users[i], how_.receivers);
      greeting_ = how_.receivers == manners::polite;
      if (!greeting_)
        return stretch_.plan(loop_.now(), settle, how_);
      for (uint32_t i = 0; i < active_; ++i)
        send(i, loop_.now(), 1);
    });
  }

  nanoseconds patience() const override {
    if (!paced_ || !stretch_.flows())
      return longest_turn;
    auto now = loop_.now();
    return due_ > now ? std::min(due_ - now, longest_turn) : 0;
  }

  void tick() override {
    if (greeting_ && open_ == 0) {
      greeting_ = false;
      stretch_.plan(loop_.now(), settle, how_);
    }
    auto begins = stretch_.tick(loop_.now(), how_);
    if (begins && !paced_)
      for (uint32_t i = 0; i < active_; ++i)
        fill(i);
    if (begins)
      due_ = last_ = loop_.now();
    if (stretch_.flows())
      paced_ ? keep_pace() : fill_hungry();
    else if (stretch_.over())
      done_ = open_ == 0 || loop_.now() > last_ + in_nanoseconds(how_.quiet);
  }

  void received(connection& c, std::string_view text) override {
    auto x = read_own(text);
    if (!x || x->sender >= active_)
      return;
    auto found = senders_[x->sender].find(x->number);
    if (c.user != x->sender + pairs_ || found == nullptr || found->received) {
      ++duplicated_;
      return;
    }
    found->received = true;
    if (stretch_.measured())
      record(latency_, found->begun);
    finish_if_done(x->sender, *found);
  }

  void acknowledged(connection& c, uint32_t slot) override {
    auto found = c.user < active_ ? senders_[c.user].at(slot) : nullptr;
    if (found == nullptr || found->acknowledged)
      return;
    found->acknowledged = true;
    if (stretch_.measured())
      record(acknowledgement_, found->begun);
    finish_if_done(c.user, *found);
  }

  void refused(connection& c, uint32_t slot) override {
    auto found = senders_[c.user].at(slot);
    refused_ += stretch_.measured();
    close(c.user, *found);
  }

  nlohmann::json result() const override {
    auto messages = static_cast<double>(finished_);
    nlohmann::json result{{"pairs", pairs_},
                          {"active", active_},
                          {"target_rate", paced_ ? how_.rate : 0},
                          {"seconds", in_seconds(stretch_.length())},
                          {"login_seconds", logins_},
                          {"messages", finished_},
                          {"rate", per_second(messages, stretch_.length())},
                          {"finished_by_slice", finished_by_slice_},
                          {"slice_seconds", in_seconds(slice)},
                          {"skipped", skipped_},
                          {"refused", refused_},
                          {"duplicated", duplicated_},
                          {"missing", open_},
                          {"latency_us", to_json(latency_)},
                          {"acknowledgement_us", to_json(acknowledgement_)}};
    result.update(stretch_.used(messages));
    return result;
  }

private:
  /// Whether a message went on its way.
  bool send(uint32_t from, nanoseconds due, size_t window) {
    auto& c = loop_.users[from];
    auto x = c.closed ? nullptr : senders_[from].begin(due, window);
    if (x == nullptr)
      return false;
    x->acknowledged = !loop_.speech().acknowledges();
    ++open_;
    loop_.speech().send(c, from + pairs_, flights::slot_of(*x),
                        writer_.write({loop_.run_number(), from, x->number}));
    return true;
  }

  void fill(uint32_t from) {
    loop_.users[from].hungry = false;
    while (send(from, loop_.now(), how_.window)) {
      // Another one.
    }
  }

  void fill_hungry() {
    for (size_t i = 0; i < hungry_.size(); ++i)
      fill(hungry_[i]);
    hungry_.clear();
  }

  /// Latency counts from when a message was due, so that a server that stalls
  /// does not stop its own clock.
  void keep_pace() {
    for (; loop_.now() >= due_; ++turn_) {
      auto begun = send(static_cast<uint32_t>(turn_ % active_), due_, flights::size);
      skipped_ += !begun;
      due_ = stretch_.begin() + static_cast<nanoseconds>(static_cast<double>(turn_ + 1) * step_);
    }
  }

  void finish_if_done(uint32_t from, flight& x) {
    if (!x.acknowledged || !x.received)
      return;
    close(from, x);
    if (stretch_.measured())
      count();
    if (!paced_ && !std::exchange(loop_.users[from].hungry, true))
      hungry_.push_back(from);
  }

  void close(uint32_t from, flight& x) {
    senders_[from].finish(x);
    --open_;
    last_ = loop_.now();
  }

  void count() {
    ++finished_;
    auto at = static_cast<size_t>(stretch_.measured_at(loop_.now()) / slice);
    finished_by_slice_.resize(std::max(finished_by_slice_.size(), at + 1));
    ++finished_by_slice_[at];
  }

  uint32_t pairs_;
  uint32_t active_; ///< The first of them; the others are only online.
  bool paced_;
  std::vector<flights> senders_;
  body_writer writer_;
  double step_; ///< Nanoseconds between two paced messages.
  stretch stretch_;
  bool greeting_ = false;
  nanoseconds due_ = 0;
  nanoseconds last_ = 0; ///< When something was finished.
  uint64_t turn_ = 0;
  std::vector<uint32_t> hungry_;
  double logins_ = 0;
  uint64_t open_ = 0;
  uint64_t finished_ = 0;
  std::vector<uint64_t> finished_by_slice_;
  uint64_t skipped_ = 0;
  uint64_t refused_ = 0;
  uint64_t duplicated_ = 0;
  histogram latency_;
  histogram acknowledgement_;
};

} // namespace

std::unique_ptr<workload> make_pairs(loop& where) {
  return std::make_unique<pairs>(where);
}

} // namespace parley::peers
