#pragma once

#include "tools/swarm/bot.hpp"

#include <chrono>
#include <deque>

namespace parley::swarm {

/// Lets the flows of a run send: each up to the window, all together up to the
/// rate. Without a rate a flow sends again as soon as one of its messages is
/// settled.
class pacer {
public:
  using time_point = std::chrono::steady_clock::time_point;

  pacer(size_t window, double rate) : window_(window), rate_(rate) {
    // nop
  }

  /// Makes a flow; it sends from `start` on.
  bot::flow& add(bot& from, conversation_id to, std::string peer);

  void start(time_point now);

  /// From now on nobody sends.
  void stop() noexcept {
    running_ = false;
  }

  /// One message of the flow was stored or refused.
  void settled(bot::flow& f);

  /// To be called every few milliseconds.
  void tick(time_point now);

private:
  void fill(bot::flow& f);

  size_t window_;
  double rate_;
  double allowance_ = 0;
  bool running_ = false;
  time_point last_tick_;
  std::deque<bot::flow> flows_;
  size_t turn_ = 0;
};

} // namespace parley::swarm
