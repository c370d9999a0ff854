#include "tools/parley/options.hpp"

#include "schema/error.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include "tools/client/door_options.hpp"
#include "tools/parley/render.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>

namespace parley::chat {

namespace {

constexpr int bad_options = 2;

constexpr auto footer = R"(Without a command it is a chat: type /help there.

The password comes from --password-file, else from the environment variable
PARLEY_PASSWORD, else it is asked for. It is needed once: the token that the
node gives for it is kept in --state-dir, readable by you only.)";

std::filesystem::path default_state_dir() {
  if (auto config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config != 0)
    return std::filesystem::path{config} / "parley";
  auto home = std::getenv("HOME");
  return std::filesystem::path{home == nullptr ? "." : home} / ".config" / "parley";
}

/// In microseconds since 1970; throws what CLI shows.
time_us parse_time(const std::string& text) {
  for (auto form : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    parts.tm_isdst = -1;
    auto end = strptime(text.c_str(), form, &parts);
    if (end != nullptr && *end == 0)
      return static_cast<time_us>(std::mktime(&parts)) * 1'000'000;
  }
  throw CLI::ValidationError(text + ": a time is as 2026-11-30 or '2026-11-30 14:05'");
}

void add_times(CLI::App& to, options& result) {
  to.add_option_function<std::string>(
    "--since", [&result](const std::string& x) { result.since = parse_time(x); },
    "Not before this time: 2026-11-30 or '2026-11-30 14:05'");
  to.add_option_function<std::string>(
    "--until", [&result](const std::string& x) { result.until = parse_time(x); },
    "Not after this time");
}

void add_target(CLI::App& to, options& result) {
  auto user = to.add_option("--to", result.to, "A user's name");
  auto room = to.add_option("--room", result.room, "A room: its id, or the start of id or title");
  user->excludes(room);
}

} // namespace

