#pragma once

#include "tools/swarm/bot.hpp"

#include <functional>
#include <utility>
#include <vector>

namespace parley::swarm {

/// What a scenario asks of the node in the end. An answer that this was the wrong
/// moment is none: the question is asked again.
class questions {
public:
  template <class Answer, class Use>
  void ask(bot& who, wire::client_body what, Use use) {
    ++waiting_;
    who.client().request<Answer>(
      what, [this, &who, what, use](const wire::error& error, const Answer& x) mutable {
        --waiting_;
        if (error.retryable)
          later([this, &who, what, use] { ask<Answer>(who, what, use); });
        else
          use(error, x);
      });
  }

  /// Something to ask, or to ask again, when somebody looks at what is answered.
  void later(std::function<void()> question) {
    again_.push_back(std::move(question));
  }

  /// For who asks by other ways.
  void asked() noexcept {
    ++waiting_;
  }

  void answered() noexcept {
    --waiting_;
  }

  /// Whether everything is answered; asks what there is to ask.
  bool all_answered() {
    for (auto& x : std::exchange(again_, {}))
      x();
    return open() == 0;
  }

  size_t open() const noexcept {
    return waiting_ + again_.size();
  }

private:
  size_t waiting_ = 0;
  std::vector<std::function<void()>> again_;
};

} // namespace parley::swarm
