#include "actors/core/inbox.hpp"
#include "actors/core/online_times.hpp"

#include "schema/limits.hpp"

// How the user of an inbox wants to be shown, and when they were online.

namespace parley::core {

void inbox::decide(const waiting_request& x, const wire::set_profile& body) {
  if (!account_)
    return refuse(x, ec::wrong_credentials);
  account_->profile = {std::string{body.shown.display_name}, std::string{body.shown.avatar}};
  effect change;
  change.put(keys::account(id_), record::encode(*account_));
  commit(std::move(change), [this, x] { answer(x, wire::done{}); });
}

/// Whom the user has blocked is told no more than the name.
void inbox::decide(const waiting_request& x, const wire::ask_profile&) {
  if (!account_)
    return refuse(x, ec::unknown_user);
  wire::user_profile found{id_, account_->name, {}, account_->role == record::role::service};
  auto asks = people_.find(x.from->user);
  if (asks == nullptr || !asks->blocked)
    found.shown = {account_->profile.display_name, account_->profile.avatar};
  answer_from_memory(x, found);
}

void inbox::decide(const waiting_request& x, const wire::read_online_times& body) {
  if (x.from->user != id_ && x.from->role != record::role::service)
    return refuse(x, ec::forbidden);
  if (!account_)
    return refuse(x, ec::unknown_user);
  load_rows({{keys::online_sessions(id_)}},
            [this, x, since = body.since, until = body.until](const rows& found) {
              std::vector<wire::online_session> all;
              for (auto& row : found.results[0])
                if (auto past = record::decode<record::online_session>(row.value.bytes());
                    past && !is_now(*past))
                  all.push_back({past->device, past->start, past->end, false});
              for (auto& known : account_->devices)
                if (is_online(known.id))
                  all.push_back({known.id, known.session_start, now_.trusted(), true});
              answer_from_memory(
                x, online_times_of(std::move(all), since, until == 0 ? now_.trusted() + 1 : until));
            });
}

/// Whether it lasts still.
bool inbox::is_now(const record::online_session& x) const {
  return is_online(x.device)
         && std::any_of(account_->devices.begin(), account_->devices.end(),
                        [&x](const record::device& known) {
                          return known.id == x.device && known.session_start == x.start;
                        });
}

/// After a failover it goes on, if it was noted before that.
void inbox::begin_session(record::device& of, bool taken_back) {
  std::chrono::microseconds gap = limits::online_gap;
  if (taken_back && of.session_open)
    gap += limits::online_noted_every;
  auto away = now_.trusted() - of.last_used;
  if (of.session == 0 || away > gap.count() || away < -gap.count()) {
    of.session = ++account_->sessions;
    of.session_start = now_.trusted();
  }
  of.last_used = now_.trusted();
  of.session_open = false; // Until it is noted.
  if (devices_.empty())
    noted_at_ = now_.steady;
}

/// Whether the wall has gone another way than the steady clock since it was noted last.
bool inbox::clock_was_set(const record::device& of) const {
  constexpr std::chrono::microseconds gap = limits::online_gap;
  std::chrono::microseconds passed{now_.trusted() - of.last_used};
  return passed < -gap || passed > now_.steady - noted_at_ + gap;
}

/// These two need the account to be written, too.
void inbox::note_session(effect& what, device_id of) {
  if (auto known = known_device(of)) {
    known->session_open = true;
    write_session(what, *known);
  }
}

void inbox::end_session(effect& what, device_id of) {
  if (auto known = known_device(of)) { // Else it was logged out.
    known->session_open = false;
    write_session(what, *known);
  }
}

void inbox::write_session(effect& what, record::device& of) {
  if (clock_was_set(of)) { // Nobody was online for what it passed over.
    of.session = ++account_->sessions;
    of.session_start = now_.trusted();
  }
  of.last_used = now_.trusted();
  if (account_->sessions - of.session >= limits::online_sessions_kept)
    of.session = ++account_->sessions; // Others have gone round the ring.
  what.put(keys::online_session(id_, of.session),
           record::encode(record::online_session{of.id, of.session_start, now_.trusted()}));
}

} // namespace parley::core
