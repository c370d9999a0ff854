#include "actors/core/replica.hpp"

#include "actors/core/membership.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/raft_rows.hpp"
#include "schema/effect_codec.hpp"
#include "schema/record.hpp"

#define BOOST_TEST_MODULE replica
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>

using namespace parley;
using namespace parley::core;

namespace {

constexpr shard_id shard{7};
const conversation_id chat{uint64_t{7} << 58, 1};
constexpr raft::moment step{limits::raft_tick};

key row(uint64_t number) {
  return keys::message(chat, number);
}

/// Nodes with one group each, disks that never fail, and a network that loses
/// nothing.
struct nodes {
  struct host {
    memory_store disk;
    std::unique_ptr<replica> core;
    raft::role role;
    bool dead = false;
  };

  struct on_its_way {
    node_id from;
    node_id to;
    raft_letter what;
  };

  cluster_map map;
  raft::moment now{1000};
  std::map<node_id, host> hosts;
  std::deque<on_its_way> letters;
  std::deque<on_its_way> pages;    ///< Of copies for node 3, whose link is slow.
  std::map<node_id, unsigned> led; ///< For how many steps.
  unsigned uncopied = 0;           ///< How often two voted while a third had no rows.
  unsigned unfounded = 0;          ///< How often one claimed rows that it did not have.
  size_t rows;

  /// One that was alone, with so many rows.
  explicit nodes(uint64_t rows) : rows(rows) {
    effect before;
    raft::found_alone(shard, {1}, before);
    for (uint64_t i = 1; i <= rows; ++i)
      before.put(row(i), frame{std::string(64, 'x')});
    map = found({{{1}, {"host", 1}, {}, 1, false}}, 3);
    (void)hosts[{1}].disk.write({&before, 1}, store::space::free);
    start({1});
  }

  void start(node_id id) {
    replica_options x;
    x.shard = shard;
    x.group.self = id;
    x.writer = {id.value};
    x.life = 1;
    x.seed = id.value;
    x.copy_page_bytes = 400;
    auto& host = hosts[id];
    host.core = std::make_unique<replica>(x, host.disk);
    host.core->assign(map);
  }

  void join(node_id id) {
    auto port = static_cast<uint16_t>(id.value);
    BOOST_REQUIRE(core::apply(map, cluster_change{join_node{id, {"host", port}, {}}}).ok());
    for (auto& [other, host] : hosts)
      host.core->assign(map);
    start(id);
  }

  void drains(node_id id, bool yes = true) {
    for (auto& [other, host] : hosts)
      host.core->drains(id, yes);
  }

  void carry_out(node_id id, replica_actions&& out) {
    auto& host = hosts[id];
    BOOST_REQUIRE_MESSAGE(out.fatal.empty(), out.fatal);
    if (out.role)
      host.role = *out.role;
    for (auto& x : out.letters)
      letters.push_back({id, x.first, std::move(x.second)});
    for (auto& x : out.appends) {
      (void)host.disk.write({&x.what, 1}, store::space::free);
      replica_actions next;
      host.core->step({x.number, ec::none}, now, next);
      carry_out(id, std::move(next));
    }
  }

  void deliver(bool slowly = true) {
    while (!letters.empty()) {
      auto x = std::move(letters.front());
      letters.pop_front();
      if (slowly && x.to == node_id{3} && x.what.kind == letter_kind::copy_page) {
        pages.push_back(std::move(x));
        continue;
      }
      slowly = true;
      auto at = hosts.find(x.to);
      if (at == hosts.end() || at->second.dead)
        continue;
      replica_actions out;
      at->second.core->hear(x.from, x.what, now, out);
      at->second.core->flush(now, out);
      carry_out(x.to, std::move(out));
    }
  }

  void run(raft::moment time) {
    for (auto until = now + time; now < until;) {
      now += step;
      if (!pages.empty()) {
        letters.push_back(std::move(pages.front()));
        pages.pop_front();
        deliver(false);
      }
      for (auto& [id, host] : hosts)
        if (!host.dead) {
          replica_actions out;
          host.core->tick(now, out);
          carry_out(id, std::move(out));
        }
      deliver();
      watch();
    }
  }

