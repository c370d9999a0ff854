#pragma once

#include "schema/wire.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace parley::core {

/// Whose request is looked at. Sessions hold back who is not logged in, or is; the rest
/// is for who decides: rooms ask permissions.hpp besides, and an inbox is its user's.
enum class right : uint8_t {
  anyone,   ///< Before a login.
  stranger, ///< Before a login, and not after it.
  user,     ///< Who is logged in.
  member,   ///< Who is, or for the past was, in the conversation that it names.
  service,  ///< A service account.
};

struct request_right {
  size_t index; ///< Of wire::client_body.
  std::string_view request;
  right whose;
};

template <class T>
constexpr request_right right_of(std::string_view request, right whose) {
  constexpr auto at = []<size_t... I>(std::index_sequence<I...>) {
    size_t found = 0;
    ((std::is_same_v<T, std::variant_alternative_t<I, wire::client_body>> ? found = I : 0), ...);
    return found;
  }
  (std::make_index_sequence<std::variant_size_v<wire::client_body>>{});
  return {at, request, whose};
}

/// THE table of requests: docs/wire.md shows it, and a test walks it as everybody.
inline constexpr std::array<request_right, std::variant_size_v<wire::client_body>> request_rights{{
  right_of<wire::unknown>("none", right::anyone),
  right_of<wire::hello>("hello", right::anyone),
  right_of<wire::register_account>("register", right::stranger),
  right_of<wire::login>("login", right::stranger),
  right_of<wire::logout>("logout", right::user),
  right_of<wire::change_password>("changePassword", right::user),
  right_of<wire::import_account>("importAccount", right::service),
  right_of<wire::send>("send", right::member),
  right_of<wire::ack>("ack", right::user),
  right_of<wire::read>("read", right::member),
  right_of<wire::list_conversations>("conversations", right::user),
  right_of<wire::read_history>("history", right::member),
  right_of<wire::create_room>("createRoom", right::user),
  right_of<wire::invite>("invite", right::member),
  right_of<wire::kick>("kick", right::member),
  right_of<wire::join>("join", right::user),
  right_of<wire::leave>("leave", right::user),
  right_of<wire::list_members>("members", right::member),
  right_of<wire::ping>("ping", right::anyone),
  right_of<wire::pong>("pong", right::anyone),
  right_of<wire::revise>("revise", right::member),
  right_of<wire::read_versions>("versions", right::member),
  right_of<wire::hide>("hide", right::member),
  right_of<wire::typing>("typing", right::member),
  right_of<wire::change_room>("changeRoom", right::member),
  right_of<wire::change_members>("changeMembers", right::member),
  right_of<wire::put_file>("putFile", right::user),
  right_of<wire::get_file>("getFile", right::member),
  right_of<wire::keep_file>("keepFile", right::member),
  right_of<wire::change_contact>("changeContact", right::user),
  right_of<wire::list_contacts>("contacts", right::user),
  right_of<wire::set_presence>("setPresence", right::user),
  right_of<wire::ask_presence>("askPresence", right::user),
  right_of<wire::change_conversation>("changeConversation", right::member),
  right_of<wire::list_readers>("readers", right::member),
  right_of<wire::list_devices>("devices", right::user),
  right_of<wire::revoke>("revoke", right::user),
  right_of<wire::set_profile>("setProfile", right::user),
  right_of<wire::ask_profile>("profile", right::user),
  right_of<wire::read_online_times>("onlineTimes", right::user),
  right_of<wire::search>("search", right::member),
  right_of<wire::broadcast>("broadcast", right::service),
  right_of<wire::read_notices>("notices", right::service),
  right_of<wire::confirm_notices>("confirmNotices", right::service),
}};

constexpr bool in_order(const decltype(request_rights)& table) {
  for (size_t i = 0; i < table.size(); ++i)
    if (table[i].index != i)
      return false;
  return true;
}

static_assert(in_order(request_rights), "every request has its row, in the order of client_body");

inline right right_to(const wire::client_body& x) {
  return request_rights[x.index()].whose;
}

} // namespace parley::core
