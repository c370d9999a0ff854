#pragma once

#include "schema/file_ref.hpp"
#include "tests/support/device.hpp"

#include <optional>
#include <string>

// What the tests do with files, piece by piece and by hand.

namespace parley::testing {

/// Bytes of which no two pieces are alike.
std::string bytes_of_file(size_t size, uint64_t seed = 1);

file_ref ref_of(const std::string& bytes);

/// How far the file is; asks again while the node says so.
wire::file_state state_of(device& who, const file_ref& file);

/// Puts pieces from where the node is to `upto`, each when the last is answered;
/// answers with the last state.
wire::file_state put(device& who, const std::string& bytes, size_t upto = SIZE_MAX);

/// A content that names the file.
wire::content naming(const file_ref& file, std::string_view name = "plan.pdf");

/// Sends that to a user, and waits until it is stored.
wire::sent send_file(device& who, const std::string& to, const file_ref& file);

/// All of the file that a message names; the code of the error if there is one.
ec get(device& who, conversation_id in, seq_t seq, std::string& out);

/// A user's home moves with elections: asks until the answer is not `retry`.
template <class T>
held<T> ask_patiently(device& who, const wire::client_body& what) {
  std::optional<held<T>> result;
  wait_until("a node answers", [&] {
    auto x = who.answer(who.say(what));
    if (auto body = x.as<T>()) {
      result = held<T>{x.bytes, *body};
      return true;
    }
    auto error = x.as<wire::error>();
    if (error == nullptr || !error->retryable)
      throw std::runtime_error(describe(x));
    return false;
  });
  return *std::move(result);
}

} // namespace parley::testing
