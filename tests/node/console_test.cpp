#define BOOST_TEST_MODULE console

#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

// `parley` as a chat, typed at through a pipe, against a real node.

using namespace parley;
using namespace parley::testing;

namespace {

/// Somebody at a console.
class person {
public:
  person(const node_process& node, const std::string& name)
      : person(node, name, std::make_shared<temp_dir>()) {
    // nop
  }

  /// The same device in another window, if `state` is that of the first.
  person(const node_process& node, const std::string& name, std::shared_ptr<temp_dir> state)
      : state_(std::move(state)) {
    auto pipe = (place_.path() / "typed").string();
    BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    keys_ = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);
    auto command = std::string{"exec "} + PARLEY + " --connect " + node.endpoint() + " --user "
                   + name + " --state-dir " + state_->path().string() + " < " + pipe;
    program_ = std::make_unique<child_process>(
      std::vector<std::string>{"/bin/sh", "-c", command},
      std::vector<std::string>{std::string{"PARLEY_PASSWORD="} + password});
    sees("logged in as " + name);
  }

  ~person() {
    ::close(keys_);
  }

  person(const person&) = delete;
  person& operator=(const person&) = delete;

  void types(const std::string& line) {
    auto text = line + "\n";
    BOOST_REQUIRE(::write(keys_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }

  /// Waits for these words, behind those that were waited for before.
  void sees(const std::string& words) {
    try {
      wait_until("the console shows: " + words, [&] {
        seen_ = screen().find(words, read_);
        return seen_ != std::string::npos;
      });
    } catch (const timed_out& e) {
      throw timed_out(std::string{e.what()} + "; it shows:\n" + screen());
    }
    read_ = seen_ + words.size();
  }

  /// What stands behind the words that were seen last, to the end of the line.
  std::string rest_of_line() const {
    auto text = screen();
    return text.substr(read_, text.find('\n', read_) - read_);
  }

  std::string screen() const {
    return program_->out();
  }

  int wait() {
    return program_->wait();
  }

  const std::shared_ptr<temp_dir>& state() const noexcept {
    return state_;
  }

private:
  std::shared_ptr<temp_dir> state_;
  temp_dir place_;
  int keys_ = -1;
  std::unique_ptr<child_process> program_;
  size_t read_ = 0;
  size_t seen_ = 0;
};

struct one_node {
  node_process node;

  one_node() {
    for (auto name : {"ada", "bob", "eve"})
      register_person(node, name);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(console_test, one_node)

BOOST_AUTO_TEST_CASE(two_people_write_and_see_each_other_receive_and_read) {
  person ada{node, "ada"};
  person bob{node, "bob"};
  ada.types("/msg bob good morning");
  ada.sees("stored as #1");
  bob.sees(" ada: good morning");
  ada.sees("bob has received up to #1");
  bob.types("/msg ada good morning to you");
  bob.types("how are you?");
  ada.sees(" bob: good morning to you");
  ada.sees(" bob: how are you?");
  ada.types("/read");
  ada.sees("read; 0 unread");
  bob.sees("ada has read up to #3");
  ada.types("/history 2");
  ada.sees(" bob: good morning to you");
  ada.sees(" bob: how are you?");
}

BOOST_AUTO_TEST_CASE(a_conversation_is_put_on_top_silenced_and_out_of_the_list) {
  person ada{node, "ada"};
  person bob{node, "bob"};
  bob.types("/msg ada good morning");
  ada.sees(" bob: good morning");
  ada.types("/chat pin");
  ada.sees("! which one?");
  ada.types("/msg bob");
  ada.types("/chat pin");
  ada.sees("direct  bob  (1 unread)  (pinned)\n");
  ada.types("/chat mute");
  ada.sees("(pinned)  (muted)\n");
  ada.types("/list");
  ada.sees("(muted)  ");
  ada.sees("bob: good morning");
  ada.sees("  0 unread, 1 muted\n");
  ada.types("/chat hide");
  ada.sees("(hidden)\n");
  ada.types("/list");
  ada.sees("nothing yet\n");
  ada.types("/list hidden");
  ada.sees("direct  bob");
  ada.types("/chat show");
  ada.sees("(pinned)  (muted)\n");
  ada.types("/chat unmute");
  ada.types("/chat unpin");
  ada.sees("direct  bob  (1 unread)\n");
  ada.types("/chat forget");
  ada.sees("! /chat pin, unpin");
}

BOOST_AUTO_TEST_CASE(people_become_contacts_and_note_something_on_each_other) {
  person ada{node, "ada"};
  person bob{node, "bob"};
  ada.types("/contact bob it is me");
  bob.sees("* ada  asks to be a contact  \"it is me\"");
  bob.types("/contacts asked");
  bob.sees("1 in all");
  bob.types("/accept ada");
  ada.sees("* bob  contact");
  bob.sees(" ada: it is me");
  ada.types("/remark bob from work");
  ada.sees("noted of bob");
  ada.types("/contacts");
  ada.sees("bob  contact  (from work)");
  bob.types("/block ada");
  bob.sees("blocked ada");
  ada.types("/msg bob hello?");
  ada.sees("! not sent: one of you has blocked the other");
}

BOOST_AUTO_TEST_CASE(people_see_who_is_there) {
  person ada{node, "ada"};
  person bob{node, "bob"};
  ada.types("/watch bob");
  ada.sees("bob  offline");
  bob.types("/visibility everyone");
  bob.sees("seen by everyone");
  ada.sees("* bob  online");
  bob.types("/away");
  ada.sees("* bob  away");
  node.kill();
  node.start();
  ada.sees("* bob  away"); // Both have said again what a node forgets.
  bob.types("/back");
  ada.sees("* bob  online");
  ada.types("/presence bob");
  ada.sees("bob  online");
}

BOOST_AUTO_TEST_CASE(who_comes_and_goes_is_said_in_plain_words) {
  person ada{node, "ada"};
  person bob{node, "bob"};
  ada.types("/room create reading bob");
  ada.sees("created ");
  auto id = ada.rest_of_line();
  bob.sees(" [reading] ada: * created: ada, bob\n");
  ada.types("/invite eve");
  bob.sees(" [reading] ada: * added: eve\n");
  ada.types("/members");
  ada.sees("  3 members");
  ada.types("good morning");
  bob.sees("ada: good morning");
  ada.types("/readers 3");
  ada.sees("  read by 0 of 2, received by ");
  bob.types("/leave reading");
  ada.sees(" bob: * left\n");
  bob.types("/join " + id);
  ada.sees(" bob: * joined\n");
  ada.types("/kick bob");
  ada.sees(" ada: * removed: bob\n");
}

BOOST_AUTO_TEST_CASE(messages_are_changed_by_their_numbers) {
  person ada{node, "ada"};
  person bob{node, "bob"};
  ada.types("/msg bob helo");
  bob.sees(" #1 ada: helo");
  ada.types("/edit 1 hello");
  bob.sees(" #2 ada: * #1 now says: hello");
  bob.types("/msg ada @ada hello");
  ada.sees(" #3 bob: @ada hello");
  bob.types("/react #1 +1");
  ada.sees(" #4 bob: * +1 to #1 (1)");
  ada.types("/list");
  ada.sees("direct  bob");
  ada.types("/reply 3 to you, too");
  bob.sees(" #5 ada: (to #3) to you, too");
  bob.types("/history");
  bob.sees(" #1 ada: hello (edited)  +1 1");
  bob.types("/versions 1");
  bob.sees(" #1 ada: helo");
  bob.types("/recall 1");
  bob.sees("! not sent: not allowed");
  bob.types("/forward 1 eve");
  bob.sees("stored as #1");
  ada.types("/recall 1");
  bob.sees(" #6 ada: * recalled #1");
  bob.types("/hide 5");
  bob.sees("hidden #5");
  bob.types("/history");
  bob.sees(" #1 ada: * recalled");
  bob.sees(" #5 ada: * hidden");
}

BOOST_AUTO_TEST_CASE(files_are_sent_saved_and_sent_on_by_commands) {
  person ada{node, "ada"};
  person bob{node, "bob"};
  person eve{node, "eve"};
  temp_dir place;
  auto path = (place.path() / "plan.txt").string();
  std::ofstream{path} << std::string(200'000, 'x');
  ada.types("/file " + path);
  ada.sees("! to whom?");
  ada.types("/msg bob look");
  bob.sees(" #1 ada: look");
  ada.types("/file " + path);
  bob.sees(" #2 ada: [file plan.txt, 200000 bytes]");
  ada.types("/file " + path + ".not");
  ada.sees("! plan.txt.not: cannot read the file");
  bob.types("/msg ada thanks");
  bob.types("/save 2 " + path + ".copy");
  bob.sees("saved " + path + ".copy, 200000 bytes");
  BOOST_TEST(std::filesystem::file_size(path + ".copy") == 200'000u);
  bob.types("/save 1 " + path + ".copy");
  bob.sees(": no such file");
  bob.types("/forward 2 eve");
  eve.sees(" #1 bob: (from ada) [file plan.txt, 200000 bytes]");
  eve.types("/msg bob nice");
  eve.types("/save 1 " + path + ".again");
  eve.sees("saved " + path + ".again");
}

BOOST_AUTO_TEST_CASE(an_owner_runs_a_room_by_commands) {
  person ada{node, "ada"};
  person bob{node, "bob"};
  ada.types("/room create reading bob");
  bob.sees(" [reading] ada: * created: ada, bob\n");
  ada.types("/promote bob");
  bob.sees(" ada: * appointed as admin: bob\n");
  ada.types("/members");
  ada.sees("  ada (owner)");
  bob.types("/room reading");
  bob.types("/rename books");
  ada.sees(" bob: * renamed: books\n");
  bob.types("/announce read more");
  ada.sees(" bob: * announced: read more\n");
  bob.types("/dissolve");
  bob.sees("! not allowed");
  ada.types("/demote bob");
  bob.sees(" ada: * appointed as member: bob\n");
  ada.types("/quiet on");
  bob.sees(" ada: * only admins may write now\n");
  bob.types("may I?");
  bob.sees("! not sent: may not write here now");
  ada.types("/quiet off");
  bob.sees(" ada: * everybody may write again\n");
  ada.types("/mute 5 bob");
  bob.sees(" ada: * muted until ");
  ada.types("/unmute bob");
  bob.sees(" ada: * muted no more: bob\n");
  ada.types("/entrance request");
  bob.sees(" ada: * entrance: by request\n");
  ada.types("/ban bob");
  bob.sees(" ada: * banned: bob\n");
  ada.types("/dissolve");
  ada.sees("dissolved ");
}

BOOST_AUTO_TEST_CASE(help_shows_the_commands_and_an_unknown_one_is_refused) {
  person ada{node, "ada"};
  ada.types("/help");
  ada.sees("  /room create TITLE NAMES...   make a room");
  ada.sees("  /quit");
  ada.types("/nonsense");
  ada.sees("! no such command: /nonsense; try /help");
  ada.types("/quit");
  BOOST_TEST(ada.wait() == 0);
}

BOOST_AUTO_TEST_CASE(why_the_node_closes_is_said_in_words) {
  person ada{node, "ada"};
  BOOST_TEST(node.stop() == 0);
  ada.sees("offline: the node is stopping\n");
  node.start();
  ada.sees("logged in as ada");
  BOOST_TEST(node.stop() == 0);
  ada.sees("offline: the node is stopping\n"); // Also the second time.
}

BOOST_AUTO_TEST_CASE(another_window_takes_over_and_the_first_says_so_once) {
  person first{node, "ada"};
  person second{node, "ada", first.state()};
  first.sees("this device logged in on another connection\n");
  first.types("/list");
  second.types("/msg bob from here");
  second.sees("stored as #1");
  first.types("/quit");
  BOOST_TEST(first.wait() == 0);
  BOOST_TEST(first.screen().find("another connection")
             == first.screen().rfind("another connection"));
}

BOOST_AUTO_TEST_SUITE_END()
