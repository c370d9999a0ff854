#include "actors/core/inbox.hpp"
#include "actors/core/page.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <deque>

// The feed of who was away when something was written for them: what a push service
// needs. A room says who was (room_notices.cpp); the inbox knows whether the user has
// come meanwhile or wants to be left alone, and how much is unread. Each shard has a
// feed, in the order of the messages; a notice stands there until it is confirmed.

namespace parley::core {

void inbox::on(const absence_note& x) {
  last_used_ = now_.steady;
  auto confirm = [this, to = shard_of(x.conversation),
                  what = outbox_confirmed{x.conversation, x.version, id_}] {
    out_->tell_courier(to, what);
  };
  auto at = entries_.find(x.conversation);
  if (at == entries_.end())
    return; // Is told of it soon, and of this again.
  auto& box = at->second.box;
  auto wanted = keeps_notices_ && account_ && devices_.empty() && box.left == 0
                && box.read_seq < x.what.seq && !box.is_muted(now_.trusted());
  if (!wanted)
    return commit({}, confirm);
  query mentions{keys::mentions(x.conversation, id_, box.read_seq + 1, x.what.seq),
                 limits::noticed_mentions};
  load_rows({mentions}, [this, x, confirm](const rows& found) {
    write_notice(x, static_cast<uint32_t>(found.results[0].size()), confirm);
  });
}

void inbox::write_notice(const absence_note& x, uint32_t mentions, std::function<void()> then) {
  auto& box = entries_[x.conversation].box;
  auto unread = x.what.ordinal - std::min(x.what.ordinal, box.read_ordinal);
  auto by_name = x.what.users.front().mentioned;
  record::notice what{account_->name,
                      box.kind,
                      box.title,
                      x.what.sender,
                      x.what.seq,
                      unread,
                      std::max(mentions, uint32_t{by_name}),
                      by_name,
                      x.what.time,
                      id_,
                      x.conversation};
  effect change;
  change.put(keys::notice(what.time, id_, x.conversation, what.seq), record::encode(what));
  commit(std::move(change), std::move(then));
}

void inbox::decide(const waiting_request& x, const wire::read_notices& body) {
  if (x.from->role != record::role::service)
    return refuse(x, ec::forbidden);
  if (!keeps_notices_)
    return refuse(x, ec::unsupported);
  query page{keys::notices({body.shard}), rows_of_page(body.limit), limits::page_bytes};
  load_rows({page}, [this, x](const rows& found) {
    std::deque<record::notice> read;
    wire::notices_page result;
    for (auto& row : found.results[0]) {
      auto now = record::decode<record::notice>(row.value.bytes());
      if (!now)
        continue;
      auto& what = read.emplace_back(*std::move(now));
      result.notices.push_back({{what.time, what.user, what.conversation, what.seq},
                                what.name,
                                what.kind,
                                what.title,
                                what.sender,
                                what.unread,
                                what.mentions,
                                what.mentioned});
    }
    answer_from_memory(x, std::move(result));
  });
}

void inbox::decide(const waiting_request& x, const wire::confirm_notices& body) {
  if (x.from->role != record::role::service)
    return refuse(x, ec::forbidden);
  effect done;
  for (auto& at : body.notices)
    done.erase(keys::notice(at.time, at.user, at.conversation, at.seq));
  commit(std::move(done), [this, x] { answer(x, wire::done{}); });
}

} // namespace parley::core
