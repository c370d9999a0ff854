#include "actors/core/inbox.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// The contacts of an inbox. What is between two users is decided in the room of
// their direct chat; here is what one of them sees of it.

namespace parley::core {

void inbox::with_contacts(std::function<void()> then) {
  if (contacts_known_)
    return then();
  wait_contacts_.push_back(std::move(then));
  if (wait_contacts_.size() == 1)
    load_rows({{keys::contacts(id_)}}, [this](const rows& x) { contacts_came(x.results[0]); });
}

void inbox::contacts_came(const std::vector<row>& found) {
  for (auto& row : found)
    if (auto x = record::decode<record::contact>(row.value.bytes()))
      contacts_.load(*std::move(x));
  contacts_known_ = true;
  contacts_.expire(now_.trusted());
  arm_contacts();
  effect change;
  contacts_.forget(id_, now_.trusted(), change);
  if (!change.empty())
    commit(
      std::move(change), [] {}, true);
  for (auto& then : std::exchange(wait_contacts_, {}))
    then();
}

void inbox::on(const contact_news& x) {
  last_used_ = now_.steady;
  with_contacts([this, x] {
    auto confirm = [this, to = shard_of(x.conversation),
                    what = outbox_confirmed{x.conversation, x.version, id_}] {
      out_->tell_courier(to, what);
    };
    if (contacts_.learn(x.what) == nullptr)
      return commit({}, confirm);
    contact_changed(x.what);
    effect change;
    contacts_.forget(id_, now_.trusted(), change);
    contacts_changed(std::move(change), {x.what.user}, confirm);
  });
}

/// Writes these, and shows them on all devices.
void inbox::contacts_changed(effect change, std::vector<user_id> who, std::function<void()> then) {
  for (auto user : who)
    if (auto x = contacts_.find(user))
      change.put(keys::contact(id_, user), record::encode(*x));
  arm_contacts();
  commit(std::move(change), [this, who = std::move(who), then = std::move(then)] {
    for (auto user : who)
      if (auto x = contacts_.find(user))
        on(show{wire::encode_answer(0, show_contact(*x))});
    then();
  });
}

void inbox::decide(const waiting_request& x, const wire::change_contact& body) {
  if (body.what != wire::contact_change::remark)
    return refuse(x, ec::unsupported);
  auto user = user_of(*normalize_name(body.name));
  with_contacts([this, x, user, text = std::string{body.text}] {
    if (contacts_.remark(user, text) == nullptr)
      return refuse(x, ec::not_contact);
    contacts_changed({}, {user}, [this, x, user] {
      answer(x, wire::change{direct_conversation(id_, user), 0, false});
    });
  });
}

void inbox::decide(const waiting_request& x, const wire::list_contacts& body) {
  with_contacts([this, x, body] { answer_from_memory(x, contacts_.page(body)); });
}

void inbox::expire_contacts() {
  contacts_changed({}, contacts_.expire(now_.trusted()), [] {});
}

void inbox::arm_contacts() {
  constexpr std::chrono::microseconds often = limits::wall_looked_at_every;
  auto end = contacts_.next_end();
  std::chrono::microseconds due{end ? *end - now_.trusted() : 0};
  contacts_end_at_ = end ? now_.steady + std::clamp<time>(due, time{0}, often) : never;
}

} // namespace parley::core
