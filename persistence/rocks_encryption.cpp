#include "persistence/rocks_encryption.hpp"

#include "persistence/disk_cipher.hpp"

#include <rocksdb/env.h>
#include <rocksdb/env_encryption.h>
#include <rocksdb/file_system.h>

#include <string>
#include <utility>

namespace parley {

namespace {

/// One file. What RocksDB would do block by block is done at once.
class file_stream final : public rocksdb::BlockAccessCipherStream {
public:
  file_stream(std::shared_ptr<const disk_cipher> cipher, const disk_cipher::nonce& of)
      : cipher_(std::move(cipher)), nonce_(of) {
    // nop
  }

  size_t BlockSize() override {
    return sizeof(disk_cipher::nonce);
  }

  rocksdb::Status Encrypt(uint64_t position, char* data, size_t size) override {
    if (cipher_->apply(nonce_, position, {data, size}))
      return {};
    return rocksdb::Status::Aborted("cannot encrypt");
  }

  rocksdb::Status Decrypt(uint64_t position, char* data, size_t size) override {
    return Encrypt(position, data, size);
  }

protected:
  void AllocateScratch(std::string&) override {
    // nop
  }

  rocksdb::Status EncryptBlock(uint64_t, char*, char*) override {
    return rocksdb::Status::NotSupported();
  }

  rocksdb::Status DecryptBlock(uint64_t, char*, char*) override {
    return rocksdb::Status::NotSupported();
  }

private:
  std::shared_ptr<const disk_cipher> cipher_;
  disk_cipher::nonce nonce_;
};

class provider final : public rocksdb::EncryptionProvider {
public:
  explicit provider(std::shared_ptr<const disk_cipher> cipher) : cipher_(std::move(cipher)) {
    // nop
  }

  const char* Name() const override {
    return "parley.disk-cipher";
  }

  size_t GetPrefixLength() const override {
    return disk_cipher::header_bytes;
  }

  rocksdb::Status CreateNewPrefix(const std::string&, char* prefix, size_t size) const override {
    disk_cipher::new_header().copy(prefix, size);
    return {};
  }

  rocksdb::Status AddCipher(const std::string&, const char*, size_t, bool) override {
    return rocksdb::Status::NotSupported();
  }

  rocksdb::Status
  CreateCipherStream(const std::string& name, const rocksdb::EnvOptions&, rocksdb::Slice& prefix,
                     std::unique_ptr<rocksdb::BlockAccessCipherStream>* result) override {
    std::string_view header{prefix.data(), prefix.size()};
    auto of = disk_cipher::nonce_in(header);
    if (!of && header.find_first_not_of('\0') != header.npos)
      return rocksdb::Status::Corruption(name, "is not encrypted");
    if (!of) // It had no byte yet when the power went; what there is, is noise.
      of = disk_cipher::nonce_in(disk_cipher::new_header());
    *result = std::make_unique<file_stream>(cipher_, *of);
    return {};
  }

private:
  std::shared_ptr<const disk_cipher> cipher_;
};

/// RocksDB opens the last log of an earlier life again, to give back room that it had
/// reserved behind it. The encrypted environment would take that for a new file, and
/// put a header at its end. Who cannot open it goes on without.
class files_as_they_are final : public rocksdb::FileSystemWrapper {
public:
  using rocksdb::FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override {
    return "parley.files-as-they-are";
  }

  rocksdb::IOStatus ReopenWritableFile(const std::string&, const rocksdb::FileOptions&,
                                       std::unique_ptr<rocksdb::FSWritableFile>*,
                                       rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::NotSupported();
  }
};

} // namespace

std::unique_ptr<rocksdb::Env> encrypted_env(std::shared_ptr<const disk_cipher> cipher) {
  auto plain = std::make_shared<files_as_they_are>(rocksdb::FileSystem::Default());
  return rocksdb::NewCompositeEnv(
    rocksdb::NewEncryptedFS(plain, std::make_shared<provider>(std::move(cipher))));
}

} // namespace parley
