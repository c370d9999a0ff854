#include "tools/swarm/scenario.hpp"

namespace parley::swarm {

namespace {

/// The first half of the users each send to one partner in the second half.
class pairs final : public scenario {
public:
  pairs(world& where, cast who) : world_(where), who_(who) {
    // nop
  }

  status prepare() override {
    auto half = who_.size() / 2;
    for (size_t i = 0; i < half; ++i)
      connect_pair(world_, *who_[i], *who_[half + i]);
    return {};
  }

private:
  world& world_;
  cast who_;
};

} // namespace

std::unique_ptr<scenario> make_pairs(world& where, cast who) {
  return std::make_unique<pairs>(where, who);
}

} // namespace parley::swarm
