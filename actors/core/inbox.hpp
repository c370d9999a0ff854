#pragma once

#include "actors/core/actions.hpp"
#include "actors/core/contact_book.hpp"
#include "actors/core/device_window.hpp"
#include "actors/core/fifo.hpp"
#include "actors/core/login_rules.hpp"
#include "actors/core/presence_book.hpp"
#include "actors/core/presence_pace.hpp"
#include "actors/core/rate_limit.hpp"
#include "actors/core/visibility.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace parley::core {

/// What one user's inbox decides: who may log in, what each device is pushed
/// and when, what is unread. Everything in it can be read again.
///
/// The deliver rule, per device and conversation: a message of seq s is pushed
/// only if s is the next visible one after `sent` (sent + 1, within a stay) and
/// the window has room; otherwise only the head moves. While sent < head, pages are read from
/// history, within the window. So there are no modes: a drain, a resend and a slow consumer are all
/// "sent is behind head", and old comes before new.
///
///   notice, head -> head ---+
///                           +--> sent + 1? room? --> push --> window
///   rows (pages) -----------+                                   |
///   ack -> acked, cursor <--------------------------------------+
///
/// After a refused append the core has failed and is to be dropped; its
/// devices are disconnected and come back.
class inbox {
public:
  inbox(user_id id, writer_id writer, uint64_t epoch);

  /// Asks for what is durable. Call once, before anything else.
  void start(moment now, actions& out);

  /// What the operator allows; before anything else.
  void allow_files(const file_rules& x) noexcept {
    file_rules_ = x;
  }

  void rule_logins(const login_rules& x) noexcept {
    login_rules_ = x;
  }

  void keep_notices(bool yes) noexcept {
    keeps_notices_ = yes;
  }

  void step(inbox_event event, moment now, actions& out);
  void step(const committed& event, moment now, actions& out);
  void step(rows event, moment now, actions& out);

  /// When the next tick is due.
  std::chrono::microseconds next_deadline() const;

  /// No device, nothing on its way, and that for limits::inbox_idle.
  bool idle(moment now) const;

  bool failed() const noexcept {
    return failure_ != ec::none;
  }

  bool has_devices() const noexcept {
    return !devices_.empty();
  }

private:
  using time = std::chrono::microseconds;

  /// Mentions of the user behind `read`, up to `head`.
  struct mention_count {
    seq_t read = 0;
    seq_t head = 0;
    uint32_t count = 0;
  };

  /// One conversation in the list.
  struct entry {
    record::mailbox box;
    seq_t head = 0;
    ordinal_t head_ordinal = 0;
    time_us head_time = 0;
    bool head_known = false;
    bool head_doubted = false; ///< The answer counts, also if it says less ...
    bool head_asked = false;   ///< ... and was asked for since.
    bool own_known = false;    ///< Own messages are reflected in the read cursor.
    bool box_dirty = false;    ///< The read cursor moved and is not written.
    seq_t delivered = 0;       ///< Most that any device acknowledged.
    bool receipt_due = false;  ///< Stands in a list of receipts.
    mention_count mentions;
    seq_t first = 0; ///< What is older was let go, as far as is known.

    /// The last seq that this user may see.
    seq_t visible_head() const noexcept {
      return visible_end(box, head);
    }

    uint64_t unread() const noexcept {
      auto any = box.left == 0 && head_ordinal > box.read_ordinal;
      return any ? head_ordinal - box.read_ordinal : 0;
    }

    /// Whether the mentions among what is unread are counted.
    bool mentions_known() const noexcept {
      return unread() == 0 || (mentions.read == box.read_seq && mentions.head == head);
    }

    /// When something happened in it last.
    time_us active() const noexcept {
      return box.left == 0 ? head_time : box.since;
    }

    /// Until something is written in it.
    bool hidden() const noexcept {
      auto below = box.settings.hidden_below;
      return box.left == 0 ? head_ordinal < below : below != 0;
    }
  };

  /// How far one device is in one conversation.
  struct progress {
    seq_t sent = 0;
    seq_t acked = 0;
    seq_t written = 0;
    bool queued = false; ///< Stands in `behind`.
    seq_t announced = 0; ///< Start of the stay that the device was told of last ...
    std::chrono::microseconds announced_at{}; ///< ... and when.
    seq_t heard = 0;                          ///< Most that the device itself said it holds.
  };

