#pragma once

#include "tools/checker/checker.hpp"
#include "tools/swarm/bot.hpp"
#include "tools/swarm/options.hpp"
#include "tools/swarm/pacer.hpp"
#include "tools/swarm/tally.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

namespace parley::swarm {

/// What all bots of a run share. One thread.
class world {
public:
  explicit world(options run);

  /// Runs the bots until `done`, or until `patience` is over; whether done.
  /// Calls `done` and `tick` every few milliseconds.
  bool run_until(const std::function<bool()>& done, double patience);

  /// Runs the bots for so long.
  void run_for(double seconds);

  /// One line for people, above the progress line.
  void say(const std::string& words) const;

  /// The owner of a room has seen who came or went; tells the checker, so that
  /// it knows from where to where each device is to see the room.
  void witnessed(const bot& by, const wire::message& x, const wire::event& what);

  asio::io_context context{1};
  options how;
  tally counted;
  checker::checker judge;
  pacer pace;
  std::mt19937_64 random;
  std::vector<std::unique_ptr<bot>> bots;

  bot& add_bot(std::string name, std::string token);

  /// The bot who tells of a room's members: its owner, who never leaves.
  std::unordered_map<conversation_id, const bot*> witnesses;

  /// Called every few milliseconds while bots run.
  std::function<void()> tick;

private:
  std::unordered_multimap<std::string, bot*> by_name_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
};

} // namespace parley::swarm
