// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/trust_document.h"

#include <fmt/format.h>

#include "ledger/evidence/sigstore/refusal.h"
#include "schemas/limits.h"

namespace z5::sigstore {
namespace {

constexpr std::string_view kRule = "trust-root-malformed";

Status read_block(const PemBlock& block, TrustDocument& out) {
  if (block.name == "CERTIFICATE") {
    Z5_TRY(Certificate certificate, Certificate::from_der(block.der));
    if (!certificate.is_authority()) return invalid("certificate: is no certificate authority");
    out.anchors.push_back(std::move(certificate));
    return Done{};
  }
  if (block.name == "X509 CRL") {
    Z5_TRY(RevocationList list, RevocationList::from_bytes(block.der));
    out.revocations.push_back(std::move(list));
    return Done{};
  }
  return invalid("expected CERTIFICATE or X509 CRL");
}

Result<TrustDocument> read_pem(std::string_view text) {
  TrustDocument out;
  Z5_TRY(const std::vector<PemBlock> blocks, pem_blocks(text));
  if (blocks.size() > limits::kMaxTrustedEntries) return invalid("PEM: too many blocks");
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (const Status read = read_block(blocks[i], out); !read.ok()) {
      return invalid(
          fmt::format("PEM block {} ({}): {}", i + 1, blocks[i].name, read.error().message));
    }
  }
  if (out.anchors.empty()) return invalid("PEM: no CERTIFICATE");
  return out;
}

Verdict<TrustDocument> read_json(std::string_view text) {
  TrustDocument out;
  auto root = parse_trusted_root(text);
  if (!root.ok()) return refuse(kRule, root.error().reason);
  if (root->certificate_authorities.empty())
    return refuse(kRule, "certificateAuthorities: none, so nobody could be trusted by it");
  out.sigstore = *std::move(root);
  return out;
}

}  // namespace

Verdict<Done> TrustDocument::lists_current(Time now) const {
  for (const RevocationList& list : revocations) Z5_CHECK(list.is_current(now));
  return Done{};
}

Verdict<TrustDocument> parse_trust_document(std::string_view text) {
  if (text.size() > limits::kMaxTrustedRoot)
    return refuse(kRule, fmt::format("longer than {} bytes", limits::kMaxTrustedRoot));
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string_view::npos && text[first] == '{';
  auto read = is_json ? read_json(text) : under(kRule, read_pem(text));
  if (read.ok()) read->digest = sha256(text);
  return read;
}

std::shared_ptr<const TrustDocument> held_trust_document(std::string_view text) {
  auto read = parse_trust_document(text);
  auto held = std::make_shared<TrustDocument>();
  if (read.ok()) *held = *std::move(read);
  held->digest = sha256(text);
  return held;
}

}  // namespace z5::sigstore
