#pragma once

#include "schema/ids.hpp"
#include "tools/checker/contacts.hpp"
#include "tools/checker/conversation.hpp"
#include "tools/checker/memberships.hpp"
#include "tools/checker/verdict.hpp"

#include <memory>
#include <unordered_map>
#include <vector>

namespace parley::checker {

/// Instead of the digest of a body that cannot be seen any more: it was recalled,
/// or edited.
inline constexpr uint64_t no_body = UINT64_MAX;

/// Judges a node by what its clients see, while they see it.
///
/// Tell it of each event in the order in which the clients learned of it; at
/// the end, when every device has had time to receive everything, ask for the
/// verdict. It trusts nothing but the clients:
///
///   lost         an acknowledged message that a member's device never got
///   duplicated   one client message at two places; twice in one application
///   reordered    a device's places do not rise; two devices disagree about a
///                place; a sender's messages stand in another order than sent
///   gap, missing a place within a membership that stays empty
///   forged       nobody sent it, or not to this device
///   receipts     claim what nobody got or read, go back, or never come
///   unread       another count than of the messages behind what the user has read
///   versions     an edit or recall that nobody made; one that is older than what the
///                device knows; at the end not the last one
///   contacts     two say at the end other things of each other; a request is gone
///   members      a room and a user say at the end other things of each other
///
/// Allowed: that what retention may drop does not come to a device that is told so; that a message
/// whose outcome is unknown appears or does not; that a sender learns of its own message by the
/// acknowledgement alone; that a device starts in the middle.
///
/// Keeps one small record per message until every member has passed it, so
/// memory follows the slowest member, not the run; a byte for each until every
/// member has read it; and the last some thousand messages that were changed.
/// Bodies are told by digest. Not for several threads at once.
class checker {
public:
  /// `d` is a device of `user`; before anything else is heard of it. A device of
  /// which nobody says this is its user's only one.
  void belongs(device_id d, user_id user);

  /// `d` has a connection again: what it is told of receipts may begin anew.
  void connected(device_id d);

  // -- what users do

  /// `d` is about to send; before anything else is heard of this message.
  void invoked(device_id d, conversation_id c, uint64_t counter, uint64_t digest);

  /// As above, about to change a message, which counts for nobody as unread.
  void revises(device_id d, conversation_id c, uint64_t counter, uint64_t digest,
               const revision& what);

  /// The server has stored it at `seq`.
  void acknowledged(device_id d, conversation_id c, uint64_t counter, seq_t seq);

  /// The server refused it for good: it is nowhere.
  void refused(device_id d, conversation_id c, uint64_t counter);

  /// The application of `d` got what stands at `seq`, or `no_body` of it. Events
  /// have counter 0.
  void delivered(device_id d, conversation_id c, seq_t seq, device_id sender, uint64_t counter,
                 uint64_t digest);

  /// `d` sees the conversation from `first` on; 0: from what it gets first.
  /// Say 0 before asking to be let in, and the place as soon as it is known.
  void joined(device_id d, conversation_id c, seq_t first = 0);

  /// `d` sees nothing after `last` any more, unless it joins again.
  void left(device_id d, conversation_id c, seq_t last);

  /// `d` is about to say that its user has read up to `seq`; and the server has
  /// taken that.
  void reads(device_id d, conversation_id c, seq_t seq);
  void has_read(device_id d, conversation_id c, seq_t seq);

  /// Retention may drop what stands before `before`, and nothing else. Say it before
  /// anybody is told of it.
  void may_go(conversation_id c, seq_t before);

  /// `d` is about to do something about another user, and was answered: it is done
  /// or, if not `taken`, refused for good.
  void meets(device_id d, user_id with);
  void met(device_id d, user_id with, contact_step what, bool taken);

  /// Nothing will be said of `d` any more, so nothing is expected of it.
  void excuse(device_id d);

  // -- what the node says

  /// The node says that the conversation reaches to `head`.
  void head(conversation_id c, seq_t head);

  /// `d` is told that what it has not got before `first` was let go.
  void trimmed(device_id d, conversation_id c, seq_t first);

  /// An answer shows `d` what became of the message at `seq`, and was asked for when
  /// `d` knew all that it has been told.
  void shown(device_id d, conversation_id c, seq_t seq, const version& what);

  /// `d` is told how far another user is.
  void receipt(device_id d, conversation_id c, user_id user, seq_t delivered, seq_t read);

  /// `d` is told how far its own user has read and how much is unread up to `head`.
  void counted(device_id d, conversation_id c, seq_t head, seq_t read, uint64_t unread);

  // -- the end

  /// Whether every member of every conversation has everything there is.
  bool drained() const;

  /// In the end: all that stands in the list of contacts of the user of `d`, all who are
  /// in a room as it says, and all rooms that the user of `d` is in by their own list.
  void lists_contacts(device_id d, const std::vector<contact>& all);
  void lists_members(conversation_id room, const std::vector<user_id>& all);
  void lists_rooms(device_id d, const std::vector<conversation_id>& all);

  /// Nobody does anything any more: the last that the node says from here on of
  /// receipts and read cursors has to be all that there is.
  void rest();

  /// Call once, at the end: counts what is still missing as faults.
  verdict finish();

  /// The faults so far.
  const verdict& so_far() const noexcept {
    return verdict_;
  }

private:
  conversation& of(conversation_id c);
  party& party_of(device_id d);

  std::unordered_map<conversation_id, std::unique_ptr<conversation>> conversations_;
  std::unordered_map<device_id, party> parties_;
  bool at_rest_ = false;
  verdict verdict_;
  contacts contacts_{verdict_};
  memberships memberships_{verdict_};
};

} // namespace parley::checker
