#define BOOST_TEST_MODULE swarm

#include "schema/limits.hpp"
#include "tests/support/device.hpp"
#include "tests/support/lying_proxy.hpp"
#include "tests/support/swarm_process.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

// The swarm finds nothing wrong with a node that is killed and comes back, and
// does find what is wrong with one that lies.

using namespace parley;
using namespace parley::testing;

namespace {

/// What a lie waits for, so that it is about the middle of a chat.
constexpr seq_t place = 20;

struct one_node {
  node_process node;

  judged run_swarm(const std::string& endpoint, std::vector<std::string> more) {
    return swarm_process{endpoint, node.data_dir() / "service.token", std::move(more)}.finish();
  }

  /// A short run of two pairs through a proxy that lies as `Lie` does.
  template <class Lie>
  judged run_through(size_t window = 8) {
    lying_proxy proxy{node.port(), [] { return std::make_unique<Lie>(); }};
    return run_swarm(proxy.endpoint(),
                     {"--users", "4", "--seconds", "1", "--rate", "200", "--window",
                      std::to_string(window), "--drain-seconds", "3"});
  }

  /// A run of `seconds` in which the node is killed `times`.
  judged run_and_kill(const std::string& scenario, int seconds, int times,
                      std::vector<std::string> more) {
    more.insert(more.end(), {"--scenario", scenario, "--seconds", std::to_string(seconds)});
    swarm_process swarm{node.endpoint(), node.data_dir() / "service.token", std::move(more)};
    swarm.wait_until_loading();
    for (int i = 0; i < times; ++i) {
      std::this_thread::sleep_for(1s * seconds / (times + 1)); // Any moment will do.
      node.kill();
      node.start();
    }
    return swarm.finish();
  }
};

wire::message* message_in(received& x) {
  return x.what.request == 0 ? std::get_if<wire::message>(&x.what.body) : nullptr;
}

// -- lies ---------------------------------------------------------------------------

struct no_lie : lying_proxy::lie {};

/// A push is lost, once; history has it.
struct loses_a_push : lying_proxy::lie {
  bool done = false;

  std::vector<frame> to_client(const received& x) override {
    auto message = x.as<wire::message>();
    if (message == nullptr || message->seq != place || std::exchange(done, true))
      return {x.bytes};
    return {};
  }
};

/// Each push comes twice, and neighbours in the wrong order. Not the first: it
/// is what tells a client where a chat begins.
struct stutters : lying_proxy::lie {
  std::vector<frame> kept;

  std::vector<frame> to_client(const received& x) override {
    auto message = x.as<wire::message>();
    if (message == nullptr)
      return {x.bytes};
    if (message->seq % 2 == 1 && message->seq > 1 && message->seq < place) {
      kept.push_back(x.bytes);
      return {};
    }
    std::vector<frame> result{x.bytes, x.bytes};
    for (auto& before : std::exchange(kept, {}))
      result.insert(result.end(), {before, before});
    return result;
  }
};

/// A message is nowhere, though it was acknowledged.
struct hides : lying_proxy::lie {
  std::vector<frame> to_client(const received& x) override {
    if (auto message = x.as<wire::message>())
      return message->seq == place ? std::vector<frame>{} : std::vector{x.bytes};
    auto page = x.as<wire::history_page>();
    if (page == nullptr)
      return {x.bytes};
    auto rest = *page;
    std::erase_if(rest.records, [](std::string_view record) {
      frame bytes{record};
      auto stored = wire::decode_server(bytes);
      return stored && std::get<wire::message>(stored->body).seq == place;
    });
    return {wire::encode(wire::server_frame{x.what.request, rest})};
  }
};

/// One message stands at two places; all later ones move up.
struct doubles : lying_proxy::lie {
  std::vector<frame> to_client(const received& x) override {
    auto moved = x.what;
    if (auto message = std::get_if<wire::message>(&moved.body)) {
      if (message->seq < place)
        return {x.bytes};
      auto first = message->seq == place;
      ++message->seq;
      auto later = wire::encode(moved);
      return first ? std::vector{x.bytes, later} : std::vector{later};
    }
    if (auto sent = std::get_if<wire::sent>(&moved.body))
      sent->seq += sent->seq > place;
    else
      return {x.bytes};
    return {wire::encode(moved)};
  }

  std::vector<frame> to_node(const frame& bytes, const wire::client_frame& x,
                             std::vector<frame>&) override {
    auto ack = std::get_if<wire::ack>(&x.body);
    if (ack == nullptr)
      return {bytes};
    auto moved = *ack;
    for (auto& at : moved.cursors)
      at.seq -= at.seq > place;
    return {wire::encode(wire::client_frame{x.request, moved})};
  }
};

/// Two messages change places.
struct swaps : lying_proxy::lie {
  received first;

  std::vector<frame> to_client(const received& x) override {
    auto message = x.as<wire::message>();
    if (message == nullptr || message->seq < place || message->seq > place + 1)
      return {x.bytes};
    if (message->seq == place) {
      first = x;
      return {};
    }
    if (first.bytes.empty())
      return {x.bytes};
    auto early = x.what;
    auto late = first.what;
    message_of(early).seq = place;
    message_of(late).seq = place + 1;
    return {wire::encode(early), wire::encode(late)};
  }

  static wire::message& message_of(wire::server_frame& x) {
    return std::get<wire::message>(x.body);
  }
};

/// Says that messages are stored and throws them away.
struct swallows : lying_proxy::lie {
  wire::sent last;

