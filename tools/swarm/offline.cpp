#include "tools/swarm/scenario.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace parley::swarm {

namespace {

using clock = std::chrono::steady_clock;

/// Share of the load during which the receivers are away.
constexpr double away_share = 0.4;

/// One in so many receivers breaks off in the middle of the drain, once.
constexpr size_t breaks_off = 5;

/// The second half of the users is away while the first half writes to it,
/// comes back all at once, and drains while new messages keep coming.
class offline final : public scenario {
public:
  offline(world& where, cast who) : world_(where), who_(who), pairs_(make_pairs(where, who)) {
    // nop
  }

  status prepare() override {
    return pairs_->prepare();
  }

  void begin() override {
    began_ = clock::now();
    acked_before_ = world_.counted.acked;
    for (auto& b : receivers())
      b->go_offline();
  }

  void tick(double elapsed) override {
    if (elapsed < away_share)
      return;
    if (!back_)
      come_back();
    break_off();
    if (drained_seconds_ == 0 && received() >= backlog_)
      drained_seconds_ = seconds_since(returned_);
  }

  void end() override {
    if (!back_)
      come_back();
  }

  void report(nlohmann::json& out) const override {
    auto per_second = [](uint64_t count, double seconds) {
      return seconds > 0 ? static_cast<double>(count) / seconds : 0;
    };
    out["stored"] = stored_;
    out["store_per_s"] = per_second(stored_, away_seconds_);
    out["drain_per_s"] = per_second(backlog_, drained_seconds_);
  }

  void verify() override {
    if (drained_seconds_ == 0)
      drained_seconds_ = seconds_since(returned_);
  }

private:
  cast receivers() const {
    return who_.last(who_.size() - who_.size() / 2);
  }

  static double seconds_since(clock::time_point x) {
    return std::chrono::duration<double>(clock::now() - x).count();
  }

  uint64_t received() const {
    uint64_t result = 0;
    for (auto& b : receivers())
      result += b->delivered();
    return result - received_before_;
  }

  void come_back() {
    back_ = true;
    away_seconds_ = seconds_since(began_);
    stored_ = backlog_ = world_.counted.acked - acked_before_;
    received_before_ += received();
    returned_ = clock::now();
    size_t i = 0;
    for (auto& b : receivers()) {
      b->go_online();
      if (i++ % breaks_off == 0)
        unsteady_.push_back({b.get(), b->delivered()});
    }
  }

  /// Once some of the backlog came.
  void break_off() {
    std::erase_if(unsteady_, [](const auto& x) {
      auto& [b, before] = x;
      auto middle = b->delivered() > before;
      if (middle)
        b->stumble();
      return middle;
    });
  }

  world& world_;
  cast who_;
  std::unique_ptr<scenario> pairs_;
  std::vector<std::pair<bot*, uint64_t>> unsteady_;
  clock::time_point began_;
  clock::time_point returned_;
  bool back_ = false;
  double away_seconds_ = 0;
  double drained_seconds_ = 0;
  uint64_t acked_before_ = 0;
  uint64_t received_before_ = 0;
  uint64_t stored_ = 0;
  uint64_t backlog_ = 0;
};

} // namespace

std::unique_ptr<scenario> make_offline(world& where, cast who) {
  return std::make_unique<offline>(where, who);
}

} // namespace parley::swarm
