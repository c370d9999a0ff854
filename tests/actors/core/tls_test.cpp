#define BOOST_TEST_MODULE tls

#include "actors/core/tls.hpp"

#include "actors/core/trial_certificate.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

#include <fstream>

using namespace parley;
using namespace parley::core;

namespace {

using bytes = std::vector<char>;

std::string text(const bytes& x) {
  return {x.begin(), x.end()};
}

std::string_view view(const bytes& x) {
  return {x.data(), x.size()};
}

/// A server with a trial certificate for localhost, and who trusts it.
struct fixture {
  testing::temp_dir files;
  std::filesystem::path certificate = files.path() / "cert";
  std::filesystem::path key = files.path() / "key";
  std::shared_ptr<tls_context> server_side;
  std::shared_ptr<tls_context> client_side;

  fixture() {
    renew();
    BOOST_REQUIRE(tls_context::serve(certificate, key, server_side).ok());
    BOOST_REQUIRE(tls_context::trust(certificate, client_side).ok());
  }

  void renew() {
    auto made = make_trial_certificate({"localhost", "127.0.0.1", "::1"});
    std::ofstream{certificate} << made.certificate;
    std::ofstream{key} << made.key;
  }
};

/// Both ends of one connection, and what each has read.
struct connection {
  tls server;
  tls client;
  bytes at_server;
  bytes at_client;
  size_t step; ///< Bytes that arrive at a time.

  explicit connection(fixture& with, const std::string& host = "localhost", size_t step = SIZE_MAX)
      : server(with.server_side), client(with.client_side, host), step(step) {
    // nop
  }

  /// Brings what one end seals to the other, and what that says back. False if
  /// one of them breaks off.
  bool talk(std::string_view from_client = {}, std::string_view from_server = {}) {
    bytes up;
    bytes down;
    client.seal(from_client, up);
    server.seal(from_server, down);
    auto fine = true;
    while (fine && !(up.empty() && down.empty())) {
      fine = arrive(up, server, at_server, down) && arrive(down, client, at_client, up);
    }
    return fine;
  }

