#include "persistence/file_completion.hpp"

#include "schema/limits.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace parley {

namespace fs = std::filesystem;

namespace {

EVP_MD_CTX* context(void* x) {
  return static_cast<EVP_MD_CTX*>(x);
}

} // namespace

fast_sha256::fast_sha256() : state_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(context(state_), EVP_sha256(), nullptr);
}

fast_sha256::~fast_sha256() {
  EVP_MD_CTX_free(context(state_));
}

void fast_sha256::feed(std::string_view bytes) {
  EVP_DigestUpdate(context(state_), bytes.data(), bytes.size());
}

std::string fast_sha256::finish() {
  std::string out(limits::file_hash_bytes, '\0');
  EVP_DigestFinal_ex(context(state_), reinterpret_cast<unsigned char*>(out.data()), nullptr);
  EVP_DigestInit_ex(context(state_), EVP_sha256(), nullptr);
  return out;
}

std::string checksum_of(std::string_view piece) {
  fast_sha256 hash;
  hash.feed(piece);
  return hash.finish().substr(0, checksum_bytes);
}

file_completion::file_completion(file_store& store, const upload_key& key)
    : store_(store), key_(key), path_(store.upload_path(key)), file_(store.opened(path_, O_RDWR)) {
  // nop
}

bool file_completion::step(status& result) {
  if (!file_)
    result = file_.failure("open");
  else if (at_ < key_.file.size)
    result = read_some();
  if (result.ok() && at_ < key_.file.size)
    return false;
  if (result.ok())
    result = finish();
  if (result.code == ec::bad_file || result.code == ec::storage_failed)
    store_.drop(key_); // What could not be synced is not tried again.
  return true;
}

status file_completion::read_some() {
  std::string bytes;
  auto wanted = std::min<uint64_t>(limits::file_step_bytes, key_.file.size - at_);
  if (auto done = file_.read(at_, wanted, bytes); !done.ok())
    return done;
  if (bytes.size() != wanted)
    return {ec::bad_file, path_.string() + " is cut short"};
  whole_.feed(bytes);
  for (std::string_view rest{bytes}; !rest.empty();) {
    auto piece = rest.substr(0, limits::file_piece_bytes);
    sums_ += checksum_of(piece);
    rest.remove_prefix(piece.size());
  }
  at_ += wanted;
  return {};
}

status file_completion::finish() {
  if (whole_.finish() != key_.file.hash_bytes())
    return {ec::bad_file, path_.string() + " is not what its name says"};
  if (!store_.space_.allows(sums_.size()))
    return {ec::storage_full, "the disk is nearly full"};
  if (auto cut = file_.cut(key_.file.size); !cut.ok())
    return cut;
  if (auto written = file_.write(key_.file.size, sums_); !written.ok())
    return written;
  if (auto synced = file_.sync(); !synced.ok())
    return synced;
  return link();
}

/// Takes the place of what is there: that may have gone bad since.
status file_completion::link() {
  auto content = store_.content_path(key_.file.hash_bytes());
  auto temporary = path_;
  temporary += ".link";
  std::error_code error;
  fs::remove(temporary, error);
  auto made = fs::create_directory(content.parent_path(), error);
  if (!error)
    fs::create_hard_link(path_, temporary, error);
  if (!error)
    fs::rename(temporary, content, error);
  if (error)
    return {error == std::errc::no_space_on_device ? ec::storage_full : ec::storage_failed,
            "cannot link " + content.string() + ": " + error.message()};
  if (made)
    if (auto synced = sync_directory(content.parent_path().parent_path()); !synced.ok())
      return synced;
  return sync_directory(content.parent_path());
}

} // namespace parley
