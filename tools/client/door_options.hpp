#pragma once

#include "actors/core/tls.hpp"
#include "schema/address.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace parley::client {

/// Which nodes, and whether by TLS: `--connect`, `--tls` and `--tls-ca` of the
/// programs for clients.
struct door_options {
  std::string nodes = "127.0.0.1:7710";
  bool tls = false;
  std::filesystem::path authority;

  void add_to(CLI::App& app) {
    app.add_option("--connect", nodes, "Nodes, HOST:PORT[,HOST:PORT...]")->capture_default_str();
    app.add_flag("--tls", tls, "Speaks TLS with them, and trusts the system's authorities");
    app
      .add_option("--tls-ca", authority,
                  "Speaks TLS, and trusts what the certificates in this file signed (PEM)")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  }

  /// On an error, one line.
  status read(std::vector<address>& out, std::shared_ptr<core::tls_context>& how) const {
    out = parse_addresses(nodes, client_port);
    if (out.empty())
      return {ec::malformed, "--connect: " + nodes + " is no HOST:PORT"};
    return tls || !authority.empty() ? core::tls_context::trust(authority, how) : status{};
  }
};

} // namespace parley::client
