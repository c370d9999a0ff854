#include "actors/core/inbox.hpp"
#include "actors/core/page.hpp"
#include "actors/core/tombstone.hpp"
#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <span>

// The conversation list of an inbox: in which order, what is unread, what the user
// made of each.

namespace parley::core {

namespace {

/// Where a conversation stands: those that are pinned first, then the one that
/// something happened in last.
struct place {
  bool pinned = false;
  time_us active = 0;
  conversation_id id;

  friend bool operator<(const place& x, const place& y) {
    if (x.pinned != y.pinned)
      return x.pinned;
    return x.active != y.active ? x.active > y.active : x.id < y.id;
  }
};

} // namespace

// -- what it says of a conversation -----------------------------------------------------

wire::conversation inbox::describe(conversation_id id, const entry& x) const {
  wire::conversation result{
    id,           x.box.kind, x.box.title, x.visible_head(), x.box.read_seq, x.unread(),
    x.box.joined, x.box.left, {}};
  result.mentions = result.unread == 0 ? 0 : x.mentions.count;
  result.active = x.active();
  result.pinned = x.box.settings.pinned;
  result.muted_until = x.box.settings.muted_until;
  result.hidden = x.hidden();
  return result;
}

/// A device passes over what lies before the stay that it is told of: while it
/// is behind in an earlier one, that is the one.
wire::conversation inbox::describe_to(device& to, conversation_id id, const entry& x) {
  auto result = describe(id, x);
  auto& p = progress_of(to, id, x);
  if (auto stay = stay_ahead(x, p)) {
    result.first_seq = stay->first;
    result.last_seq = stay->last;
    auto next = visible_from(x.box, p.acked + 1);
    result.trimmed = next && *next < x.first;
  }
  return result;
}

void inbox::push_state(device& to, conversation_id id, const entry& x) {
  if (to.cursors_loaded)
    out_->answer(to.who->session, 0, wire::encode_answer(0, describe_to(to, id, x)));
}

/// Of what is unread, up to the head: all of it is there if the head is.
query inbox::mentions_of(conversation_id id, const entry& x) const {
  return {keys::mentions(id, id_, x.box.read_seq + 1, x.visible_head()), limits::mentions_counted};
}

/// Counts again where something has changed, as far as the copy goes that is read.
void inbox::count_mentions(std::vector<conversation_id> in, std::function<void()> then) {
  std::erase_if(in, [this](auto id) { return entries_[id].mentions_known(); });
  if (in.empty())
    return then();
  std::vector<std::pair<conversation_id, mention_count>> asked;
  std::vector<query> queries;
  while (!in.empty() && asked.size() < limits::mentions_counted_at_once) {
    auto id = in.back();
    in.pop_back();
    auto& known = entries_[id];
    asked.push_back({id, {known.box.read_seq, known.head}});
    queries.push_back({keys::messages(id, known.head, known.head)});
    queries.push_back(mentions_of(id, known));
  }
  load_rows(std::move(queries), [this, asked, in, then](const rows& found) {
    for (size_t i = 0; i < asked.size(); ++i) {
      auto [id, counted] = asked[i];
      counted.count = static_cast<uint32_t>(found.results[2 * i + 1].size());
      if (found.results[2 * i].empty())
        counted.head = 0; // There may be more.
      entries_[id].mentions = counted;
    }
    count_mentions(in, then);
  });
}

// -- reading and changing -----------------------------------------------------------------

inbox::entry* inbox::entry_or_wait(const waiting_request& x, conversation_id id) {
  auto at = entries_.find(id);
  if (at == entries_.end())
    refuse(x, ec::unknown_conversation);
  else if (at->second.head_known)
    return &at->second;
  else
    wait_heads_.push_back(x);
  return nullptr;
}

void inbox::decide(const waiting_request& x, const wire::read& body) {
  auto id = body.to.conversation;
  auto at = entry_or_wait(x, id);
  if (at == nullptr)
    return;
  auto& known = *at;
  auto seq = std::min(body.to.seq, known.visible_head());
  if (seq <= known.box.read_seq)
    return show_state(x, id);
  if (seq == known.head)
    return move_read_cursor(x, id, seq, known.head_ordinal);
  load_rows({{keys::messages(id, seq, seq)}, {keys::with_prefix(keys::conversation(id))}},
            [this, x, id, seq](const rows& found) {
              auto& known = entries_[id];
              learn_first(known, found.results[1]);
              if (seq < known.first)
                return read_all_that_was_let_go(x, id);
              if (found.results[0].empty()) {
                doubt_head(known);
                wait_heads_.push_back(x);
                return;
              }
              auto stored = wire::decode_server(found.results[0][0].value);
              if (!stored)
                return refuse(x, ec::internal);
              move_read_cursor(x, id, seq, std::get<wire::message>(stored->body).ordinal);
            });
}

/// To somewhere in it; nothing of it can be unread.
void inbox::read_all_that_was_let_go(const waiting_request& x, conversation_id id) {
  auto& known = entries_[id];
  auto first = known.first;
  if (first > known.visible_head())
    return move_read_cursor(x, id, known.visible_head(), known.head_ordinal);
  load_rows({{keys::messages(id, first, first)}}, [this, x, id, first](const rows& found) {
    auto stored =
      found.results[0].empty() ? std::nullopt : wire::decode_server(found.results[0][0].value);
    if (!stored)
      return refuse(x, ec::retry);
    auto& message = std::get<wire::message>(stored->body);
    auto counts = std::holds_alternative<wire::content>(message.body);
    move_read_cursor(x, id, first - 1, message.ordinal - counts);
  });
}

void inbox::move_read_cursor(const waiting_request& x, conversation_id id, seq_t seq,
                             ordinal_t ordinal) {
  auto& known = entries_[id];
  if (seq > known.box.read_seq) {
    known.box.read_seq = seq;
    known.box.read_ordinal = ordinal;
    receipt_soon(id, known);
  }
  write_box(x, id);
}

void inbox::decide(const waiting_request& x, const wire::change_conversation& body) {
  auto at = entry_or_wait(x, body.id);
  if (at == nullptr)
    return;
  auto before = at->box.settings;
  if (auto code = apply(*at, body); code != ec::none)
    return refuse(x, code);
  if (at->box.settings == before)
    return show_state(x, body.id);
  write_box(x, body.id);
}

ec inbox::apply(entry& of, const wire::change_conversation& what) const {
  auto& settings = of.box.settings;
  switch (what.what) {
    case wire::conversation_change::pin: {
      auto pinned = [](const auto& x) { return x.second.box.settings.pinned; };
      auto count = static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(), pinned));
      if (what.yes && !settings.pinned && count >= limits::pins_per_user)
        return ec::too_many_pins;
      settings.pinned = what.yes;
      return ec::none;
    }
    case wire::conversation_change::mute:
      settings.muted_until = what.until;
      return ec::none;
    case wire::conversation_change::hide:
      if (what.yes != of.hidden())
        settings.hidden_below = what.yes ? of.head_ordinal + 1 : 0;
      return ec::none;
  }
  return ec::unsupported;
}

