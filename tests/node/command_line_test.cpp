#define BOOST_TEST_MODULE command_line

#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

#include <sys/stat.h>

// `parley` for scripts, against a real node.

using namespace parley;
using namespace parley::testing;

namespace {

struct one_node {
  node_process node;
  temp_dir states;

  std::vector<std::string> command(const std::string& user, std::vector<std::string> words) {
    std::vector<std::string> result{PARLEY, "--connect",   node.endpoint(),     "--user",
                                    user,   "--state-dir", states.path() / user};
    result.insert(result.end(), words.begin(), words.end());
    return result;
  }

  finished parley(const std::string& user, std::vector<std::string> words,
                  const std::string& secret = password) {
    return run(command(user, std::move(words)), {"PARLEY_PASSWORD=" + secret});
  }

  /// Each line as JSON.
  static std::vector<nlohmann::json> lines(const std::string& text) {
    std::istringstream in{text};
    std::vector<nlohmann::json> result;
    for (std::string line; std::getline(in, line);)
      result.push_back(nlohmann::json::parse(line));
    return result;
  }

  size_t files_of(const std::string& user) {
    size_t result = 0;
    for (auto& x : std::filesystem::recursive_directory_iterator{states.path() / user})
      result += x.is_regular_file();
    return result;
  }

