#include "tools/swarm/population.hpp"
#include "tools/swarm/progress.hpp"
#include "tools/swarm/report.hpp"
#include "tools/swarm/scenario.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>

// parley-swarm: log in, load, drain, judge.

namespace parley::swarm {

namespace {

using clock = std::chrono::steady_clock;

enum exit_status { kept = 0, broken = 1, setup_error = 2 };

double seconds_since(clock::time_point x) {
  return std::chrono::duration<double>(clock::now() - x).count();
}

int fail(const status& why) {
  std::fprintf(stderr, "parley-swarm: %s\n", why.text.c_str());
  return setup_error;
}

void load(world& where, scenario& play, phases& took) {
  progress line{where};
  auto began = clock::now();
  where.tick = [&line, &play, &where, began] {
    play.tick(seconds_since(began) / where.how.seconds);
    line.tick("load");
  };
  play.begin();
  where.pace.start(began);
  where.run_for(where.how.seconds);
  where.pace.stop();
  took.load_seconds = seconds_since(began);
  took.acked_in_load = where.counted.acked;
  took.delivered_in_load = where.counted.delivered;
  line.done();
}

/// Until everybody has everything; a node that was killed may still start.
void drain(world& where, scenario& play, phases& took) {
  progress line{where};
  auto began = clock::now();
  where.tick = [&line] { line.tick("drain"); };
  play.end();
  auto settled = [&where] {
    for (auto& b : where.bots)
      if (!b->client().online() || b->client().unacknowledged() > 0)
        return false;
    return where.judge.drained();
  };
  took.drained = where.run_until(settled, where.how.drain_seconds);
  // What comes too much comes late: give it a moment.
  where.run_for(0.2);
  took.drain_seconds = seconds_since(began);
  where.tick = {};
  line.done();
}

bool write_json(const std::filesystem::path& file, const nlohmann::json& result) {
  if (file == "-") {
    std::cout << result.dump(2) << "\n";
    return true;
  }
  std::ofstream out{file};
  out << result.dump(2) << "\n";
  return out.good();
}

/// Imports accounts and does nothing with them.
int run_import(const options& how) {
  world where{how};
  std::vector<std::string> tokens;
  auto began = clock::now();
  if (auto done = import_accounts(where, names_of_users(how), tokens); !done.ok())
    return fail(done);
  auto took = seconds_since(began);
  nlohmann::json result{{"scenario", how.scenario},
                        {"users", how.users},
                        {"seconds", took},
                        {"accounts_per_s", static_cast<double>(how.users) / took}};
  if (how.json != "-")
    std::printf("import: %zu accounts in %.1f s\n", how.users, took);
  if (!how.json.empty() && !write_json(how.json, result))
    return fail({ec::internal, "cannot write " + how.json.string()});
  return kept;
}

int run(const options& how) {
  if (how.scenario == "import")
    return run_import(how);
  if (!allow_connections(how.users))
    return fail({ec::internal, "too few open files allowed; raise ulimit -n"});
  world where{how};
  phases took;
  if (auto made = make_bots(where, twins_of(how)); !made.ok())
    return fail(made);
  auto began = clock::now();
  if (auto in = bring_online(where); !in.ok())
    return fail(in);
  took.login_seconds = seconds_since(began);
  took.initial_logins = where.counted.logins;
  where.say(std::to_string(where.bots.size()) + " connections are logged in");
  auto play = make_scenario(where);
  if (auto ready = play->prepare(); !ready.ok())
    return fail(ready);
  load(where, *play, took);
  drain(where, *play, took);
  if (took.drained)
    play->verify();
  auto judged = where.judge.finish();
  auto result = to_json(how, took, where.counted, judged);
  play->report(result);
  if (how.json != "-")
    std::fputs(to_text(result, judged).c_str(), stdout);
  if (!how.json.empty() && !write_json(how.json, result))
    return fail({ec::internal, "cannot write " + how.json.string()});
  return passed(where.counted, judged) ? kept : broken;
}

} // namespace

} // namespace parley::swarm

int main(int argc, char** argv) {
  return parley::swarm::run(parley::swarm::parse_options(argc, argv));
}
