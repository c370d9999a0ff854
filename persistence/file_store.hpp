#pragma once

#include "persistence/disk_space.hpp"
#include "schema/error.hpp"
#include "schema/file_ref.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

class disk_cipher;
class open_file;

/// A file that comes piece by piece, of one user; of nobody if another node sends it
/// to have it stored here as well. What different users put does not mix: that
/// somebody has half of a file is no half of it for another.
struct upload_key {
  user_id user;
  file_ref file;

  friend auto operator<=>(const upload_key&, const upload_key&) = default;
};

/// Files beside the store, each content once.
///
///   files/uploads/USER/HASH-SIZE    what has come so far
///   files/contents/ab/HASH          a whole file, then a checksum of every 64 KiB of it
///   files/damaged/HASH              what was not what it had been
///
/// A file is complete under its first name before it gets the second: checked
/// against its hash, checksums added, synced, linked, and the link synced. The
/// upload stays beside it, the same file under two names, and shows that its user
/// had all of it. So nothing torn is ever found among the contents, and what went
/// bad later is found by its checksum.
///
/// With a cipher the files are encrypted, and so are the names: whoever knows a file
/// cannot tell whether it is there.
///
/// One thread, which may block.
class file_store {
public:
  using wall_time = std::chrono::system_clock::time_point;

  /// Makes the directories; `reserve` as for disk_space. Without a cipher, which has
  /// to be the same ever after, all is plain.
  static status open(const std::filesystem::path& data_dir, uint64_t reserve,
                     std::shared_ptr<const disk_cipher> cipher, std::unique_ptr<file_store>& out);

  /// Bytes of an upload that are there; nothing if it has not begun.
  std::optional<uint64_t> length(const upload_key& x) const;

  /// Whether the file is among the contents, and this user had all of it.
  bool complete(const upload_key& x) const;

  /// Adds to what is there, `at` bytes. A user's upload too many takes the place of
  /// the one that nothing came for longest.
  status append(const upload_key& x, uint64_t at, std::string_view data);

  void drop(const upload_key& x);

  /// Bytes of an upload, for who copies it.
  status read(const upload_key& x, uint64_t offset, uint64_t limit, std::string& out) const;

  /// Checks a whole upload a step at a time and makes it a content.
  class completion {
  public:
    virtual ~completion() = default;

    /// Whether it is done; with an error it was for nothing. `bad_file`: the bytes
    /// are not those of the hash, and are gone.
    virtual bool step(status& result) = 0;
  };

  std::unique_ptr<completion> complete_soon(const upload_key& x);

  // Contents.
  bool has(const file_ref& x) const;

  /// From `offset` to the end of its 64 KiB. `unknown_file`: it is not here.
  /// `file_damaged`: it is not what it was; it is put aside.
  status read(const file_ref& x, uint64_t offset, std::string& out);

  /// Says that it is wanted: as if it had come at this time.
  void touch(const file_ref& x, wall_time now);

  /// Hashes of the contents whose hash begins with `first`, and since when they are
  /// here.
  void list(uint8_t first,
            const std::function<void(std::string_view hash, wall_time)>& visit) const;

  void remove(std::string_view hash);

  /// Drops uploads for which nothing came since `before`.
  void drop_uploads(wall_time before);

private:
  file_store(std::filesystem::path root, uint64_t reserve,
             std::shared_ptr<const disk_cipher> cipher);

  /// As it stands on disk: in hexadecimal, encrypted with a cipher.
  std::string name_of(std::string_view bytes) const;
  std::filesystem::path upload_path(const upload_key& x) const;
  std::filesystem::path contents_path(uint8_t first) const;
  std::filesystem::path content_path(std::string_view hash) const;
  std::filesystem::path damaged_path(std::string_view hash) const;
  open_file opened(const std::filesystem::path& path, int flags) const;
  void make_room_for_upload(const upload_key& x);
  void put_aside(const file_ref& x);

  std::filesystem::path root_;
  disk_space space_;
  std::shared_ptr<const disk_cipher> cipher_;

  friend class file_completion;
};

} // namespace parley