  /// A device that is online.
  struct device {
    device_id id;
    origin_ptr who;
    time resend_at = never;
    unsigned tries = 0;
    bool seeded = true;
    bool cursors_loaded = false;
    bool taken_back = false; ///< Another life of this inbox logged it in.
    bool away = false;       ///< Nobody is at it, it says.
    bool cut_off = false;    ///< Its node cannot be reached.
    conversation_id reading;
    device_window window;
    fifo<conversation_id> behind;
    std::unordered_map<conversation_id, progress> conversations;
    std::vector<user_id> unsaid;  ///< Who changed while it was slow.
    std::vector<user_id> watched; ///< Of whom it wants to be told.
    uint64_t login_request = 0;
    std::string token; ///< For the answer to a login by password.
    std::vector<wire::cursor> resume;
  };

  /// The conversations of one page, and how many there are on all.
  struct selection {
    std::vector<conversation_id> ids;
    uint32_t total = 0;
    bool more = false;
    bool sums = false; ///< And what is unread in all that are shown.
  };

  struct loading_page {
    session_id session;
    conversation_id conversation;
    seq_t sent = 0; ///< When it was asked for.
  };

  /// What becomes of rows about files, and what follows once it is durable.
  struct file_change {
    effect what;
    std::function<void()> then;
  };

  struct file_work {
    std::vector<query> read;
    std::function<file_change(const rows&)> decide;
  };

  /// Somebody asks how others are, and waits for what these say.
  struct inquiry {
    struct person {
      user_id user;
      std::string name;
      wire::presence_state state = wire::presence_state::offline;
      time_us last_seen = 0;
      bool known = false;
    };

    waiting_request asked;
    std::vector<person> people;
    time until; ///< Then nobody waits for it any more.
  };

  /// Conversations whose room is to be told how far this user came.
  struct receipts {
    std::vector<conversation_id> ids;
    time at = never;
  };

  void on(requests&& x);
  void on(const notice& x);
  void on(const show& x);
  void on(const head& x);
  void on(const check_user& x);
  void on(const membership_change& x);
  void on(const contact_news& x);
  void on(const absence_note& x);
  void on(const presence_note& x);
  void on(const detach& x);
  void on(const pulse& x);
  void on(const hashed& x);
  void on(const unsure& x);
  void on(const reachable& x);
  void on(const tick& x);
  void on(const file_held& x);
  void on(const take_file& x);
  void on(const check_file& x);
  void on(const naming_change& x);
  void on(const unneeded_file& x);
  void decide(waiting_request& x);
  void welcome_events();

  // Accounts and logins (inbox_account.cpp).
  void decide(const waiting_request& x, const wire::register_account& body);
  void decide(const waiting_request& x, const wire::login& body);
  void decide(const waiting_request& x, const wire::logout& body);
  void decide(const waiting_request& x, const wire::change_password& body);
  void decide(const waiting_request& x, const wire::import_account& body);
  void login_with_token(const waiting_request& x, const wire::login& body);
  void login_with_jwt(const waiting_request& x, const wire::login& body);
  void login_with_new_device(const waiting_request& x, const wire::login& body);
  /// `then` if it is the user's; each that is not counts against limits::account_guesses.
  void check_password(const waiting_request& x, std::string_view password,
                      std::function<void()> then);
  std::string expected_hash() const;
  record::device* add_device(const wire::login& what, std::string& token);
  void welcome(const waiting_request& x, record::device& known, std::string token,
               std::vector<wire::cursor> resume);
  void take_back(const origin& from);
  device& attach(const origin& from, record::device& known, bool taken_back);
  void load_cursors(device& x, const std::vector<row>& found);
  void attached(device& x);
  void forget_cursors(device_id of);
  void hash(std::string password, std::string hash, std::function<void(const hashed&)> then);

  // Devices (inbox_devices.cpp).
  void decide(const waiting_request& x, const wire::list_devices& body);
  void decide(const waiting_request& x, const wire::revoke& body);
  bool is_online(device_id id) const;
  record::device* known_device(device_id id);
  static bool describe_device(record::device& known, const wire::login& what);
  static wire::device_kind kind_of(const record::device& known, const wire::login& what);
  time_us expiry_of(const record::device& x) const;
  bool has_expired(const record::device& x) const;
  std::vector<device_id> rivals_of(device_id id, wire::device_kind kind) const;
  bool may_come(device_id id, wire::device_kind kind) const;
  void displace_rivals(const record::device& of);
  void disconnect(const std::vector<device_id>& which, ec why);
  void forget_devices(const std::vector<device_id>& which, std::function<void()> then);

