#include "tools/swarm/scenario.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace parley::swarm {

namespace {

/// Pairs (some users with a second device) that also do what people do besides
/// writing, rooms, users who are away, and a storm, side by side.
class mixed final : public scenario {
public:
  mixed(world& where, cast who) {
    auto share = [&who](size_t from, size_t to) {
      return who.subspan(who.size() * from / 10, who.size() * to / 10 - who.size() * from / 10);
    };
    auto chatters = share(0, 3); // The first tenth has twins.
    parts_.push_back(make_pairs(where, chatters));
    parts_.push_back(make_social(where, chatters));
    parts_.push_back(make_rooms(where, share(3, 6)));
    parts_.push_back(make_offline(where, share(6, 8)));
    parts_.push_back(make_storm(where, share(8, 10)));
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
  }

  void report(nlohmann::json& out) const override {
    for (auto& x : parts_)
      x->report(out);
  }

private:
  std::vector<std::unique_ptr<scenario>> parts_;
};

} // namespace

std::unique_ptr<scenario> make_mixed(world& where, cast who) {
  return std::make_unique<mixed>(where, who);
}

} // namespace parley::swarm
