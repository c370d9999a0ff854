#include "node/options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <iostream>

namespace parley {

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

namespace {

/// Keeps them in order; false if the number is there already, or it is none.
bool add_node(const std::string& text, std::vector<cluster_node>& out) {
  auto node = parse_node(text);
  if (!node)
    return false;
  auto place = std::find_if(out.begin(), out.end(), [&](auto& x) { return x.id >= node->id; });
  if (place != out.end() && place->id == node->id)
    return false;
  out.insert(place, *std::move(node));
  return true;
}

/// What is wrong with the options of a cluster; empty if nothing is.
std::string check_cluster(const node_options& x) {
  auto& tls = x.between_nodes;
  if (!x.clustered()) {
    auto alone = x.nodes.empty() && !x.join && tls.authority.empty() && tls.certificate.empty()
                 && tls.key.empty();
    return alone ? "" : "--nodes, --join and --node-... need --cluster-key";
  }
  auto self = "node " + std::to_string(x.self.value);
  auto here = std::any_of(x.nodes.begin(), x.nodes.end(),
                          [&](const cluster_node& y) { return y.id == x.self; });
  if (!x.nodes.empty() && !here)
    return "--nodes does not say where " + self + " (--node) listens";
  if (x.replicas != 3 && x.replicas != 5)
    return "--replicas is 3 or 5: fewer do not survive the loss of one";
  if (x.nodes.size() > 1 && !x.join && x.nodes.size() < x.replicas)
    return "--nodes wants " + std::to_string(x.replicas)
           + " nodes or more, one for each replica; or one, which others will join";
  if (x.join && x.nodes.size() < 2)
    return "--join wants --nodes to say where this node listens, and where another one does";
  if (tls.authority.empty() != tls.certificate.empty() || tls.authority.empty() != tls.key.empty())
    return "--node-ca, --node-cert and --node-cert-key go together";
  for (auto& node : x.nodes)
    if (!tls.enabled() && !is_loopback(node.at.host) && !x.allow_plaintext)
      return node.at.host
             + " is not loopback and nodes talk in plain text; give --node-ca, "
               "--node-cert and --node-cert-key, or add --allow-plaintext";
  return "";
}

/// Reads where to listen, or says in one line what is wrong with it.
bool read_address(const std::string& option, const std::string& text, bool anywhere,
                  std::string& host, uint16_t& port) {
  auto at = parse_listen_address(text);
  if (!at) {
    std::cerr << "parleyd: " << option << " wants HOST:PORT, not '" << text << "'\n";
    return false;
  }
  host = at->host;
  port = at->port;
  if (is_loopback(host) || anywhere)
    return true;
  std::cerr << "parleyd: " << host << " is not loopback and connections are plain text; "
            << (option == "--listen" ? "give --tls-cert and --tls-key, or " : "")
            << "add --allow-plaintext to listen there all the same\n";
  return false;
}

/// KIND=POLICY
bool add_second_login(const std::string& given, login_rules& out) {
  constexpr std::array<std::string_view, 3> policies{"coexist", "replace-oldest", "reject"};
  auto sign = given.find('=');
  if (sign == std::string::npos)
    return false;
  auto& kinds = wire::device_kind_names;
  auto kind = std::find(kinds.begin() + 1, kinds.end(), given.substr(0, sign));
  auto policy = std::find(policies.begin(), policies.end(), given.substr(sign + 1));
  if (kind == kinds.end() || policy == policies.end())
    return false;
  out.second[static_cast<size_t>(kind - kinds.begin())] =
    static_cast<second_login>(policy - policies.begin());
  return true;
}

} // namespace

std::optional<int> parse_options(int argc, char** argv, node_options& out) {
  CLI::App app{"parleyd - a node of the Parley messaging engine"};
  app.set_version_flag("--version", std::string{"parleyd "} + version);
  app.set_config("--config", "", "Read options from FILE (TOML); flags win")->type_name("FILE");
  auto data_dir = out.data_dir.string();
  std::string listen = "127.0.0.1:7710";
  std::string admin_listen = "127.0.0.1:7711";
  std::string writing = "anyone";
  std::vector<std::string> second;
  int token_days = limits::token_days;
  auto reserve_mib = out.disk_reserve_bytes >> 20;
  app.add_option("--data-dir", data_dir, "Where everything is kept")
    ->type_name("DIR")
    ->capture_default_str();
  std::string data_key;
  std::string old_data_key;
  app
    .add_option(
      "--data-key", data_key,
      "Encrypts rows and files in DIR, which has to be new or encrypted: a file with 64 hex "
      "digits that only its owner can read")
    ->type_name("FILE")
    ->envname("PARLEY_DATA_KEY_FILE")
    ->check(CLI::ExistingFile); // An empty name would begin a plain directory.
  app
    .add_option("--old-data-key", old_data_key,
                "To change it: the key until now, which opens nothing once the node has started")
    ->type_name("FILE");
  app.add_option("--listen", listen, "Address for clients; port 0 takes a free one")
    ->type_name("HOST:PORT")
    ->capture_default_str();
  app
    .add_option("--admin-listen", admin_listen,
                "Address for parleyctl, which needs the key in DIR/admin.key; 'none': nowhere")
    ->type_name("HOST:PORT")
    ->capture_default_str();
  app
    .add_option("--advertise", out.advertise,
                "Where clients of other nodes of the cluster find this one; by default the address "
                "of --listen, unless that is a wildcard")
    ->type_name("HOST:PORT");
  app
    .add_option("--tls-cert", out.tls.certificate,
                "Certificate for clients, with those between it and its authority (PEM): they must "
                "speak TLS 1.3. SIGHUP reads it again")
    ->type_name("FILE")
    ->check(CLI::ExistingFile);
  app.add_option("--tls-key", out.tls.key, "Key of that certificate (PEM)")
    ->type_name("FILE")
    ->check(CLI::ExistingFile);
  app.add_flag("--tls-self-signed", out.tls.self_signed,
               "For a trial: makes a certificate in DIR/tls.cert, with its key in DIR/tls.key, "
               "unless they are there");
  app.add_flag("--allow-plaintext", out.allow_plaintext,
               "Listen on an address other than loopback although connections are plain text");
  app
    .add_option("--writing", writing,
                "Who may write to whom in direct chats: anyone, or contacts only; the same on all "
                "nodes of a cluster")
    ->check(CLI::IsMember({"anyone", "contacts"}))
    ->capture_default_str();
  app
    .add_option("--second-login", second,
                "What becomes of a login while another device of its kind is online: coexist (by "
                "default), replace-oldest or reject; the same on all nodes of a cluster")
    ->type_name("mobile|desktop|web|bot=POLICY,...")
    ->delimiter(',');
  app
    .add_option("--token-days", token_days,
                "Days after which a device that was not used must give the password again; 0: "
                "never; the same on all nodes of a cluster")
    ->check(CLI::Range(0, 36500))
    ->capture_default_str();
  app.add_flag("--search", out.search,
               "Indexes the words of messages from now on, so that users can search; each costs a "
               "row; the same on all nodes of a cluster");
  app
    .add_option(
      "--keep-for", out.keep.seconds,
      "Time after which messages are let go, as in 12h or 90d; by default never; the same "
      "on all nodes of a cluster")
    ->type_name("TIME")
    ->transform(CLI::AsNumberWithUnit(
      std::map<std::string, uint64_t>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
      CLI::AsNumberWithUnit::Options(CLI::AsNumberWithUnit::CASE_INSENSITIVE
                                     | CLI::AsNumberWithUnit::UNIT_REQUIRED)))
    ->check(CLI::Range(uint64_t{1}, limits::retention_seconds_max));
  app.add_option(
    "--keep-messages", out.keep.messages,
    "Messages of a conversation, changes included, beyond which the oldest are let go; "
    "0: none are; the same on all nodes of a cluster");
  app.add_flag("--notices", out.notices,
               "Keeps a feed of who was away when something was written, for push services; the "
               "same on all nodes of a cluster");
  std::string jwt_key;
  app
    .add_option("--jwt-key", jwt_key,
                "Key of whom this node believes who somebody is (JSON Web Tokens): a public key in "
                "PEM, or the secret of HS256 to HS512")
    ->type_name("FILE");
  app.add_option("--jwt-algorithm", out.jwt.algorithm, "How those tokens must be signed")
    ->check(CLI::IsMember(
      {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}));
  app.add_option("--jwt-issuer", out.jwt.issuer, "Who must have issued them; by default anybody");
  app.add_option("--jwt-audience", out.jwt.audience,
                 "For whom they must be; by default for anybody");
  app.add_option("--connections", out.connections, "Connections of clients at a time")
    ->check(CLI::Range(size_t{1}, limits::connections))
    ->capture_default_str();
  app
    .add_option("--connections-per-address", out.connections_per_address,
                "Of them from one address, or from one network of 64 bits of IPv6")
    ->check(CLI::Range(size_t{1}, limits::connections))
    ->capture_default_str();
  app.add_flag("--limit-loopback", out.limit_loopback,
               "Bound connections, wrong passwords and new accounts from this machine like those "
               "from others");
  app
    .add_option("--user-rate", out.user_rate,
                "Requests a second that a user may send to this node; 0: any number")
    ->check(CLI::Range(0u, 1'000'000u))
    ->capture_default_str();
  app
    .add_option("--io-threads", out.io_threads,
                "Threads that serve clients; 0: one for every four cores")
    ->check(CLI::Range(0, static_cast<int>(limits::io_threads)))
    ->capture_default_str();
  app.add_option("--workers", out.workers, "Scheduler threads; 0: one per core")
    ->check(CLI::Range(0, 1024))
    ->capture_default_str();
  app.add_option("--hashers", out.hashers, "Threads that hash passwords")
    ->check(CLI::Range(1, 64))
    ->capture_default_str();
  app
    .add_option("--disk-reserve", reserve_mib,
                "Free MiB below which writes are refused (storage_full)")
    ->capture_default_str();
  app.add_option("--file-limit", out.file_mib, "MiB that one file may have")
    ->check(CLI::Range(uint64_t{1}, limits::file_bytes_max >> 20))
    ->capture_default_str();
  app.add_option("--file-quota", out.user_files_mib, "MiB that all files of a user may have")
    ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40))
    ->capture_default_str();
  app
    .add_option("--file-grace", out.file_grace_seconds,
                "Seconds after which a file that no message names is deleted")
    ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 30))
    ->capture_default_str();
  app.add_option("--cache", out.cache_mib, "MiB for recently read blocks")->capture_default_str();
  app.add_option("--log-level", out.log_level, "How much to log")
    ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
    ->capture_default_str();
  std::vector<std::string> nodes;
  app.add_option("--node", out.self.value, "Number of this node in its cluster")
    ->check(CLI::Range(1, 65535))
    ->capture_default_str();
  app
    .add_option("--nodes", nodes,
                "At a node's first start in a cluster: the nodes that make it (this one alone, if "
                "others will join it), where each listens for the others, and what may fail "
                "together with it")
    ->type_name("NUMBER=HOST:PORT[/ZONE],...")
    ->delimiter(',');
  app.add_flag("--join", out.join,
               "At the first start: the cluster is there already and will let this node in "
               "(parleyctl cluster join)");
  app.add_option("--replicas", out.replicas, "Of everything, in a cluster that begins: 3 or 5")
    ->capture_default_str();
  app
    .add_option("--cluster-key", out.cluster_key, "File with 64 hex digits, the same on all nodes")
    ->type_name("FILE");
  app
    .add_option("--node-ca", out.between_nodes.authority,
                "Certificate that signed those of all nodes (PEM)")
    ->type_name("FILE");
  app.add_option("--node-cert", out.between_nodes.certificate, "Certificate of this node (PEM)")
    ->type_name("FILE");
  app.add_option("--node-cert-key", out.between_nodes.key, "Key of that certificate (PEM)")
    ->type_name("FILE");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    std::cerr << "parleyd: " << error.what() << " (try --help)\n";
    return 2;
  }
  out.data_dir = data_dir;
  out.data_key = data_key;
  out.old_data_key = old_data_key;
  if (data_key.empty() && !old_data_key.empty()) {
    std::cerr << "parleyd: --old-data-key needs --data-key\n";
    return 2;
  }
  if (writing == "contacts")
    out.writing = parley::writing::contacts;
  if (jwt_key.empty() != out.jwt.algorithm.empty()) {
    std::cerr << "parleyd: --jwt-key and --jwt-algorithm need each other\n";
    return 2;
  }
  out.jwt_key = jwt_key;
  out.logins.token_life = std::chrono::hours{24} * token_days;
  for (auto& x : second)
    if (!add_second_login(x, out.logins)) {
      std::cerr << "parleyd: --second-login wants KIND=POLICY with a kind of mobile, desktop, web, "
                   "bot and a policy of coexist, replace-oldest, reject, not '"
                << x << "'\n";
      return 2;
    }
  out.disk_reserve_bytes = reserve_mib << 20;
  out.admin = admin_listen != "none";
  auto& tls = out.tls;
  if (tls.certificate.empty() != tls.key.empty() || (tls.self_signed && !tls.key.empty())) {
    std::cerr << "parleyd: --tls-cert and --tls-key go together, and not with --tls-self-signed\n";
    return 2;
  }
  if (!read_address("--listen", listen, out.allow_plaintext || tls.enabled(), out.host, out.port))
    return 2;
  if (out.admin
      && !read_address("--admin-listen", admin_listen, out.allow_plaintext, out.admin_host,
                       out.admin_port))
    return 2;
  if (!out.advertise.empty() && !parse_address(out.advertise)) {
    std::cerr << "parleyd: --advertise wants HOST:PORT, not '" << out.advertise << "'\n";
    return 2;
  }
  for (auto& x : nodes)
    if (!add_node(x, out.nodes)) {
      std::cerr << "parleyd: --nodes wants NUMBER=HOST:PORT[/ZONE], each number once, not '" << x
                << "'\n";
      return 2;
    }
  if (auto wrong = check_cluster(out); !wrong.empty()) {
    std::cerr << "parleyd: " << wrong << "\n";
    return 2;
  }
  return std::nullopt;
}

} // namespace parley