  // How the user is shown, and when they were online (inbox_profile.cpp).
  void decide(const waiting_request& x, const wire::set_profile& body);
  void decide(const waiting_request& x, const wire::ask_profile& body);
  void decide(const waiting_request& x, const wire::read_online_times& body);
  void begin_session(record::device& of, bool taken_back);
  void note_session(effect& what, device_id of);
  void end_session(effect& what, device_id of);
  void write_session(effect& what, record::device& of);
  bool clock_was_set(const record::device& of) const;
  bool is_now(const record::online_session& x) const;

  // The conversation list (inbox_list.cpp).
  void decide(const waiting_request& x, const wire::read& body);
  void decide(const waiting_request& x, const wire::list_conversations& body);
  void decide(const waiting_request& x, const wire::change_conversation& body);
  /// Nothing if the request was refused, or waits until it is known how far that one goes.
  entry* entry_or_wait(const waiting_request& x, conversation_id id);
  void read_all_that_was_let_go(const waiting_request& x, conversation_id id);
  void move_read_cursor(const waiting_request& x, conversation_id id, seq_t seq, ordinal_t ordinal);
  ec apply(entry& of, const wire::change_conversation& what) const;
  std::vector<conversation_id> shown() const;
  selection select(const wire::list_conversations& what) const;
  void show_page(const waiting_request& x, const selection& what);
  void sum_up(wire::conversations_page& page) const;
  wire::conversation describe(conversation_id id, const entry& x) const;
  wire::conversation describe_to(device& to, conversation_id id, const entry& x);
  query mentions_of(conversation_id id, const entry& x) const;
  void count_mentions(std::vector<conversation_id> in, std::function<void()> then);
  void write_box(const waiting_request& x, conversation_id id);
  void show_state(const waiting_request& x, conversation_id id);
  void push_state(device& to, conversation_id id, const entry& x);

  // How far conversations go (inbox.cpp).
  void subscribe_to(conversation_id id, entry& x);
  static std::optional<seq_t> next_of(const entry& x, const progress& p);
  static std::optional<record::stay> stay_ahead(const entry& x, const progress& p);
  void announce(device& to, conversation_id id, const entry& x, progress& p, seq_t known);
  void ask_heads();
  bool heads_known() const;
  void doubt_head(entry& x);
  void head_is_known(conversation_id id);
  void note_own(entry& x, seq_t seq, ordinal_t ordinal);
  void seed(device& x);
  void write_soon();

  // Who was away, for push services (inbox_notices.cpp).
  void decide(const waiting_request& x, const wire::read_notices& body);
  void decide(const waiting_request& x, const wire::confirm_notices& body);
  void write_notice(const absence_note& x, uint32_t mentions, std::function<void()> then);

  // Files (inbox_files.cpp).
  void decide(const waiting_request& x, const wire::put_file& body);
  void put(const waiting_request& x, const file_ref& file, const wire::put_file& body);
  void admit(const asker& from, const file_ref& file, std::function<void()> then);
  ec room_for(const file_ref& file, const rows& found) const;
  void answer_file(const asker& to, const file_ref& file);
  void refuse_file(const asker& to, ec code);
  effect renamed(const naming_change& x, const rows& found) const;
  void change_files(std::vector<query> read, std::function<file_change(const rows&)> decide);
  void next_file_change();

  // Contacts (inbox_contacts.cpp).
  void decide(const waiting_request& x, const wire::change_contact& body);
  void decide(const waiting_request& x, const wire::list_contacts& body);
  /// Reads them first, if need be: few connections ever look at them.
  void with_contacts(std::function<void()> then);
  void contacts_came(const std::vector<row>& found);
  void contacts_changed(effect change, std::vector<user_id> who, std::function<void()> then);
  void expire_contacts();
  void arm_contacts();