  bool arrive(bytes& what, tls& to, bytes& plain, bytes& back) {
    auto sent = std::exchange(what, {});
    auto fine = true;
    for (size_t at = 0; fine && at < sent.size(); at += std::min(step, sent.size() - at))
      fine = to.open(view(sent).substr(at, step), plain);
    to.seal({}, back);
    return fine;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tls_test, fixture)

BOOST_AUTO_TEST_CASE(what_one_end_seals_the_other_reads) {
  connection x{*this};
  BOOST_REQUIRE(x.talk());
  BOOST_TEST(x.server.ready());
  BOOST_TEST(x.client.ready());
  BOOST_REQUIRE(x.talk("hello", "welcome"));
  BOOST_TEST(text(x.at_server) == "hello");
  BOOST_TEST(text(x.at_client) == "welcome");
  std::string much(1 << 20, 'x');
  BOOST_REQUIRE(x.talk(much));
  BOOST_TEST(x.at_server.size() == 5 + much.size());
}

BOOST_AUTO_TEST_CASE(bytes_may_arrive_one_by_one) {
  connection x{*this, "127.0.0.1", 1};
  BOOST_REQUIRE(x.talk());
  BOOST_REQUIRE(x.talk("hello", "welcome"));
  BOOST_TEST(text(x.at_server) == "hello");
  BOOST_TEST(text(x.at_client) == "welcome");
}

BOOST_AUTO_TEST_CASE(what_is_sent_does_not_show_what_it_says) {
  connection x{*this};
  BOOST_REQUIRE(x.talk());
  bytes sealed;
  x.client.seal("hello, hello, hello", sealed);
  BOOST_TEST(text(sealed).find("hello") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_host_is_refused) {
  for (auto host : {"example.org", "10.1.2.3"}) {
    connection x{*this, host};
    BOOST_TEST(!x.talk());
    BOOST_TEST(!x.client.ready());
    BOOST_TEST(x.client.why().find("mismatch") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_that_nobody_trusted_is_refused) {
  renew();
  BOOST_REQUIRE(tls_context::serve(certificate, key, server_side).ok());
  connection x{*this};
  BOOST_TEST(!x.talk());
  BOOST_TEST(!x.client.why().empty());
  BOOST_TEST(!x.client.ready());
}

BOOST_AUTO_TEST_CASE(the_next_connection_resumes_the_session) {
  connection first{*this};
  BOOST_REQUIRE(first.talk());
  BOOST_REQUIRE(first.talk({}, "welcome")); // The ticket comes before it.
  BOOST_TEST(!first.client.resumed());
  connection next{*this};
  BOOST_REQUIRE(next.talk());
  BOOST_TEST(next.client.resumed());
  BOOST_TEST(next.server.resumed());
  BOOST_REQUIRE(next.talk("hello"));
  BOOST_TEST(text(next.at_server) == "hello");
}

BOOST_AUTO_TEST_CASE(plain_text_is_refused) {
  tls server{server_side};
  bytes plain;
  BOOST_TEST(!server.open("GET / HTTP/1.1\r\n\r\n", plain));
  BOOST_TEST(!server.why().empty());
  BOOST_TEST(plain.empty());
}

BOOST_AUTO_TEST_CASE(a_byte_that_was_changed_on_the_way_ends_it) {
  connection x{*this};
  BOOST_REQUIRE(x.talk());
  bytes sealed;
  x.client.seal("hello", sealed);
  sealed.back() ^= 1;
  BOOST_TEST(!x.server.open(view(sealed), x.at_server));
  BOOST_TEST(x.at_server.empty());
}

BOOST_AUTO_TEST_CASE(an_older_tls_is_refused) {
  auto old = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_max_proto_version(old, TLS1_2_VERSION);
  auto client = SSL_new(old);
  auto out = BIO_new(BIO_s_mem());
  SSL_set_bio(client, BIO_new(BIO_s_mem()), out);
  SSL_set_connect_state(client);
  SSL_do_handshake(client);
  char* said = nullptr;
  auto size = BIO_get_mem_data(out, &said);
  tls server{server_side};
  bytes plain;
  BOOST_TEST(!server.open({said, static_cast<size_t>(size)}, plain));
  BOOST_TEST(server.why().find("protocol") != std::string::npos);
  SSL_free(client);
  SSL_CTX_free(old);
}

BOOST_AUTO_TEST_CASE(what_was_said_before_a_goodbye_is_read) {
  connection x{*this};
  BOOST_REQUIRE(x.talk());
  bytes sealed;
  x.server.seal("farewell", sealed);
  x.server.end(sealed);
  BOOST_TEST(!x.client.open(view(sealed), x.at_client));
  BOOST_TEST(text(x.at_client) == "farewell");
}

BOOST_AUTO_TEST_CASE(nothing_is_sealed_before_the_handshake_is_done) {
  tls server{server_side};
  bytes sealed;
  BOOST_TEST(!server.seal("hello", sealed));
  BOOST_TEST(sealed.empty());
}

BOOST_AUTO_TEST_CASE(a_goodbye_ends_it_without_an_error) {
  connection x{*this};
  BOOST_REQUIRE(x.talk());
  bytes sealed;
  x.server.end(sealed);
  BOOST_TEST(!x.client.open(view(sealed), x.at_client));
  BOOST_TEST(x.client.why() == "the other side ended it");
}

BOOST_AUTO_TEST_CASE(files_that_are_no_certificates_are_named) {
  std::shared_ptr<tls_context> none;
  auto nowhere = files.path() / "nowhere";
  BOOST_TEST(tls_context::serve(nowhere, key, none).text == "cannot read " + nowhere.string());
  BOOST_TEST(tls_context::serve(certificate, nowhere, none).text
             == "cannot read " + nowhere.string());
  BOOST_TEST(tls_context::trust(nowhere, none).text == "cannot read " + nowhere.string());
  BOOST_TEST(
    tls_context::serve(key, key, none).text.starts_with("cannot use certificate " + key.string()));
  BOOST_TEST(tls_context::serve(certificate, certificate, none)
               .text.starts_with("cannot use key " + certificate.string()));
  auto other = files.path() / "other";
  std::ofstream{other} << make_trial_certificate({"localhost"}).key;
  BOOST_TEST(tls_context::serve(certificate, other, none)
               .text.starts_with("cannot use key " + other.string()));
  std::ofstream{nowhere} << "nothing\n";
  BOOST_TEST(tls_context::trust(nowhere, none).text.starts_with("no certificate in "));
  BOOST_TEST(!none);
}

BOOST_AUTO_TEST_SUITE_END()
