#pragma once

#include "actors/core/actions.hpp"
#include "actors/core/client_ids.hpp"
#include "actors/core/fifo.hpp"
#include "actors/core/pair.hpp"
#include "actors/core/permissions.hpp"
#include "actors/core/room_rules.hpp"
#include "actors/core/search_terms.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace parley::core {

/// A user and their name.
using person = std::pair<user_id, std::string>;

/// Whose sends are counted together.
using sender_key = std::pair<user_id, device_id>;

/// One append, and what may leave once it is durable.
struct pending_append {
  uint64_t number = 0;
  effect what;
  std::vector<parcel> answers;
  std::vector<stored_message> messages;
  std::map<sender_key, std::vector<record::client_id>> results; ///< Of the sends among them.
  size_t bytes_to_come = 0;                                     ///< Of both, when they become rows.
  std::vector<outbox_added> outbox;
  std::vector<user_id> removed;
  std::vector<tell> shows;
  std::vector<outbox_confirmed> confirmed; ///< Of broadcasts.
  bool droppable = false; ///< Found again by a later life, if the disk takes nothing now.
};

/// What one conversation decides: who may write, what the next number is, who
/// is told. A direct chat is a room of two fixed members (or one).
///
/// Events go in, actions come out; no clock, no disk, no actors. Commits are
/// pipelined: a message gets its number at once, but nothing leaves - no
/// answer, no push - before the journal has said that it is durable.
///
///   requests -> backlog -> [facts there?] -> number, effect -> append
///                                                   |
///   answers, notices <---------- committed <--------+
///
/// A message that was stored changes no more, but for a recall, which leaves a
/// tombstone: edits and reactions are records of their own, and a row beside the
/// message says what has become of it (room_revisions.cpp).
///
/// After a refused append the core has failed: it answers everything with the
/// journal's code and is to be dropped; the next one reads what is durable.
class room {
public:
  room(conversation_id id, writer_id writer, uint64_t epoch);

  /// Asks for what is durable. Call once, before anything else.
  void start(moment now, actions& out);

  void step(room_event event, moment now, actions& out);
  void step(const committed& event, moment now, actions& out);
  void step(rows event, moment now, actions& out);

  /// Before every step: nodes may have agreed on more.
  void rule(const room_rules& x) noexcept {
    rules_ = x;
  }

  /// When the next tick is due.
  std::chrono::microseconds next_deadline() const;

  /// Nothing is on its way and nobody used it for limits::room_idle.
  bool idle(moment now) const;

  bool failed() const noexcept {
    return failure_ != ec::none;
  }

private:
  std::chrono::microseconds patience() const;

  /// Of a history, what somebody asks for.
  struct excerpt {
    seq_t from = 0;
    seq_t to = 0;
    uint32_t limit = 0;
    bool back = false; ///< Begins at `to`.
  };

  /// What is kept in memory and read again when it is not: never forgotten while
  /// an append of it is in flight.
  struct remembered {
    uint64_t last_append = 0;
    std::chrono::microseconds last_used{};
  };

  struct sender : remembered {
    client_ids ids;
  };

  /// A message that somebody changes.
  struct subject : remembered {
    bool content = false; ///< Somebody wrote it, and did not recall it.
    user_id by;
    time_us time = 0;
    record::revised now;
  };

  struct reactions : remembered {
    record::reacted now;
  };

  void on(requests&& x);
  void on(const subscribe& x);
  void on(const unsubscribe& x);
  void on(const receipt& x);
  void on(const user_checked& x);
  void on(const file_checked& x);
  void on(const tick& x);
  void on(dispatch&& x);

  /// Works through the backlog as far as the facts allow, then flushes.
  void run();

  /// Whether everything is known that the request needs; asks if not.
  bool facts_known(const waiting_request& x);
  bool users_known(const std::vector<std::string_view>& names);
  bool user_known(user_id user);
  bool sender_known(const origin& from);
  bool subject_known(const origin& from, const wire::revision& x);
  bool doomed_known(seq_t target);
  void load_facts(std::vector<query> queries, std::function<void(const rows&)> then);

  /// For what nobody waits for.
  void look_up(std::vector<query> queries, std::function<void(const rows&)> then);