  // Presence (inbox_presence.cpp).
  void decide(const waiting_request& x, const wire::set_presence& body);
  void decide(const waiting_request& x, const wire::ask_presence& body);
  void load_people(const std::vector<row>& found);
  void presence_changed(); ///< Perhaps: a device came, left, or said so.
  void tell_presence();    ///< If it is time.
  void contact_changed(const record::contact& x);
  void becomes(acquaintance& x, wire::presence_state to, time_us last_seen);
  void change_visibility(const waiting_request& x, wire::visibility to);
  void write_note(const acquaintance& to, note_kind kind);
  bool present() const noexcept;
  time_us last_seen() const noexcept;
  void write_last_seen(effect& what);
  wire::visibility visibility() const noexcept;
  void watch(device& by, user_id whom);
  void unwatch(device& by, user_id whom);
  void leaves(device& x);
  void inquire(inquiry& x);
  void learn_for_inquiries(const presence_note& x);
  void answer_inquiries();
  void show_presence(const acquaintance& x);
  void show_presence(device& to, const acquaintance& x);
  void show_people(device& to);
  void say_unsaid(device& to);
  void doubt_people(const unsure& x);
  void look_after_doubts();
  void look_after_inquiries();

  // Delivery (inbox_delivery.cpp).
  void decide(const waiting_request& x, const wire::ack& body);
  bool acknowledge(device& to, const wire::cursor& at);
  static bool is_ready(const device& x);
  void offer(device& to, conversation_id id, const entry& x, progress& p,
             const stored_message& message);
  void catch_up(device& to);
  void fall_behind(device& to, conversation_id id);
  void fall_behind(device& to, conversation_id id, const entry& x, progress& p);
  void page_arrived(const loading_page& page, const rows& x);
  static void learn_first(entry& of, const std::vector<row>& conversation);
  void resend(device& to);
  void go_back(device& to, const std::vector<conversation_id>& lost);
  progress& progress_of(device& to, conversation_id id, const entry& x);
  device* device_of(session_id session);
  void drop_device(session_id session, ec why);
  void write_cursors(effect& what, device& from);
  void write_what_is_dirty();
  void receipt_soon(conversation_id id, entry& x);
  void send_receipts(receipts& which);
  void load_rows(std::vector<query> queries, std::function<void(const rows&)> then);

  void answer(const waiting_request& x, wire::server_body body);
  /// Once it is known that this is still the newest state.
  void answer_from_memory(const waiting_request& x, wire::server_body body);
  void refuse(const waiting_request& x, ec code);

  /// What is too large for one append becomes several, of which a crash may
  /// leave only the first: the row that makes the others count comes last.
  /// `then` follows the last.
  void commit(effect what, std::function<void()> then, bool droppable = false);
  void fail(ec code);

  // What each step looks at stands together: with thousands of inboxes awake, what a step
  // costs is how many lines of memory it touches.
  actions* out_ = nullptr;
  moment now_;
  user_id id_;
  bool loaded_ = false;
  ec failure_ = ec::none;
  bool registering_ = false;
  bool contacts_known_ = false;
  bool keeps_notices_ = false;
  std::vector<device> devices_;
  std::unordered_map<conversation_id, entry> entries_;

  // When something is due.
  time last_used_{};
  time write_at_ = never;
  time ask_heads_at_ = never;
  time contacts_end_at_ = never; ///< When the next request is over.
  time doubts_end_at_ = never;   ///< Then who has not said that it is still so is asked.
  time inquire_at_ = never;      ///< Again.
  presence_pace pace_;
  rate_limit guesses_; ///< Wrong passwords.
  receipts direct_receipts_;
  receipts room_receipts_;

  writer_id writer_;
  uint64_t epoch_;
  uint64_t appends_ = 0;
  fifo<std::pair<uint64_t, std::function<void()>>> in_flight_;
  uint64_t tokens_ = 0;
  std::unordered_map<uint64_t, std::function<void(const rows&)>> loads_;
  std::unordered_map<uint64_t, std::function<void(const hashed&)>> hashes_;

  std::vector<inbox_event> early_; ///< What came before the load finished.
  std::vector<waiting_request> wait_heads_;
  std::vector<waiting_request> wait_registration_;   ///< Logins behind it.
  std::vector<std::function<void()>> wait_contacts_; ///< Until they are known.

  std::optional<record::account> account_;
  contact_book contacts_;
  std::chrono::microseconds noted_at_{}; ///< When it was written last who is online.
  presence_book people_;
  std::vector<inquiry> inquiries_;

  login_rules login_rules_;
  file_rules file_rules_;
  std::set<file_ref> admitted_; ///< That may be put, and are not stored yet.
  fifo<file_work> file_work_;
};

} // namespace parley::core
