#include "persistence/disk_cipher.hpp"

#include "schema/identity.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <new>

namespace parley {

namespace {

constexpr std::string_view magic = "Parley-1";
constexpr std::string_view sealed_for = "parley data key"; // Cannot be sealed for another use.
constexpr size_t block_bytes = 16;
constexpr size_t seal_nonce_bytes = 12;
constexpr size_t seal_tag_bytes = 16;

struct free_context {
  void operator()(EVP_CIPHER_CTX* x) const {
    EVP_CIPHER_CTX_free(x);
  }
};

using context = std::unique_ptr<EVP_CIPHER_CTX, free_context>;

const unsigned char* in(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

unsigned char* out(char* x) {
  return reinterpret_cast<unsigned char*>(x);
}

/// The counter of a block, big-endian as AES-CTR counts.
disk_cipher::nonce counter_at(disk_cipher::nonce x, uint64_t block) {
  for (auto i = x.size(); i-- > 0 && block != 0; block >>= 8) {
    block += x[i];
    x[i] = static_cast<unsigned char>(block);
  }
  return x;
}

} // namespace

disk_cipher::disk_cipher(std::string_view key)
    : stream_key_(derive_secret(key, "disk streams")), name_key_(derive_secret(key, "disk names")) {
  // nop
}

std::string disk_cipher::new_header() {
  auto result = std::string{magic} + make_token().substr(0, sizeof(nonce));
  result.resize(header_bytes, '\0');
  return result;
}

std::optional<disk_cipher::nonce> disk_cipher::nonce_in(std::string_view header) {
  if (header.size() < header_used_bytes || !header.starts_with(magic))
    return std::nullopt;
  nonce result;
  std::copy_n(in(header.substr(magic.size())), result.size(), result.begin());
  return result;
}

bool disk_cipher::apply(const nonce& of, uint64_t position, std::span<char> bytes) const {
  static const auto type = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr);
  context work{EVP_CIPHER_CTX_new()};
  auto counter = counter_at(of, position / block_bytes);
  if (!work || EVP_EncryptInit_ex2(work.get(), type, in(stream_key_), counter.data(), nullptr) != 1)
    return false;
  int done = 0;
  nonce skipped{};
  if (EVP_EncryptUpdate(work.get(), skipped.data(), &done, skipped.data(),
                        static_cast<int>(position % block_bytes))
      != 1)
    return false;
  while (!bytes.empty()) {
    auto part = bytes.first(std::min(bytes.size(), size_t{1} << 30)); // It counts in int.
    if (EVP_EncryptUpdate(work.get(), out(part.data()), &done, out(part.data()),
                          static_cast<int>(part.size()))
        != 1)
      return false;
    bytes = bytes.subspan(part.size());
  }
  return true;
}

std::string disk_cipher::hide_name(std::string_view name) const {
  return recode(name, true);
}

std::string disk_cipher::show_name(std::string_view hidden) const {
  return recode(hidden, false);
}

/// Block by block: blocks that look random are not alike, so their images tell nothing.
std::string disk_cipher::recode(std::string_view blocks, bool hide) const {
  static const auto type = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
  std::string result(blocks.size(), '\0');
  context work{EVP_CIPHER_CTX_new()};
  int done = 0;
  if (!work || EVP_CipherInit_ex2(work.get(), type, in(name_key_), nullptr, hide, nullptr) != 1
      || EVP_CIPHER_CTX_set_padding(work.get(), 0) != 1
      || EVP_CipherUpdate(work.get(), out(result.data()), &done, in(blocks),
                          static_cast<int>(blocks.size()))
           != 1)
    throw std::bad_alloc{};
  return result;
}

std::optional<std::string> seal(std::string_view key, std::string_view secret) {
  auto result = make_token().substr(0, seal_nonce_bytes);
  result.resize(seal_nonce_bytes + secret.size() + seal_tag_bytes);
  auto body = out(result.data()) + seal_nonce_bytes;
  context work{EVP_CIPHER_CTX_new()};
  int done = 0;
  auto sealed =
    work && key.size() == disk_cipher::key_bytes
    && EVP_EncryptInit_ex2(work.get(), EVP_aes_256_gcm(), in(key), in(result), nullptr) == 1
    && EVP_EncryptUpdate(work.get(), nullptr, &done, in(sealed_for),
                         static_cast<int>(sealed_for.size()))
         == 1
    && EVP_EncryptUpdate(work.get(), body, &done, in(secret), static_cast<int>(secret.size())) == 1
    && EVP_EncryptFinal_ex(work.get(), body + secret.size(), &done) == 1
    && EVP_CIPHER_CTX_ctrl(work.get(), EVP_CTRL_AEAD_GET_TAG, seal_tag_bytes, body + secret.size())
         == 1;
  return sealed ? std::optional{result} : std::nullopt;
}

std::optional<std::string> unseal(std::string_view key, std::string_view sealed) {
  if (key.size() != disk_cipher::key_bytes || sealed.size() < seal_nonce_bytes + seal_tag_bytes)
    return std::nullopt;
  auto body = sealed.substr(seal_nonce_bytes, sealed.size() - seal_nonce_bytes - seal_tag_bytes);
  std::string tag{sealed.substr(sealed.size() - seal_tag_bytes)};
  std::string result(body.size(), '\0');
  context work{EVP_CIPHER_CTX_new()};
  int done = 0;
  auto known =
    work && EVP_DecryptInit_ex2(work.get(), EVP_aes_256_gcm(), in(key), in(sealed), nullptr) == 1
    && EVP_DecryptUpdate(work.get(), nullptr, &done, in(sealed_for),
                         static_cast<int>(sealed_for.size()))
         == 1
    && EVP_DecryptUpdate(work.get(), out(result.data()), &done, in(body),
                         static_cast<int>(body.size()))
         == 1
    && EVP_CIPHER_CTX_ctrl(work.get(), EVP_CTRL_AEAD_SET_TAG, seal_tag_bytes, tag.data()) == 1
    && EVP_DecryptFinal_ex(work.get(), nullptr, &done) == 1;
  return known ? std::optional{result} : std::nullopt;
}

} // namespace parley