  void decide(waiting_request& x);
  void decide(const waiting_request& x, const wire::send& body);

  /// Whether it is new, of those that are stored once; answers it if not.
  bool is_new(const waiting_request& x, uint64_t counter, uint64_t previous, uint64_t digest);

  /// Stores it as the result of this request, and answers.
  void store_once(const waiting_request& x, uint64_t counter, uint64_t digest,
                  decltype(wire::message::body) body);

  /// Refuses a member's request for good, also each copy of it that comes late, over a
  /// connection that broke.
  void refuse_once(const waiting_request& x, uint64_t counter, uint64_t digest, ec code);
  void remember(const origin& from, record::client_id result);
  void put_mentions(const origin& from, const wire::content_extra& x);
  bool sees(user_id user, seq_t seq) const;

  // What old messages say (room_history.cpp).
  void decide(const waiting_request& x, const wire::read_history& body);
  void decide(const waiting_request& x, const wire::read_versions& body);
  void find_since(const waiting_request& x, excerpt what, time_us since, time_us until);
  void find_until(const waiting_request& x, excerpt what, time_us until);
  using reader = std::function<void(std::vector<query>, std::function<void(const rows&)>)>;
  reader reader_for(const waiting_request& x);
  void find_time(const reader& read, seq_t low, seq_t high, time_us at,
                 std::function<void(seq_t)> then);
  void show_excerpt(const waiting_request& x, excerpt what);
  void find_back(const waiting_request& x, seq_t from, seq_t to, size_t most, size_t bytes,
                 std::function<void(seq_t)> then);
  void load_page(const waiting_request& x, excerpt what, seq_t from, seq_t to);
  void show_page(const waiting_request& x, excerpt what, const rows& found);
  void show_versions(const waiting_request& x, seq_t seq, const rows& found);
  void read(const waiting_request& x, std::vector<query> queries,
            std::function<void(const rows&)> then);

  // Search (room_search.cpp).
  struct postings {
    std::vector<seq_t> seqs; ///< Newest first.
    seq_t next = 0;          ///< Before this one there may be more; 0: that was all.
  };
  struct candidate {
    frame bytes;
    record::revised now;
  };
  void put_terms(seq_t seq, const wire::content& x);
  void decide(const waiting_request& x, const wire::search& body);
  static postings common_postings(const rows& lists);
  void look_at(const waiting_request& x, const search_query& wanted, postings hits);
  void show_found(const waiting_request& x, const search_query& wanted, seq_t next,
                  const std::vector<candidate>& seen, const rows& edited);

  // What becomes of them (room_revisions.cpp).
  void decide(const waiting_request& x, const wire::revise& body);
  void decide(const waiting_request& x, const wire::hide& body);
  void decide(const waiting_request& x, const wire::typing& body);
  ec revise(const origin& from, wire::revision& what, subject& of);
  ec edit(const origin& from, const wire::revision& what, subject& of);
  ec recall(const origin& from, subject& of);
  ec react(const origin& from, wire::revision& what, subject& of);
  void bury(seq_t by);

  // What is told and not stored (room_live.cpp).
  bool is_live() const noexcept;
  void say(const waiting_request& x, const wire::send& body, uint64_t digest);
  bool may_tell();
  void tell_dropped();

  // How long they are kept (room_retention.cpp).
  wire::retention keeps() const;
  seq_t first() const;
  void look_for_old();
  void let_go_before(seq_t seq, time_us time = 0);
  void expect_old();
  void reclaim();
  bool owes_reclaiming() const;
  void reclaim_page(const rows& found);
  void write_apart(const std::function<void()>& put);

  // What services send (room_service.cpp).
  void decide(const waiting_request& x, const wire::broadcast& body);
  void confirm(const waiting_request& x, const wire::server_body& answer);
  bool serves(const origin& who) const;

  // Who is away (room_notices.cpp).
  void note_absent(const origin& from, const wire::content& what);
  void note_parting(user_id user);
  void put_absence(std::vector<record::absence::user> users);