options parse_options(int argc, char** argv) {
  options result;
  result.state_dir = default_state_dir();
  CLI::App app{"Talks through a Parley node.", "parley"};
  app.footer(footer);
  app.fallthrough();
  app.require_subcommand(0, 1);
  client::door_options door;
  door.add_to(app);
  app.add_option("--user", result.user, "Your name");
  app.add_option("--password-file", result.password_file, "File whose first line is the password");
  app.add_option("--jwt-file", result.jwt_file,
                 "File with a JSON Web Token, instead of a password");
  app.add_option("--token-file", result.token_file,
                 "File with a token, as a node makes one for its services, instead of a password");
  app.add_option("--state-dir", result.state_dir, "Where tokens are kept")->capture_default_str();
  app.add_option("--device", result.device, "Word that tells this device from your others");
  std::string kind;
  app.add_option("--kind", kind, "What this device is: mobile, desktop, web or bot")
    ->check(CLI::IsMember({"mobile", "desktop", "web", "bot"}));
  app.add_option("--timeout", result.timeout, "Seconds to wait for an answer")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();

  auto add = [&app, &result](const char* name, const char* help, action what, const char* device) {
    auto command = app.add_subcommand(name, help);
    command->callback([&result, what, device] {
      result.what = what;
      if (result.device.empty())
        result.device = device;
    });
    return command;
  };
  add("register", "Makes the account", action::register_account, "cli");
  auto send = add("send", "Sends a text and waits until it is stored", action::send, "cli");
  add_target(*send, result);
  send->add_option("text", result.text, "The text; - reads standard input")->required();
  send->add_option("--reply-to", result.reply_to, "The number of the message that it answers");
  send->add_option("--mention", result.mentions, "Names of members that are to notice");
  send->add_flag("--json", result.json, "Prints the place as JSON");
  for (auto [name, help, kind, text] :
       {std::tuple{"edit", "Changes what a message of yours says", wire::revision_kind::edit,
                   "What it says from now on"},
        std::tuple{"recall", "Takes a message back", wire::revision_kind::recall, ""},
        std::tuple{"react", "Reacts to a message", wire::revision_kind::react, "How"},
        std::tuple{"unreact", "Takes a reaction back", wire::revision_kind::unreact, "Which"}}) {
    auto change = add(name, help, action::change_message, "cli");
    change->preparse_callback([&result, kind = kind](size_t) { result.revision = kind; });
    add_target(*change, result);
    change->add_option("seq", result.from, "The message's number")->required();
    if (*text != 0)
      change->add_option("text", result.text, text)->required();
  }
  auto hide =
    add("hide", "Shows a message to you no more, on any device", action::hide_message, "cli");
  add_target(*hide, result);
  hide->add_option("seq", result.from, "The message's number")->required();
  auto room = add("room", "Makes a room, or changes one", action::change_room, "cli");
  room->add_option("change", result.word, std::string{room_changes})->required();
  room->add_option("words", result.with.words, "As the change wants them");
  room->add_option("--room", result.room, "The room: its id, or the start of id or title");
  room->add_option("--minutes", result.with.minutes, "Of mute")
    ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 32));
  uint64_t days = 0;
  room->add_option("--days", days, "Of keep: after which messages are let go; by default never")
    ->check(CLI::Range(uint64_t{0}, limits::retention_seconds_max / day_seconds));
  room->add_option("--messages", result.with.keep.messages,
                   "Of keep: the last ones that stay; by default all");
  room->add_flag("--live", result.with.live, "Of create: what is written there is not stored");
  auto members = add("members", "Prints who is in a room", action::members, "cli");
  members->add_option("--room", result.room, "The room: its id, or the start of id or title")
    ->required();
  members->add_flag("--json", result.json, "One JSON object per line");
  auto broadcast = add("broadcast", "Sends a text to everybody who has an account, as a service",
                       action::broadcast, "cli");
  broadcast->add_option("text", result.text, "The text; - reads standard input")->required();
  broadcast->add_option("--counter", result.counter,
                        "Repeats the broadcast that was printed with this number");
  add("import",
      "Makes an account without a password, or one more device of it, as a service, and "
      "prints its token",
      action::import_account, "cli")
    ->add_option("name", result.to, "A user's name")
    ->required();
  auto notices = add("notices", "Prints who was away when something was written, as a service",
                     action::notices, "cli");
  notices->add_flag("--follow", result.follow, "Goes on as more come");
  auto send_file =
    add("send-file", "Sends a file and waits until it is stored", action::send_file, "cli");
  add_target(*send_file, result);
  send_file->add_option("path", result.path, "The file")->required()->check(CLI::ExistingFile);
  send_file->add_flag("--json", result.json, "Prints the place as JSON");
  auto save = add("save", "Writes the file of a message; goes on where an earlier try ended",
                  action::save, "cli");
  add_target(*save, result);
  save->add_option("seq", result.from, "The message's number")->required();
  save->add_option("path", result.path, "Where to")->required();
  auto listen = add("listen", "Prints messages as they come; a new device starts with the next",
                    action::listen, "listen");
  listen->add_flag("--json", result.json, "One JSON object per line");
  listen->add_option("--count", result.count, "Ends after so many messages");
  listen->add_option("--seconds", result.seconds, "Ends after so long");
  auto history = add("history", "Prints old messages", action::history, "cli");
  add_target(*history, result);
  history->add_option("--from", result.from, "First place; by default the last --limit ones");
  add_times(*history, result);
  history->add_option("--limit", result.limit, "Messages")
    ->check(CLI::Range(size_t{1}, limits::page_rows))
    ->capture_default_str();
  history->add_flag("--json", result.json, "One JSON object per line");
  auto list = add("list", "Prints your conversations: pinned ones, then the last used first",
                  action::list, "cli");
  list->alias("conversations");
  list->add_flag("--json", result.json, "One JSON object per line");
  list->add_flag_callback(
    "--hidden", [&result] { result.list = wire::conversation_list::hidden; }, "Those you hid");
  auto conversation = add("conversation", "Changes what a conversation is to you",
                          action::change_conversation, "cli");
  std::string setting;
  uint64_t minutes = 0;
  conversation->add_option("change", setting, "pin, unpin, mute, unmute, hide, show")
    ->required()
    ->check(CLI::IsMember({"pin", "unpin", "mute", "unmute", "hide", "show"}));
  add_target(*conversation, result);
  conversation->add_option("--minutes", minutes, "Of mute; by default it does not end");
  auto readers = add("readers", "Prints who has read a message", action::readers, "cli");
  add_target(*readers, result);
  readers->add_option("seq", result.from, "The message's number")->required();
  auto everything = add("export", "Prints all that you can see, as one JSON object per line",
                        action::export_all, "cli");
  add_times(*everything, result);
  auto contacts = add("contacts", "Prints your contacts", action::contacts, "cli");
  const std::map<std::string, wire::contact_list> lists{{"contacts", wire::contact_list::contacts},
                                                        {"asking", wire::contact_list::asking},
                                                        {"asked", wire::contact_list::asked},
                                                        {"blocked", wire::contact_list::blocked}};
  contacts
    ->add_option("which", result.contacts, "Or those whom you asked, who asked you, whom you block")
    ->transform(CLI::CheckedTransformer(lists));
  contacts->add_flag("--json", result.json, "One JSON object per line");
  auto contact = add("contact", "Changes what is between you and somebody", action::contact, "cli");
  const std::map<std::string, wire::contact_change> changes{
    {"request", wire::contact_change::request}, {"withdraw", wire::contact_change::withdraw},
    {"accept", wire::contact_change::accept},   {"reject", wire::contact_change::reject},
    {"remove", wire::contact_change::remove},   {"block", wire::contact_change::block},
    {"unblock", wire::contact_change::unblock}, {"remark", wire::contact_change::remark}};
  contact->add_option("change", result.change, "What to do")
    ->required()
    ->transform(CLI::CheckedTransformer(changes));
  contact->add_option("name", result.to, "A user's name")->required();
  contact->add_option("text", result.text, "The greeting of a request, or the remark");
  auto presence =
    add("presence", "Prints who is online, and when others were seen", action::presence, "cli");
  presence->add_option("names", result.names, "Users' names")->required();
  presence->add_flag("--json", result.json, "One JSON object per line");
  const std::map<std::string, wire::visibility> whom{{"contacts", wire::visibility::contacts},
                                                     {"everyone", wire::visibility::everyone},
                                                     {"nobody", wire::visibility::nobody}};
  add("visibility", "Prints, or changes, who may see whether you are online", action::visibility,
      "cli")
    ->add_option("who", result.visibility, "contacts, everyone or nobody")
    ->transform(CLI::CheckedTransformer(whom));
  add("devices", "Prints your devices, used last first", action::devices, "cli")
    ->add_flag("--json", result.json, "One JSON object per line");
  auto revoke =
    add("revoke", "Logs devices out: their tokens are worth nothing", action::revoke, "cli");
  std::vector<std::string> revoked;
  revoke->add_option("devices", revoked, "As `devices` prints them");
  revoke->add_flag("--others", result.others, "All but this one");
  auto profile = add("profile", "Prints how somebody wants to be shown, or changes how you do",
                     action::profile, "cli");
  profile->add_option("name", result.to, "A user's name; by default you");
  profile->add_flag("--json", result.json, "As JSON");
  for (auto [option, to, help] :
       {std::tuple{"--display-name", &result.display_name, "How you want to be called"},
        std::tuple{"--avatar", &result.avatar, "Where your picture is"}})
    profile->add_option(option, *to, help)->excludes(profile->get_option("name"));
  auto search =
    add("search", "Prints messages with all words of a text, newest first", action::search, "cli");
  search->add_option("--to", result.to, "In the chat with this user");
  search->add_option("--room", result.room, "In this room: its id, or its title");
  search->add_option("text", result.text, "The words; without --to and --room anywhere")
    ->required();
  search->add_option("--limit", result.limit, "Messages of each conversation")
    ->check(CLI::Range(size_t{1}, limits::page_rows))
    ->capture_default_str();
  search->add_flag("--json", result.json, "One JSON object per line");
  auto online =
    add("online", "Prints for each day of UTC how long you were online", action::online, "cli");
  online->add_option("name", result.to, "A user's name; service accounts may ask for others");
  add_times(*online, result);
  online->add_flag("--json", result.json, "Days and sessions, as one JSON object per line");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e) == 0 ? 0 : bad_options);
  }
  auto fail = [](const std::string& why) {
    std::fprintf(stderr, "parley: %s\n", why.c_str());
    std::exit(bad_options);
  };
  if (result.device.empty())
    result.device = "chat";
  result.node_text = door.nodes;
  if (auto read = door.read(result.nodes, result.tls); !read.ok())
    fail(read.text);
  if (result.user.empty())
    fail("--user is needed");
  auto name = normalize_name(result.user);
  if (!name)
    fail(result.user + ": " + std::string{text_of(ec::bad_name)});
  result.user = *name;
  if (!normalize_name(result.device))
    fail("--device: letters, digits, . _ - only");
  if (auto known = parse_device_kind(kind))
    result.kind = *known;
  for (auto& x : revoked) {
    auto id = parse_device(x);
    if (!id)
      fail(x + ": a device is 16 hexadecimal digits");
    result.revoked.push_back(*id);
  }
  if (result.what == action::revoke && result.revoked.empty() == !result.others)
    fail("revoke DEVICES... or revoke --others");
  result.with.keep.seconds = days * day_seconds;
  if (auto what = parse_conversation_change(setting, minutes))
    result.settings = *what;
  auto needs_target = result.what == action::send || result.what == action::send_file
                      || result.what == action::save || result.what == action::history
                      || result.what == action::change_conversation
                      || result.what == action::change_message
                      || result.what == action::hide_message || result.what == action::readers
                      || (result.what == action::change_room && result.word != "create");
  if (needs_target && result.to.empty() && result.room.empty())
    fail("--to NAME or --room ID is needed");
  return result;
}

} // namespace parley::chat
