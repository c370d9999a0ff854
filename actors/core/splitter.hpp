#pragma once

#include "schema/error.hpp"
#include "schema/frame.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

/// What the first bytes of a frame say about the whole of it.
struct frame_head {
  ec error = ec::none; ///< `too_large` if the frame is over a limit.
  size_t bytes = 0;    ///< Size of the frame; 0 while that cannot be told.
};

/// Reads the segment table at the start of `bytes` (Cap'n Proto's standard
/// stream framing: segments - 1, the size of each in words, padding to eight).
/// Needs no alignment and allocates nothing.
frame_head read_frame_head(std::string_view bytes, size_t max_frame_bytes) noexcept;

/// Cuts a stream of bytes into frames.
///
/// Bytes may come one at a time or many frames at once. A frame that announces
/// more than the limit, or more than `limits::frame_segments` segments, is an
/// error before any of it is kept; from then on nothing comes out any more and
/// the connection is to be closed. Holds at most what was fed and is not yet a
/// whole frame, and gives the memory back whenever that is nothing.
class splitter {
public:
  explicit splitter(size_t max_frame_bytes);

  /// Sets the limit for frames that were not returned yet: small before login.
  void limit(size_t max_frame_bytes) noexcept;

  /// Adds what came from the stream. Call `next` until it has nothing.
  void feed(std::string_view bytes);

  /// The next whole frame, copied once into aligned memory of its own.
  std::optional<frame> next();

  /// `too_large` once a frame was over a limit; stays.
  ec error() const noexcept {
    return error_;
  }

  /// Bytes that wait for the rest of their frame.
  size_t buffered() const noexcept {
    return buffer_.size() - read_;
  }

private:
  void fail(ec code);

  size_t max_frame_bytes_;
  std::string buffer_;
  size_t read_ = 0; ///< Bytes of `buffer_` that were returned already.
  ec error_ = ec::none;
};

} // namespace parley
