#pragma once

#include "tests/actors/core/inbox_on_disk.hpp"

#include <map>
#include <string>

namespace parley::testing {

inline constexpr device_id phone{7};
inline constexpr device_id old_phone{8};
inline constexpr device_id laptop{9};

/// Ada has two phones and a laptop, with tokens "token 7" and so on. A connection is
/// named as the device is that uses it.
struct devices_on_disk : inbox_on_disk {
  std::map<std::pair<session_id, uint64_t>, frame> answers;
  std::map<session_id, ec> closed;
  std::map<session_id, device_id> in; ///< Who is logged in.
  uint64_t connections = 0;
  bool believes = true; ///< What somebody says of who they are.

  devices_on_disk() {
    record::account account{"ada", record::role::person, "hash", {}, 1};
    for (auto [id, what] : {std::pair{phone, wire::device_kind::mobile},
                            {old_phone, wire::device_kind::mobile},
                            {laptop, wire::device_kind::desktop}})
      account.devices.push_back({id, hash_token(token_of(id)), now.wall, true, what,
                                 "label " + std::to_string(id.value), now.wall});
    effect what;
    what.put(keys::account(ada), record::encode(account));
    BOOST_REQUIRE(disk.write({&what, 1}).ok());
    begin();
  }

  static std::string token_of(device_id id) {
    return "token " + std::to_string(id.value);
  }

  void carry(actions&& out) override {
    for (auto& x : out.parcels) {
      for (auto& item : x.frames)
        if (item.request != 0)
          answers[{x.to, item.request}] = item.bytes;
      if (x.login)
        in[x.to] = x.login->device;
      if (x.close != ec::none) {
        closed[x.to] = x.close;
        in.erase(x.to);
      }
    }
    write_and_read(out);
    for (auto& x : out.hashes)
      step(inbox_event{hashed{x.token, ec::none, x.bearer.empty() || believes, "hash"}});
  }

  wire::server_body ask(session_id from, const wire::client_body& body) {
    auto number = say(from, in.contains(from) ? in[from] : device_id{}, body);
    BOOST_REQUIRE((answers.contains({from, number})));
    return wire::decode_server(answers[{from, number}])->body;
  }

  static ec code_of(const wire::server_body& x) {
    auto error = std::get_if<wire::error>(&x);
    return error ? error->code : ec::none;
  }

  session_id connection() {
    return make_session({1}, ++connections);
  }

  ec log_in(session_id from, device_id id, wire::device_kind what = wire::device_kind::other,
            std::string_view label = {}) {
    return code_of(ask(from, wire::login{"ada", {}, token_of(id), {}, what, label}));
  }

  /// A connection on which this device is logged in.
  session_id come(device_id id) {
    auto from = connection();
    BOOST_REQUIRE((log_in(from, id) == ec::none));
    return from;
  }

  void restart() {
    in.clear();
    begin();
  }
};

} // namespace parley::testing
