#pragma once

#include "actors/core/tls.hpp"
#include "schema/address.hpp"
#include "schema/wire.hpp"
#include "tools/parley/room_words.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace parley::chat {

/// What `parley` was asked to do.
enum class action {
  chat,
  register_account,
  send,
  send_file,
  save,
  listen,
  history,
  list,
  change_conversation,
  readers,
  export_all,
  contacts,
  contact,
  presence,
  visibility,
  devices,
  revoke,
  profile,
  online,
  search,
  change_message,
  hide_message,
  change_room,
  members,
  broadcast,
  notices,
  import_account
};

struct options {
  action what = action::chat;
  std::vector<address> nodes;
  std::string node_text; ///< As given; part of the token's file name.
  std::shared_ptr<core::tls_context> tls;
  std::string user;
  std::filesystem::path password_file;
  std::filesystem::path jwt_file;                    ///< With a JSON Web Token, instead.
  std::filesystem::path token_file;                  ///< With a token, instead.
  std::filesystem::path state_dir;                   ///< Default ~/.config/parley.
  std::string device;                                ///< Each word is a device with its own token.
  wire::device_kind kind = wire::device_kind::other; ///< Of that device.
  std::string to;                                    ///< A user's name.
  std::string room; ///< A room's id, or the start of it or its title.
  std::string text;
  uint64_t reply_to = 0;             ///< The message that a text answers.
  std::vector<std::string> mentions; ///< Who is to notice it.
  wire::revision_kind revision = wire::revision_kind::recall;
  std::string word;           ///< What to do to a room ...
  room_words with;            ///< ... and how.
  uint64_t counter = 0;       ///< Of a broadcast; 0: a new one.
  bool follow = false;        ///< Waits for more.
  std::filesystem::path path; ///< Of a file to send, or to write.
  wire::conversation_list list = wire::conversation_list::shown;
  wire::change_conversation settings{}; ///< Without an id.
  wire::contact_list contacts = wire::contact_list::contacts;
  wire::contact_change change = wire::contact_change::request; ///< Of what is between it and `to`.
  std::vector<std::string> names;                              ///< Whose presence is asked for.
  std::optional<wire::visibility> visibility;                  ///< To be set.
  std::vector<device_id> revoked;                              ///< Devices to be logged out ...
  bool others = false;                                         ///< ... or all but this one.
  std::optional<std::string> display_name;                     ///< To be set, and ...
  std::optional<std::string> avatar;                           ///< ... this.
  bool json = false;
  uint64_t count = 0;  ///< Messages to wait for; 0: any number.
  double seconds = 0;  ///< To listen; 0: for ever.
  double timeout = 30; ///< Of a single request.
  uint64_t from = 0;
  time_us since = 0; ///< Of messages; 0: whenever.
  time_us until = 0;
  uint32_t limit = 50;
};

/// Reads the command line. Exits by itself for --help and bad options.
options parse_options(int argc, char** argv);

} // namespace parley::chat