  std::vector<frame> to_client(const received& x) override {
    if (auto sent = x.as<wire::sent>())
      last = *sent;
    return {x.bytes};
  }

  std::vector<frame> to_node(const frame& bytes, const wire::client_frame& x,
                             std::vector<frame>& back) override {
    if (!std::holds_alternative<wire::send>(x.body) || last.seq < place)
      return {bytes};
    ++last.seq;
    back.push_back(wire::encode(wire::server_frame{x.request, last}));
    return {};
  }
};

/// Changes what somebody wrote.
struct forges : lying_proxy::lie {
  std::vector<frame> to_client(const received& x) override {
    auto other = x;
    auto message = message_in(other);
    if (message == nullptr || message->seq != place)
      return {x.bytes};
    message->body = wire::content{{}, "something else"};
    return {wire::encode(other.what)};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(swarm_test, one_node)

// -- a node that dies -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(pairs_lose_nothing_to_a_node_that_is_killed_twice) {
  auto x = run_and_kill("pairs", 6, 2, {"--users", "40", "--window", "32"});
  BOOST_TEST(x.clean(), x.words);
  BOOST_TEST(x.count("acked") > 1000u);
  BOOST_TEST(x.count("reconnects") >= 40u);
  BOOST_TEST(x.result["drained"].get<bool>());
}

BOOST_AUTO_TEST_CASE(rooms_lose_nothing_to_a_node_that_is_killed) {
  auto x = run_and_kill("rooms", 4, 1, {"--users", "24", "--room-size", "8", "--rate", "500"});
  BOOST_TEST(x.clean(), x.words);
  BOOST_TEST(x.count("delivered") > 1000u);
}

BOOST_AUTO_TEST_CASE(people_who_are_away_lose_nothing_to_a_node_that_is_killed) {
  auto x = run_and_kill("offline", 5, 1, {"--users", "24", "--rate", "1000"});
  BOOST_TEST(x.clean(), x.words);
  BOOST_TEST(x.count("delivered") > 1000u);
}

BOOST_AUTO_TEST_CASE(all_of_it_at_once_loses_nothing_to_a_node_that_is_killed) {
  auto x = run_and_kill("mixed", 6, 1, {"--users", "48", "--room-size", "6", "--rate", "500"});
  BOOST_TEST(x.clean(), x.words);
  for (auto what :
       {"unread_checked", "receipts_checked", "files_checked", "presence_checked", "typing"})
    BOOST_TEST(x.count(what) > 0u, what);
}

BOOST_AUTO_TEST_CASE(several_io_threads_lose_nothing_to_a_node_that_is_killed) {
  node.kill();
  node.start({"--io-threads", "4"});
  auto x = run_and_kill("mixed", 4, 1, {"--users", "48", "--room-size", "12", "--rate", "500"});
  BOOST_TEST(x.clean(), x.words);
  BOOST_TEST(x.count("delivered") > 1000u);
}

// -- a node that lies -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_honest_proxy_changes_nothing) {
  auto x = run_through<no_lie>();
  BOOST_TEST(x.clean(), x.words);
  BOOST_TEST(x.count("acked") > 2 * place);
}

BOOST_AUTO_TEST_CASE(a_client_makes_good_what_a_push_may_suffer) {
  auto lost = run_through<loses_a_push>();
  BOOST_TEST(lost.clean(), lost.result);
  auto stuttered = run_through<stutters>();
  BOOST_TEST(stuttered.clean(), stuttered.result);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_hidden_counts_as_lost) {
  auto x = run_through<hides>();
  BOOST_TEST(x.status == 1);
  BOOST_TEST(x.count("lost") == 2u, x.result); // One of each pair.
  BOOST_TEST(x.count("duplicated") == 0u);
}

BOOST_AUTO_TEST_CASE(a_message_at_two_places_counts_as_duplicated) {
  auto x = run_through<doubles>();
  BOOST_TEST(x.status == 1);
  BOOST_TEST(x.count("duplicated") == 2u, x.result);
  BOOST_TEST(x.count("lost") == 0u);
}

BOOST_AUTO_TEST_CASE(messages_that_change_places_count_as_reordered) {
  auto x = run_through<swaps>();
  BOOST_TEST(x.status == 1);
  BOOST_TEST(x.count("reordered") >= 2u, x.result);
}

BOOST_AUTO_TEST_CASE(a_false_acknowledgement_counts_as_lost) {
  auto x = run_through<swallows>(1);
  BOOST_TEST(x.status == 1);
  BOOST_TEST(x.count("lost") >= 2u, x.result);
  BOOST_TEST(!x.result["drained"].get<bool>());
}

BOOST_AUTO_TEST_CASE(a_text_that_was_changed_counts_as_forged) {
  auto x = run_through<forges>();
  BOOST_TEST(x.status == 1);
  BOOST_TEST(x.count("forged") >= 2u, x.result);
}

// -- a node that is not there ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_run_that_cannot_start_is_no_success) {
  node.kill();
  for (std::vector<std::string> bad : {std::vector<std::string>{"--scenario", "none"},
                                       {"--users", "1"},
                                       {"--connect", "localhost:99999"}}) {
    bad.insert(bad.begin(), PARLEY_SWARM);
    BOOST_TEST(run(bad).status == 2);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_service_token_is_no_success) {
  temp_dir place;
  auto file = place.path() / "token";
  std::ofstream{file} << std::string(64, 'a') << "\n";
  auto swarm = run({PARLEY_SWARM, "--connect", node.endpoint(), "--service-token", file});
  BOOST_TEST(swarm.status == 2);
  BOOST_TEST(swarm.err.find("refused") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
