// SPDX-License-Identifier: Apache-2.0
// make_corpus FOLDER: a small evidence corpus of our own, honest and tampered, with an index of the
// same form as the one beside the project. Its keys are thrown away, so what it wrote once is
// committed (corpus/) and it runs again only when a case is added.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"
#include "tests/support/evidence.h"
#include "tests/support/sigstore/private_stack.h"

namespace z5::support {
namespace {

namespace fs = std::filesystem;
using keys::PrivateKey;

constexpr const char* kArtifact = "the weights\n";
constexpr const char* kType = "https://slsa.dev/provenance/v1";

class Writer {
 public:
  explicit Writer(fs::path folder) : folder_(std::move(folder)) {
    put("artifacts/weights.bin", kArtifact);
    put("artifacts/other.bin", "other weights\n");
  }
  ~Writer() { put("index.json", index_.dump(1) + "\n"); }

  void put(const std::string& name, std::string_view bytes) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  // One case: the document, and how it is to be looked at.
  void add(bool accept, const std::string& name, std::string_view bytes, const char* why,
           Json inputs) {
    const std::string file = fmt::format("{}/{}", accept ? "accept" : "reject", name);
    put(file, bytes);
    inputs.update({{"file", file}, {"expect", accept ? "accept" : "reject"}, {"why", why}});
    index_.push_back(std::move(inputs));
  }
  void accept(const std::string& name, const Json& bundle, const char* why, Json inputs) {
    add(true, name, bundle.dump(), why, std::move(inputs));
  }
  void reject(const std::string& name, const Json& bundle, const char* why, Json inputs) {
    add(false, name, bundle.dump(), why, std::move(inputs));
  }

