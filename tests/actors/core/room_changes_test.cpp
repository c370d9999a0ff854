#define BOOST_TEST_MODULE room_changes

#include "tests/actors/core/room_on_disk.hpp"

#include "schema/limits.hpp"
#include "tests/support/read_row.hpp"

#include <algorithm>
#include <functional>

using namespace parley;
using namespace parley::testing;
using namespace std::chrono_literals;

namespace {

using wire::event_kind;
using wire::member_change;
using wire::room_change;
using wire::room_role;

/// A room of olga, who owns it, adam, an admin, and the members mia and max. Sue is
/// a stranger.
struct fixture : room_on_disk {
  fixture() {
    make("olga", {"adam", "mia", "max"});
    BOOST_REQUIRE(role("olga", "adam", room_role::admin) == ec::none);
  }

  /// What the room says to a request. A change whose answer waits for the lists of
  /// members counts as done.
  ec does(const std::string& who, wire::client_body what) {
    auto number = say(who, std::move(what));
    if (!answers.contains(number))
      return ec::none;
    auto body = answer_to(number);
    auto error = std::get_if<wire::error>(&body);
    return error ? error->code : ec::none;
  }

  ec with(const std::string& who, member_change what, std::vector<std::string_view> whom) {
    return does(who, wire::change_members{id, std::move(whom), what});
  }

  ec role(const std::string& who, std::string_view whom, room_role to) {
    return does(who, wire::change_members{id, {whom}, member_change::role, to});
  }

  ec mute(const std::string& who, std::string_view whom, time_us until) {
    return does(who, wire::change_members{id, {whom}, member_change::mute, {}, until});
  }

  ec set(const std::string& who, room_change what, std::string_view text = {}) {
    return does(who, wire::change_room{id, what, text});
  }

  ec enter_by(const std::string& who, wire::room_access how) {
    wire::change_room what{id, room_change::access};
    what.access = how;
    return does(who, what);
  }

  ec quiet(const std::string& who, bool yes) {
    wire::change_room what{id, room_change::quiet};
    what.quiet = yes;
    return does(who, what);
  }

  ec writes(const std::string& who) {
    return does(who, text(who, "words"));
  }

  ec recalls(const std::string& who, seq_t seq) {
    return does(who, change(who, {seq, wire::revision_kind::recall}));
  }

  wire::members_page list(wire::member_list which = wire::member_list::members) {
    auto number = say("olga", wire::list_members{id, {}, 0, which});
    return std::get<wire::members_page>(answer_to(number));
  }

  std::optional<wire::member> member(std::string_view name) {
    for (auto& x : list().members)
      if (x.name == name)
        return x;
    return std::nullopt;
  }

