#include "tools/swarm/population.hpp"

#include "tools/client/secret_file.hpp"

#include <algorithm>
#include <utility>

namespace parley::swarm {

namespace {

constexpr size_t imports_at_once = 48;
constexpr size_t logins_at_once = 128;

/// Hashing a password takes the node some 15 ms of a core.
constexpr size_t registrations_at_once = 16;

/// Without progress for this long, in seconds, the setup has failed.
constexpr double patience = 60;

constexpr auto service_name = "service";

std::string name_of_user(const options& how, size_t index) {
  return "bot." + how.tag + "." + std::to_string(index);
}

/// Imports accounts in order, a window of requests at a time.
class importer final : private client::events {
public:
  importer(world& where, std::string token, std::vector<std::string> names)
      : names_(std::move(names)), tokens_(names_.size()), client_(where.context,
                                                                  {.nodes = where.how.nodes,
                                                                   .tls = where.how.tls,
                                                                   .name = service_name,
                                                                   .token = std::move(token)},
                                                                  *this) {
    client_.start();
  }

  bool done() const noexcept {
    return imported_ == names_.size() || !failure_.ok();
  }

  const status& failure() const noexcept {
    return failure_;
  }

  std::vector<std::string>& tokens() noexcept {
    return tokens_;
  }

private:
  void on_session(const wire::session&) override {
    for (size_t i = 0; i < imports_at_once && next_ < names_.size(); ++i)
      import(next_++);
  }

  void on_refused(const wire::error& why) override {
    failure_ = {why.code, "the service account is refused: " + std::string{why.text}};
  }

  void import(size_t index) {
    client_.request<wire::session>(wire::import_account{names_[index]},
                                   [this, index](const wire::error& error, const wire::session& x) {
                                     imported(index, error, x);
                                   });
  }

  void imported(size_t index, const wire::error& error, const wire::session& x) {
    if (error.code == ec::none) {
      tokens_[index] = x.token;
      ++imported_;
      if (next_ < names_.size())
        import(next_++);
    } else if (error.retryable) {
      import(index);
    } else {
      failure_ = {error.code, names_[index] + " cannot be imported: " + std::string{error.text}};
    }
  }

  std::vector<std::string> names_;
  std::vector<std::string> tokens_;
  size_t next_ = 0;
  size_t imported_ = 0;
  status failure_;
  client::client client_;
};

} // namespace

status import_accounts(world& where, const std::vector<std::string>& names,
                       std::vector<std::string>& tokens) {
  auto token = client::read_token(where.how.service_token);
  if (!token)
    return {ec::wrong_credentials,
            "this scenario needs --service-token (DATA-DIR/service.token of the node)"};
  importer all{where, *std::move(token), names};
  if (!where.run_until([&all] { return all.done(); }, patience))
    return {ec::retry, "importing accounts takes too long; is the node up?"};
  tokens = std::move(all.tokens());
  return all.failure();
}

std::vector<std::string> names_of_users(const options& how) {
  std::vector<std::string> names;
  for (size_t i = 0; i < how.users; ++i)
    names.push_back(name_of_user(how, i));
  return names;
}

status make_bots(world& where, size_t twins) {
  auto names = names_of_users(where.how);
  for (size_t i = 0; i < twins; ++i)
    names.push_back(names[i]);
  std::vector<std::string> tokens(names.size());
  if (twins > 0 || client::read_token(where.how.service_token))
    if (auto imported = import_accounts(where, names, tokens); !imported.ok())
      return imported;
  for (size_t i = 0; i < names.size(); ++i)
    where.add_bot(names[i], tokens[i]);
  return {};
}

status bring_online(world& where) {
  auto registers = !client::read_token(where.how.service_token).has_value();
  auto at_once = registers ? registrations_at_once : logins_at_once;
  size_t started = 0;
  size_t in = 0;
  auto step = [&where, &started, &in, at_once] {
    in = 0;
    auto refused = false;
    for (size_t i = 0; i < started; ++i) {
      in += where.bots[i]->was_in();
      refused |= where.bots[i]->refused();
    }
    for (; started < where.bots.size() && started - in < at_once; ++started)
      where.bots[started]->go_online();
    return refused || in == where.bots.size();
  };
  size_t before = 0;
  while (!where.run_until(step, patience))
    if (std::exchange(before, in) == in)
      return {ec::retry, "logging in takes too long; is the node up?"};
  if (in < where.bots.size())
    return {ec::wrong_credentials, "a login was refused"};
  return {};
}

} // namespace parley::swarm
