// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace z5::http {
namespace {

Error tls_error(const std::string& what) {
  char reason[256] = "no reason given";
  if (const auto code = ERR_get_error(); code != 0) ERR_error_string_n(code, reason, sizeof reason);
  ERR_clear_error();
  return invalid("tls: " + what + ": " + reason);
}

Result<TlsContext> bare(const SSL_METHOD* method) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(method));
  if (!context) return tls_error("context");
  if (SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1)
    return tls_error("version");
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  return context;
}

Status load_identity(SSL_CTX* context, const std::string& certificate_file,
                     const std::string& key_file) {
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    return tls_error("certificate " + certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return tls_error("key " + key_file);
  }
  if (SSL_CTX_check_private_key(context) != 1)
    return tls_error("key " + key_file + " is not the certificate's");
  return Done{};
}

}  // namespace

void TlsContextFree::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<TlsContext> make_context(const ServerTls& tls) {
  Z5_TRY(TlsContext context, bare(TLS_server_method()));
  Z5_CHECK(load_identity(context.get(), tls.certificate_file, tls.key_file));
  if (tls.client_ca_file.empty()) {
    if (tls.require_client_certificate)
      return invalid("tls: require_client_certificate needs client_ca_file");
    return context;
  }
  const char* file = tls.client_ca_file.c_str();
  if (SSL_CTX_load_verify_locations(context.get(), file, nullptr) != 1) {
    return tls_error("client CA " + tls.client_ca_file);
  }
  SSL_CTX_set_client_CA_list(context.get(), SSL_load_client_CA_file(file));
  const int required = tls.require_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | required, nullptr);
  static constexpr unsigned char kSession[] =
      "z5";  // OpenSSL resumes no verified session without one
  SSL_CTX_set_session_id_context(context.get(), kSession, 2);
  return context;
}

Result<TlsContext> make_context(const ClientTls& tls) {
  Z5_TRY(TlsContext context, bare(TLS_client_method()));
  const bool loaded = tls.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                                          : SSL_CTX_load_verify_locations(
                                                context.get(), tls.ca_file.c_str(), nullptr) == 1;
  if (!loaded) return tls_error("CA " + tls.ca_file);
  if (!tls.certificate_file.empty() || !tls.key_file.empty()) {
    Z5_CHECK(load_identity(context.get(), tls.certificate_file, tls.key_file));
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

std::optional<Digest> peer_key(ssl_st* connection) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(connection), &X509_free);
  if (!certificate || SSL_get_verify_result(connection) != X509_V_OK) return std::nullopt;
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  if (size <= 0) return std::nullopt;
  const Digest digest =
      sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return digest;
}

}  // namespace z5::http
