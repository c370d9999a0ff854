#include "tools/bench/peers/loop.hpp"

#include <algorithm>
#include <numeric>

namespace parley::peers {

namespace {

/// After which a server has given back what making the accounts took.
constexpr nanoseconds given_back = 12'000'000'000;

/// W5: everybody logs in, comes to rest, and stays for as long again.
class idle final : public workload {
public:
  using workload::workload;

  void begin() override {
    set_up_ = loop_.look_at_clock();
  }

  void tick() override {
    auto rest = in_nanoseconds(how_.settle);
    if (began_ == 0 && loop_.now() >= set_up_ + std::min(given_back, rest))
      log_in();
    if (in_ == 0 || loop_.now() < in_ + rest)
      return;
    if (at_rest_.at == 0)
      at_rest_ = usage::now(how_.pids);
    if (loop_.now() < in_ + 2 * rest)
      return;
    after_ = usage::now(how_.pids);
    kernel_after_ = kernel_bytes();
    stayed_ = count_online();
    done_ = true;
  }

  void received(connection&, std::string_view) override {
    // nop
  }

  void acknowledged(connection&, uint32_t) override {
    // nop
  }

  nlohmann::json result() const override {
    auto online = static_cast<double>(std::max<size_t>(online_, 1));
    auto each = [online](size_t from, size_t to) {
      return (static_cast<double>(to) - static_cast<double>(from)) / online;
    };
    nlohmann::json result{{"online", online_},
                          {"stayed", stayed_},
                          {"login_seconds", in_seconds(in_ - began_)},
                          {"rate", per_second(static_cast<double>(online_), in_ - began_)},
                          {"bytes_each", each(before_.server_bytes, after_.server_bytes)},
                          {"kernel_bytes_each", each(kernel_before_, kernel_after_)},
                          {"idle_cpu_percent", 100 * (after_.server_cpu - at_rest_.server_cpu)
                                                 / std::max(after_.at - at_rest_.at, 1e-9)}};
    result.update(used(before_, all_in_, online));
    result["server_bytes"] = after_.server_bytes;
    return result;
  }

private:
  void log_in() {
    before_ = usage::now(how_.pids);
    kernel_before_ = kernel_bytes();
    std::vector<uint32_t> all(loop_.users.size());
    std::iota(all.begin(), all.end(), 0);
    began_ = loop_.look_at_clock();
    loop_.log_in(std::move(all), inbox, [this] {
      in_ = loop_.look_at_clock();
      all_in_ = usage::now(how_.pids);
      online_ = count_online();
    });
  }

  size_t count_online() const {
    return static_cast<size_t>(std::count_if(loop_.users.begin(), loop_.users.end(),
                                             [](const connection& c) { return c.ready; }));
  }

  nanoseconds set_up_ = 0;
  nanoseconds began_ = 0;
  nanoseconds in_ = 0;
  usage before_;
  usage all_in_;
  usage at_rest_;
  usage after_;
  size_t kernel_before_ = 0;
  size_t kernel_after_ = 0;
  size_t online_ = 0;
  size_t stayed_ = 0;
};

} // namespace

std::unique_ptr<workload> make_idle(loop& where) {
  return std::make_unique<idle>(where);
}

} // namespace parley::peers