/// Answers when it is durable, and shows all devices what has become of it.
void inbox::write_box(const waiting_request& x, conversation_id id) {
  auto& known = entries_[id];
  effect change;
  change.put(keys::mailbox(id_, id), record::encode(known.box));
  known.box_dirty = false;
  commit(std::move(change), [this, x, id] {
    count_mentions({id}, [this, x, id] {
      std::vector<std::pair<session_id, frame>> told;
      for (auto& to : devices_)
        if (to.who->session != x.from->session && to.cursors_loaded)
          told.emplace_back(to.who->session,
                            wire::encode_answer(0, describe_to(to, id, entries_[id])));
      // As an answer from memory: more may have changed, and not be durable yet.
      commit({}, [this, told = std::move(told)] {
        for (auto& [session, bytes] : told)
          out_->answer(session, 0, bytes);
      });
      show_state(x, id);
    });
  });
}

void inbox::show_state(const waiting_request& x, conversation_id id) {
  count_mentions({id}, [this, x, id] {
    auto& known = entries_[id];
    if (known.mentions_known())
      return answer_from_memory(x, describe(id, known));
    doubt_head(known);
    wait_heads_.push_back(x);
  });
}

// -- the list -----------------------------------------------------------------------------

void inbox::decide(const waiting_request& x, const wire::list_conversations& body) {
  if (!heads_known()) {
    wait_heads_.push_back(x);
    return;
  }
  auto what = select(body);
  auto counted = what.sums ? shown() : what.ids;
  count_mentions(std::move(counted), [this, x, what = std::move(what)] { show_page(x, what); });
}

