#include "tools/client/engine.hpp"

#include "schema/identity.hpp"

// Who is online, and whether one is oneself.

namespace parley::client {

void engine::set_away(bool away) {
  away_ = away;
  if (online())
    say_activity();
}

void engine::watch(const std::vector<std::string>& names, answer_handler done) {
  ask_presence(names, wire::presence_wish::watch,
               [this, done = std::move(done)](const wire::server_body& body) {
                 if (auto all = std::get_if<wire::presences>(&body))
                   for (auto& x : all->found)
                     watched_.emplace(x.name);
                 done(body);
               });
}

void engine::unwatch(const std::vector<std::string>& names) {
  for (auto& name : names)
    if (auto folded = normalize_name(name))
      watched_.erase(*folded);
  if (online())
    ask_presence(names, wire::presence_wish::unwatch, [](const wire::server_body&) {});
}

/// Of what the server does not know any more, this client repeats its part. Where it
/// is refused because another node is about to lead, that one forgets again.
void engine::presence_forgotten() {
  app_.on_presence_forgotten();
  if (away_)
    say_activity();
  if (!watched_.empty())
    ask_presence({watched_.begin(), watched_.end()}, wire::presence_wish::watch,
                 [this](const wire::server_body& body) {
                   if (auto all = std::get_if<wire::presences>(&body))
                     for (auto& x : all->found)
                       if (x.state != wire::presence_state::offline)
                         app_.on_presence(x);
                 });
}

void engine::say_activity() {
  auto what = away_ ? wire::presence_change::away : wire::presence_change::active;
  ask(
    wire::set_presence{what}, [](const wire::server_body&) {}, true);
}

void engine::ask_presence(const std::vector<std::string>& names, wire::presence_wish wish,
                          answer_handler done) {
  ask(wire::ask_presence{{names.begin(), names.end()}, wish}, std::move(done),
      wish == wire::presence_wish::unwatch);
}

} // namespace parley::client
