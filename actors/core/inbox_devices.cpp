#include "actors/core/inbox.hpp"

#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <tuple>

// The devices of an inbox: which may log in, how long they are remembered, and how
// their user logs them out.

namespace parley::core {

bool inbox::is_online(device_id id) const {
  return std::any_of(devices_.begin(), devices_.end(),
                     [id](const device& x) { return x.id == id; });
}

record::device* inbox::known_device(device_id id) {
  if (!account_)
    return nullptr;
  auto at = std::find_if(account_->devices.begin(), account_->devices.end(),
                         [id](const record::device& x) { return x.id == id; });
  return at == account_->devices.end() ? nullptr : &*at;
}

/// What a login says of its device; whether that is news.
bool inbox::describe_device(record::device& known, const wire::login& what) {
  auto kind = kind_of(known, what);
  auto news = kind != known.kind || (!what.label.empty() && what.label != known.label);
  known.kind = kind;
  if (!what.label.empty())
    known.label = what.label;
  return news;
}

wire::device_kind inbox::kind_of(const record::device& known, const wire::login& what) {
  return what.kind == wire::device_kind::other ? known.kind : what.kind;
}

time_us inbox::expiry_of(const record::device& x) const {
  auto life = login_rules_.token_life.count();
  auto lasts = life == 0 || x.last_used == 0 || account_->role == record::role::service;
  return lasts ? 0 : x.last_used + life;
}

bool inbox::has_expired(const record::device& x) const {
  auto at = expiry_of(x);
  return at != 0 && now_.trusted() > at && !is_online(x.id);
}

/// Others of the same kind that are online.
std::vector<device_id> inbox::rivals_of(device_id id, wire::device_kind kind) const {
  std::vector<device_id> result;
  for (auto& known : account_->devices)
    if (known.kind == kind && known.id != id && is_online(known.id))
      result.push_back(known.id);
  return result;
}

bool inbox::may_come(device_id id, wire::device_kind kind) const {
  return login_rules_.second_of(kind) != second_login::reject || rivals_of(id, kind).empty();
}

void inbox::displace_rivals(const record::device& of) {
  if (login_rules_.second_of(of.kind) == second_login::replace_oldest)
    disconnect(rivals_of(of.id, of.kind), ec::displaced);
}

void inbox::disconnect(const std::vector<device_id>& which, ec why) {
  for (auto id : which) {
    auto at =
      std::find_if(devices_.begin(), devices_.end(), [id](const device& x) { return x.id == id; });
    if (at != devices_.end())
      drop_device(at->who->session, why);
  }
}

/// Their tokens are worth nothing when `then` is called.
void inbox::forget_devices(const std::vector<device_id>& which, std::function<void()> then) {
  effect change;
  for (auto id : which) {
    forget_cursors(id);
    if (is_online(id))
      end_session(change, id);
  }
  std::erase_if(account_->devices, [&which](const record::device& x) {
    return std::find(which.begin(), which.end(), x.id) != which.end();
  });
  change.put(keys::account(id_), record::encode(*account_));
  commit(std::move(change), std::move(then));
}

void inbox::decide(const waiting_request& x, const wire::list_devices&) {
  if (!account_)
    return refuse(x, ec::wrong_credentials);
  wire::devices result;
  for (auto& known : account_->devices) {
    auto online = is_online(known.id);
    result.all.push_back({known.id, known.kind, known.label, known.created,
                          online ? now_.trusted() : known.last_used, expiry_of(known), online,
                          known.id == x.from->device});
  }
  std::sort(result.all.begin(), result.all.end(), [](const wire::device& a, const wire::device& b) {
    return std::tie(b.online, b.last_used, a.id.value)
           < std::tie(a.online, a.last_used, b.id.value);
  });
  answer_from_memory(x, std::move(result));
}

void inbox::decide(const waiting_request& x, const wire::revoke& body) {
  if (!account_)
    return refuse(x, ec::wrong_credentials);
  std::vector<device_id> gone;
  for (auto& known : account_->devices) {
    auto named =
      std::find(body.devices.begin(), body.devices.end(), known.id.value) != body.devices.end();
    if (body.others ? known.id != x.from->device : named)
      gone.push_back(known.id);
  }
  forget_devices(gone, [this, x, gone] {
    answer(x, wire::done{});
    disconnect(gone, ec::revoked);
  });
}

} // namespace parley::core
