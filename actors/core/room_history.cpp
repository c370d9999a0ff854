#include "actors/core/page.hpp"
#include "actors/core/present.hpp"
#include "actors/core/room.hpp"
#include "actors/core/tombstone.hpp"
#include "actors/core/visibility.hpp"
#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// What old messages say: each as it is now, and what it said before.

namespace parley::core {

void room::read(const waiting_request& x, std::vector<query> queries,
                std::function<void(const rows&)> then) {
  if (queries.empty())
    return then({});
  pages_[++tokens_] = {x.from, x.what.number, std::move(then)};
  out_->loads.push_back({shard_of(id_), tokens_, std::move(queries)});
}

void room::decide(const waiting_request& x, const wire::read_history& body) {
  if (!members_.contains(x.from->user))
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  find_since(x, {body.from, body.to == 0 ? UINT64_MAX : body.to, body.limit, body.back}, body.since,
             body.until);
}

void room::find_since(const waiting_request& x, excerpt what, time_us since, time_us until) {
  if (since == 0)
    return find_until(x, what, until);
  find_time(reader_for(x), first(), committed_head_, since,
            [this, x, what, until](seq_t found) mutable {
              what.from = std::max(what.from, found);
              find_until(x, what, until);
            });
}

void room::find_until(const waiting_request& x, excerpt what, time_us until) {
  if (until == 0 || until == INT64_MAX)
    return show_excerpt(x, what);
  find_time(reader_for(x), first(), committed_head_, until + 1,
            [this, x, what](seq_t found) mutable {
              what.to = std::min(what.to, found - 1);
              show_excerpt(x, what);
            });
}

room::reader room::reader_for(const waiting_request& x) {
  return [this, x](std::vector<query> queries, std::function<void(const rows&)> then) {
    read(x, std::move(queries), std::move(then));
  };
}

/// The first place from `low` to `high` of that time or a later one, or the next: no
/// record is of an earlier time than the one before.
void room::find_time(const reader& read, seq_t low, seq_t high, time_us at,
                     std::function<void(seq_t)> then) {
  if (low > high)
    return then(low);
  auto middle = low + (high - low) / 2;
  read({{keys::messages(id_, middle, middle)}},
       [this, read, low, high, middle, at, then = std::move(then)](const rows& found) {
         auto stored =
           found.results[0].empty() ? std::nullopt : wire::decode_server(found.results[0][0].value);
         auto time = stored ? std::get<wire::message>(stored->body).time : 0;
         if (time < at)
           find_time(read, middle + 1, high, at, then);
         else
           find_time(read, low, middle - 1, at, then);
       });
}

/// What the user may see of it, in one stay.
void room::show_excerpt(const waiting_request& x, excerpt what) {
  auto& member = members_.at(x.from->user);
  auto last = visible_end(member, committed_head_);
  what.to = std::min(what.to, last);
  what.from = std::max({what.from, visible_begin(member), first()});
  auto stay = what.back ? stay_at_or_before(member, what.to) : stay_at_or_after(member, what.from);
  auto from = stay ? std::max(what.from, stay->first) : 1;
  auto to = stay && stay->last != 0 ? std::min(what.to, stay->last) : what.to;
  if (!stay || from > to)
    return answer(x, wire::history_page{id_, last, {}, false, conversation_->first});
  if (!what.back)
    return load_page(x, what, from, to);
  auto rows = rows_of_page(what.limit);
  find_back(x, from, to, rows, limits::page_bytes,
            [this, x, what, to](seq_t found) { load_page(x, what, found, to); });
}

/// Where so many rows and bytes begin that end at `to`; one row there is at least.
void room::find_back(const waiting_request& x, seq_t from, seq_t to, size_t most, size_t bytes,
                     std::function<void(seq_t)> then) {
  auto count = std::min({most, limits::rows_back, to - from + 1});
  auto first = to - count + 1;
  read(x, {{keys::messages(id_, first, to)}},
       [this, x, from, to, most, bytes, count, first, then](const rows& found) {
         auto& page = found.results[0];
         auto left = bytes;
         for (auto at = page.rbegin(); at != page.rend(); ++at) {
           auto seq = keys::seq_at_end(at->key.bytes());
           if (at->value.size_bytes() > left)
             return then(left == limits::page_bytes ? seq : seq + 1);
           left -= at->value.size_bytes();
         }
         if (first == from || count == most)
           return then(first);
         find_back(x, from, first - 1, most - count, left, then);
       });
}

void room::load_page(const waiting_request& x, excerpt what, seq_t from, seq_t to) {
  auto limit = rows_of_page(what.limit);
  read(x,
       {{keys::messages(id_, from, to), limit, limits::page_bytes},
        {keys::revised(id_, from, to), limit},
        {keys::hidden(id_, x.from->user, from, to), limit}},
       [this, x, what](const rows& found) { show_page(x, what, found); });
}

/// Whoever reads back has the last ones first, and where a page is full the others are
/// on the next.
void room::show_page(const waiting_request& x, excerpt what, const rows& found) {
  auto seq_of = [](const row& y) { return keys::seq_at_end(y.key.bytes()); };
  auto comes_first = [back = what.back, seq_of](const row& y, const row& z) {
    return back ? seq_of(y) > seq_of(z) : seq_of(y) < seq_of(z);
  };
  auto page = found.results[0];
  auto revised = found.results[1];
  std::sort(page.begin(), page.end(), comes_first);
  std::sort(revised.begin(), revised.end(), comes_first);
  std::map<seq_t, record::revised> changed;
  std::vector<query> edits;
  for (auto& y : revised) {
    auto now = record::decode<record::revised>(y.value.bytes());
    if (!now || page.empty() || comes_first(page.back(), y))
      continue;
    if (edits.size() == limits::edited_per_page && !now->edits.empty()) {
      std::erase_if(page, [&](const row& z) { return !comes_first(z, y); });
      break;
    }
    if (!now->edits.empty())
      edits.push_back({keys::messages(id_, now->edits.back(), now->edits.back())});
    changed.emplace(seq_of(y), *std::move(now));
  }
  for (auto& y : found.results[2])
    for (auto& z : page)
      if (seq_of(z) == seq_of(y)) {
        z.value = tombstone_of(z.value, {wire::tombstone_kind::hidden, 0});
        changed.erase(seq_of(y));
      }
  auto answer = [this, x, what, page = std::move(page), changed,
                 seq_of](const rows& edited) mutable {
    std::map<seq_t, frame> last_edits;
    for (auto& y : edited.results)
      for (auto& z : y)
        last_edits[seq_of(z)] = z.value;
    wire::history_page result{id_, committed_head_, {}, false, conversation_->first};
    size_t bytes = 0;
    for (auto& y : page) {
      if (auto at = changed.find(seq_of(y)); at != changed.end()) {
        auto& now = at->second;
        y.value = present(y.value, now, now.edits.empty() ? frame{} : last_edits[now.edits.back()]);
      }
      bytes += y.value.size_bytes();
      if (bytes > limits::page_bytes && !result.records.empty())
        break;
      result.records.push_back(y.value.bytes());
    }
    if (!result.records.empty())
      result.more = seq_of(page[result.records.size() - 1]) != (what.back ? what.from : what.to);
    if (what.back)
      std::reverse(result.records.begin(), result.records.end());
    out_->answer(x.from->session, x.what.number,
                 wire::encode_answer(x.what.number, std::move(result)));
  };
  read(x, std::move(edits), std::move(answer));
}

void room::decide(const waiting_request& x, const wire::read_versions& body) {
  auto at = members_.find(x.from->user);
  if (at == members_.end())
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  if (body.seq > committed_head_ || !sees(x.from->user, body.seq))
    return refuse(x, ec::unknown_message);
  read(x, {{keys::messages(id_, body.seq, body.seq)}, {keys::revised(id_, body.seq, body.seq)}},
       [this, x, seq = body.seq](const rows& found) { show_versions(x, seq, found); });
}

void room::show_versions(const waiting_request& x, seq_t seq, const rows& found) {
  if (found.results[0].empty() || !written(found.results[0][0].value))
    return refuse(x, ec::unknown_message);
  std::vector<query> edits;
  for (auto& y : found.results[1])
    if (auto now = record::decode<record::revised>(y.value.bytes()))
      for (auto edit : now->edits)
        edits.push_back({keys::messages(id_, edit, edit)});
  auto answer = [this, x, seq, original = found.results[0][0].value](const rows& edited) {
    wire::versions_page result{id_, seq, {original.bytes()}};
    for (auto& y : edited.results)
      for (auto& z : y)
        result.records.push_back(z.value.bytes());
    out_->answer(x.from->session, x.what.number,
                 wire::encode_answer(x.what.number, std::move(result)));
  };
  read(x, std::move(edits), std::move(answer));
}

} // namespace parley::core
