#include "tools/parleyctl/options.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>

namespace parley::ctl {

namespace {

constexpr auto footer =
  R"(A node makes its key at its first start and keeps it in DATA-DIR/admin.key.

Exit status:
  0  done
  1  the node refused, or it failed; one line says why
  2  bad usage
  3  nobody listens there, or there was no answer in time)";

/// In words what is wrong with it; nothing if it is well.
std::string read_node(const std::string& text, join_node& out) {
  auto node = parse_node(text);
  if (!node)
    return text + " is no NUMBER=HOST:PORT[/ZONE]";
  out = {node->id, node->at, node->zone};
  return {};
}

/// The commands that change the cluster.
class changes {
public:
  changes(CLI::App& cluster, options& out) : out_(out) {
    auto join = add(cluster, "join", "Lets a node in, or says where it listens now",
                    [this] { out_.change = node_; });
    add_node(*join);
    auto leave = add(cluster, "leave", "Empties a node, then removes it for good",
                     [this] { out_.change = leave_node{{who_}}; });
    add_number(*leave, "NODE", who_);
    auto replace = add(cluster, "replace", "Puts one node in the place of another", [this] {
      out_.change = replace_node{{who_}, node_};
    });
    add_number(*replace, "OLD", who_);
    add_node(*replace);
    auto move = add(cluster, "move", "Moves one replica; shard 64 is the cluster map", [this] {
      out_.change = move_replica{{static_cast<uint8_t>(shard_)}, {from_}, {to_}};
    });
    move->add_option("SHARD", shard_, "0 to 64")->required()->check(CLI::Range(0, 64));
    add_number(*move, "FROM", from_);
    add_number(*move, "TO", to_);
    add(cluster, "rebalance", "Spreads all replicas as if all nodes had come at once",
        [this] { out_.change = rebalance{}; });
  }

private:
  template <class Then>
  CLI::App* add(CLI::App& to, const char* name, const char* help, Then then) {
    return to.add_subcommand(name, help)->fallthrough()->callback([this, then] {
      out_.what = action::change;
      then();
    });
  }

  void add_node(CLI::App& to) {
    auto read = [this](const std::string& text) { return read_node(text, node_); };
    to.add_option("NODE", node_text_, "Its number, where it listens for nodes, its zone")
      ->type_name("NUMBER=HOST:PORT[/ZONE]")
      ->required()
      ->check(read);
  }

  static void add_number(CLI::App& to, const char* name, uint64_t& out) {
    to.add_option(name, out, "Number of a node")->required()->check(CLI::Range(1, 65535));
  }

  options& out_;
  std::string node_text_;
  join_node node_;
  uint64_t who_ = 0;
  uint64_t from_ = 0;
  uint64_t to_ = 0;
  unsigned shard_ = 0;
};

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
  add(*cluster, "status", "Who is in it, who holds and leads how much, as the node knows it",
      action::cluster_status);
  changes wanted{*cluster, result};
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    std::exit(app.exit(asked));
  } catch (const CLI::ParseError& e) {
    std::fprintf(stderr, "parleyctl: %s (try --help)\n", e.what());
    std::exit(bad_usage);
  }
  auto node = parse_address(result.node_text, admin_port);
  if (!node) {
    std::fprintf(stderr, "parleyctl: --node: %s is no HOST:PORT\n", result.node_text.c_str());
    std::exit(bad_usage);
  }
  result.node = *std::move(node);
  result.key_file = key_file;
  return result;
}

} // namespace parley::ctl
