#include "actors/core/inbox.hpp"

#include "actors/core/backoff.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// The deliver rule of an inbox: windows, acknowledgements, resends, cursors.

namespace parley::core {

inbox::device* inbox::device_of(session_id session) {
  for (auto& x : devices_)
    if (x.who->session == session)
      return &x;
  return nullptr;
}

inbox::progress& inbox::progress_of(device& to, conversation_id id, const entry& x) {
  auto start = visible_begin(x.box) - 1;
  auto [at, added] = to.conversations.try_emplace(id, progress{start, start, start});
  auto& p = at->second;
  if (p.acked < start) // What an older stay showed is forgotten.
    p.sent = p.acked = start;
  if (x.head_known && p.acked > x.visible_head()) // Claimed on resume, never sent.
    p.sent = p.acked = x.visible_head();
  return p;
}

/// The next to push. The device passes over what lies before a stay as soon as it
/// is told where that begins; so nothing of it is said before the device has
/// acknowledged all of the one before: of that, something may be lost on its way.
std::optional<seq_t> inbox::next_of(const entry& x, const progress& p) {
  auto next = visible_from(x.box, std::max(p.sent + 1, x.first));
  auto jumps = next && *next == x.first && *next > p.sent + 1;
  auto begins = jumps || (next && stay_at_or_after(x.box, *next)->first == *next);
  return begins && p.acked != p.sent ? std::nullopt : next;
}

/// The stay that the device goes on with, or what is left of it if it is behind what was
/// let go.
std::optional<record::stay> inbox::stay_ahead(const entry& x, const progress& p) {
  auto next = std::max(p.acked + 1, x.first);
  auto stay = stay_at_or_after(x.box, next);
  if (stay && next > p.acked + 1)
    stay->first = std::max(stay->first, next);
  return stay;
}

void inbox::on(const notice& x) {
  auto at = entries_.find(x.what->conversation);
  if (at == entries_.end() || at->second.box.left != 0)
    return;
  auto& [id, known] = *at;
  for (auto& message : x.what->messages) {
    if (message.sender == id_ && message.counter != 0)
      note_own(known, message.seq, message.ordinal); // Also if the head was asked for meanwhile.
    if (message.seq <= known.head)
      continue;
    known.head = message.seq;
    known.head_ordinal = message.ordinal;
    known.head_time = message.time;
    known.head_doubted = false;
  }
  if (!known.head_known)
    return;
  for (auto& to : devices_) {
    if (!is_ready(to))
      continue;
    auto& p = progress_of(to, id, known);
    for (auto& message : x.what->messages)
      offer(to, id, known, p, message);
    fall_behind(to, id, known, p);
    catch_up(to);
  }
}

/// Whether it is known how far the device is.
bool inbox::is_ready(const device& x) {
  return x.cursors_loaded && x.seeded;
}

void inbox::offer(device& to, conversation_id id, const entry& x, progress& p,
                  const stored_message& message) {
  if (message.seq != next_of(x, p) || message.seq > x.visible_head())
    return;
  if (message.device == to.id && message.counter != 0) {
    // The answer to the send was its delivery.
    if (p.sent + 1 < message.seq)
      announce(to, id, x, p, p.acked);
    if (p.acked == p.sent) {
      p.acked = message.seq;
      write_soon();
    }
    p.sent = message.seq;
    return;
  }
  auto bytes = message.bytes.size_bytes();
  if (!to.window.has_room(bytes))
    return;
  if (to.window.empty())
    to.resend_at = now_.steady + limits::resend_after;
  announce(to, id, x, p, p.heard);
  to.window.push(id, message.seq, bytes, now_.steady);
  p.sent = message.seq;
  out_->answer(to.who->session, 0, message.bytes);
}

void inbox::fall_behind(device& to, conversation_id id) {
  if (auto at = entries_.find(id); at != entries_.end() && is_ready(to))
    fall_behind(to, id, at->second, progress_of(to, id, at->second));
}

void inbox::fall_behind(device& to, conversation_id id, const entry& x, progress& p) {
  if (!x.head_known)
    return;
  announce(to, id, x, p, p.acked);
  if (p.queued || next_of(x, p).value_or(UINT64_MAX) > x.visible_head())
    return;
  p.queued = true;
  to.behind.push_back(id);
}

/// `known`: how far the device surely is. What it wrote itself counts as long as
/// nothing is pushed; then it does not, for the answer may be lost, too.
void inbox::announce(device& to, conversation_id id, const entry& x, progress& p, seq_t known) {
  // Before anything of a stay is pushed, the device is told where it begins; again
  // and again until it acknowledged something, for it begins with whatever comes
  // first, and if a link between nodes broke, that may be a later push.
  auto stay = stay_ahead(x, p);
  if (!stay
      || (p.announced >= stay->first && (known >= stay->first || p.announced_at == now_.steady)))
    return;
  p.announced = stay->first;
  p.announced_at = now_.steady;
  push_state(to, id, x);
}

void inbox::catch_up(device& to) {
  while (!to.reading && to.window.has_room_for_page() && !to.behind.empty()) {
    auto id = to.behind.front();
    to.behind.pop_front();
    auto& known = entries_[id];
    auto& p = progress_of(to, id, known);
    p.queued = false;
    auto from = next_of(known, p).value_or(UINT64_MAX);
    if (from > known.visible_head())
      continue;
    auto stay = *stay_at_or_after(known.box, from);
    auto end = stay.last == 0 ? known.visible_head() : std::min(stay.last, known.visible_head());
    to.reading = id;
    load_rows({{keys::messages(id, from, end), to.window.room(), limits::push_batch_bytes, false},
               {keys::with_prefix(keys::conversation(id))}},
              [this, page = loading_page{to.who->session, id, p.sent}](const rows& found) {
                page_arrived(page, found);
              });
  }
}

void inbox::page_arrived(const loading_page& page, const rows& x) {
  auto to = device_of(page.session);
  if (to == nullptr || !is_ready(*to))
    return; // Gone, or taken back meanwhile.
  to->reading = {};
  auto& known = entries_[page.conversation];
  auto& p = progress_of(*to, page.conversation, known);
  auto stale = p.sent != page.sent; // A resend went back meanwhile.
  auto first = known.first;
  learn_first(known, x.results[1]);
  for (auto& row : x.results[0]) {
    auto stored = wire::decode_server(row.value);
    if (!stored)
      break;
    auto& message = std::get<wire::message>(stored->body);
    offer(*to, page.conversation, known, p,
          {message.seq, message.ordinal, message.time, message.sender, message.device,
           message.counter, row.value});
  }
  auto moved = p.sent != page.sent || known.first != first;
  if (!stale && !moved && to->window.empty()) {
    doubt_head(known);
    return;
  }
  fall_behind(*to, page.conversation);
  if (moved || stale)
    catch_up(*to);
}

/// Where what is left of it begins.
void inbox::learn_first(entry& of, const std::vector<row>& conversation) {
  for (auto& row : conversation)
    if (auto now = record::decode<record::conversation>(row.value.bytes()))
      of.first = std::max(of.first, now->first);
}

void inbox::decide(const waiting_request& x, const wire::ack& body) {
  auto from = device_of(x.from->session);
  if (from == nullptr)
    return on(pulse{x.from}); // Its device epoch is over.
  if (!from->cursors_loaded)
    return; // Taken back: what it acknowledges comes again.
  for (auto& at : body.cursors)
    if (!acknowledge(*from, at))
      refuse(x, ec::bad_ack);
  go_back(*from, from->window.take_lost(limits::resend_after));
  catch_up(*from);
  say_unsaid(*from);
}

bool inbox::acknowledge(device& to, const wire::cursor& at) {
  auto found = entries_.find(at.conversation);
  if (found == entries_.end())
    return false;
  auto& known = found->second;
  auto& p = progress_of(to, at.conversation, known);
  if (at.seq > p.sent) {
    if (!to.taken_back || at.seq > known.visible_head())
      return !known.head_known && to.taken_back;
    p.sent = at.seq; // An earlier life of this inbox sent it.
  }
  p.heard = std::max(p.heard, at.seq);
  if (at.seq <= p.acked)
    return true;
  p.acked = at.seq;
  to.window.acknowledge(at.conversation, at.seq);
  if (!to.window.holds(at.conversation))
    p.acked = p.sent; // What it wrote itself behind that.
  to.tries = 0;
  to.resend_at = to.window.empty() ? never : now_.steady + limits::resend_after;
  if (at.seq > known.delivered) {
    known.delivered = at.seq;
    receipt_soon(at.conversation, known);
  }
  if (p.acked - p.written >= limits::cursor_write_every)
    write_what_is_dirty();
  else
    write_soon();
  if (is_ready(to))
    fall_behind(to, at.conversation, known, p);
  return true;
}

void inbox::resend(device& to) {
  if (to.window.empty()) {
    to.resend_at = never;
    return;
  }
  if (to.tries == limits::resend_tries)
    return drop_device(to.who->session, ec::unresponsive);
  ++to.tries;
  to.resend_at = now_.steady
                 + backoff(limits::resend_after, to.tries, std::chrono::minutes{2},
                           limits::resend_jitter, random_number());
  go_back(to, to.window.take_all());
  catch_up(to);
}

/// What was pushed of these is pushed again.
void inbox::go_back(device& to, const std::vector<conversation_id>& lost) {
  for (auto id : lost) {
    auto& p = progress_of(to, id, entries_[id]);
    p.sent = p.acked;
    fall_behind(to, id);
  }
}

void inbox::drop_device(session_id session, ec why) {
  out_->parcel_for(session).close = why == ec::none ? ec::stopping : why;
  on(detach{session});
}

void inbox::on(const detach& x) {
  last_used_ = now_.steady;
  auto gone = device_of(x.session);
  if (gone == nullptr)
    return;
  effect change;
  write_cursors(change, *gone);
  leaves(*gone);
  end_session(change, gone->id);
  devices_.erase(devices_.begin() + (gone - devices_.data()));
  presence_changed();
  write_last_seen(change);
  commit(
    std::move(change), [] {}, true);
  if (!devices_.empty())
    return;
  write_what_is_dirty();
  send_receipts(direct_receipts_);
  send_receipts(room_receipts_);
  ask_heads_at_ = never;
  wait_heads_.clear();
  for (auto& [id, known] : entries_) {
    known.own_known = known.head_known = false; // What is on its way is told to nobody here.
    if (known.box.left == 0)
      out_->rooms.push_back({id, unsubscribe{id_, epoch_}});
  }
}

void inbox::on(const unsure& x) {
  std::vector<session_id> gone;
  for (auto& to : devices_)
    if (x.node && node_of(to.who->session) == x.node)
      gone.push_back(to.who->session);
  for (auto session : gone)
    on(detach{session});
  doubt_people(x);
  for (auto& [id, known] : entries_)
    if (x.concerns(shard_of(id)))
      known.own_known = known.head_known = false;
  ask_heads();
}

void inbox::on(const pulse& x) {
  if (device_of(x.from->session) == nullptr)
    take_back(*x.from);
  else if (now_.steady >= noted_at_ + limits::online_noted_every)
    write_what_is_dirty(); // Of one who is there and does nothing.
}

void inbox::write_soon() {
  if (write_at_ == never)
    write_at_ = now_.steady + limits::cursor_write_after;
}

void inbox::write_cursors(effect& what, device& from) {
  for (auto& [id, p] : from.conversations)
    if (p.acked != p.written) {
      p.written = p.acked;
      what.put(keys::cursor(id_, from.id, id),
               record::encode(record::cursor{p.acked, p.acked - std::min(p.acked, p.heard)}));
    }
}

void inbox::write_what_is_dirty() {
  write_at_ = never;
  effect change;
  for (auto& x : devices_)
    if (x.cursors_loaded && x.seeded)
      write_cursors(change, x);
  for (auto& [id, known] : entries_)
    if (std::exchange(known.box_dirty, false))
      change.put(keys::mailbox(id_, id), record::encode(known.box));
  constexpr std::chrono::microseconds often = limits::last_seen_every;
  auto since =
    account_ ? now_.trusted() - account_->last_seen : 0; // Below 0 where a clock went back.
  if (account_ && !devices_.empty() && (since < 0 || since >= often.count()))
    write_last_seen(change);
  commit(
    std::move(change), [] {}, true);
}

void inbox::receipt_soon(conversation_id id, entry& x) {
  if (x.box.left != 0 || std::exchange(x.receipt_due, true))
    return;
  auto direct = x.box.kind == wire::conversation_kind::direct;
  auto& list = direct ? direct_receipts_ : room_receipts_;
  list.ids.push_back(id);
  if (list.at == never)
    list.at =
      now_.steady
      + (direct ? std::chrono::microseconds{limits::receipt_every} : limits::room_receipt_every);
}

void inbox::send_receipts(receipts& which) {
  which.at = never;
  for (auto id : std::exchange(which.ids, {})) {
    auto& x = entries_[id];
    x.receipt_due = false;
    out_->rooms.push_back(
      {id, receipt{id_, std::max(x.delivered, x.box.read_seq), x.box.read_seq}});
  }
}

} // namespace parley::core
