#include "tools/swarm/scenario.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace parley::swarm {

namespace {

using clock = std::chrono::steady_clock;

/// Pairs; everybody loses the connection at random times and comes back.
class storm final : public scenario {
public:
  storm(world& where, cast who) : world_(where), who_(who), pairs_(make_pairs(where, who)) {
    // nop
  }

  status prepare() override {
    return pairs_->prepare();
  }

  void begin() override {
    last_ = clock::now();
  }

  void tick(double) override {
    auto now = clock::now();
    due_ += std::chrono::duration<double>(now - last_).count() / world_.how.stay
            * static_cast<double>(who_.size());
    last_ = now;
    for (; due_ >= 1; due_ -= 1, ++stumbles_)
      who_[world_.random() % who_.size()]->stumble();
  }

  void report(nlohmann::json& out) const override {
    out["stumbles"] = stumbles_;
  }

private:
  world& world_;
  cast who_;
  std::unique_ptr<scenario> pairs_;
  clock::time_point last_;
  double due_ = 0;
  uint64_t stumbles_ = 0;
};

} // namespace

std::unique_ptr<scenario> make_storm(world& where, cast who) {
  return std::make_unique<storm>(where, who);
}

} // namespace parley::swarm
