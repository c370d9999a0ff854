#pragma once

#include "persistence/file_store.hpp"
#include "persistence/open_file.hpp"

#include <memory>

namespace parley {

/// SHA-256 of what is fed to it, by the processor's own instructions: files are long.
class fast_sha256 {
public:
  fast_sha256();
  ~fast_sha256();

  fast_sha256(const fast_sha256&) = delete;
  fast_sha256& operator=(const fast_sha256&) = delete;

  void feed(std::string_view bytes);

  /// And begins anew.
  std::string finish();

private:
  void* state_;
};

/// The checksum of a piece of a file. DO NOT CHANGE: it is on disk.
std::string checksum_of(std::string_view piece);

inline constexpr size_t checksum_bytes = 8;

/// Checks a whole upload and makes it a content; see file_store.
class file_completion final : public file_store::completion {
public:
  file_completion(file_store& store, const upload_key& key);

  bool step(status& result) override;

private:
  status read_some();
  status finish();
  status link();

  file_store& store_;
  upload_key key_;
  std::filesystem::path path_;
  open_file file_;
  uint64_t at_ = 0;
  fast_sha256 whole_;
  std::string sums_;
};

} // namespace parley
