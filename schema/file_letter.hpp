#pragma once

#include "schema/file_ref.hpp"
#include "schema/frame.hpp"

#include <optional>
#include <string>
#include <string_view>

// peer.capnp's FileLetter as plain values: how files come to the nodes that shall
// have them.

namespace parley {

/// DO NOT RENUMBER: nodes of other versions see it.
enum class file_word : uint16_t {
  want,   ///< Who has the rows of this shard shall have this file.
  read,   ///< The piece at `offset` is wanted, as soon as it is there.
  part,   ///< It.
  absent, ///< There is no such file, or it is damaged.
  held,   ///< It is on disk, whole and checked.
};

struct file_letter {
  file_word what = file_word::want;
  user_id user; ///< Whose upload it is; nobody: the file is stored.
  file_ref file;
  uint64_t offset = 0;
  std::string data{};
};

frame encode(const file_letter& x);
std::optional<file_letter> decode_file_letter(std::string_view bytes);

} // namespace parley
