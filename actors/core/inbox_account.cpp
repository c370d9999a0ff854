#include "actors/core/inbox.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// Accounts, logins and devices of an inbox.

namespace parley::core {

namespace {

constexpr rate guess_rate{limits::account_guess_every, limits::account_guesses};

} // namespace

void inbox::hash(std::string password, std::string hash, std::function<void(const hashed&)> then) {
  hashes_[++tokens_] = std::move(then);
  out_->hashes.push_back({id_, tokens_, std::move(password), std::move(hash)});
}

void inbox::decide(const waiting_request& x, const wire::register_account& body) {
  if (account_)
    return refuse(x, ec::name_taken);
  if (registering_)
    return refuse(x, ec::overloaded);
  registering_ = true;
  hash(std::string{body.password}, {},
       [this, x, name = *normalize_name(body.name)](const auto& done) {
         registering_ = false;
         if (account_) {
           refuse(x, ec::name_taken); // By who came with a JSON Web Token.
         } else if (done.code == ec::none) {
           account_ = record::account{name, record::role::person, done.hash, {}, now_.wall};
           effect change;
           change.put(keys::account(id_), record::encode(*account_));
           commit(std::move(change), [this, x] { answer(x, wire::done{}); });
         } else {
           refuse(x, done.code);
         }
         for (auto& waiting : std::exchange(wait_registration_, {}))
           decide(waiting);
       });
}

void inbox::decide(const waiting_request& x, const wire::login& body) {
  if (registering_) { // Sent right behind: the account is about to be there.
    if (wait_registration_.size() == limits::backlog)
      return refuse(x, ec::overloaded);
    wait_registration_.push_back(x);
    return;
  }
  if (!body.token.empty())
    return login_with_token(x, body);
  if (!body.jwt.empty())
    return login_with_jwt(x, body);
  check_password(x, body.password, [this, x, name = *normalize_name(body.name)] {
    if (account_->name != name)
      return refuse(x, ec::wrong_credentials);
    login_with_new_device(x, std::get<wire::login>(x.what.body));
  });
}

void inbox::check_password(const waiting_request& x, std::string_view password,
                           std::function<void()> then) {
  if (!guesses_.take(guess_rate, now_.steady))
    return refuse(x, ec::too_many_attempts);
  // An unknown name costs as much as a wrong password, so time tells nothing.
  hash(std::string{password}, expected_hash(), [this, x, then = std::move(then)](const auto& done) {
    auto wrong = done.code == ec::none && (!done.matches || !account_);
    if (!wrong)
      guesses_.give_back(guess_rate);
    if (done.code != ec::none || wrong)
      return refuse(x, wrong ? ec::wrong_credentials : done.code);
    then();
  });
}

std::string inbox::expected_hash() const {
  auto known = account_ && !account_->password_hash.empty();
  return known ? account_->password_hash : "none"; // Matches nothing.
}

void inbox::login_with_token(const waiting_request& x, const wire::login& body) {
  if (!account_ || account_->name != normalize_name(body.name))
    return refuse(x, ec::wrong_credentials);
  auto wanted = hash_token(body.token);
  for (auto& known : account_->devices)
    if (same_secret(known.token_hash, wanted)) {
      if (has_expired(known))
        return refuse(x, ec::token_expired);
      if (!may_come(known.id, kind_of(known, body)))
        return refuse(x, ec::kind_online);
      if (describe_device(known, body)) {
        effect change;
        change.put(keys::account(id_), record::encode(*account_));
        commit(std::move(change), [] {});
      }
      return welcome(x, known, {}, body.resume);
    }
  refuse(x, ec::wrong_credentials);
}

/// Who has one need not have an account yet.
void inbox::login_with_jwt(const waiting_request& x, const wire::login& body) {
  auto name = *normalize_name(body.name);
  hashes_[++tokens_] = [this, x, name](const hashed& done) {
    if (done.code != ec::none)
      return refuse(x, done.code);
    if (!done.matches
        || (account_ && (account_->name != name || account_->role != record::role::person)))
      return refuse(x, ec::wrong_credentials);
    if (!account_)
      account_ = record::account{name, record::role::person, {}, {}, now_.wall};
    login_with_new_device(x, std::get<wire::login>(x.what.body));
  };
  out_->hashes.push_back({id_, tokens_, std::string{body.jwt}, {}, name});
}

void inbox::login_with_new_device(const waiting_request& x, const wire::login& body) {
  if (!may_come({}, body.kind))
    return refuse(x, ec::kind_online);
  std::string token;
  auto added = add_device(body, token);
  if (added == nullptr)
    return refuse(x, ec::too_many_devices);
  effect change;
  change.put(keys::account(id_), record::encode(*account_));
  commit(std::move(change), [this, x, id = added->id, token, resume = body.resume] {
    auto known = known_device(id);
    if (known == nullptr)
      return refuse(x, ec::wrong_credentials); // Logged out meanwhile.
    if (!may_come(id, known->kind))            // Another one was faster.
      return forget_devices({id}, [this, x] { refuse(x, ec::kind_online); });
    welcome(x, *known, token, resume);
  });
}

record::device* inbox::add_device(const wire::login& what, std::string& token) {
  auto& known = account_->devices;
  if (known.size() >= limits::devices_per_user) {
    auto oldest = known.end();
    for (auto at = known.begin(); at != known.end(); ++at)
      if (!is_online(at->id) && (oldest == known.end() || at->last_used < oldest->last_used))
        oldest = at;
    if (oldest == known.end())
      return nullptr;
    forget_cursors(oldest->id);
    known.erase(oldest);
  }
  token = make_token();
  auto& added = known.emplace_back(record::device{device_id{random_number()}, hash_token(token),
                                                  now_.trusted(), entries_.empty()});
  added.created = now_.trusted();
  describe_device(added, what);
  return &added;
}

void inbox::welcome(const waiting_request& x, record::device& known, std::string token,
                    std::vector<wire::cursor> resume) {
  for (auto& other : devices_)
    if (other.id == known.id) {
      if (other.who->session == x.from->session)
        on(detach{x.from->session}); // Its first answer came too late.
      else
        drop_device(other.who->session, ec::replaced);
      break;
    }
  displace_rivals(known);
  auto& added = attach(*x.from, known, false);
  added.login_request = x.what.number;
  added.token = std::move(token);
  added.resume = std::move(resume);
}

void inbox::take_back(const origin& from) {
  auto known = known_device(from.device);
  auto rivals = known == nullptr ? std::vector<device_id>{} : rivals_of(known->id, known->kind);
  if (known == nullptr || is_online(from.device))
    out_->parcel_for(from.session).close = ec::retry;
  else if (!rivals.empty() && login_rules_.second_of(known->kind) != second_login::coexist)
    out_->parcel_for(from.session).close = ec::displaced; // While nobody led.
  else
    attach(from, *known, true);
}

inbox::device& inbox::attach(const origin& from, record::device& known, bool taken_back) {
  begin_session(known, taken_back);
  auto& added = devices_.emplace_back();
  added.taken_back = taken_back;
  added.id = known.id;
  added.who = std::make_shared<const origin>(
    origin{from.session, id_, known.id, account_->role, account_->name});
  added.seeded = known.seeded;
  // The cursors that the device's last connection left may still be on their way to disk.
  commit({}, [this, session = from.session, device = known.id] {
    load_rows({{keys::cursors(id_, device)}}, [this, session](const rows& found) {
      if (auto arrived = device_of(session))
        load_cursors(*arrived, found.results[0]);
    });
  });
  return added;
}

void inbox::load_cursors(device& x, const std::vector<row>& found) {
  for (auto& row : found)
    if (auto cursor = record::decode<record::cursor>(row.value.bytes())) {
      auto conversation = keys::conversation_at_end(row.key.bytes());
      auto& told = x.conversations[conversation];
      told = {cursor->seq, cursor->seq, cursor->seq};
      told.heard = cursor->heard(); // Or who keeps nothing would be told it all again.
      if (auto at = entries_.find(conversation); at != entries_.end())
        if (auto stay = stay_at_or_after(at->second.box, cursor->seq);
            stay && stay->first <= cursor->seq)
          told.announced = stay->first;
    }
  attached(x);
}

void inbox::attached(device& x) {
  x.cursors_loaded = true;
  for (auto& held : std::exchange(x.resume, {})) {
    auto at = entries_.find(held.conversation);
    if (at == entries_.end())
      continue;
    auto& p = progress_of(x, at->first, at->second);
    p.heard = std::max(p.heard, held.seq);
    if (held.seq > p.acked)
      p.sent = p.acked = held.seq; // Clamped when the head is known.
  }
  if (!x.taken_back) {
    auto& parcel = out_->parcel_for(x.who->session);
    parcel.login = x.who;
    parcel.frames.push_back(
      {x.login_request,
       wire::encode_answer(x.login_request,
                           wire::session{id_, x.id, std::exchange(x.token, {}), now_.wall})});
  }
  auto others = std::any_of(devices_.begin(), devices_.end(),
                            [&x](const device& y) { return &y != &x && y.cursors_loaded; });
  if (!others) { // Nobody listened: every head may have moved.
    for (auto& [id, known] : entries_)
      subscribe_to(id, known);
  } else if (!x.seeded && heads_known()) {
    seed(x);
  }
  for (auto& [id, known] : entries_)
    fall_behind(x, id);
  catch_up(x);
  show_people(x);
  presence_changed();
}

void inbox::seed(device& x) {
  // A device that was never seen starts at the heads and pulls what is older.
  effect change;
  for (auto& [id, known] : entries_) {
    if (x.conversations.contains(id))
      continue;
    auto seq = known.visible_head();
    auto& told = x.conversations[id];
    told = {seq, seq, seq, false, known.box.joined};
    told.heard = seq;
    change.put(keys::cursor(id_, x.id, id), record::encode(record::cursor{seq}));
  }
  for (auto& known : account_->devices)
    if (known.id == x.id)
      known.seeded = true;
  change.put(keys::account(id_), record::encode(*account_));
  commit(std::move(change), [this, session = x.who->session] {
    auto seeded = device_of(session);
    if (seeded == nullptr)
      return;
    seeded->seeded = true;
    for (auto& [id, known] : entries_)
      fall_behind(*seeded, id);
    catch_up(*seeded);
  });
}

void inbox::decide(const waiting_request& x, const wire::logout&) {
  if (!account_)
    return refuse(x, ec::wrong_credentials);
  forget_devices({x.from->device}, [this, x] {
    answer(x, wire::done{});
    drop_device(x.from->session, ec::none);
  });
}

void inbox::decide(const waiting_request& x, const wire::change_password& body) {
  if (!account_)
    return refuse(x, ec::wrong_credentials);
  // Whoever guesses at the door does not keep the user, who is inside, from another one.
  hash(std::string{body.old_password}, expected_hash(),
       [this, x, fresh = std::string{body.new_password}](const auto& checked) {
         if (checked.code != ec::none)
           return refuse(x, checked.code);
         if (!checked.matches)
           return refuse(x, ec::wrong_credentials);
         hash(fresh, {}, [this, x](const auto& done) {
           if (done.code != ec::none)
             return refuse(x, done.code);
           account_->password_hash = done.hash;
           std::vector<device_id> others;
           for (auto& known : account_->devices)
             if (known.id != x.from->device)
               others.push_back(known.id);
           forget_devices(others, [this, x, others] {
             answer(x, wire::done{});
             disconnect(others, ec::revoked);
           });
         });
       });
}

void inbox::decide(const waiting_request& x, const wire::import_account& body) {
  if (x.from->role != record::role::service)
    return refuse(x, ec::forbidden);
  if (registering_
      || (account_ && (!account_->password_hash.empty() || account_->role != record::role::person)))
    return refuse(x, ec::name_taken);
  if (!account_)
    account_ = record::account{*normalize_name(body.name), record::role::person, {}, {}, now_.wall};
  std::string token;
  auto added = add_device({}, token);
  if (added == nullptr)
    return refuse(x, ec::too_many_devices);
  effect change;
  change.put(keys::account(id_), record::encode(*account_));
  commit(std::move(change), [this, x, token, id = added->id] {
    answer(x, wire::session{id_, id, token, now_.wall});
  });
}

void inbox::forget_cursors(device_id of) {
  load_rows({{keys::cursors(id_, of)}}, [this](const rows& found) {
    effect change;
    for (auto& row : found.results[0])
      change.erase(row.key);
    commit(
      std::move(change), [] {}, true);
  });
}

} // namespace parley::core