  void watch() {
    ++led[leader()];
    size_t voters = 0;
    for (auto& x : servers())
      voters += x.role == raft::server_role::voter;
    for (auto& [id, host] : hosts) {
      uncopied += voters == 2 && rows_at(id) < rows;
      unfounded += host.core->holds_rows() && rows_at(id) < rows;
    }
  }

  node_id leader() const {
    for (auto& [id, host] : hosts)
      if (!host.dead && host.role.kind == raft::role_kind::leader)
        return id;
    return {};
  }

  raft::configuration servers() const {
    auto who = leader();
    return who ? hosts.at(who).core->group()->servers() : raft::configuration{};
  }

  size_t rows_at(node_id id) {
    size_t result = 0;
    (void)hosts[id].disk.scan(keys::everything(shard), [&](std::string_view, std::string_view) {
      ++result;
      return true;
    });
    return result;
  }
};

const raft::configuration three_voters{{{1}}, {{2}}, {{3}}};

raft::configuration sorted(raft::configuration x) {
  std::sort(x.begin(), x.end(), [](auto& a, auto& b) { return a.id < b.id; });
  return x;
}

/// Who was alone is one of three now.
struct three : nodes {
  three() : nodes(200) {
    join({2});
    join({3});
    run(std::chrono::seconds{20});
    BOOST_REQUIRE((sorted(servers()) == three_voters));
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(who_was_alone_leads_at_once_and_keeps_its_rows) {
  nodes x{200};
  x.run(step * 2);
  BOOST_TEST((x.leader() == node_id{1}));
  BOOST_TEST(x.rows_at({1}) == 200u);
}

BOOST_AUTO_TEST_CASE(the_second_gets_nothing_before_the_third_is_there) {
  nodes x{200};
  x.join({2});
  x.run(std::chrono::seconds{5});
  BOOST_TEST((x.servers() == raft::configuration{{{1}}}));
  BOOST_TEST(x.rows_at({2}) == 0u);
}

BOOST_AUTO_TEST_CASE(who_has_no_rows_yet_does_not_claim_to_hold_them) {
  nodes x{200};
  x.join({2});
  x.join({3});
  x.run(std::chrono::seconds{20});
  BOOST_TEST(x.unfounded == 0u);
  for (auto& [id, host] : x.hosts)
    BOOST_TEST(host.core->holds_rows());
}

BOOST_AUTO_TEST_CASE(with_the_third_all_get_the_rows_first_and_then_a_vote) {
  three x;
  BOOST_TEST(x.rows_at({2}) == 200u);
  BOOST_TEST(x.rows_at({3}) == 200u);
  BOOST_TEST(x.uncopied == 0u);
}

BOOST_AUTO_TEST_CASE(who_was_alone_may_die_when_three_vote) {
  three x;
  x.hosts[{1}].dead = true;
  x.run(std::chrono::seconds{5});
  BOOST_TEST(x.leader().value > 1u);
}

BOOST_AUTO_TEST_CASE(a_letter_of_a_kind_that_is_not_known_yet_is_passed_over) {
  three x;
  auto& core = *x.hosts[{2}].core;
  auto term = core.group()->term();
  raft::message election{{3}, {2}, term + 9, raft::request_vote{1, 1, false, true}};
  auto hear = [&](letter_kind kind) {
    replica_actions out;
    core.hear({3}, {shard, encode(election), kind}, x.now, out);
  };
  hear(static_cast<letter_kind>(99));
  BOOST_TEST(core.group()->term() == term);
  hear(letter_kind::raft);
  BOOST_TEST(core.group()->term() == term + 9);
}

BOOST_AUTO_TEST_CASE(a_leader_that_drains_hands_over_and_gets_nothing_back_until_it_stays) {
  three x;
  x.run(std::chrono::seconds{60}); // Leaders go home.
  auto shall_lead = x.map.groups[shard.value].front();
  BOOST_REQUIRE((x.leader() == shall_lead));
  x.drains(shall_lead);
  x.run(std::chrono::seconds{2});
  BOOST_TEST((x.leader() && x.leader() != shall_lead));
  x.led.clear();
  x.run(std::chrono::seconds{60});
  BOOST_TEST(x.led[shall_lead] == 0u);
  x.drains(shall_lead, false);
  x.run(std::chrono::seconds{60});
  BOOST_TEST((x.leader() == shall_lead));
}

BOOST_AUTO_TEST_CASE(a_leader_stays_when_everybody_else_drains_too) {
  three x;
  x.run(std::chrono::seconds{60});
  auto before = x.leader();
  for (uint64_t i = 1; i <= 3; ++i)
    x.drains({i});
  x.led.clear();
  x.run(std::chrono::seconds{10});
  BOOST_TEST(x.led[before] == std::chrono::seconds{10} / step);
}

BOOST_AUTO_TEST_CASE(a_leader_that_drains_hands_over_also_while_another_node_is_down) {
  three x;
  auto draining = x.leader();
  node_id down{draining.value % 3 + 1};
  x.hosts[down].dead = true;
  for (auto& [id, host] : x.hosts) {
    replica_actions out;
    host.core->reachable(down, false, x.now, out);
    x.carry_out(id, std::move(out));
  }
  x.drains(draining);
  x.run(std::chrono::seconds{2});
  BOOST_TEST((x.leader() && x.leader() != draining));
}

// The map may want none of those that have the rows: its changes come first.
BOOST_AUTO_TEST_CASE(a_copy_is_asked_of_all_who_may_have_it) {
  memory_store disk;
  effect torn; // A copy was on its way when the node crashed.
  torn.put(keys::replacing(shard), record::encode(record::counter{1}));
  (void)disk.write({&torn, 1}, store::space::free);
  replica_options options;
  options.shard = shard;
  options.group.self = {1};
  options.writer = {1};
  replica core{options, disk};
  cluster_map map;
  map.epoch = 12;
  for (uint16_t id : {1, 2, 4, 5})
    map.nodes.push_back({{id}, {"host", id}, {}, 1, false});
  map.removed = {{3}};
  map.groups[shard.value] = {{1}, {4}, {5}};
  core.assign(map);
  raft::moment now{1000};
  std::vector<uint16_t> asked;
  for (auto i = 0; i < 2000 && asked.size() < 5; ++i) {
    now += step;
    replica_actions out;
    core.tick(now, out);
    for (auto& x : out.appends) {
      (void)disk.write({&x.what, 1}, store::space::free);
      replica_actions then;
      core.step({x.number, ec::none}, now, then);
      std::move(then.letters.begin(), then.letters.end(), std::back_inserter(out.letters));
    }
    for (auto& [to, letter] : out.letters)
      if (asked.empty() || asked.back() != to.value)
        asked.push_back(static_cast<uint16_t>(to.value));
  }
  BOOST_TEST(asked == (std::vector<uint16_t>{4, 5, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_copy_of_nothing_ends_too) {
  memory_store disk;
  effect torn; // A copy was on its way when the node crashed.
  torn.put(keys::replacing(shard), record::encode(record::counter{1}));
  (void)disk.write({&torn, 1}, store::space::free);
  cluster_map map = found({{{1}, {"a", 1}, {}}, {{2}, {"b", 1}, {}}, {{3}, {"c", 1}, {}}}, 3);
  replica_options options;
  options.shard = shard;
  options.group.self = {1};
  options.writer = {1};
  replica core{options, disk};
  core.assign(map);
  raft::moment now{1000};
  replica_actions out;
  core.tick(now, out);
  BOOST_REQUIRE(out.letters.size() == 1u);
  auto& [source, letter] = out.letters.front();
  auto asked = decode_copy_request(letter.bytes.bytes());
  BOOST_REQUIRE(asked.has_value());
  replica_actions then;
  core.step({out.appends.back().number, ec::none}, now, then);
  effect no_rows;
  copy_page nothing{asked->token, encode_effects({&no_rows, 1}), 0, true, false};
  core.hear(source, {shard, encode(nothing), letter_kind::copy_page}, now, then);
  (void)disk.write({&then.appends.back().what, 1}, store::space::free);
  core.step({then.appends.back().number, ec::none}, now, then);
  BOOST_REQUIRE_EQUAL(then.copies.size(), 1u);
  BOOST_TEST((then.copies.front().what == copy_news::kind::done));
}
