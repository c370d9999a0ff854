#include "actors/core/trial_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace parley::core {

namespace {

constexpr long one_year = 365L * 24 * 60 * 60;

template <auto Free>
struct deleter {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};

using key_ptr = std::unique_ptr<EVP_PKEY, deleter<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, deleter<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, deleter<X509_EXTENSION_free>>;
using memory_ptr = std::unique_ptr<BIO, deleter<BIO_free>>;
using address_ptr = std::unique_ptr<ASN1_OCTET_STRING, deleter<ASN1_OCTET_STRING_free>>;

void must(bool done) {
  if (!done)
    throw std::runtime_error("OpenSSL cannot make a certificate");
}

/// As subjectAltName wants them.
std::string alternative_names(const std::vector<std::string>& hosts) {
  std::string result;
  for (auto& host : hosts) {
    auto is_address = address_ptr{a2i_IPADDRESS(host.c_str())} != nullptr;
    result += (result.empty() ? "" : ",") + std::string{is_address ? "IP:" : "DNS:"} + host;
  }
  return result;
}

void add_extension(X509* to, int which, const std::string& value) {
  extension_ptr made{X509V3_EXT_conf_nid(nullptr, nullptr, which, value.c_str())};
  must(made && X509_add_ext(to, made.get(), -1) == 1);
}

template <class Write>
std::string to_pem(Write write) {
  memory_ptr out{BIO_new(BIO_s_mem())};
  must(write(out.get()) == 1);
  char* text = nullptr;
  auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(size)};
}

} // namespace

trial_certificate make_trial_certificate(const std::vector<std::string>& hosts) {
  key_ptr key{EVP_EC_gen("P-256")};
  certificate_ptr made{X509_new()};
  must(key && made);
  auto x = made.get();
  uint64_t serial = 0;
  must(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(x), 0);
  X509_gmtime_adj(X509_getm_notAfter(x), one_year);
  auto name = X509_get_subject_name(x);
  auto words = reinterpret_cast<const unsigned char*>("Parley trial");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, words, -1, -1, 0);
  X509_set_issuer_name(x, name);
  X509_set_pubkey(x, key.get());
  add_extension(x, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x, NID_ext_key_usage, "serverAuth");
  add_extension(x, NID_subject_alt_name, alternative_names(hosts));
  must(X509_sign(x, key.get(), EVP_sha256()) > 0);
  return {to_pem([x](BIO* out) { return PEM_write_bio_X509(out, x); }), to_pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

} // namespace parley::core
