#include "actors/core/inbox.hpp"

#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <algorithm>

namespace parley::core {

inbox::inbox(user_id id, writer_id writer, uint64_t epoch)
    : id_(id), writer_(writer), epoch_(epoch),
      tokens_(writer.value << 32) { // An answer to an earlier life is none to this one.
  // nop
}

// -- events -------------------------------------------------------------------------

void inbox::start(moment now, actions& out) {
  now_ = now;
  out_ = &out;
  last_used_ = now.steady;
  load_rows(
    {{keys::with_prefix(keys::account(id_))}, {keys::mailboxes(id_)}, {keys::contacts(id_)}},
    [this](const rows& x) {
      for (auto& row : x.results[0])
        account_ = record::decode<record::account>(row.value.bytes());
      for (auto& row : x.results[1])
        if (auto box = record::decode<record::mailbox>(row.value.bytes()))
          entries_[keys::conversation_at_end(row.key.bytes())].box = *std::move(box);
      load_people(x.results[2]);
      loaded_ = true;
      welcome_events();
    });
}

void inbox::step(inbox_event event, moment now, actions& out) {
  now_ = now;
  out_ = &out;
  if (!loaded_ && !failed() && !std::holds_alternative<tick>(event)) {
    if (early_.size() < limits::backlog)
      early_.push_back(std::move(event));
    return;
  }
  std::visit([this](auto& x) { on(std::move(x)); }, event);
}

void inbox::step(const committed& event, moment now, actions& out) {
  now_ = now;
  out_ = &out;
  while (!in_flight_.empty() && in_flight_.front().first <= event.upto) {
    auto then = std::move(in_flight_.front().second);
    in_flight_.pop_front();
    then();
  }
  if (event.code != ec::none)
    fail(event.code);
}

void inbox::step(rows event, moment now, actions& out) {
  now_ = now;
  out_ = &out;
  auto waiting = loads_.extract(event.token);
  if (failed() || waiting.empty())
    return;
  if (event.code != ec::none)
    fail(event.code);
  else
    waiting.mapped()(event);
}

void inbox::welcome_events() {
  auto events = std::exchange(early_, {});
  for (auto& event : events)
    std::visit([this](auto& x) { on(std::move(x)); }, event);
}

void inbox::on(requests&& x) {
  last_used_ = now_.steady;
  for (auto& item : x.items) {
    waiting_request waiting{x.from, std::move(item)};
    if (failed())
      refuse(waiting, failure_);
    else
      decide(waiting);
  }
}

void inbox::decide(waiting_request& x) {
  auto decided = std::visit(
    [this, &x](auto& body) {
      if constexpr (requires { this->decide(x, body); }) {
        decide(x, body);
        return true;
      }
      return false;
    },
    x.what.body);
  if (!decided)
    refuse(x, ec::unsupported);
}

void inbox::on(const show& x) {
  for (auto& to : devices_)
    if (x.live)
      out_->push_live(to.who->session, x.bytes);
    else if (to.cursors_loaded && (!x.droppable || to.window.has_room_for_page()))
      out_->answer(to.who->session, 0, x.bytes);
}

void inbox::on(const check_user& x) {
  last_used_ = now_.steady;
  with_contacts([this, to = x.asker] {
    auto has = [this](auto list, size_t most) { return contacts_.count(list) >= most; };
    user_checked what{id_, account_.has_value(), entries_.size() >= limits::conversations_per_user};
    what.contacts_full = has(wire::contact_list::contacts, limits::contacts_per_user);
    what.blocks_full = has(wire::contact_list::blocked, limits::contacts_per_user);
    what.asking_full = has(wire::contact_list::asking, limits::contact_requests);
    what.asked_full = has(wire::contact_list::asked, limits::contact_requests);
    // As an answer from memory: another node may lead, and know of an account.
    commit({}, [this, to, what] { out_->rooms.push_back({to, what}); });
  });
}

void inbox::on(const hashed& x) {
  if (auto waiting = hashes_.extract(x.token); !waiting.empty())
    waiting.mapped()(x);
}

void inbox::on(const tick&) {
  if (failed() || !loaded_)
    return;
  if (now_.steady >= ask_heads_at_)
    ask_heads();
  if (now_.steady >= write_at_)
    write_what_is_dirty();
  if (now_.steady >= contacts_end_at_)
    expire_contacts();
  tell_presence();
  if (now_.steady >= doubts_end_at_)
    look_after_doubts();
  if (now_.steady >= inquire_at_)
    look_after_inquiries();
  for (auto which : {&direct_receipts_, &room_receipts_})
    if (now_.steady >= which->at)
      send_receipts(*which);
  std::vector<session_id> late;
  for (auto& x : devices_)
    if (now_.steady >= x.resend_at)
      late.push_back(x.who->session);
  for (auto session : late)
    if (auto to = device_of(session))
      resend(*to);
}

std::chrono::microseconds inbox::next_deadline() const {
  auto next = std::min({ask_heads_at_, write_at_, direct_receipts_.at, room_receipts_.at,
                        pace_.deadline(), doubts_end_at_, inquire_at_});
  for (auto& x : devices_)
    next = std::min(next, x.resend_at);
  auto forgotten_at = std::max(last_used_ + limits::inbox_idle, guesses_.forgotten_at());
  next = std::min(next, devices_.empty() ? forgotten_at : contacts_end_at_);
  return next;
}

bool inbox::idle(moment now) const {
  return loaded_ && devices_.empty() && in_flight_.empty() && loads_.empty() && hashes_.empty()
         && file_work_.empty() && write_at_ == never && pace_.deadline() == never
         && now.steady >= std::max(last_used_ + limits::inbox_idle, guesses_.forgotten_at());
}

// -- memberships and heads ------------------------------------------------------------

void inbox::on(const membership_change& x) {
  last_used_ = now_.steady;
  auto confirm = [this, to = shard_of(x.conversation),
                  what = outbox_confirmed{x.conversation, x.version, id_}] {
    out_->tell_courier(to, what);
  };
  auto& known = entries_[x.conversation];
  auto& box = known.box;
  if (x.version <= box.version)
    return commit({}, confirm);
  auto enters = x.what.left == 0 && x.what.joined != box.joined;
  auto moves = enters || x.what.left != box.left;
  auto renamed = box.title != x.what.title && !box.title.empty();
  box.kind = x.kind;
  box.title = x.what.title;
  box.version = x.version;
  box.joined = x.what.joined;
  box.left = x.what.left;
  box.earlier = x.what.earlier;
  if (moves) { // Worth showing.
    box.since = now_.wall;
    box.settings.hidden_below = 0;
  }
  if (enters) {
    box.read_seq = known.delivered = box.joined - 1;
    box.read_ordinal = x.what.ordinal;
    known.mentions = {};
    known.head_known = false;
  }
  effect change;
  change.put(keys::mailbox(id_, x.conversation), record::encode(box));
  commit(std::move(change), [this, confirm, id = x.conversation, renamed] {
    confirm();
    if (devices_.empty())
      return;
    auto& changed = entries_[id];
    subscribe_to(id, changed);
    if (changed.box.left != 0) {
      out_->rooms.push_back({id, unsubscribe{id_, epoch_}});
      for (auto& to : devices_)
        push_state(to, id, changed);
    }
    for (auto& to : devices_) {
      if (renamed && changed.box.left == 0)
        push_state(to, id, changed);
      fall_behind(to, id);
      catch_up(to);
    }
  });
}

void inbox::subscribe_to(conversation_id id, entry& x) {
  if (x.box.left != 0) { // Nothing new can come after the end.
    x.head = x.box.left;
    x.head_ordinal = x.box.read_ordinal;
    x.head_known = x.own_known = true;
    return;
  }
  x.head_known = false;
  x.head_asked = true;
  out_->rooms.push_back({id, subscribe{id_, epoch_, x.box.joined, !x.own_known}});
  ask_heads_at_ = std::min(ask_heads_at_, now_.steady + limits::ask_again_after);
}

void inbox::ask_heads() {
  ask_heads_at_ = never;
  if (devices_.empty())
    return;
  std::vector<conversation_id> known;
  for (auto& [id, x] : entries_) {
    if (x.head_known)
      continue;
    subscribe_to(id, x);
    if (x.head_known)
      known.push_back(id);
  }
  for (auto id : known)
    head_is_known(id);
}

bool inbox::heads_known() const {
  return std::all_of(entries_.begin(), entries_.end(),
                     [](const auto& x) { return x.second.head_known; });
}

/// What it promised is not in history; on a node that does not lead the
/// conversation, perhaps not yet.
void inbox::doubt_head(entry& x) {
  x.head_known = false;
  x.head_doubted = true;
  x.head_asked = false;
  ask_heads_at_ = std::min(ask_heads_at_, now_.steady + limits::read_again_after);
}

void inbox::on(const head& x) {
  auto at = entries_.find(x.conversation);
  if (at == entries_.end() || devices_.empty())
    return;
  auto& known = at->second;
  if (known.head_doubted && !known.head_asked && x.seq < known.head)
    return; // Answers what was asked before there was a doubt.
  if (x.seq >= known.head || known.head_doubted) {
    known.head = x.seq;
    known.head_ordinal = x.ordinal;
    known.head_time = x.time;
  }
  known.head_known = true;
  known.head_doubted = false;
  if (x.has_own && !known.own_known) {
    known.own_known = true;
    known.delivered = std::max(known.delivered, x.told.delivered);
    note_own(known, x.own_seq, x.own_ordinal);
    if (known.box.read_seq > x.told.read)
      receipt_soon(at->first, known);
  }
  head_is_known(x.conversation);
}

void inbox::head_is_known(conversation_id id) {
  auto all = heads_known();
  if (all)
    ask_heads_at_ = never;
  for (auto& to : devices_) {
    if (all && to.cursors_loaded && !to.seeded)
      seed(to);
    fall_behind(to, id);
    catch_up(to);
  }
  if (all)
    for (auto& waiting : std::exchange(wait_heads_, {}))
      decide(waiting);
}

void inbox::note_own(entry& x, seq_t seq, ordinal_t ordinal) {
  if (seq <= x.box.read_seq)
    return;
  x.box.read_seq = seq;
  x.box.read_ordinal = ordinal;
  x.box_dirty = true;
  write_soon();
}

// -- small things -----------------------------------------------------------------------

void inbox::answer(const waiting_request& x, wire::server_body body) {
  out_->answer(x.from->session, x.what.number,
               wire::encode(wire::server_frame{x.what.number, std::move(body)}));
}

void inbox::answer_from_memory(const waiting_request& x, wire::server_body body) {
  auto bytes = wire::encode(wire::server_frame{x.what.number, std::move(body)});
  commit({}, [this, to = x.from->session, number = x.what.number, bytes = std::move(bytes)] {
    out_->answer(to, number, bytes);
  });
}

void inbox::refuse(const waiting_request& x, ec code) {
  if (failed())
    answer(x, wire::make_error(code));
  else
    answer_from_memory(x, wire::make_error(code));
}

void inbox::load_rows(std::vector<query> queries, std::function<void(const rows&)> then) {
  loads_[++tokens_] = std::move(then);
  out_->loads.push_back({shard_of(id_), tokens_, std::move(queries)});
}

void inbox::commit(effect what, std::function<void()> then, bool droppable) {
  auto append = [&](effect&& part) {
    out_->appends.push_back(
      {shard_of(id_), epoch_, writer_, ++appends_, std::move(part), droppable});
  };
  auto weight = [](const effect& x, size_t more_rows, size_t more_bytes) {
    return x.bytes + more_bytes + (x.rows.size() + more_rows) * limits::raft_row_bytes;
  };
  if (weight(what, 0, 0) > limits::append_bytes) {
    effect part;
    for (auto& row : std::exchange(what, {}).rows) {
      if (!part.rows.empty() && weight(part, 1, row.value.size_bytes()) > limits::append_bytes)
        append(std::exchange(part, {}));
      part.put(row.key, std::move(row.value));
    }
    what = std::move(part);
  }
  append(std::move(what));
  in_flight_.push_back({appends_, std::move(then)});
}

void inbox::fail(ec code) {
  failure_ = code;
  for (auto& x : devices_)
    if (auto& last = out_->parcel_for(x.who->session); code == ec::retry)
      last.ended = true; // The shard has another leader, or this inbox another life.
    else
      last.close = code;
  devices_.clear();
  in_flight_.clear();
  loads_.clear();
  hashes_.clear();
  file_work_.clear();
  early_.clear();
  wait_heads_.clear();
  wait_registration_.clear();
  wait_contacts_.clear();
  inquiries_.clear();
}

} // namespace parley::core
