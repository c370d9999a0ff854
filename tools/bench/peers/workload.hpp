#pragma once

#include "tools/bench/peers/body.hpp"
#include "tools/bench/peers/connection.hpp"
#include "tools/bench/peers/flights.hpp"
#include "tools/bench/peers/options.hpp"
#include "tools/bench/peers/usage.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string_view>

namespace parley::peers {

class loop;

/// What the users do. Time is the loop's.
class workload {
public:
  explicit workload(loop& where);
  virtual ~workload() = default;

  virtual void begin() = 0;

  /// Once for each turn of the loop.
  virtual void tick() = 0;

  /// How long a turn may wait for bytes.
  virtual nanoseconds patience() const;

  virtual void received(connection& c, std::string_view text) = 0;

  virtual void acknowledged(connection& c, uint32_t slot) = 0;

  virtual void refused(connection&, uint32_t) {
    // nop
  }

  bool done() const noexcept {
    return done_;
  }

  virtual nlohmann::json result() const = 0;

protected:
  /// A message of this run; nothing if it is somebody else's.
  std::optional<body> read_own(std::string_view text) const;

  /// Nanoseconds as histograms have them: microseconds.
  void record(histogram& out, nanoseconds since) const;

  loop& loop_;
  const options& how_;
  bool done_ = false;
};

std::unique_ptr<workload> make_pairs(loop& where);
std::unique_ptr<workload> make_room(loop& where);
std::unique_ptr<workload> make_offline(loop& where);
std::unique_ptr<workload> make_idle(loop& where);

/// Only what a protocol must make before the users come.
std::unique_ptr<workload> make_setup(loop& where);

/// By its name, W1 to W5.
std::unique_ptr<workload> make_workload(loop& where);

nlohmann::json to_json(const histogram& x);

inline nanoseconds in_nanoseconds(double seconds) {
  return static_cast<nanoseconds>(seconds * 1e9);
}

inline double in_seconds(nanoseconds x) {
  return static_cast<double>(x) / 1e9;
}

inline double per_second(double count, nanoseconds time) {
  return time > 0 ? count / in_seconds(time) : 0;
}

} // namespace parley::peers
