#include "node/options.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <iostream>

namespace parley {

bool split_endpoint(const std::string& text, std::string& host, uint16_t& port) {
  auto colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size())
    return false;
  auto end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || at != end)
    return false;
  host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return !host.empty();
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::optional<int> parse_options(int argc, char** argv, node_options& out) {
  CLI::App app{"parleyd - a node of the Parley messaging engine"};
  app.set_version_flag("--version", "parleyd 0.1.0");
  app.set_config("--config", "", "Read options from FILE (TOML); flags win")->type_name("FILE");
  auto data_dir = out.data_dir.string();
  std::string listen = "127.0.0.1:7710";
  auto reserve_mib = out.disk_reserve_bytes >> 20;
  app.add_option("--data-dir", data_dir, "Where everything is kept")
    ->type_name("DIR")
    ->capture_default_str();
  app.add_option("--listen", listen, "Address for clients; port 0 takes a free one")
    ->type_name("HOST:PORT")
    ->capture_default_str();
  app.add_flag("--allow-plaintext", out.allow_plaintext,
               "Listen on an address other than loopback although connections are plain text");
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
  app.add_option("--cache", out.cache_mib, "MiB for recently read blocks")->capture_default_str();
  app.add_option("--log-level", out.log_level, "How much to log")
    ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
    ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    std::cerr << "parleyd: " << error.what() << " (try --help)\n";
    return 2;
  }
  out.data_dir = data_dir;
  out.disk_reserve_bytes = reserve_mib << 20;
  if (!split_endpoint(listen, out.host, out.port)) {
    std::cerr << "parleyd: --listen wants HOST:PORT, not '" << listen << "'\n";
    return 2;
  }
  if (!is_loopback(out.host) && !out.allow_plaintext) {
    std::cerr << "parleyd: " << out.host
              << " is not loopback and connections are plain text; add --allow-plaintext to listen "
                 "there all the same\n";
    return 2;
  }
  return std::nullopt;
}

} // namespace parley