  // Files that they name (room_files.cpp).
  bool file_known(user_id user, const wire::content& x);
  void ask_for_files();
  ec may_name(user_id user, const wire::content& x) const;
  void put_naming(user_id user, const wire::content& x);
  void put_namings(user_id keeper, seq_t by, std::vector<record::named_file> files);
  static void note_file(const wire::message& x, std::vector<record::named_file>& out);
  void decide(const waiting_request& x, const wire::get_file& body);
  void decide(const waiting_request& x, const wire::keep_file& body);
  void find_file(const waiting_request& x, seq_t seq,
                 std::function<void(const file_ref&, shard_id)> then);

  /// Makes the direct chat that its first message asks for.
  ec create_direct(const origin& from, std::string_view peer);
  void make_direct(const person& one, const person& other);
  void make_direct(const std::vector<person>& members, const std::vector<std::string>& titles);

  /// Numbers a message or event and adds it to the append being built.
  stored_message& store(const origin& from, uint64_t counter, decltype(wire::message::body) body);

  // What is between the two of a direct chat (room_contacts.cpp).
  void decide(const waiting_request& x, const wire::change_contact& body);
  ec has_place(const wire::change_contact& body, const pair::outcome& done, user_id from,
               user_id other) const;
  void tell_pair(const waiting_request& x, const person& other, const pair& before);
  ec may_write(record::role role, bool to_oneself) const;

  // Members (room_members.cpp).
  void decide(const waiting_request& x, const wire::create_room& body);
  void decide(const waiting_request& x, const wire::invite& body);
  void decide(const waiting_request& x, const wire::kick& body);
  void decide(const waiting_request& x, const wire::join& body);
  void decide(const waiting_request& x, const wire::leave& body);
  void decide(const waiting_request& x, const wire::list_members& body);
  void decide(const waiting_request& x, const wire::list_readers& body);
  void show_readers(const waiting_request& x, const wire::list_readers& body, const rows& found);

  // What else changes in a room (room_changes.cpp).
  void decide(const waiting_request& x, const wire::change_room& body);
  void decide(const waiting_request& x, const wire::change_members& body);
  void list_outsiders(const waiting_request& x, const wire::list_members& body);
  void ask_to_join(const waiting_request& x);
  void rename(const waiting_request& x, std::string_view title);
  void transfer(const waiting_request& x, std::string_view to);
  void ban(const waiting_request& x, const std::vector<std::pair<user_id, std::string>>& who);
  void let_in(const waiting_request& x, const std::vector<std::pair<user_id, std::string>>& who,
              bool yes);
  void change_each(const waiting_request& x, const wire::change_members& body,
                   const std::vector<std::pair<user_id, std::string>>& who);
  void appoint(user_id user, wire::room_role role);
  void put_outsider(user_id user, const record::outsider& x);
  void erase_outsider(user_id user);
  bool is_banned(user_id user) const;

  /// Whether the user may do that here; the code says why not.
  ec allows(const origin& who, deed what) const;

  /// Whether one member's role is above the other's.
  bool above(user_id who, user_id whom) const;

  void put_conversation();

  /// Writes the room's own row, and tells of the change in the timeline.
  void changed(const waiting_request& x, wire::event what);

  /// Adds the ids of those who are not members yet; `who` is the name at fault.
  ec check_names(const std::vector<std::string_view>& names,
                 std::vector<std::pair<user_id, std::string>>& out, std::string& who) const;

  const record::member* current_member(user_id user) const;
  void put_member(user_id user, const record::member& x);
  void change_members(const waiting_request& x, wire::event_kind kind,
                      const std::vector<std::pair<user_id, std::string>>& who);
  void pass_ownership(const origin& from);

  pending_append& building();
  void flush();
  void put_messages(pending_append& x) const;
  void put_results(pending_append& x) const;

  /// The member, if that is news.
  const record::member* merge(const receipt& x);
  void write_receipts();
  void answer(const waiting_request& x, wire::server_body body);
  void refuse(const waiting_request& x, ec code, std::string_view text = {});

  /// What became durable together is told together: who is told of it costs more
  /// than what there is to tell.
  struct untold {
    std::vector<stored_message> messages;
    size_t bytes = 0;
  };
  void release(pending_append& done, untold& news);
  void publish(untold& news);

  /// All who are online, `but` one.
  void tell_subscribers(const std::variant<notice, show>& what, user_id but = {});
  void fail(ec code);

