#define BOOST_TEST_MODULE inbox_trimmed

#include "tests/actors/core/inbox_on_disk.hpp"

#include <map>
#include <vector>

// A device that is behind what its conversation has let go.

using namespace parley;
using namespace parley::testing;

namespace {

const conversation_id room{9, 9};
constexpr session_id line{70};
constexpr device_id phone{7};

/// Ada's phone holds messages 1 to 5 of a room that goes to 20, and lets go of some.
struct fixture : inbox_on_disk {
  std::vector<wire::server_body> pushes;
  std::vector<frame> bytes; ///< Of them.
  std::map<uint64_t, frame> answers;
  seq_t head_seq = 20;
  size_t heads_asked = 0;
  bool compacts = true;

  fixture() {
    record::account account{"ada", record::role::person, {}, {}, 1};
    account.devices.push_back({phone, hash_token("token"), now.wall, true});
    put(keys::account(ada), record::encode(account));
    record::mailbox box;
    box.kind = wire::conversation_kind::room;
    box.title = "general";
    box.joined = box.version = 1;
    put(keys::mailbox(ada, room), record::encode(box));
    put(keys::cursor(ada, phone, room), record::encode(record::cursor{5, 0}));
    for (seq_t seq = 1; seq <= head_seq; ++seq)
      put(keys::message(room, seq), message(seq));
    let_go_before(0);
  }

  static frame message(seq_t seq, user_id by = {3, 3}, device_id from = {1}) {
    return wire::encode_answer(0, wire::message{room, seq, seq, static_cast<time_us>(seq), by,
                                                "somebody", from, seq, wire::content{{}, "x"}});
  }

  /// The next message is stored, and told.
  void tell(seq_t seq, user_id by, device_id from) {
    put(keys::message(room, seq), message(seq, by, from));
    head_seq = seq;
    burst news{room, {{seq, seq, 21, by, from, seq, message(seq, by, from)}}};
    step(inbox_event{notice{std::make_shared<const burst>(std::move(news))}});
  }

  void put(const key& at, frame value) {
    effect what;
    what.put(at, std::move(value));
    BOOST_REQUIRE(disk.write({&what, 1}).ok());
  }

  void let_go_before(seq_t first) {
    record::conversation x;
    x.kind = wire::conversation_kind::room;
    x.created = 1;
    x.first = first;
    put(keys::conversation(room), record::encode(x));
    if (first != 0)
      put(keys::reclaimed(room), record::encode(record::counter{first}));
    if (compacts)
      disk.compact();
  }

  void come() {
    begin();
    say(line, phone, wire::login{"ada", {}, "token", {}});
  }

  void carry(actions&& out) override {
    for (auto& x : out.parcels)
      for (auto& item : x.frames)
        if (item.request != 0) {
          answers[item.request] = item.bytes;
        } else {
          bytes.push_back(item.bytes);
          pushes.push_back(wire::decode_server(bytes.back())->body);
        }
    write_and_read(out);
    for (auto& x : out.rooms)
      if (std::holds_alternative<subscribe>(x.what)) {
        ++heads_asked;
        step(inbox_event{head{room, head_seq, head_seq, 20}});
      }
  }

  std::vector<seq_t> pushed() const {
    std::vector<seq_t> result;
    for (auto& x : pushes)
      if (auto what = std::get_if<wire::message>(&x))
        result.push_back(what->seq);
    return result;
  }

  /// Where the device was told that the conversation begins, and whether that is a loss.
  std::vector<std::pair<seq_t, bool>> beginnings() const {
    std::vector<std::pair<seq_t, bool>> result;
    for (auto& x : pushes)
      if (auto what = std::get_if<wire::conversation>(&x))
        result.emplace_back(what->first_seq, what->trimmed);
    return result;
  }

