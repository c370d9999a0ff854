#include "tools/checker/receipts.hpp"

#include "tools/checker/words.hpp"

#include <algorithm>

namespace parley::checker {

// -- what users do ------------------------------------------------------------------

void receipts::got(user_id user, seq_t seq) {
  auto& x = users_[user];
  x.got = std::max(x.got, seq);
}

void receipts::wrote(user_id user, seq_t seq) {
  auto& x = users_[user];
  x.wrote = std::max(x.wrote, seq);
  did(user, seq);
}

void receipts::did(user_id user, seq_t seq) {
  auto& x = users_[user];
  x.did = std::max(x.did, seq);
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

void receipts::trimmed(user_id user, seq_t first) {
  auto& x = users_[user];
  x.let_go = std::max(x.let_go, first - 1);
}

// -- what the node says of it ---------------------------------------------------------

void receipts::told(const party& to, user_id of, seq_t delivered, seq_t read, bool at_rest) {
  auto& x = users_[of];
  if (delivered > x.may_have_got())
    x.wonder(delivered);
  if (read > x.may_have_read())
    x.wonder(read);
  rises(to, of, {delivered, read, false, at_rest, to.connection});
}

void receipts::told_own(const party& to, seq_t read, bool at_rest) {
  auto& x = users_[to.user];
  if (read > x.may_have_read())
    x.wonder(read);
  rises(to, to.user, {0, read, true, at_rest, to.connection});
}

void receipts::rises(const party& to, user_id of, const claim& now) {
  auto& last = told_[{to.device, of}];
  if (last.connection != now.connection)
    last = {};
  if (!now.own && now.read < last.read)
    fault("was read before, and is not any more", of, last.read);
  if (!now.own && now.delivered < last.delivered)
    fault("was delivered before, and is not any more", of, last.delivered);
  last = {std::max(last.delivered, now.delivered), std::max(last.read, now.read), now.own,
          now.last_word, now.connection};
}

seq_t receipts::all_have_read() const {
  auto all = UINT64_MAX;
  for (auto& [user, x] : users_)
    if (!x.gone)
      all = std::min(all, std::max({x.wrote, x.has_read, x.first == 0 ? 0 : x.first - 1}));
  return all;
}

void receipts::finish() {
  for (auto& [user, x] : users_)
    for (auto seq : x.puzzles)
      fault("is claimed to be delivered or read, and is not", user, seq);
  for (auto& [who, x] : told_)
    if (x.last_word && !users_[who.second].gone)
      judge_last_word(who.second, x);
}

void receipts::judge_last_word(user_id of, const claim& x) {
  auto& is = users_[of];
  auto read = x.own ? std::max(is.wrote, is.has_read) : is.has_read;
  if (x.read < read)
    fault("is read, and the last word does not say so", of, read);
  if (auto got = std::max(is.got, is.has_read); !x.own && x.delivered < got)
    fault("is delivered, and the last word does not say so", of, got);
}

// -- how far somebody may be --------------------------------------------------------

seq_t receipts::progress::may_have_read() const noexcept {
  return std::max({did, reads, first == 0 ? 0 : first - 1});
}

seq_t receipts::progress::may_have_got() const noexcept {
  return std::max({got, let_go, may_have_read()});
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
