#include "actors/core/room.hpp"
#include "schema/body_digest.hpp"
#include "schema/codec.hpp"
#include "schema/limits.hpp"
#include "schema/message_row.hpp"

#include <algorithm>

// What becomes of messages: edits, recalls, reactions; what one hides for oneself;
// and who is writing one.
//
//   message (seq 5)  <--- Revised (row of 5) ---> edits: 9, 12   reactions: 2 x "+1"
//                                                        |  |
//   records:     ... 5 ...................... 9 ..12 ...+--+     each pushed like a message
//
// A recall makes tombstones of 5, 9 and 12 where they stand, so that nobody reads
// any more what they said.

namespace parley::core {

namespace {

bool is_reaction(wire::revision_kind x) {
  return x == wire::revision_kind::react || x == wire::revision_kind::unreact;
}

} // namespace

// -- facts --------------------------------------------------------------------------

bool room::subject_known(const origin& from, const wire::revision& x) {
  auto target = x.target;
  if (target == 0 || target > head_)
    return true; // To be refused.
  if (target > committed_head_ || !facts_.empty())
    return false;
  auto who = std::pair{target, from.user};
  auto wanted = is_reaction(x.kind) && !reactions_.contains(who);
  if (subjects_.contains(target) && !wanted)
    return x.kind != wire::revision_kind::recall || doomed_known(target);
  std::vector<query> queries{{keys::messages(id_, target, target)},
                             {keys::revised(id_, target, target)},
                             {keys::with_prefix(keys::reacted(id_, target, from.user))}};
  load_facts(std::move(queries), [this, who](const rows& found) {
    subject fresh;
    for (auto& row : found.results[0])
      if (auto stored = wire::decode_server(row.value)) {
        auto& message = std::get<wire::message>(stored->body);
        fresh.content = std::holds_alternative<wire::content>(message.body);
        fresh.by = message.sender;
        fresh.time = message.time;
      }
    for (auto& row : found.results[1])
      if (auto now = record::decode<record::revised>(row.value.bytes()))
        fresh.now = *std::move(now);
    // What is remembered may be newer.
    subjects_.emplace(who.first, std::move(fresh)).first->second.last_used = now_.steady;
    auto& known = reactions_[who];
    known.last_used = now_.steady;
    if (known.last_append == 0)
      for (auto& row : found.results[2])
        if (auto now = record::decode<record::reacted>(row.value.bytes()))
          known.now = *std::move(now);
    forget_oldest(subjects_, limits::revised_in_memory);
    forget_oldest(reactions_, limits::revised_in_memory);
  });
  return false;
}

/// The rows to change when `target` is recalled, as they are once everything that
/// changes stored messages is durable.
bool room::doomed_known(seq_t target) {
  if (doomed_)
    return true;
  auto& edits = subjects_.at(target).now.edits;
  if (last_burial_ > durable() || (!edits.empty() && edits.back() > committed_head_))
    return false;
  std::vector<query> queries{{.range = keys::messages(id_, target, target), .whole = true}};
  for (auto seq : edits)
    queries.push_back({.range = keys::messages(id_, seq, seq), .whole = true});
  load_facts(std::move(queries), [this, target](const rows& found) {
    doomed_ = {target, {}};
    for (auto& x : found.results)
      for (auto& row : x)
        doomed_->second.push_back(row);
  });
  return false;
}

// -- decisions ------------------------------------------------------------------------

void room::decide(const waiting_request& x, const wire::revise& body) {
  auto digest = digest_of(body.what);
  if (!is_new(x, body.counter, body.previous, digest))
    return;
  auto refuse_it = [&](ec code) { refuse_once(x, body.counter, digest, code); };
  if (!current_member(x.from->user))
    return refuse_it(ec::not_member);
  auto takes_back = body.what.kind == wire::revision_kind::recall; // Also who is muted.
  if (auto code = allows(*x.from, deed::write); code != ec::none && !takes_back)
    return refuse_it(code);
  auto at = subjects_.find(body.what.target);
  if (at == subjects_.end() || !sees(x.from->user, at->first) || !at->second.content
      || at->second.now.recalled != 0)
    return refuse_it(ec::unknown_message);
  auto& of = at->second;
  auto what = body.what;
  if (auto code = revise(*x.from, what, of); code != ec::none)
    return refuse_it(code);
  building().what.put(keys::revised(id_, what.target), record::encode(of.now));
  of.last_append = appends_;
  of.last_used = now_.steady;
  if (what.kind == wire::revision_kind::edit)
    put_terms(what.target, what.content);
  store_once(x, body.counter, digest, std::move(what));
  if (of.now.recalled != 0)
    flush(); // What is buried weighs enough for an append.
}

ec room::revise(const origin& from, wire::revision& what, subject& of) {
  switch (what.kind) {
    case wire::revision_kind::edit:
      return edit(from, what, of);
    case wire::revision_kind::recall:
      return recall(from, of);
    case wire::revision_kind::react:
    case wire::revision_kind::unreact:
      return react(from, what, of);
  }
  return ec::unsupported;
}

ec room::edit(const origin& from, const wire::revision& what, subject& of) {
  if (of.by != from.user)
    return ec::forbidden;
  if (now_.trusted() > of.time + std::chrono::microseconds{limits::edit_within}.count())
    return ec::too_late;
  if (of.now.edits.size() >= limits::edits_per_message)
    return ec::too_many;
  auto extra = what.content.extra.get();
  if (extra != nullptr && extra->reply_to != 0 && !sees(from.user, extra->reply_to))
    return ec::unknown_message;
  if (auto code = may_name(from.user, what.content); code != ec::none)
    return code;
  put_naming(from.user, what.content);
  of.now.edits.push_back(head_ + 1);
  return ec::none;
}

ec room::recall(const origin& from, subject& of) {
  auto own = of.by == from.user;
  if (!own && (allows(from, deed::recall_others) != ec::none || !above(from.user, of.by)))
    return ec::forbidden;
  if (own && now_.trusted() > of.time + std::chrono::microseconds{limits::recall_within}.count())
    return ec::too_late;
  flush();
  bury(head_ + 1);
  of.now = {{}, head_ + 1, {}};
  return ec::none;
}

/// Makes tombstones of the message and its edits.
void room::bury(seq_t by) {
  auto& [target, found] = *doomed_;
  auto edits = subjects_.at(target).now.edits;
  std::map<key, frame> changed;
  std::vector<record::named_file> files;
  for (auto& row : found) {
    if (changed.contains(row.key))
      continue;
    std::vector<frame> messages;
    for (auto rest = row.value.bytes(); !rest.empty();) {
      frame bytes{first_message(rest)};
      auto stored = wire::decode_server(bytes);
      if (!stored)
        break; // Damaged; what follows in the row stays out of reach as it was.
      rest.remove_prefix(bytes.size_bytes());
      auto& message = std::get<wire::message>(stored->body);
      if (message.seq == target || std::count(edits.begin(), edits.end(), message.seq) != 0) {
        note_file(message, files);
        message.body = wire::tombstone{wire::tombstone_kind::recalled, by};
        bytes = wire::encode_answer(0, message);
      }
      messages.push_back(std::move(bytes));
    }
    changed[row.key] = join_messages(messages);
  }
  for (auto& [at, row] : changed)
    building().what.put(at, std::move(row));
  put_namings(subjects_.at(target).by, by, std::move(files));
  last_burial_ = appends_;
}

ec room::react(const origin& from, wire::revision& what, subject& of) {
  auto& mine = reactions_[{what.target, from.user}];
  auto& with = mine.now.with;
  auto& all = of.now.reactions;
  auto had = std::find(with.begin(), with.end(), what.reaction);
  auto same = [&what](const auto& x) { return x.what == what.reaction; };
  auto counted = std::find_if(all.begin(), all.end(), same);
  auto adds = what.kind == wire::revision_kind::react;
  if (adds == (had != with.end()))
    return ec::unchanged;
  if (adds) {
    auto full = counted == all.end() && all.size() >= limits::reactions_per_message;
    if (full || with.size() >= limits::reactions_per_member)
      return ec::too_many;
    if (counted == all.end())
      counted = all.insert(all.end(), {std::string{what.reaction}, 0});
    with.emplace_back(what.reaction);
    what.count = ++counted->count;
  } else {
    with.erase(had);
    what.count = --counted->count;
    if (counted->count == 0)
      all.erase(counted);
  }
  auto at = keys::reacted(id_, what.target, from.user);
  if (with.empty())
    building().what.erase(at);
  else
    building().what.put(at, record::encode(mine.now));
  mine.last_append = building_->number;
  mine.last_used = now_.steady;
  return ec::none;
}

void room::decide(const waiting_request& x, const wire::hide& body) {
  if (!members_.contains(x.from->user))
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  for (auto seq : body.seqs)
    if (!sees(x.from->user, seq))
      return refuse(x, ec::unknown_message);
  for (auto seq : body.seqs)
    building().what.put(keys::hidden(id_, x.from->user, seq), record::encode(record::counter{1}));
  answer(x, wire::done{});
  auto news = wire::encode_answer(0, wire::hidden{id_, body.seqs});
  building().shows.push_back({id_, {x.from->user}, show{std::move(news)}});
}

/// Answered at once: nobody relies on it.
void room::decide(const waiting_request& x, const wire::typing&) {
  if (!current_member(x.from->user))
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  out_->answer(x.from->session, x.what.number, wire::encode_answer(x.what.number, wire::done{}));
  if (member_count_ > limits::receipt_members || allows(*x.from, deed::write) != ec::none)
    return;
  if (typing_.size() > limits::receipt_members)
    typing_.clear();
  auto [at, added] = typing_.try_emplace(x.from->user, now_.steady);
  if (!added && now_.steady < at->second + limits::typing_every)
    return;
  at->second = now_.steady;
  auto news = wire::encode_answer(0, wire::typing{id_, x.from->user});
  tell_subscribers(show{std::move(news), true}, x.from->user);
}

} // namespace parley::core
