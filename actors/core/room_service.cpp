#include "actors/core/room.hpp"
#include "schema/body_digest.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

// What services send. They write where they are no members: what would be told them
// would be of no use, and a list of everybody's chats of no end.
//
//   broadcast -> a room of the service that nobody is in: message and outbox row
//                                                              |
//      dispatch -> each user's chat with the service  <--------+ courier, page by page
//         |                                                    |
//         +-- stored, or refused for good ---------------------+
//
// In each chat a broadcast is a send of a device of its own, with the broadcast's place
// as the counter: so it may be repeated.

namespace parley::core {

bool room::serves(const origin& who) const {
  return rules_.serve && who.role == record::role::service;
}

void room::decide(const waiting_request& x, const wire::broadcast& body) {
  if (!serves(*x.from))
    return refuse(x, ec::forbidden);
  if (!conversation_) {
    conversation_ = record::conversation{wire::conversation_kind::room, {}, false, now_.wall};
    put_conversation();
  }
  auto digest = digest_of(body.content);
  if (!is_new(x, body.counter, body.previous, digest))
    return;
  outbox_added news{{id_, head_ + 1, conversation_->kind, {}}, {}, 0};
  news.row.walk = {x.from->user, x.from->name, {}, {}};
  building().what.put(keys::outbox(id_, head_ + 1), record::encode(news.row));
  building_->outbox.push_back(std::move(news));
  store_once(x, body.counter, digest, body.content);
}

void room::on(dispatch&& x) {
  last_used_ = now_.steady;
  if (failed() || backlog_.size() >= limits::backlog)
    return; // It comes again.
  for (auto& item : x.what.items)
    backlog_.push_back({x.what.from, std::move(item), x.confirms});
  run();
}

/// What may succeed later is not confirmed, and comes again.
void room::confirm(const waiting_request& x, const wire::server_body& answer) {
  auto refused = std::get_if<wire::error>(&answer);
  if (!failed() && (refused == nullptr || !refused->retryable))
    building().confirmed.push_back(x.confirms);
}

} // namespace parley::core
