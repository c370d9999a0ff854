#include "tools/checker/receipts.hpp"

#include "tools/checker/words.hpp"

#include <algorithm>

namespace parley::checker {

// -- what users do ------------------------------------------------------------------

void receipts::got(user_id user, seq_t seq) {
  auto& x = users_[user];
  x.got = std::max(x.got, seq);
}

void receipts::own(user_id user, seq_t seq) {
  auto& x = users_[user];
  x.own = std::max(x.own, seq);
  x.explain(seq);
}

void receipts::reads(user_id user, seq_t seq) {
  auto& x = users_[user];
  x.reads = std::max(x.reads, seq);
}

void receipts::has_read(user_id user, seq_t seq) {
  auto& x = users_[user];
  x.has_read = std::max(x.has_read, seq);
}

void receipts::joined(user_id user, seq_t first) {
  auto& x = users_[user];
  if (first == 0)
    return;
  x.gone &= first <= x.first; // What was heard before of its end is of an earlier stay.
  x.first = std::max(x.first, first);
  x.explain(first - 1);
}

void receipts::left(user_id user, seq_t last) {
  if (auto& x = users_[user]; last >= x.first)
    x.gone = true;
}

void receipts::excuse(user_id user) {
  users_[user].gone = true;
}

// -- what the node says of it ---------------------------------------------------------

void receipts::told(device_id to, user_id of, seq_t delivered, seq_t read, bool at_rest) {
  auto& x = users_[of];
  if (delivered > x.may_have_got())
    x.wonder(delivered);
  if (read > x.may_have_read())
    x.wonder(read);
  rises(to, of, {delivered, read});
  if (!at_rest || x.gone)
    return;
  if (auto least = std::max(x.got, x.has_read); delivered < least)
    fault("is delivered, and no receipt says so", of, least);
  if (read < x.has_read)
    fault("is read, and no receipt says so", of, x.has_read);
}

void receipts::told_own(device_id to, user_id of, seq_t read, bool at_rest) {
  auto& x = users_[of];
  if (read > x.may_have_read())
    x.wonder(read);
  rises(to, of, {0, read});
  if (auto least = std::max(x.own, x.has_read); at_rest && !x.gone && read < least)
    fault("is read, and the user's own devices do not know", of, least);
}

void receipts::rises(device_id to, user_id of, claim now) {
  auto& last = told_[{to, of}];
  if (now.read < last.read)
    fault("was read before, and is not any more", of, last.read);
  if (now.delivered != 0 && now.delivered < last.delivered)
    fault("was delivered before, and is not any more", of, last.delivered);
  last = {std::max(last.delivered, now.delivered), std::max(last.read, now.read)};
}

seq_t receipts::all_have_read() const {
  auto all = UINT64_MAX;
  for (auto& [user, x] : users_)
    if (!x.gone)
      all = std::min(all, std::max({x.own, x.has_read, x.first == 0 ? 0 : x.first - 1}));
  return all;
}

void receipts::finish() {
  for (auto& [user, x] : users_)
    for (auto seq : x.puzzles)
      fault("is claimed to be delivered or read, and is not", user, seq);
}

// -- how far somebody may be --------------------------------------------------------

seq_t receipts::progress::may_have_read() const noexcept {
  return std::max({own, reads, first == 0 ? 0 : first - 1});
}

seq_t receipts::progress::may_have_got() const noexcept {
  return std::max(got, may_have_read());
}

void receipts::progress::wonder(seq_t seq) {
  if (std::find(puzzles.begin(), puzzles.end(), seq) == puzzles.end())
    puzzles.push_back(seq);
}

void receipts::progress::explain(seq_t seq) {
  std::erase(puzzles, seq);
}

void receipts::fault(std::string_view what, user_id of, seq_t seq) {
  faults_.add(faults_.receipts, [&] {
    return in_words(id_) + ": seq " + std::to_string(seq) + ", " + in_words(of) + ": "
           + std::string{what};
  });
}

} // namespace parley::checker