std::vector<conversation_id> inbox::shown() const {
  std::vector<conversation_id> result;
  for (auto& [id, x] : entries_)
    if (!x.hidden())
      result.push_back(id);
  return result;
}

inbox::selection inbox::select(const wire::list_conversations& what) const {
  using list = wire::conversation_list;
  place after{what.pinned, what.active, what.after};
  std::vector<place> found;
  selection result;
  result.sums = what.which == list::shown;
  for (auto& [id, x] : entries_) {
    if (what.which != list::all && x.hidden() != (what.which == list::hidden))
      continue;
    ++result.total;
    auto at =
      what.which == list::all ? place{{}, {}, id} : place{x.box.settings.pinned, x.active(), id};
    if (!what.after || after < at)
      found.push_back(at);
  }
  auto limit = rows_of_page(what.limit);
  result.more = found.size() > limit;
  auto end = found.begin() + static_cast<ptrdiff_t>(std::min(found.size(), limit));
  std::partial_sort(found.begin(), end, found.end());
  std::for_each(found.begin(), end, [&result](auto& x) { result.ids.push_back(x.id); });
  return result;
}

void inbox::show_page(const waiting_request& x, const selection& what) {
  std::vector<query> queries;
  for (auto id : what.ids) {
    auto head = entries_[id].visible_head();
    queries.push_back({.range = keys::messages(id, 0, head), .last = true});
    queries.push_back({keys::hidden(id, id_, head, head)});
    queries.push_back({keys::with_prefix(keys::conversation(id))});
  }
  load_rows(std::move(queries), [this, x, what](const rows& found) {
    wire::conversations_page page{{}, what.more, what.total};
    if (what.sums)
      sum_up(page);
    std::vector<frame> lasts;
    size_t bytes = 0;
    for (size_t i = 0; i < what.ids.size(); ++i) {
      auto& last = lasts.emplace_back();
      auto results = std::span{found.results}.subspan(3 * i, 3);
      auto& known = entries_[what.ids[i]];
      learn_first(known, results[2]);
      if (!results[0].empty() && keys::seq_at_end(results[0][0].key.bytes()) >= known.first)
        last = results[0][0].value;
      if (!last.empty() && !results[1].empty())
        last = tombstone_of(last, {wire::tombstone_kind::hidden, 0});
      bytes += last.size_bytes();
      if (bytes > limits::page_bytes) {
        page.more = true;
        break;
      }
      auto state = describe(what.ids[i], entries_[what.ids[i]]);
      state.last = last.bytes();
      page.conversations.push_back(state);
    }
    answer_from_memory(x, std::move(page));
  });
}

void inbox::sum_up(wire::conversations_page& page) const {
  for (auto& [id, x] : entries_) {
    if (x.hidden() || x.unread() == 0)
      continue;
    (x.box.is_muted(now_.trusted()) ? page.muted_unread : page.unread) += x.unread();
    page.mentions += x.mentions.count;
  }
}

} // namespace parley::core
