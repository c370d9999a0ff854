#pragma once

#include "tools/bench/peers/flights.hpp"
#include "tools/bench/peers/options.hpp"
#include "tools/bench/peers/usage.hpp"

#include <nlohmann/json.hpp>

namespace parley::peers {

/// When a load flows, and what of it is measured:
///
///   settle | warm | measured | rest: nothing new is sent, what is on its way arrives
class stretch {
public:
  /// Everybody is online; the load begins `settle` seconds from now.
  void plan(nanoseconds now, double settle, const options& how);

  /// Whether the load begins just now.
  bool tick(nanoseconds now, const options& how);

  bool flows() const noexcept {
    return step_ == step::warm || step_ == step::measured;
  }

  bool measured() const noexcept {
    return step_ == step::measured;
  }

  bool over() const noexcept {
    return step_ == step::rest;
  }

  /// When the load began.
  nanoseconds begin() const noexcept {
    return begin_;
  }

  /// How long it has been measured at `now`.
  nanoseconds measured_at(nanoseconds now) const noexcept {
    return now - from_;
  }

  /// How long it was measured.
  nanoseconds length() const noexcept {
    return to_ - from_;
  }

  /// What was used while it was measured.
  nlohmann::json used(double messages) const {
    return peers::used(before_, after_, messages);
  }

private:
  enum class step { unplanned, settle, warm, measured, rest };

  step step_ = step::unplanned;
  nanoseconds begin_ = 0;
  nanoseconds from_ = 0;
  nanoseconds to_ = 0;
  usage before_;
  usage after_;
};

} // namespace parley::peers
