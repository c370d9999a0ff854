#include "actors/hasher.hpp"

#include "actors/core/jwt.hpp"
#include "schema/limits.hpp"

#include <sodium.h>

namespace parley {

std::optional<std::string> hash_password(std::string_view password) {
  char out[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(out, password.data(), password.size(), limits::argon2_passes,
                            limits::argon2_bytes, crypto_pwhash_ALG_ARGON2ID13)
      != 0)
    return std::nullopt;
  return std::string{out};
}

bool check_password(std::string_view password, const std::string& hash) {
  static const auto nobody = hash_password("nobody has this password").value_or("");
  auto known = hash.starts_with("$argon2id$");
  auto& expected = known ? hash : nobody;
  auto matches = crypto_pwhash_str_verify(expected.c_str(), password.data(), password.size()) == 0;
  return known && matches;
}

void hasher_state::work(const hash_job& x) {
  hashed answer{x.token, ec::none, false, {}};
  if (dir->hashes_waiting.load() > limits::hash_queue) {
    answer.code = ec::overloaded;
  } else if (!x.bearer.empty()) {
    answer.matches = check_jwt(x.password, dir->jwt, x.bearer, now_of(self).wall);
  } else if (!x.hash.empty()) {
    answer.matches = check_password(x.password, x.hash);
  } else if (auto hash = hash_password(x.password)) {
    answer.hash = *std::move(hash);
  } else {
    answer.code = ec::overloaded;
  }
  dir->hashes_waiting.fetch_sub(1);
  inbox_mails mail;
  mail.items.push_back({x.user, std::move(answer)});
  self->send(dir->shard(shard_of(x.user)), std::move(mail));
}

hasher_actor::behavior_type hasher(hasher_actor::stateful_pointer<hasher_state> self,
                                   directory_ptr dir) {
  self->state.dir = std::move(dir);
  return {
    [self](const hash_job& x) { self->state.work(x); },
  };
}

} // namespace parley