  wire::event last_event() {
    auto last = history("olga").back();
    BOOST_REQUIRE(std::holds_alternative<wire::event>(last.body));
    return std::get<wire::event>(last.body);
  }
};

/// How each deed is asked for. Whom it is done to is a member.
struct attempt {
  core::deed deed;
  std::function<ec(fixture&, const std::string& who)> run;
};

const attempt attempts[] = {
  {core::deed::write, [](fixture& x, auto& who) { return x.writes(who); }},
  {core::deed::invite,
   [](fixture& x, auto& who) {
     return x.does(who, wire::invite{x.id, {"kit"}});
   }},
  {core::deed::see_asking,
   [](fixture& x, auto& who) {
     return x.does(who, wire::list_members{x.id, {}, 0, wire::member_list::asking});
   }},
  {core::deed::approve,
   [](fixture& x, auto& who) { return x.with(who, member_change::approve, {"kit"}); }},
  {core::deed::kick,
   [](fixture& x, auto& who) {
     return x.does(who, wire::kick{x.id, {"max"}});
   }},
  {core::deed::ban, [](fixture& x, auto& who) { return x.with(who, member_change::ban, {"max"}); }},
  {core::deed::mute, [](fixture& x, auto& who) { return x.mute(who, "max", x.now.wall + 1); }},
  {core::deed::write_in_quiet,
   [](fixture& x, auto& who) {
     BOOST_TEST((x.quiet("olga", true) == ec::none));
     auto code = x.writes(who);
     return code == ec::muted ? ec::forbidden : code;
   }},
  {core::deed::quiet, [](fixture& x, auto& who) { return x.quiet(who, true); }},
  {core::deed::recall_others,
   [](fixture& x, auto& who) { return x.recalls(who, x.write("max", "words")); }},
  {core::deed::rename,
   [](fixture& x, auto& who) { return x.set(who, room_change::title, "title"); }},
  {core::deed::announce,
   [](fixture& x, auto& who) { return x.set(who, room_change::announcement, "news"); }},
  {core::deed::access,
   [](fixture& x, auto& who) { return x.enter_by(who, wire::room_access::by_request); }},
  {core::deed::keep, [](fixture& x, auto& who) { return x.set(who, room_change::keep); }},
  {core::deed::appoint, [](fixture& x, auto& who) { return x.role(who, "max", room_role::admin); }},
  {core::deed::transfer,
   [](fixture& x, auto& who) { return x.set(who, room_change::transfer, "max"); }},
  {core::deed::dissolve, [](fixture& x, auto& who) { return x.set(who, room_change::dissolve); }},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_changes_test, fixture)

BOOST_AUTO_TEST_CASE(everybody_may_do_what_the_table_says_and_nothing_else) {
  BOOST_REQUIRE(std::size(attempts) == core::permissions.size());
  for (auto& row : core::permissions) {
    auto& try_it = attempts[static_cast<size_t>(row.deed)];
    BOOST_REQUIRE((try_it.deed == row.deed));
    for (auto [who, role] : {std::pair{"mia", room_role::member},
                             {"adam", room_role::admin},
                             {"olga", room_role::owner}}) {
      fixture fresh;
      auto expected = role >= row.lowest ? ec::none : ec::forbidden;
      BOOST_TEST(try_it.run(fresh, who) == expected, row.name << ", asked by " << who);
    }
    fixture fresh;
    BOOST_TEST(try_it.run(fresh, "sue") == ec::not_member, row.name << ", asked by a stranger");
  }
}

BOOST_AUTO_TEST_CASE(nobody_acts_against_their_equals_or_above) {
  for (auto whom : {"adam", "olga"}) {
    fixture fresh;
    fresh.role("olga", "mia", room_role::admin);
    BOOST_TEST(fresh.does("mia", wire::kick{id, {whom}}) == ec::forbidden);
    BOOST_TEST(fresh.with("mia", member_change::ban, {whom}) == ec::forbidden);
    BOOST_TEST(fresh.mute("mia", whom, fresh.now.wall + 1) == ec::forbidden);
    BOOST_TEST(fresh.recalls("mia", fresh.write(whom, "words")) == ec::forbidden);
  }
  BOOST_TEST(with("olga", member_change::ban, {"olga"}) == ec::forbidden);
  BOOST_TEST(role("olga", "olga", room_role::member) == ec::forbidden);
  BOOST_TEST(role("olga", "sue", room_role::admin) == ec::not_member);
}

BOOST_AUTO_TEST_CASE(an_admin_recalls_what_is_old) {
  auto seq = write("max", "words");
  now.wall += std::chrono::microseconds{limits::recall_within}.count() + 1;
  BOOST_TEST(recalls("max", seq) == ec::too_late);
  BOOST_TEST(recalls("adam", seq) == ec::none);
}

BOOST_AUTO_TEST_CASE(who_is_banned_is_out_and_stays_out) {
  BOOST_TEST(with("adam", member_change::ban, {"max", "sue"}) == ec::none);
  BOOST_TEST((last_event().kind == event_kind::banned));
  BOOST_TEST(!member("max"));
  for (auto who : {"max", "sue"}) {
    BOOST_TEST(does(who, wire::join{id}) == ec::banned);
    BOOST_TEST(does("olga", wire::invite{id, {who}}) == ec::banned);
  }
  wake();
  BOOST_TEST(does("max", wire::join{id}) == ec::banned);
  BOOST_TEST(list(wire::member_list::banned).total == 2u);
  BOOST_TEST(with("adam", member_change::unban, {"max", "mia"}) == ec::none);
  BOOST_TEST((last_event().members == std::vector<std::string_view>{"max"}));
  BOOST_TEST(does("max", wire::join{id}) == ec::none);
  BOOST_TEST(member("max").has_value());
}

BOOST_AUTO_TEST_CASE(who_is_muted_writes_again_when_the_time_is_over) {
  auto seq = write("max", "before");
  BOOST_TEST(mute("adam", "max", now.wall + 1000) == ec::none);
  BOOST_TEST(last_event().until == now.wall + 1000);
  BOOST_TEST(writes("max") == ec::muted);
  BOOST_TEST(does("max", change("max", {seq, wire::revision_kind::react, {}, "+1"})) == ec::muted);
  wake();
  BOOST_TEST(writes("max") == ec::muted);
  BOOST_TEST(recalls("max", seq) == ec::none); // Taking back is not writing.
  now.wall += 1000;
  BOOST_TEST(writes("max") == ec::none);
  mute("adam", "max", now.wall + 1000);
  BOOST_TEST(mute("adam", "max", 0) == ec::none);
  BOOST_TEST(writes("max") == ec::none);
}

BOOST_AUTO_TEST_CASE(a_mute_outlasts_leaving) {
  mute("adam", "max", now.wall + 1000);
  does("max", wire::leave{id});
  does("max", wire::join{id});
  BOOST_TEST(writes("max") == ec::muted);
}

BOOST_AUTO_TEST_CASE(a_repeat_is_answered_before_a_mute_is) {
  auto what = text("max", "before");
  auto seq = seq_of(ask("max", what));
  mute("adam", "max", now.wall + 1000);
  BOOST_TEST(seq_of(ask("max", what)) == seq);
}

BOOST_AUTO_TEST_CASE(in_a_quiet_room_admins_write) {
  BOOST_TEST(quiet("adam", true) == ec::none);
  BOOST_TEST((last_event().kind == event_kind::quieted));
  BOOST_TEST(writes("mia") == ec::muted);
  BOOST_TEST(writes("adam") == ec::none);
  wake();
  BOOST_TEST(writes("mia") == ec::muted);
  BOOST_TEST(list().quiet);
  BOOST_TEST(quiet("adam", false) == ec::none);
  BOOST_TEST(writes("mia") == ec::none);
}

BOOST_AUTO_TEST_CASE(who_asks_is_let_in_when_an_admin_says_so) {
  enter_by("olga", wire::room_access::by_request);
  for (int i = 0; i < 2; ++i) { // The second time changes nothing.
    auto answer = ask("sue", wire::join{id});
    BOOST_TEST(std::get<wire::change>(answer).asked);
  }
  BOOST_TEST((last_event().kind == event_kind::asked));
  BOOST_TEST(!member("sue"));
  wake();
  BOOST_TEST(list(wire::member_list::asking).members.at(0).name == "sue");
  BOOST_TEST(with("adam", member_change::approve, {"sue", "kit"}) == ec::none);
  BOOST_TEST(member("sue").has_value());
  BOOST_TEST(!member("kit"));
  BOOST_TEST(list(wire::member_list::asking).total == 0u);
  ask("kit", wire::join{id});
  BOOST_TEST(with("adam", member_change::refuse, {"kit"}) == ec::none);
  BOOST_TEST((last_event().kind == event_kind::refused));
  BOOST_TEST(list(wire::member_list::asking).total == 0u);
  BOOST_TEST(std::get<wire::change>(ask("kit", wire::join{id})).asked); // May ask again.
}

BOOST_AUTO_TEST_CASE(a_closed_room_is_entered_by_invitation) {
  enter_by("olga", wire::room_access::closed);
  BOOST_TEST(does("sue", wire::join{id}) == ec::forbidden);
  BOOST_TEST(does("mia", wire::invite{id, {"sue"}}) == ec::none);
  BOOST_TEST(member("sue").has_value());
  wake();
  BOOST_TEST(does("kit", wire::join{id}) == ec::forbidden);
}

BOOST_AUTO_TEST_CASE(a_room_has_one_owner_and_the_old_one_becomes_admin) {
  BOOST_TEST(set("olga", room_change::transfer, "mia") == ec::none);
  BOOST_TEST((member("mia")->role == room_role::owner));
  BOOST_TEST((member("olga")->role == room_role::admin));
  BOOST_TEST(set("olga", room_change::transfer, "olga") == ec::forbidden);
  BOOST_TEST(set("mia", room_change::transfer, "sue") == ec::not_member);
}

BOOST_AUTO_TEST_CASE(when_the_owner_leaves_an_admin_follows_and_all_are_told) {
  does("olga", wire::leave{id});
  auto all = history("mia");
  BOOST_TEST((std::get<wire::event>(all.back().body).kind == event_kind::left));
  auto what = std::get<wire::event>(all[all.size() - 2].body);
  BOOST_TEST((what.kind == event_kind::appointed));
  BOOST_TEST((what.role == room_role::owner));
  BOOST_TEST((what.members == std::vector<std::string_view>{"adam"}));
}

BOOST_AUTO_TEST_CASE(the_title_changes_in_every_list) {
  BOOST_TEST(set("adam", room_change::title, "new title") == ec::none);
  BOOST_TEST(last_event().text == "new title");
  auto seq = history("olga").back().seq;
  auto row = read_row(disk, keys::outbox(id, seq));
  BOOST_REQUIRE(row.has_value());
  auto notes = record::decode<record::outbox>(*row);
  BOOST_TEST(notes->members.size() == 4u);
  for (auto& x : notes->members)
    BOOST_TEST(x.title == "new title");
}

BOOST_AUTO_TEST_CASE(an_announcement_is_there_for_who_comes_later) {
  BOOST_TEST(set("adam", room_change::announcement, "be kind") == ec::none);
  BOOST_TEST(last_event().text == "be kind");
  wake();
  BOOST_TEST(list().announcement == "be kind");
}

BOOST_AUTO_TEST_CASE(what_is_dissolved_can_be_read_and_left) {
  BOOST_TEST(set("olga", room_change::dissolve) == ec::none);
  BOOST_TEST((last_event().kind == event_kind::dissolved));
  wake();
  for (auto& x : attempts)
    if (x.deed != core::deed::write_in_quiet && x.deed != core::deed::recall_others)
      BOOST_TEST(x.run(*this, "olga") == ec::dissolved);
  BOOST_TEST(does("sue", wire::join{id}) == ec::dissolved);
  BOOST_TEST(history("mia").size() > 1u);
  BOOST_TEST(does("olga", wire::leave{id}) == ec::none);
}

BOOST_AUTO_TEST_CASE(who_leaves_comes_back_as_a_member) {
  does("adam", wire::leave{id});
  does("adam", wire::join{id});
  BOOST_TEST((member("adam")->role == room_role::member));
}

BOOST_AUTO_TEST_SUITE_END()
