#include "actors/core/present.hpp"
#include "actors/core/room.hpp"
#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// Full-text search. Each term of a message has a row, in the message's own batch:
//
//   term -> seqs, newest first
//
// A question reads the rows of its terms, keeps what stands in all of them, and looks
// whether that is what was meant: a message may have changed since, and different terms
// may have the same number.

namespace parley::core {

namespace {

std::string text_of(const wire::content& x) {
  if (!x.kind.empty())
    return {}; // Not ours to read.
  std::string result{x.body};
  auto file = x.extra ? std::get_if<wire::file>(&x.extra->thing) : nullptr;
  if (file != nullptr)
    result.append("\n").append(file->name);
  return result;
}

/// Nothing of a message that is no more.
std::string text_of(const wire::message& x) {
  if (auto content = std::get_if<wire::content>(&x.body))
    return text_of(*content);
  auto changed = std::get_if<wire::revised>(&x.body);
  return changed != nullptr ? text_of(changed->content) : std::string{};
}

seq_t seq_of_posting(const row& x) {
  return ~keys::seq_at_end(x.key.bytes());
}

} // namespace

void room::put_terms(seq_t seq, const wire::content& x) {
  if (!rules_.search)
    return;
  for (auto& term : terms_of(text_of(x), limits::terms_per_message)) {
    building().what.put(keys::posting(id_, number_of_term(term), seq),
                        record::encode(record::counter{1}));
    building_->bytes_to_come += limits::raft_row_bytes;
  }
}

void room::decide(const waiting_request& x, const wire::search& body) {
  if (!rules_.search)
    return refuse(x, ec::unsupported);
  if (!members_.contains(x.from->user))
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  search_query wanted{body.text};
  if (wanted.terms().empty())
    return refuse(x, ec::bad_text);
  auto limit =
    body.limit == 0 ? limits::found_rows : std::min<size_t>(body.limit, limits::found_rows);
  auto before = std::min(body.before == 0 ? UINT64_MAX : body.before, committed_head_ + 1);
  std::vector<query> lists;
  for (auto& term : wanted.terms())
    lists.push_back({keys::postings(id_, number_of_term(term), before), limits::postings_per_page});
  read(x, std::move(lists), [this, x, wanted = std::move(wanted), limit](const rows& found) {
    auto hits = common_postings(found);
    std::erase_if(hits.seqs, [this, &x](seq_t seq) { return !sees(x.from->user, seq); });
    if (hits.seqs.size() > limit) {
      hits.seqs.resize(limit);
      hits.next = hits.seqs.back();
    }
    look_at(x, wanted, std::move(hits));
  });
}

/// What stands in all lists; further than the shortest of those that go on nothing is
/// known.
room::postings room::common_postings(const rows& lists) {
  postings result;
  for (auto& list : lists.results)
    if (list.size() == limits::postings_per_page)
      result.next = std::max(result.next, seq_of_posting(list.back()));
  for (auto& row : lists.results.front()) {
    auto stands_in = [&row](const std::vector<parley::row>& list) {
      auto newer = [](const parley::row& a, seq_t b) { return seq_of_posting(a) > b; };
      auto seq = seq_of_posting(row);
      auto at = std::lower_bound(list.begin(), list.end(), seq, newer);
      return at != list.end() && seq_of_posting(*at) == seq;
    };
    if (seq_of_posting(row) >= result.next
        && std::all_of(lists.results.begin(), lists.results.end(), stands_in))
      result.seqs.push_back(seq_of_posting(row));
  }
  return result;
}

void room::look_at(const waiting_request& x, const search_query& wanted, postings hits) {
  std::vector<query> queries;
  for (auto seq : hits.seqs) {
    queries.push_back({keys::messages(id_, seq, seq)});
    queries.push_back({keys::revised(id_, seq, seq)});
    queries.push_back({keys::hidden(id_, x.from->user, seq, seq)});
  }
  read(x, std::move(queries), [this, x, wanted, next = hits.next](const rows& found) {
    std::vector<candidate> seen;
    std::vector<query> edits;
    for (size_t i = 0; i + 2 < found.results.size(); i += 3) {
      if (found.results[i].empty() || !found.results[i + 2].empty())
        continue;
      auto& one = seen.emplace_back(candidate{found.results[i].front().value, {}});
      for (auto& row : found.results[i + 1])
        if (auto now = record::decode<record::revised>(row.value.bytes()))
          one.now = *std::move(now);
      auto edit = one.now.edits.empty() ? 0 : one.now.edits.back();
      edits.push_back({keys::messages(id_, edit, edit)}); // Of 0 there is none.
    }
    read(x, std::move(edits), [this, x, wanted, next, seen = std::move(seen)](const rows& edited) {
      show_found(x, wanted, next, seen, edited);
    });
  });
}

void room::show_found(const waiting_request& x, const search_query& wanted, seq_t next,
                      const std::vector<candidate>& seen, const rows& edited) {
  std::vector<frame> shown;
  size_t bytes = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    auto& edit = edited.results[i];
    auto now = seen[i].bytes;
    if (!seen[i].now.edits.empty() || !seen[i].now.reactions.empty() || seen[i].now.recalled != 0)
      now = present(now, seen[i].now, edit.empty() ? frame{} : edit.front().value);
    auto decoded = wire::decode_server(now);
    auto message = decoded ? std::get_if<wire::message>(&decoded->body) : nullptr;
    if (message == nullptr || !wanted.matches(text_of(*message)))
      continue;
    bytes += now.size_bytes();
    if (bytes > limits::page_bytes && !shown.empty()) {
      next = message->seq + 1;
      break;
    }
    shown.push_back(std::move(now));
  }
  wire::found result{id_, {}, next};
  for (auto& one : shown)
    result.records.push_back(one.bytes());
  out_->answer(x.from->session, x.what.number,
               wire::encode_answer(x.what.number, std::move(result)));
}

} // namespace parley::core
