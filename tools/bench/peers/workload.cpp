#include "tools/bench/peers/workload.hpp"

#include "tools/bench/peers/loop.hpp"

namespace parley::peers {

namespace {

constexpr nanoseconds longest_turn = 10'000'000;

/// One connection that makes what the protocol needs.
class setup final : public workload {
public:
  using workload::workload;

  void begin() override {
    loop_.users.resize(1);
    loop_.users[0].user = setup_user;
    loop_.log_in({0}, 0, [this] { done_ = true; });
  }

  void tick() override {
    // nop
  }

  void received(connection&, std::string_view) override {
    // nop
  }

  void acknowledged(connection&, uint32_t) override {
    // nop
  }

  nlohmann::json result() const override {
    return {};
  }
};

} // namespace

workload::workload(loop& where) : loop_(where), how_(where.how()) {
  // nop
}

nanoseconds workload::patience() const {
  return longest_turn;
}

std::optional<body> workload::read_own(std::string_view text) const {
  auto x = read_body(text);
  return x && x->run == loop_.run_number() ? x : std::nullopt;
}

void workload::record(histogram& out, nanoseconds since) const {
  auto now = loop_.now();
  out.record(now > since ? (now - since) / 1000 : 0);
}

std::unique_ptr<workload> make_setup(loop& where) {
  return std::make_unique<setup>(where);
}

std::unique_ptr<workload> make_workload(loop& where) {
  auto& name = where.how().workload;
  if (name == "W3")
    return make_room(where);
  if (name == "W4")
    return make_offline(where);
  if (name == "W5")
    return make_idle(where);
  return make_pairs(where);
}

nlohmann::json to_json(const histogram& x) {
  return {{"count", x.count()},        {"p50", x.percentile(0.5)},    {"p90", x.percentile(0.9)},
          {"p99", x.percentile(0.99)}, {"p999", x.percentile(0.999)}, {"max", x.max()}};
}

} // namespace parley::peers
