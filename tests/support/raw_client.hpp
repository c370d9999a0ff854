#pragma once

#include "actors/core/tls.hpp"
#include "schema/codec.hpp"
#include "tests/support/codes.hpp"
#include "tests/support/deadline.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace parley::testing {

/// A server's frame and the bytes that its views point into.
struct received {
  frame bytes;
  wire::server_frame what;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&what.body);
  }
};

/// One body out of a frame, with the bytes that it points into.
template <class T>
struct held {
  frame bytes;
  T value;

  const T* operator->() const {
    return &value;
  }

  const T& operator*() const {
    return value;
  }
};

/// What came instead of what was waited for, in words.
std::string describe(const received& x);

/// A blocking socket that says to a node exactly what the test tells it to.
/// Never acknowledges, answers pings, or reads by itself. What was read and not
/// asked for yet waits in order of arrival.
class raw_client {
public:
  /// Connects, by TLS if there is somebody to `trust`. A small `receive_buffer`
  /// lets the kernel hide less.
  explicit raw_client(uint16_t port, int receive_buffer = 0,
                      const std::shared_ptr<core::tls_context>& trust = {});
  ~raw_client();

  raw_client(raw_client&& other) noexcept;
  raw_client& operator=(raw_client&& other) noexcept;

  // -- saying -----------------------------------------------------------------

  /// All of it, in one write if the kernel takes it. Whether the node took it.
  bool write(std::string_view bytes);

  /// Each byte in a segment of its own.
  void write_slowly(std::string_view bytes);

  /// Says it with the next request id and returns that.
  uint64_t say(wire::client_body what);

  /// Says it with this request id.
  void say(uint64_t request, wire::client_body what);

  /// The request id that `say` takes next.
  uint64_t next_request() noexcept {
    return ++last_request_;
  }

  void hello();

  /// Nothing more will be said; what comes can still be read.
  void end_output();

  void close();

  // -- hearing ------------------------------------------------------------------

  /// The first frame that `fits`; frames before it stay for later.
  template <class Fits>
  received take(const std::string& what, Fits fits, std::chrono::milliseconds limit = patience) {
    auto until = steady::now() + limit;
    for (size_t i = 0;; ++i) {
      while (i == waiting_.size())
        if (!read_some(until))
          fail(what);
      if (fits(waiting_[i])) {
        auto result = std::move(waiting_[i]);
        waiting_.erase(waiting_.begin() + static_cast<ptrdiff_t>(i));
        return result;
      }
    }
  }

  received answer(uint64_t request);

  /// The answer to `request`, which must be a T.
  template <class T>
  held<T> answer_as(uint64_t request) {
    return taken_as<T>(answer(request));
  }

  /// Says it, and again for as long as the node answers `retry`, as every client does: shards
  /// change their leaders. The answer must be a T.
  template <class T>
  held<T> ask(const wire::client_body& what) {
    return taken_as<T>(answer_for_good(what));
  }

  /// The code of the error that answers this.
  ec refusal(wire::client_body what) {
    return refusal_of(say(std::move(what)));
  }

  /// The code of the answer; `none` if it is no error.
  ec refusal_of(uint64_t request);

  /// The next push of this kind.
  template <class T>
  held<T> push(std::chrono::milliseconds limit = patience) {
    received x = take(
      "a push", [](const received& y) { return y.what.request == 0 && y.as<T>(); }, limit);
    return {x.bytes, *x.as<T>()};
  }

  /// Whether a push of this kind is there once the node has answered a ping.
  template <class T>
  bool has_push() {
    settle();
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [](const received& y) { return y.what.request == 0 && y.as<T>(); });
  }

  /// Until the node has worked through what was said so far.
  void settle() {
    answer_as<wire::pong>(say(wire::ping{}));
  }

  /// Waits until the node closes; returns the reason that it gave, `none` if
  /// it gave none.
  ec closed(std::chrono::milliseconds limit = patience);

  /// Forgets what waits.
  void forget() {
    waiting_.clear();
  }

  /// Everything that was read and not asked for.
  const std::deque<received>& waiting() const noexcept {
    return waiting_;
  }

private:
  template <class T>
  static held<T> taken_as(const received& x) {
    if (auto body = x.as<T>())
      return {x.bytes, *body};
    throw std::runtime_error("request " + std::to_string(x.what.request) + ": " + describe(x));
  }

  received answer_for_good(const wire::client_body& what);
  bool send_all(std::string_view bytes);
  bool read_some(steady::time_point until);
  bool open_sealed(std::string_view bytes);
  void cut();
  [[noreturn]] void fail(const std::string& what) const;

  int fd_ = -1;
  std::unique_ptr<core::tls> tls_;
  std::string input_;
  std::deque<received> waiting_;
  bool at_end_ = false;
  uint64_t last_request_ = 0;
};

} // namespace parley::testing