  void people() {
    BOOST_REQUIRE(parley("ada", {"register"}).status == 0);
    BOOST_REQUIRE(parley("bob", {"register"}).status == 0);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(command_line_test, one_node)

BOOST_AUTO_TEST_CASE(an_account_is_made_once) {
  auto first = parley("ada", {"register"});
  BOOST_TEST(first.status == 0);
  BOOST_TEST(first.out == "registered\n");
  std::filesystem::remove_all(states.path() / "ada");
  auto second = parley("ada", {"register"}, "another one");
  BOOST_TEST(second.status == 1);
  BOOST_TEST(second.err == "parley: the name is taken\n");
}

BOOST_AUTO_TEST_CASE(the_token_is_kept_where_only_its_owner_reads_it) {
  people();
  for (auto& x : std::filesystem::recursive_directory_iterator{states.path() / "ada"}) {
    struct stat info {};
    BOOST_REQUIRE(::stat(x.path().c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 077) == 0u);
  }
  BOOST_TEST(files_of("ada") == 1u);
  // The password is not needed again.
  BOOST_TEST(parley("ada", {"send", "--to", "bob", "hi"}, "wrong password").status == 0);
}

BOOST_AUTO_TEST_CASE(what_is_sent_is_listened_to) {
  people();
  child_process listener{command("bob", {"listen", "--json", "--count", "3", "--seconds", "20"}),
                         {std::string{"PARLEY_PASSWORD="} + password}};
  // A token of its own: the device is known and will miss nothing.
  wait_until("bob listens", [&] { return files_of("bob") == 2; });
  std::vector<std::string> texts{"hello", "\xe2\x82\xac and \"quotes\"", "two\nlines"};
  for (size_t i = 0; i < texts.size(); ++i) {
    auto sent = parley("ada", {"send", "--to", "bob", "--json", texts[i]});
    BOOST_TEST(sent.status == 0);
    BOOST_TEST(nlohmann::json::parse(sent.out)["seq"] == i + 1);
  }
  BOOST_TEST(listener.wait() == 0);
  auto heard = lines(listener.out());
  BOOST_REQUIRE(heard.size() == texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    BOOST_TEST(heard[i]["type"] == "message");
    BOOST_TEST(heard[i]["seq"] == i + 1);
    BOOST_TEST(heard[i]["sender"] == "ada");
    BOOST_TEST(heard[i]["text"] == texts[i]);
  }
}

BOOST_AUTO_TEST_CASE(what_was_listened_to_does_not_come_again) {
  people();
  auto listen = [&] {
    return lines(parley("bob", {"listen", "--json", "--count", "1", "--seconds", "10"}).out);
  };
  // The device of `listen` is made before there is anything to hear.
  parley("bob", {"listen", "--seconds", "0.2"});
  for (auto text : {"first", "second"}) {
    BOOST_TEST(parley("ada", {"send", "--to", "bob", text}).status == 0);
    auto heard = listen();
    BOOST_REQUIRE(heard.size() == 1u);
    BOOST_TEST(heard[0]["text"] == text);
  }
}

BOOST_AUTO_TEST_CASE(history_and_conversations_show_what_was_said) {
  people();
  for (int i = 1; i <= 5; ++i)
    BOOST_TEST(parley("ada", {"send", "--to", "bob", "text " + std::to_string(i)}).status == 0);
  auto last = lines(parley("bob", {"history", "--to", "ada", "--json", "--limit", "2"}).out);
  BOOST_REQUIRE(last.size() == 2u);
  BOOST_TEST(last[0]["text"] == "text 4");
  BOOST_TEST(last[1]["text"] == "text 5");
  auto first =
    lines(parley("ada", {"history", "--to", "bob", "--json", "--from", "1", "--limit", "1"}).out);
  BOOST_REQUIRE(first.size() == 1u);
  BOOST_TEST(first[0]["text"] == "text 1");
  auto all =
    lines(parley("ada", {"history", "--to", "bob", "--json", "--since", "2020-01-01"}).out);
  BOOST_TEST(all.size() == 5u);
  BOOST_TEST(parley("ada", {"history", "--to", "bob", "--until", "2020-01-01 12:00"}).out == "");
  BOOST_TEST(parley("ada", {"history", "--to", "bob", "--since", "yesterday"}).status == 2);
  auto chats = lines(parley("bob", {"conversations", "--json"}).out);
  BOOST_REQUIRE(chats.size() == 1u);
  BOOST_TEST(chats[0]["title"] == "ada");
  BOOST_TEST(chats[0]["unread"] == 5);
  BOOST_TEST(chats[0]["last"]["text"] == "text 5");
  BOOST_TEST(parley("bob", {"list"}).out.find("(5 unread)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(all_that_a_user_can_see_is_exported_line_by_line) {
  people();
  BOOST_TEST(parley("ada", {"contact", "request", "bob", "it is me"}).status == 0);
  BOOST_TEST(parley("bob", {"contact", "accept", "ada"}).status == 0);
  for (int i = 0; i < 6; ++i) // More than a page.
    BOOST_TEST(parley("ada", {"send", "--to", "bob", std::string(15'000, 'x')}).status == 0);
  auto all = lines(parley("bob", {"export"}).out);
  BOOST_REQUIRE(all.size() == 10u);
  BOOST_TEST(all[0]["type"] == "user");
  BOOST_TEST(all[0]["name"] == "bob");
  BOOST_TEST(all[1]["type"] == "contact");
  BOOST_TEST(all[1]["name"] == "ada");
  BOOST_TEST(all[2]["type"] == "conversation");
  BOOST_TEST(all[2]["title"] == "ada");
  BOOST_TEST(all[3]["text"] == "it is me");
  BOOST_TEST(all[9]["seq"] == 7);
  BOOST_TEST(lines(parley("bob", {"export", "--until", "2020-01-01"}).out).size() == 3u);
}

BOOST_AUTO_TEST_CASE(who_has_read_a_message_is_printed) {
  people();
  BOOST_TEST(parley("ada", {"send", "--to", "bob", "hello"}).status == 0);
  BOOST_TEST(parley("ada", {"readers", "--to", "bob", "1"}).out
             == "read by 0 of 1, received by 0\n");
  BOOST_TEST(parley("bob", {"send", "--to", "ada", "hi"}).status == 0);
  BOOST_TEST(parley("ada", {"readers", "--to", "bob", "1"}).out
             == "bob\nread by 1 of 1, received by 1\n");
  BOOST_TEST(parley("ada", {"readers", "--to", "bob", "9"}).status == 1);
}

BOOST_AUTO_TEST_CASE(conversations_are_pinned_muted_and_hidden) {
  people();
  BOOST_TEST(parley("ada", {"send", "--to", "bob", "hello"}).status == 0);
  auto listed = [this](std::vector<std::string> how) {
    how.insert(how.begin(), "list");
    how.push_back("--json");
    return lines(parley("bob", how).out);
  };
  auto change = [this](std::vector<std::string> how) {
    how.insert(how.begin(), {"conversation", "--to", "ada"});
    return parley("bob", how);
  };
  BOOST_TEST(change({"pin"}).status == 0);
  BOOST_TEST(change({"mute", "--minutes", "5"}).status == 0);
  auto shown = listed({});
  BOOST_REQUIRE(shown.size() == 1u);
  BOOST_TEST(shown[0]["pinned"] == true);
  BOOST_TEST(shown[0]["muted_until"] > shown[0]["active"]);
  BOOST_TEST(change({"hide"}).status == 0);
  BOOST_TEST(listed({}).empty());
  BOOST_TEST(listed({"--hidden"}).size() == 1u);
  BOOST_TEST(change({"show"}).status == 0);
  BOOST_TEST(change({"unmute"}).status == 0);
  BOOST_TEST(change({"unpin"}).status == 0);
  shown = listed({});
  BOOST_REQUIRE(shown.size() == 1u);
  BOOST_TEST(shown[0]["pinned"] == false);
  BOOST_TEST(shown[0]["muted_until"] == 0);
  BOOST_TEST(change({"forget"}).status == 2);
  BOOST_TEST(parley("bob", {"conversation", "pin", "--room", "none"}).status == 1);
}

BOOST_AUTO_TEST_CASE(contacts_are_asked_and_listed) {
  people();
  BOOST_TEST(parley("ada", {"contact", "request", "bob", "it is me"}).status == 0);
  auto asked = lines(parley("bob", {"contacts", "asked", "--json"}).out);
  BOOST_REQUIRE(asked.size() == 1u);
  BOOST_TEST(asked[0]["name"] == "ada");
  BOOST_TEST(asked[0]["greeting"] == "it is me");
  BOOST_TEST(parley("bob", {"contact", "accept", "ada"}).status == 0);
  auto found = lines(parley("ada", {"contacts", "--json"}).out);
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0]["state"] == "contact");
  BOOST_TEST(parley("bob", {"contact", "accept", "eve"}).status == 1);
}

BOOST_AUTO_TEST_CASE(presence_is_asked_and_shown_to_whom_one_likes) {
  people();
  BOOST_TEST(parley("bob", {"visibility"}).out == "contacts\n");
  BOOST_TEST(parley("bob", {"visibility", "everyone"}).status == 0);
  auto found = lines(parley("ada", {"presence", "bob", "nobody", "--json"}).out);
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0]["name"] == "bob");
  BOOST_TEST(found[0]["state"] == "online"); // A moment ago.
  BOOST_TEST(found[1]["state"] == "offline");
  BOOST_TEST(found[1]["last_seen"] == 0);
  BOOST_TEST(parley("bob", {"visibility", "friends"}).status == 2);
}

BOOST_AUTO_TEST_CASE(a_text_comes_from_standard_input_and_a_password_from_a_file) {
  auto file = states.path() / "secret";
  std::ofstream{file} << password << "\n";
  BOOST_TEST(run(command("ada", {"--password-file", file, "register"})).status == 0);
  auto piped = command("ada", {"send", "--to", "ada", "-"});
  std::string line;
  for (auto& word : piped)
    line += "'" + word + "' ";
  BOOST_TEST(run({"/bin/sh", "-c", "printf 'from a pipe' | " + line}).status == 0);
  auto found = lines(parley("ada", {"history", "--to", "ada", "--json"}).out);
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0]["text"] == "from a pipe");
}

BOOST_AUTO_TEST_CASE(what_goes_wrong_is_said_in_one_line_and_in_the_status) {
  people();
  auto fails = [&](const finished& x, int status, const std::string& words) {
    BOOST_TEST(x.status == status);
    BOOST_TEST(x.out == "");
    BOOST_TEST(x.err.find(words) != std::string::npos, x.err);
  };
  fails(parley("ada", {"send", "--to", "nobody", "hi"}), 1, "no such user");
  fails(parley("ada", {"send", "hi"}), 2, "--to NAME or --room ID");
  fails(parley("no name", {"conversations"}), 2, "a name is");
  fails(parley("eve", {"conversations"}), 1, "wrong name, password or token");
  fails(parley("ada", {"listen", "--count", "1", "--seconds", "0.2"}), 1, "only 0 messages");
  node.kill();
  fails(parley("ada", {"--timeout", "1", "send", "--to", "bob", "hi"}), 1, "parley: ");
}

BOOST_AUTO_TEST_CASE(a_send_waits_for_a_node_that_comes_back) {
  people();
  node.kill();
  child_process sender{command("ada", {"--timeout", "20", "send", "--to", "bob", "hi"})};
  wait_until("it tries", [&] { return sender.pid() > 0 && !sender.ended(); });
  node.start();
  BOOST_TEST(sender.wait() == 0);
  BOOST_TEST(lines(parley("bob", {"history", "--to", "ada", "--json"}).out).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