  /// The last append of which it is known that it is durable.
  uint64_t durable() const noexcept {
    return in_flight_.empty() ? appends_ : in_flight_.front().number - 1;
  }

  template <class Map>
  void forget_oldest(Map& from, size_t most);

  conversation_id id_;
  writer_id writer_;
  uint64_t epoch_;
  room_rules rules_;

  // Durable state, ahead of the disk by what is in flight.
  std::optional<record::conversation> conversation_;
  pair pair_; ///< Of a direct chat, also before there is one.
  std::map<user_id, record::member> members_;
  std::map<user_id, record::outsider> outsiders_;
  size_t member_count_ = 0;
  seq_t head_ = 0;
  ordinal_t ordinal_ = 0;
  time_us last_time_ = 0;
  std::map<sender_key, sender> senders_;
  std::map<seq_t, subject> subjects_;
  std::map<std::pair<seq_t, user_id>, reactions> reactions_;
  uint64_t last_burial_ = 0; ///< The last append that changes stored messages.

  seq_t committed_head_ = 0;
  std::vector<user_id> subscribers_;          ///< Sorted, so that shards are contiguous.
  std::map<user_id, subscribe> early_;        ///< Who subscribed before the load finished.
  std::map<user_id, receipt> early_receipts_; ///< Such a one may be what woke the room.

  // Work.
  bool loaded_ = false;
  ec failure_ = ec::none;
  fifo<waiting_request> backlog_;
  std::map<user_id, user_checked> checked_;
  std::set<user_id> asked_users_;
  std::map<std::pair<user_id, file_ref>, ec> checked_files_; ///< Why it cannot be named.
  std::set<std::pair<user_id, file_ref>> asked_files_;
  std::chrono::microseconds asked_files_at_ = never; ///< Of which nothing was heard since.
  std::optional<sender_key> asked_sender_;
  std::unordered_map<uint64_t, std::function<void(const rows&)>> facts_;
  std::optional<std::pair<seq_t, std::vector<row>>> doomed_; ///< A message and rows to change.
  std::chrono::microseconds asked_at_ = never;
  fifo<pending_append> in_flight_;
  std::optional<pending_append> building_;
  uint64_t appends_ = 0;

  struct page_request {
    origin_ptr from;
    uint64_t number = 0;
    std::function<void(const rows&)> then;
  };
  uint64_t tokens_ = 0;
  std::unordered_map<uint64_t, page_request> pages_;

  std::map<user_id, std::chrono::microseconds> typing_; ///< Who was shown when.

  // How long messages are kept.
  std::unordered_map<uint64_t, std::function<void(const rows&)>> look_ups_;
  seq_t reclaimed_ = 0; ///< What is older may be gone from disk.
  bool looked_ = false; ///< Whether something is over, since the room woke.
  bool looking_ = false;
  bool reclaiming_ = false;
  std::chrono::microseconds look_for_old_at_ = never;

  // Who is away.
  struct last_content {
    seq_t seq = 0;
    ordinal_t ordinal = 0;
    time_us time = 0;
    user_id by;
    std::string name;
  };
  std::map<user_id, std::chrono::microseconds> noted_; ///< And when that was said.
  last_content last_content_;                          ///< In this life of the room.
  uint64_t absences_ = 0;                              ///< The version of the last one.

  // Of a live room.
  std::chrono::microseconds told_until_{}; ///< What was told lasts until then.
  uint64_t dropped_ = 0;                   ///< Since something was told.
  std::chrono::microseconds tell_dropped_at_ = never;

  // Receipts that are not written yet.
  std::set<user_id> dirty_members_;
  std::chrono::microseconds write_receipts_at_ = never;

  moment now_;
  std::chrono::microseconds last_used_{};
  actions* out_ = nullptr;
};

template <class Map>
void room::forget_oldest(Map& from, size_t most) {
  while (from.size() > most) {
    auto oldest = from.end();
    for (auto at = from.begin(); at != from.end(); ++at)
      if (at->second.last_append <= durable()
          && (oldest == from.end() || at->second.last_used < oldest->second.last_used))
        oldest = at;
    if (oldest == from.end())
      return;
    from.erase(oldest);
  }
}

} // namespace parley::core