 private:
  fs::path folder_;
  Json index_ = Json::array();
};

Json with(Json value, const char* pointer, const Json& replacement) {
  value[Json::json_pointer(pointer)] = replacement;
  return value;
}
// The same base64 text with the octet in its middle changed.
Json bent(Json value, const char* pointer) {
  Json& text = value[Json::json_pointer(pointer)];
  Bytes raw = *from_base64(text.get<std::string>());
  raw[raw.size() / 2] = static_cast<char>(raw[raw.size() / 2] ^ 1);
  text = to_base64(raw);
  return value;
}

constexpr const char* kEntry = "/verificationMaterial/tlogEntries/0";
std::string entry(const char* field) { return std::string(kEntry) + field; }

// Signers' certificates with one thing wrong, each in an otherwise sound bundle.
void certificates(Writer& out, const PrivateStack& stack, const Json& asked) {
  const auto leaf = [&](const char* name, const char* why,
                        const std::function<void(LeafOptions&)>& bend) {
    BundleOptions options;
    bend(options.leaf);
    out.reject(name, stack.keyless_blob(kArtifact, options), why, asked);
  };
  leaf("certificate-expired.json", "signed after it expired",
       [](LeafOptions& o) { o.to = kSignedAt - 1; });
  leaf("certificate-server.json", "made for TLS",
       [](LeafOptions& o) { o.extended_key_usage = "serverAuth"; });
  leaf("certificate-authority.json", "an authority", [](LeafOptions& o) {
    o.basic_constraints = "critical,CA:TRUE";
    o.key_usage = "critical,digitalSignature,keyCertSign";
  });
  leaf("certificate-no-sct.json", "no certificate timestamp",
       [](LeafOptions& o) { o.sct = false; });
  const PrivateKey stranger = PrivateKey::generate(keys::Algorithm::P256);
  leaf("certificate-other-sct.json", "certificate timestamp of another log",
       [&](LeafOptions& o) { o.sct_key = &stranger; });
}

void keyless(Writer& out) {
  const PrivateStack stack;
  out.put("trust/trusted_root.json", stack.trusted_root().dump(1));
  const Json asked = {{"format", "sigstore-bundle"},
                      {"artifact", "artifacts/weights.bin"},
                      {"trusted_root", "trust/trusted_root.json"},
                      {"identity", "trainer@example.test"},
                      {"issuer", "https://issuer.example.test"}};
  const auto but = [&asked](const char* field, const Json& value) {
    Json changed = asked;
    changed[field] = value;
    return changed;
  };
  BundleOptions v1;
  v1.rekor = 1;
  v1.timestamp = false;
  const Json blob = stack.keyless_blob(kArtifact), blob_v1 = stack.keyless_blob(kArtifact, v1);
  const Json another = stack.keyless_blob(kArtifact);
  const Json statement = stack.keyless_statement(statement_for(kArtifact, kType));
  out.accept("blob-rekor-v2.json", blob, "certificate, SCT, log v2, timestamp", asked);
  out.accept("blob-rekor-v1.json", blob_v1, "certificate, SCT, log v1", asked);
  out.accept("statement.json", statement, "an attestation", but("predicateType", kType));

  out.reject("blob-other-artifact.json", blob, "of another artifact",
             but("artifact", "artifacts/other.bin"));
  out.reject("blob-other-identity.json", blob, "identity is compared exactly",
             but("identity", "trainer@example.tes"));
  out.reject("blob-other-issuer.json", blob, "issuer is compared exactly",
             but("issuer", "https://issuer.example.test/"));
  out.reject("statement-other-type.json", statement, "predicateType must be the one asked for",
             but("predicateType", "https://cyclonedx.org/bom"));
  out.reject("blob-signature.json", bent(blob, "/messageSignature/signature"), "signature", asked);
  out.reject("blob-digest.json", bent(blob, "/messageSignature/messageDigest/digest"),
             "stated digest", asked);
  const std::string body = entry("/canonicalizedBody"), root = entry("/inclusionProof/rootHash");
  out.reject("entry-body.json", bent(blob, body.c_str()), "log entry was edited", asked);
  out.reject("entry-root.json", bent(blob, root.c_str()), "root is not the checkpoint's", asked);
  out.reject("entry-of-another.json", with(blob, kEntry, another[Json::json_pointer(kEntry)]),
             "a valid log entry of another signature (CVE-2022-36056)", asked);
  out.reject("entry-none.json", with(blob, "/verificationMaterial/tlogEntries", Json::array()),
             "no log entry", asked);
  const std::string log = entry("/logId/keyId");
  out.reject("entry-log.json", bent(blob, log.c_str()), "a log that nobody trusts", asked);
  const std::string promise = entry("/inclusionPromise/signedEntryTimestamp");
  out.reject("entry-promise.json", bent(blob_v1, promise.c_str()), "the log's promise", asked);
  const char* stamps = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps";
  out.reject("timestamp-of-another.json", with(blob, stamps, another[Json::json_pointer(stamps)]),
             "a valid timestamp of another signature (CVE-2026-39984)", asked);
  out.reject("timestamp-none.json", with(blob, stamps, Json::array()), "log v2 without a time",
             asked);
  out.reject("certificate-of-another.json",
             with(blob, "/verificationMaterial/certificate",
                  another["verificationMaterial"]["certificate"]),
             "certificate of another key", asked);
  certificates(out, stack, asked);
  out.reject("trust-ended.json", blob, "the authority was no longer trusted",
             but("trusted_root", "trust/ended.json"));
  Json ended = stack.trusted_root();
  for (Json& each : ended["certificateAuthorities"])
    each["validFor"]["end"] = "2026-11-24T11:59:59Z";
  out.put("trust/ended.json", ended.dump(1));
}

void managed(Writer& out) {
  const PrivateKey key = PrivateKey::generate(keys::Algorithm::P256);
  out.put("trust/key.pub", key.public_key().pem());
  const Json asked = {{"format", "sigstore-bundle"},
                      {"artifact", "artifacts/weights.bin"},
                      {"key", "trust/key.pub"},
                      {"predicateType", kType},
                      {"tlog", "none"}};
  const Bytes text = keys::sign_bundle(statement_for(kArtifact, kType), key);
  const Json bundle = *parse_json(text);
  out.accept("key-statement.json", bundle, "an attestation by a key", asked);
  out.accept("key-hint.json", with(bundle, "/verificationMaterial/publicKey/hint", "somebody else"),
             "hints decide nothing", asked);
  out.reject("key-payload.json", bent(bundle, "/dsseEnvelope/payload"), "payload edited", asked);
  out.reject("key-payload-type.json", with(bundle, "/dsseEnvelope/payloadType", "application/json"),
             "payloadType", asked);
  Json two = bundle;
  two["dsseEnvelope"]["signatures"].push_back(two["dsseEnvelope"]["signatures"][0]);
  out.reject("key-two-signatures.json", two, "exactly one signature", asked);
  out.reject("key-media-type.json", with(bundle, "/mediaType", "application/json"), "mediaType",
             asked);
  out.reject("key-unknown-field.json", with(bundle, "/dsseEnvelope/comment", "x"), "unknown field",
             asked);
  out.reject("key-snake-case.json",
             with(with(bundle, "/dsse_envelope", bundle["dsseEnvelope"]), "/dsseEnvelope", nullptr),
             "lowerCamelCase only", asked);
  std::string twice = text;
  twice.insert(twice.find("\"payload\""), "\"payload\":\"e30=\",");
  out.add(false, "key-twice.json", twice, "a JSON key twice", asked);
  const PrivateKey stranger = PrivateKey::generate(keys::Algorithm::P256);
  out.add(false, "key-stranger.json", keys::sign_bundle(statement_for(kArtifact, kType), stranger),
          "another key", asked);
  out.add(false, "key-no-type.json", keys::sign_bundle(R"({"subject":[],"predicate":{}})", key),
          "a statement without _type", asked);
}

void models(Writer& out) {
  const PrivateKey key = PrivateKey::generate(keys::Algorithm::P256);
  const Model model;
  out.put("trust/model.pub", key.public_key().pem());
  for (const auto& [path, bytes] : model.files) {
    out.put("models/whole/" + path, bytes);
    out.put("models/more/" + path, bytes);
    out.put("models/changed/" + path, bytes + "!");
  }
  out.put("models/more/extra.bin", "unsigned");
  out.put("models/less/config.json", model.files.at("config.json"));
  const Json bundle = *parse_json(sign_model(model, key));
  const auto against = [](const char* folder) -> Json {
    return {{"format", "oms-sigstore-bundle"}, {"model", folder}, {"trust", "trust/model.pub"}};
  };
  out.accept("model.json", bundle, "a model signature", against("models/whole"));
  Json older = with(bundle, "/dsseEnvelope/signatures/0/keyid", nullptr);
  older["verificationMaterial"] = {
      {"publicKey", {{"rawBytes", "eA=="}, {"keyDetails", "PKIX_ECDSA_P256_SHA_256"}}}};
  out.accept("model-before-1.1.json", older, "as versions before 1.1 wrote it",
             against("models/whole"));
  out.reject("model-more.json", bundle, "a file that is not signed", against("models/more"));
  out.reject("model-less.json", bundle, "a signed file is missing", against("models/less"));
  out.reject("model-changed.json", bundle, "other bytes", against("models/changed"));
  out.reject("model-signature.json", bent(bundle, "/dsseEnvelope/signatures/0/sig"), "signature",
             against("models/whole"));
}

void documents(Writer& out) {
  const std::string bom =
      R"({"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[{"type":"library","name":"torch","bom-ref":"t","hashes":[{"alg":"MD5","content":"3942447fac867ae5cdb3229b658f4d48"}],"licenses":[{"license":{"id":"MIT"}}]}]})";
  const auto changed = [&](const char* from, const char* to) {
    std::string text = bom;
    return text.replace(text.find(from), std::string_view(from).size(), to);
  };
  const Json sbom = {{"format", "cyclonedx-1.6"}};
  out.add(true, "bom.json", bom, "a bill of materials", sbom);
  out.add(false, "bom-hash.json", changed("MD5", "SHA-1"), "a hash of another length", sbom);
  out.add(false, "bom-license.json", changed("MIT", "MIT-7"), "no SPDX licence", sbom);
  out.add(false, "bom-field.json", changed("\"version\":1", "\"version\":1,\"x\":1"),
          "unknown field", sbom);
  const std::string xml =
      "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\"><components><component type=\"library\">"
      "<name>torch</name></component></components></bom>";
  out.add(true, "bom.xml", xml, "a bill of materials in XML", sbom);
  out.add(false, "bom-doctype.xml", "<!DOCTYPE bom>" + xml, "a DOCTYPE", sbom);
  const std::string card = "---\nlicense: apache-2.0\n---\n# A model\n";
  out.add(true, "card.md", card, "a model card", {{"format", "hf-modelcard"}});
  out.add(false, "card-list.md", "---\n- a\n---\n# A model\n", "front matter is a mapping",
          {{"format", "hf-modelcard"}});
  const auto vex = [](const char* status) {
    return fmt::format(
        R"({{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.test/vex","author":"a","timestamp":"2026-11-24T00:00:00Z","version":1,"statements":[{{"vulnerability":{{"name":"CVE-1"}},"products":[{{"@id":"pkg:pypi/torch@2"}}],"status":"{}"}}]}})",
        status);
  };
  out.add(true, "vex.json", vex("fixed"), "OpenVEX", {{"format", "openvex-0.2"}});
  out.add(false, "vex-bare.json", vex("not_affected"), "not_affected without a reason",
          {{"format", "openvex-0.2"}});
}

}  // namespace
}  // namespace z5::support

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  z5::support::Writer out(argv[1]);
  z5::support::keyless(out);
  z5::support::managed(out);
  z5::support::models(out);
  z5::support::documents(out);
  return 0;
}
