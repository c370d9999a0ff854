#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace parley {

/// Hides what lies on disk from whoever has the disk and not the key: AES-256 in
/// counter mode. A header of each file has a random nonce, so that no two files are
/// hidden by the same stream. It hides only: accidents are found by the checksums of
/// what is hidden, a forgery by nothing.
///
/// DO NOT CHANGE what it does: it is on disk. Any thread.
class disk_cipher {
public:
  static constexpr size_t key_bytes = 32;

  /// In front of every file: a page, so that what was aligned in it still is.
  static constexpr size_t header_bytes = 4096;

  /// How many of them say something; the others are zero.
  static constexpr size_t header_used_bytes = 24;

  using nonce = std::array<unsigned char, 16>;

  explicit disk_cipher(std::string_view key);

  /// For a file that is made: no two are alike.
  static std::string new_header();

  /// Nothing if it is no header.
  static std::optional<nonce> nonce_in(std::string_view header);

  /// Encrypts or decrypts, which is the same, the bytes from `position` on of a file
  /// with its header. False if that could not be done: they must not be written.
  [[nodiscard]] bool apply(const nonce& of, uint64_t position, std::span<char> bytes) const;

  /// Hides what is named, blocks of 16 bytes, by itself: the same each time, so it
  /// is for what looks random, as hashes do.
  std::string hide_name(std::string_view name) const;
  std::string show_name(std::string_view hidden) const;

private:
  std::string recode(std::string_view blocks, bool hide) const;

  std::string stream_key_;
  std::string name_key_;
};

/// Encrypts a secret with a key of disk_cipher::key_bytes so that another key, or a
/// change, is noticed: AES-256-GCM with a random nonce. DO NOT CHANGE: it is on disk.
/// Nothing if it could not be done.
std::optional<std::string> seal(std::string_view key, std::string_view secret);

/// Nothing if it was not sealed with this key.
std::optional<std::string> unseal(std::string_view key, std::string_view sealed);

} // namespace parley