  void ack(seq_t seq) {
    say(line, phone, wire::ack{{{room, seq}}});
  }
};

using seqs = std::vector<seq_t>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(inbox_trimmed_test, fixture)

BOOST_AUTO_TEST_CASE(who_is_not_behind_is_told_nothing) {
  let_go_before(6);
  come();
  BOOST_TEST(pushed().front() == 6u);
  BOOST_TEST(pushed().back() == 20u);
  for (auto& [first, trimmed] : beginnings())
    BOOST_TEST(!trimmed);
}

BOOST_AUTO_TEST_CASE(who_is_behind_is_told_and_gets_what_is_left) {
  let_go_before(15);
  come();
  BOOST_TEST((pushed() == seqs{15, 16, 17, 18, 19, 20}));
  BOOST_REQUIRE(!beginnings().empty());
  BOOST_TEST(beginnings().front().first == 15u);
  BOOST_TEST(beginnings().front().second);
  BOOST_TEST(std::holds_alternative<wire::conversation>(pushes.front()));
  auto told = beginnings().size();
  auto asked = heads_asked;
  ack(20);
  BOOST_TEST(heads_asked == asked);        // Nobody doubts how far it goes.
  BOOST_TEST(beginnings().size() == told); // Nor is told of another beginning.
}

BOOST_AUTO_TEST_CASE(what_is_out_of_sight_is_not_pushed_though_it_is_on_disk) {
  compacts = false;
  let_go_before(15);
  come();
  BOOST_TEST((pushed() == seqs{15, 16, 17, 18, 19, 20}));
  BOOST_TEST(beginnings().front().second);
}

BOOST_AUTO_TEST_CASE(reading_up_to_what_was_let_go_reads_all_before_what_is_left) {
  let_go_before(15);
  come();
  auto number = say(line, phone, wire::read{{room, 9}});
  BOOST_REQUIRE(answers.contains(number));
  auto body = wire::decode_server(answers[number])->body;
  BOOST_TEST(std::get<wire::conversation>(body).read == 14u);
  BOOST_TEST(std::get<wire::conversation>(body).unread == 6u);
}

BOOST_AUTO_TEST_CASE(reading_in_what_was_let_go_as_a_whole_reads_all) {
  let_go_before(21);
  come();
  auto number = say(line, phone, wire::read{{room, 9}});
  BOOST_REQUIRE(answers.contains(number));
  auto body = wire::decode_server(answers[number])->body;
  BOOST_TEST(std::get<wire::conversation>(body).unread == 0u);
}

BOOST_AUTO_TEST_CASE(who_left_and_came_back_is_told_of_a_loss_in_the_stay_before) {
  record::mailbox box;
  box.kind = wire::conversation_kind::room;
  box.title = "general";
  box.version = 2;
  box.earlier = {{1, 10}};
  box.joined = 18;
  put(keys::mailbox(ada, room), record::encode(box));
  let_go_before(15);
  come();
  BOOST_TEST((pushed() == seqs{18, 19, 20}));
  BOOST_REQUIRE(!beginnings().empty());
  BOOST_TEST(beginnings().front().first == 18u);
  BOOST_TEST(beginnings().front().second); // 6 to 10 are gone.
}

BOOST_AUTO_TEST_CASE(who_wrote_the_first_that_is_left_is_told_of_what_lies_before) {
  let_go_before(15);
  put(keys::message(room, 15), message(15, ada, phone));
  come();
  BOOST_TEST((pushed() == seqs{16, 17, 18, 19, 20}));
  BOOST_REQUIRE(!beginnings().empty());
  BOOST_TEST(beginnings().front().first == 15u);
  BOOST_TEST(beginnings().front().second);
}

BOOST_AUTO_TEST_CASE(a_device_goes_on_behind_its_own_message_when_all_before_is_let_go) {
  come();
  tell(21, {3, 3}, {1});
  tell(22, ada, phone); // Behind what is not acknowledged.
  ack(21);
  let_go_before(23);
  say(line, phone, wire::list_conversations{}); // From which the inbox learns it.
  pushes.clear();
  tell(23, {3, 3}, {1});
  BOOST_TEST((pushed() == seqs{23}));
  for (auto& [first, trimmed] : beginnings())
    BOOST_TEST(!trimmed);
}

BOOST_AUTO_TEST_CASE(what_is_let_go_while_a_device_reads_is_passed_over_once_the_rest_is_here) {
  come();
  BOOST_TEST(pushed().front() == 6u);
  BOOST_TEST(pushed().back() == 20u);
  // It acknowledges some, and the rest has to be sent again, and is gone by then.
  ack(8);
  let_go_before(15);
  pushes.clear();
  now.steady += limits::resend_after * 2;
  step(inbox_event{tick{}});
  BOOST_TEST((pushed() == seqs{15, 16, 17, 18, 19, 20}));
  BOOST_TEST(beginnings().front().second);
}

BOOST_AUTO_TEST_CASE(when_nothing_is_left_the_next_message_comes) {
  let_go_before(21);
  come();
  BOOST_TEST(pushed().empty());
  tell(21, {3, 3}, {1});
  BOOST_TEST((pushed() == seqs{21}));
  BOOST_REQUIRE(!beginnings().empty());
  BOOST_TEST(beginnings().front().first == 21u);
}

BOOST_AUTO_TEST_CASE(the_list_does_not_show_what_was_let_go) {
  auto last_in_list = [this] {
    pushes.clear();
    answers.clear();
    auto number = say(line, phone, wire::list_conversations{});
    BOOST_REQUIRE(answers.contains(number));
    auto body = wire::decode_server(answers[number])->body;
    auto& page = std::get<wire::conversations_page>(body);
    BOOST_REQUIRE(page.conversations.size() == 1u);
    return std::string{page.conversations[0].last};
  };
  come();
  BOOST_TEST(!last_in_list().empty());
  let_go_before(20);
  BOOST_TEST(!last_in_list().empty());
  let_go_before(21);
  BOOST_TEST(last_in_list().empty());
}

BOOST_AUTO_TEST_CASE(a_later_life_learns_it_again) {
  let_go_before(15);
  come();
  pushes.clear();
  come();
  BOOST_TEST((pushed() == seqs{15, 16, 17, 18, 19, 20}));
}

BOOST_AUTO_TEST_SUITE_END()
