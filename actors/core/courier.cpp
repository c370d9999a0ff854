#include "actors/core/courier.hpp"

#include "actors/core/backoff.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>

namespace parley::core {

courier::courier(shard_id shard, writer_id writer, uint64_t epoch)
    : shard_(shard), writer_(writer), epoch_(epoch),
      tokens_(writer.value << 32) { // An answer to an earlier life is none to this one.
  // nop
}

void courier::start(actions& out) {
  out.loads.push_back({shard_, 0, {{keys::outbox(shard_)}}});
}

void courier::step(courier_event event, moment now, actions& out) {
  now_ = now;
  out_ = &out;
  std::visit([this](auto& x) { on(std::move(x)); }, event);
}

void courier::step(const rows& event, moment now, actions& out) {
  now_ = now;
  out_ = &out;
  if (auto waiting = loads_.extract(event.token); !waiting.empty())
    return waiting.mapped()(event);
  if (event.code != ec::none)
    return; // The rows stay; the next start takes them up.
  for (auto& x : event.results[0])
    if (auto row = record::decode<record::outbox>(x.value.bytes()))
      on(outbox_added{*std::move(row), {}, 0});
}

void courier::on(outbox_added&& x) {
  row_key key{x.row.conversation, x.row.version};
  auto [at, added] = rows_.try_emplace(key);
  auto& mine = at->second;
  if (added) {
    for (auto& member : x.row.members)
      mine.missing.insert(member.user);
    if (x.row.keeper)
      mine.missing.insert(x.row.keeper);
    for (auto& contact : x.row.contacts)
      mine.missing.insert(contact.user);
    for (auto& user : x.row.absence.users)
      mine.missing.insert(user.id);
    mine.row = std::move(x.row);
  }
  if (x.request != 0) {
    mine.answer_to = x.to;
    mine.request = x.request;
    mine.answer_at = now_.steady + limits::pending_after;
  }
  if (!added)
    return;
  if (mine.row.walk.service)
    next_broadcast(key.first);
  else
    deliver(mine);
}

void courier::on(const outbox_confirmed& x) {
  auto at = rows_.find({x.conversation, x.version});
  if (at == rows_.end())
    return;
  auto& row = at->second;
  if (row.missing.erase(x.user) == 0 || !row.missing.empty())
    return;
  if (row.row.walk.service)
    return page_done(row);
  answer(row, false);
  delivered_[at->first] = 0;
  rows_.erase(at);
  erase_rows();
}

void courier::erase_rows() {
  erase_at_ = never;
  effect done;
  for (auto& [key, append] : delivered_)
    if (append == 0) {
      append = appends_ + 1;
      done.erase(keys::outbox(key.first, key.second));
    }
  if (!done.rows.empty())
    out_->appends.push_back({shard_, epoch_, writer_, ++appends_, std::move(done)});
}

void courier::step(const committed& event, writer_id fresh, moment now, actions& out) {
  now_ = now;
  out_ = &out;
  std::erase_if(delivered_,
                [&event](const auto& x) { return x.second != 0 && x.second <= event.upto; });
  if (event.code == ec::none)
    return;
  writer_ = fresh;
  appends_ = 0;
  for (auto& [key, append] : delivered_)
    append = 0;
  erase_at_ = now.steady + limits::outbox_repeat_after;
}

void courier::on(const tick&) {
  for (auto& [key, row] : rows_) {
    if (now_.steady >= row.answer_at)
      answer(row, true);
    if (now_.steady >= row.repeat_at)
      deliver(row);
    if (now_.steady >= row.next_page_at)
      read_page(key);
  }
  if (now_.steady >= erase_at_)
    erase_rows();
}

void courier::deliver(delivery& x) {
  if (x.row.walk.service)
    return dispatch_page(x);
  for (auto& member : x.row.members)
    if (x.missing.contains(member.user))
      out_->inboxes.push_back(
        {member.user, membership_change{x.row.conversation, x.row.version, x.row.kind, member}});
  if (x.row.keeper)
    out_->inboxes.push_back(
      {x.row.keeper, naming_change{x.row.conversation, x.row.version, x.row.namings}});
  for (auto& contact : x.row.contacts)
    if (x.missing.contains(contact.user))
      out_->inboxes.push_back(
        {contact.user, contact_news{x.row.conversation, x.row.version, contact.what}});
  for (auto& user : x.row.absence.users)
    if (x.missing.contains(user.id)) {
      absence_note note{x.row.conversation, x.row.version, x.row.kind, x.row.absence};
      note.what.users = {user};
      out_->inboxes.push_back({user.id, std::move(note)});
    }
  repeat_later(x);
}

void courier::repeat_later(delivery& x) {
  x.repeat_at = now_.steady
                + backoff(limits::outbox_repeat_after, x.tries++, limits::outbox_repeat_max,
                          limits::resend_jitter, random_number());
}

void courier::answer(delivery& x, bool pending) {
  x.answer_at = never;
  auto seq = x.row.contacts.empty() ? x.row.version : 0; // Of the event.
  if (auto request = std::exchange(x.request, 0); request != 0)
    out_->answer(x.answer_to, request,
                 wire::encode_answer(request, wire::change{x.row.conversation, seq, pending}));
}

std::chrono::microseconds courier::next_deadline() const {
  auto next = erase_at_;
  for (auto& [key, row] : rows_)
    next = std::min({next, row.answer_at, row.repeat_at, row.next_page_at});
  return next;
}

} // namespace parley::core
