#include "tools/parleyctl/options.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>

namespace parley::ctl {

namespace {

constexpr uint16_t default_port = 7711;

constexpr auto footer =
  R"(A node makes its key at its first start and keeps it in DATA-DIR/admin.key.

Exit status:
  0  done
  1  the node refused, or it failed; one line says why
  2  bad usage
  3  nobody listens there, or there was no answer in time)";

} // namespace

options parse_options(int argc, char** argv) {
  options result;
  auto key_file = result.key_file.string();
  CLI::App app{"Looks after a Parley node.", "parleyctl"};
  app.footer(footer);
  app.fallthrough();
  app.require_subcommand(1);
  app.add_option("--node", result.node_text, "Where the node's admin door is (--admin-listen)")
    ->type_name("HOST:PORT")
    ->capture_default_str();
  app.add_option("--key-file", key_file, "The node's key")
    ->type_name("FILE")
    ->capture_default_str();
  app.add_flag("--json", result.json, "Prints one JSON object, for scripts");
  app.add_option("--timeout", result.timeout, "Seconds to wait for an answer")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  auto add = [&result](CLI::App& to, const char* name, const char* help, action what) {
    to.add_subcommand(name, help)->callback([&result, what] { result.what = what; });
  };
  add(app, "status", "How the node is", action::status);
  add(app, "drain", "Sends clients elsewhere and takes no new ones; the node stays up",
      action::drain);
  auto cluster = app.add_subcommand("cluster", "What concerns all nodes");
  cluster->fallthrough();
  cluster->require_subcommand(1);
  add(*cluster, "status", "Who leads which shards, as the node knows it", action::cluster_status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    std::exit(app.exit(asked));
  } catch (const CLI::ParseError& e) {
    std::fprintf(stderr, "parleyctl: %s (try --help)\n", e.what());
    std::exit(bad_usage);
  }
  auto node = client::parse_address(result.node_text, default_port);
  if (!node) {
    std::fprintf(stderr, "parleyctl: --node: %s is no HOST:PORT\n", result.node_text.c_str());
    std::exit(bad_usage);
  }
  result.node = *std::move(node);
  result.key_file = key_file;
  return result;
}

} // namespace parley::ctl
