#include "schema/identity.hpp"

#include "schema/limits.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace parley {

namespace {

struct sodium_ready {
  sodium_ready() {
    if (sodium_init() < 0)
      std::abort(); // No entropy source: nothing safe can be done.
  }
};

const sodium_ready ready;

template <class Id>
Id blake2b_128(std::string_view domain, std::string_view bytes) {
  std::array<unsigned char, 16> out{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, out.size());
  auto add = [&state](std::string_view part) {
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
  };
  add(domain);
  add(bytes);
  crypto_generichash_final(&state, out.data(), out.size());
  Id result;
  for (size_t i = 0; i < 8; ++i) {
    result.high = result.high << 8 | out[i];
    result.low = result.low << 8 | out[i + 8];
  }
  return result;
}

void put(std::string& out, uint64_t x) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(x >> shift));
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

} // namespace

std::optional<std::string> normalize_name(std::string_view name) {
  if (name.empty() || name.size() > limits::name_bytes)
    return std::nullopt;
  std::string result{name};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  if (!std::all_of(result.begin(), result.end(), is_name_char))
    return std::nullopt;
  return result;
}

user_id user_of(std::string_view normalized_name) {
  return blake2b_128<user_id>("user:", normalized_name);
}

conversation_id direct_conversation(user_id a, user_id b) {
  std::string bytes;
  for (auto x : {std::min(a, b), std::max(a, b)}) {
    put(bytes, x.high);
    put(bytes, x.low);
  }
  return blake2b_128<conversation_id>("direct:", bytes);
}

conversation_id room_conversation(user_id creator, device_id device, uint64_t nonce) {
  std::string bytes;
  for (auto x : {creator.high, creator.low, device.value, nonce})
    put(bytes, x);
  return blake2b_128<conversation_id>("room:", bytes);
}

uint64_t digest_of(std::string_view kind, std::string_view body) {
  static constexpr unsigned char key[crypto_shorthash_KEYBYTES] = {
    'p', 'a', 'r', 'l', 'e', 'y', ' ', 'd', 'i', 'g', 'e', 's', 't', ' ', 'v', '1'};
  auto hash = [](std::string_view part) {
    uint64_t out = 0;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&out),
                     reinterpret_cast<const unsigned char*>(part.data()), part.size(), key);
    return out;
  };
  return kind.empty() ? hash(body) : hash(body) ^ (hash(kind) * 3);
}

std::string make_token() {
  std::string token(limits::token_bytes, '\0');
  randombytes_buf(token.data(), token.size());
  return token;
}

std::string hash_token(std::string_view token) {
  std::string out(32, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                     reinterpret_cast<const unsigned char*>(token.data()), token.size(), nullptr,
                     0);
  return out;
}

std::string derive_secret(std::string_view secret, std::string_view purpose) {
  std::string out(32, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                     reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(),
                     reinterpret_cast<const unsigned char*>(secret.data()), secret.size());
  return out;
}

namespace {

crypto_hash_sha256_state* sha256_state(unsigned char* x) {
  static_assert(sizeof(crypto_hash_sha256_state) <= 104);
  return reinterpret_cast<crypto_hash_sha256_state*>(x);
}

} // namespace

sha256::sha256() {
  crypto_hash_sha256_init(sha256_state(state_));
}

void sha256::feed(std::string_view bytes) {
  crypto_hash_sha256_update(sha256_state(state_),
                            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string sha256::finish() {
  std::string out(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256_final(sha256_state(state_), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(std::string_view bytes) {
  std::string out(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                 bytes.size());
  out.pop_back();
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string out(text.size() / 2, '\0');
  if (sodium_hex2bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                     text.size(), nullptr, nullptr, nullptr)
      != 0)
    return std::nullopt;
  return out;
}

uint64_t random_number() {
  uint64_t x = 0;
  while (x == 0)
    randombytes_buf(&x, sizeof x);
  return x;
}

bool is_utf8(std::string_view text) noexcept {
  auto at = reinterpret_cast<const unsigned char*>(text.data());
  auto end = at + text.size();
  auto continues = [&](int n) {
    if (end - at <= n)
      return false;
    for (int i = 1; i <= n; ++i)
      if ((at[i] & 0xc0) != 0x80)
        return false;
    return true;
  };
  while (at != end) {
    if (end - at >= 8) { // Most text is ASCII: eight bytes at a time.
      uint64_t word;
      std::memcpy(&word, at, sizeof word);
      if ((word & 0x8080808080808080ull) == 0) {
        at += 8;
        continue;
      }
    }
    auto c = *at;
    if (c < 0x80) {
      at += 1;
    } else if (c >= 0xc2 && c <= 0xdf && continues(1)) {
      at += 2;
    } else if (c >= 0xe0 && c <= 0xef && continues(2) && !(c == 0xe0 && at[1] < 0xa0)
               && !(c == 0xed && at[1] > 0x9f)) {
      at += 3;
    } else if (c >= 0xf0 && c <= 0xf4 && continues(3) && !(c == 0xf0 && at[1] < 0x90)
               && !(c == 0xf4 && at[1] > 0x8f)) {
      at += 4;
    } else {
      return false;
    }
  }
  return true;
}

} // namespace parley
