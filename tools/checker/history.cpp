#include "tools/checker/history.hpp"

#include "tools/checker/checker.hpp"

namespace parley::checker {

namespace {

struct replay {
  checker& to;

  void operator()(const belongs&) {
    // nop
  }

  void operator()(const invoked& x) {
    to.invoked(x.device, x.conversation, x.counter, x.digest);
  }

  void operator()(const revises& x) {
    to.revises(x.device, x.conversation, x.counter, x.digest, x.what);
  }

  void operator()(const acknowledged& x) {
    to.acknowledged(x.device, x.conversation, x.counter, x.seq);
  }

  void operator()(const refused& x) {
    to.refused(x.device, x.conversation, x.counter);
  }

  void operator()(const delivered& x) {
    to.delivered(x.device, x.conversation, x.seq, x.sender, x.counter, x.digest);
  }

  void operator()(const connected& x) {
    to.connected(x.device);
  }

  void operator()(const disconnected&) {
    // nop
  }

  void operator()(const member& x) {
    to.joined(x.device, x.conversation, x.first);
    if (x.last != 0)
      to.left(x.device, x.conversation, x.last);
  }

  void operator()(const reads& x) {
    to.reads(x.device, x.conversation, x.seq);
  }

  void operator()(const has_read& x) {
    to.has_read(x.device, x.conversation, x.seq);
  }

  void operator()(const may_go& x) {
    to.may_go(x.conversation, x.before);
  }

  void operator()(const trimmed& x) {
    to.trimmed(x.device, x.conversation, x.first);
  }

  void operator()(const shown& x) {
    to.shown(x.device, x.conversation, x.seq, x.what);
  }

  void operator()(const receipt& x) {
    to.receipt(x.device, x.conversation, x.user, x.delivered, x.read);
  }

  void operator()(const counted& x) {
    to.counted(x.device, x.conversation, x.head, x.read, x.unread);
  }

  void operator()(const meets& x) {
    to.meets(x.device, x.with);
  }

  void operator()(const met& x) {
    to.met(x.device, x.with, x.what, x.taken);
  }

  void operator()(const contact_list& x) {
    to.lists_contacts(x.device, x.all);
  }

  void operator()(const member_list& x) {
    to.lists_members(x.room, x.all);
  }

  void operator()(const room_list& x) {
    to.lists_rooms(x.device, x.all);
  }

  void operator()(const rest&) {
    to.rest();
  }

  void operator()(const drained& x) {
    to.head(x.conversation, x.head);
  }
};

} // namespace

verdict check(const history& x) {
  checker judge;
  for (auto& e : x)
    if (auto b = std::get_if<belongs>(&e))
      judge.belongs(b->device, b->user);
  // Who is in from the start must be known before anything is forgotten.
  for (auto& e : x)
    if (auto m = std::get_if<member>(&e))
      judge.joined(m->device, m->conversation);
  for (auto& e : x)
    std::visit(replay{judge}, e);
  return judge.finish();
}

} // namespace parley::checker
