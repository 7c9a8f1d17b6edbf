// SPDX-License-Identifier: Apache-2.0
// TLS contexts of the server and the client (TLS 1.2 and 1.3, OpenSSL). Contexts are built once and
// shared read-only by connections.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "schemas/digest.h"
#include "schemas/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace z5::http {

struct ServerTls {
  std::string certificate_file;  // PEM chain, leaf first
  std::string key_file;          // PEM
  std::string client_ca_file;    // PEM anchors for client certificates; empty: none are asked for
  bool require_client_certificate = false;  // with client_ca_file: no certificate, no connection
};

struct ClientTls {
  std::string ca_file;           // PEM anchors; empty: the system's
  std::string certificate_file;  // the client's own chain and key, for mTLS; both or none
  std::string key_file;
};

struct TlsContextFree {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, TlsContextFree>;

// Invalid, naming the file: missing, not PEM, key and certificate that do not belong together.
Result<TlsContext> make_context(const ServerTls& tls);
Result<TlsContext> make_context(const ClientTls& tls);

// SHA-256 of the peer's SubjectPublicKeyInfo, if it sent a certificate that was verified.
std::optional<Digest> peer_key(ssl_st* connection);

}  // namespace z5::http
