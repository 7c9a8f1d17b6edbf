// SPDX-License-Identifier: Apache-2.0
// Self-signed certificates for tests, made on the spot: nothing with an end date lies in the tree.
#pragma once

#include <string>

#include "schemas/digest.h"

namespace z5::http {

struct TestCertificate {
  std::string certificate_file;
  std::string key_file;
  Digest spki;
};

// P-256, valid for an hour, for that subjectAltName ("IP:127.0.0.1"), into
// `directory`/name.{pem,key}.
TestCertificate make_certificate(const std::string& directory, const std::string& name,
                                 const std::string& san);

}  // namespace z5::http
