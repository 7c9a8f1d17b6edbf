// SPDX-License-Identifier: Apache-2.0
// A small model and everything a supply chain says about it, signed with real keys. For tests and
// benches.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ledger/keys/key.h"
#include "schemas/digest.h"
#include "schemas/json.h"
#include "schemas/time.h"

namespace z5::support {

struct Document {
  std::string kind;
  Bytes bytes;
  Digest digest() const { return sha256(bytes); }
};

// A model of two files.
struct Model {
  std::map<std::string, Bytes> files = {{"config.json", "{\"layers\":2}"},
                                        {"model.onnx", "not really an onnx file"}};
  std::string manifest() const;  // "<hex>  <path>\n" a line
  Digest digest() const { return sha256(manifest()); }
};

// An in-toto Statement v1 about one digest, signed.
Bytes attest(const std::string& type, const Json& predicate, const Digest& subject,
             const keys::PrivateKey& key);
// The Statement of an OMS v1.0 signature over the model's files, and the bundle of it.
std::string model_statement(const Model& model);
Bytes sign_model(const Model& model, const keys::PrivateKey& key);

// The keys of the people and pipelines that vouch for a model.
struct Vouchers {
  keys::PrivateKey model_signer = keys::PrivateKey::generate(keys::Algorithm::P256);
  keys::PrivateKey builder = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  keys::PrivateKey assessor = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  keys::PrivateKey evaluator = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  keys::PrivateKey catalogue = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
};

inline const std::string kRunId = "run-42";
inline const std::string kDataset = "credit-2026@s7";

// What accept wants, by a name each: manifest, signature, provenance, dataset, scan, security,
// sbom, model-card.
std::map<std::string, Document> accept_evidence(const Model& model, const Vouchers& vouchers,
                                                Time now);
// What promote wants beyond it: fairness, slo, integration-test, canary, scdr, adr.
std::map<std::string, Document> promote_evidence(const Model& model, const Vouchers& vouchers,
                                                 const std::string& ref);
// A scan that ended at `now` and found CVE-1 with that severity; "" finds nothing.
Document scan_finding(const Model& model, const Vouchers& vouchers, Time now,
                      const std::string& severity);
// An SCDR or ADR with this list of conditions, in YAML.
Document record_with(const std::string& kind, const std::string& conditions);
// A ticket whose window holds `now`.
Bytes ticket(Time now);

}  // namespace z5::support
