// SPDX-License-Identifier: Apache-2.0
// Goal: failures of similar products that concern documents cannot happen here, each by its name.
// Method: the input that made them fail, made on the spot; refused with its rule, and in memory
// that does not grow with what somebody sends (the process's peak is measured around each).
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "ledger/evidence/document/decision_record.h"
#include "ledger/evidence/document/manifest.h"
#include "ledger/evidence/document/model_card.h"
#include "ledger/evidence/document/sbom.h"
#include "ledger/evidence/document/scan.h"
#include "ledger/evidence/document/ticket.h"
#include "ledger/evidence/examined.h"
#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/evidence/sigstore/image.h"
#include "ledger/evidence/sigstore/statement.h"
#include "ledger/evidence/sigstore/trusted_root.h"
#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"
#include "schemas/limits.h"

namespace z5::evidence {
namespace {

using keys::PrivateKey;

constexpr std::size_t kMiB = 1u << 20;

// Bytes by which the process's peak grew while `work` ran. Sanitizers keep freed memory, so there
// nothing is measured.
template <class Work>
std::size_t growth(Work&& work) {
#ifdef __SANITIZE_ADDRESS__
  work();
  return 0;
#else
  const auto peak = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
  };
  const std::size_t before = peak();
  work();
  return peak() - before;
#endif
}

const PrivateKey& key() {
  static const PrivateKey key = PrivateKey::generate(keys::Algorithm::P256);
  return key;
}
Signers signers() {
  Signers all;
  all.actors.push_back({"evaluator", "", key().public_key(), {"evaluator"}, {}, {}});
  return all;
}
// Why it does not count: "rule: reason"; empty when it was read.
std::string refusal(std::string_view kind, std::string_view bytes) {
  const auto examined = examine(kind, bytes, signers());
  const auto* refused = examined->as<Refusal>();
  return refused == nullptr ? "" : refused->rule + ": " + refused->reason;
}
std::string rule(std::string_view kind, std::string_view bytes) {
  const std::string text = refusal(kind, bytes);
  return text.substr(0, text.find(':'));
}

Json statement() {
  return {{"_type", "https://in-toto.io/Statement/v1"},
          {"subject", Json::array({{{"name", "m"}, {"digest", {{"sha256", sha256("m").hex()}}}}})},
          {"predicateType", "urn:z5:predicate:fairness:v1"},
          {"predicate", {{"result", "PASS"}}}};
}
Json bundle() { return Json::parse(keys::sign_bundle(statement().dump(), key())); }

const char* const kKinds[] = {"manifest",    "signature", "image-signature",
                              "attestation", "sbom",      "vex",
                              "model-card",  "scdr",      "adr"};

// A map of zeros that nobody has paid for yet.
class Gigabyte {
 public:
  Gigabyte()
      : at_(::mmap(nullptr, kSize, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    Z5_ASSERT(at_ != MAP_FAILED);
  }
  ~Gigabyte() { ::munmap(at_, kSize); }
  Gigabyte(const Gigabyte&) = delete;
  std::string_view bytes() const { return {static_cast<const char*>(at_), kSize}; }

 private:
  static constexpr std::size_t kSize = 1024 * kMiB;
  void* at_;
};

// cosign GHSA-95pr-fxf5-86gv (CVE-2024-29902): a document of any size is read into memory.
TEST(FormerFailures, Cve2024_29902_ADocumentWithoutEnd) {
  const Gigabyte map;
  const std::string_view all = map.bytes();
  const std::size_t grown = growth([&] {
    EXPECT_FALSE(document::parse_sbom(all).ok());
    EXPECT_FALSE(document::parse_vex(all).ok());
    EXPECT_FALSE(document::parse_grype(all).ok());
    EXPECT_FALSE(document::parse_vulns_predicate(all).ok());
    EXPECT_FALSE(document::parse_model_card(all).ok());
    EXPECT_FALSE(document::parse_decision_record(all).ok());
    EXPECT_FALSE(document::parse_ticket(all).ok());
    EXPECT_FALSE(document::parse_manifest(all).ok());
    EXPECT_FALSE(sigstore::parse_bundle(all).ok());
    EXPECT_FALSE(sigstore::parse_statement(all).ok());
    EXPECT_FALSE(sigstore::parse_signed_payload(all).ok());
    EXPECT_FALSE(sigstore::parse_trusted_root(all).ok());
  });
  EXPECT_LT(grown, 2 * kMiB);
  const std::string_view too_long = all.substr(0, limits::kMaxDocument + 1);
  for (const char* kind : kKinds) EXPECT_EQ(rule(kind, too_long), "document-size") << kind;
}

// cosign GHSA-vfp6-jrw2-99g9 (CVE-2023-46737): as many signatures as somebody likes.
TEST(FormerFailures, Cve2023_46737_AMillionSignatures) {
  std::string many =
      R"({"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",)"
      R"("verificationMaterial":{"publicKey":{"hint":""}},)"
      R"("dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[)";
  std::string most = many;
  constexpr std::string_view kOne = R"({"sig":"AA=="},)";
  for (int i = 0; i < 1'000'000; ++i) many += kOne;
  while (most.size() + 2 * kOne.size() < limits::kMaxBundle) most += kOne;
  for (std::string* text : {&many, &most}) text->replace(text->size() - 1, 1, "]}}");
  ASSERT_GT(many.size(), 14 * kMiB);
  const std::size_t grown =
      growth([&] { EXPECT_EQ(rule("attestation", many), "bundle-malformed"); });
  EXPECT_LT(grown, kMiB) << "refused by its length alone";
  const std::size_t grown_within = growth([&] {
    EXPECT_EQ(rule("attestation", most), "dsse-signature-count") << refusal("attestation", most);
  });
  EXPECT_LT(grown_within, 64 * kMiB) << "what fits into a bundle costs at most this";
}

// Archives and entities that unfold: nothing is unpacked, expanded or followed.
TEST(FormerFailures, BombsAreNotUnfolded) {
  std::string zip("PK\x03\x04\x14\0\0\0\x08\0", 10);  // 10 GB of zeros, packed twice, begins so
  zip.resize(10 * kMiB, '\x42');
  std::string gzip("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  gzip.resize(10 * kMiB, '\0');
  std::string laughs = "<?xml version=\"1.0\"?><!DOCTYPE bom [<!ENTITY a \"ha\">";
  for (char name = 'b'; name <= 'z'; ++name) {
    laughs += std::string("<!ENTITY ") + name + " \"";
    for (int i = 0; i < 10; ++i) laughs += std::string("&") + static_cast<char>(name - 1) + ";";
    laughs += "\">";
  }
  laughs +=
      "]><bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\" "
      "version=\"1\"><components>&z;</components></bom>";
  std::string aliases = "---\na: &a [x, x]\n";
  for (char name = 'b'; name <= 'z'; ++name) {
    aliases += std::string(1, name) + ": &" + name + " [*" + static_cast<char>(name - 1) + ", *" +
               static_cast<char>(name - 1) + "]\n";
  }
  aliases += "---\n";
  const std::string deep(1'000'000, '[');
  const std::vector<const std::string*> bombs = {&zip, &gzip, &laughs, &aliases, &deep};
  const std::size_t grown = growth([&] {
    for (const char* kind : kKinds) {
      for (const std::string* bytes : bombs) {
        EXPECT_NE(rule(kind, *bytes), "") << kind << " " << bytes->substr(0, 12);
      }
    }
  });
  EXPECT_LT(grown, 96 * kMiB) << "parsing 10 MiB, not what they would unfold to";
}

// Two readers that take another one of two members disagree on what was signed.
TEST(FormerFailures, DuplicateKeys) {
  const auto doubled = [](std::string text, std::string_view member, std::string_view copy) {
    const std::size_t i = text.find(member);
    Z5_ASSERT(i != std::string::npos);
    return text.insert(i, std::string(copy) + ",");
  };
  const std::string envelope = bundle().dump();
  EXPECT_EQ(rule("attestation", doubled(envelope, "\"payload\":", "\"payload\":\"e30=\"")),
            "bundle-malformed");
  EXPECT_EQ(rule("attestation", doubled(envelope, "\"mediaType\":", "\"mediaType\":\"x\"")),
            "bundle-malformed");
  const std::string said = doubled(statement().dump(), "\"result\":", "\"result\":\"FAIL\"");
  EXPECT_EQ(rule("attestation", keys::sign_bundle(said, key())), "statement-malformed");
  const std::string sbom =
      R"({"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[]})";
  EXPECT_EQ(rule("sbom", doubled(sbom, "\"components\":", "\"components\":[]")), "sbom-malformed");
  EXPECT_NE(rule("model-card", "---\nlicense: mit\nlicense: gpl\n---\n## Purpose\nx\n"), "");
  EXPECT_NE(rule("scdr", "---\nid: a\nid: b\nrun_id: r\ndecision: d\nresidual_risk: l\n---\n"), "");
}

TEST(FormerFailures, HugeNumbers) {
  const auto slo = [](const std::string& latency) {
    Json about = statement();
    about["predicateType"] = "urn:z5:predicate:slo-profile:v1";
    about["predicate"] = {{"latency_p99_ms", 1}, {"availability", 1}};
    std::string text = about.dump();
    text.replace(text.find("\"latency_p99_ms\":1") + 17, 1, latency);
    return rule("attestation", keys::sign_bundle(text, key()));
  };
  EXPECT_EQ(slo("1"), "");
  for (const char* number : {"1e400", "-1e400", "9007199254740993", "99999999999999999999999",
                             "1e308", "-1", "NaN", "Infinity", "0x10", "01", "1."}) {
    EXPECT_NE(slo(number), "") << number;
  }
  for (const char* version : {"1e400", "99999999999999999999", "-1"}) {
    const std::string sbom =
        std::string(R"({"bomFormat":"CycloneDX","specVersion":"1.6","version":)") + version + "}";
    EXPECT_NE(rule("sbom", sbom), "") << version;
  }
}

// Rekor GHSA-273p-m2cw-6833 (CVE-2026-23831): a field that is there and empty is dereferenced. Each
// member of each signed document is emptied in turn; only what nobody relies on may pass.
TEST(FormerFailures, Cve2026_23831_EmptyFields) {
  const Json whole = bundle();
  int refused = 0;
  const auto with = [](Json document, const Json::json_pointer& at, const Json& value) {
    document[at] = value;
    return document;
  };
  const std::vector<Json> nothings = {nullptr, "", Json::object(), Json::array(), 0, false};
  const Json flat = whole.flatten();
  for (const auto& [pointer, unused] : flat.items()) {
    for (Json::json_pointer at(pointer); !at.empty(); at.pop_back()) {
      for (const Json& nothing : nothings)
        refused += !rule("attestation", with(whole, at, nothing).dump()).empty();
    }
  }
  EXPECT_GE(refused, 60);
  const Json about = statement();
  const Json flat_statement = about.flatten();
  for (const auto& [pointer, unused] : flat_statement.items()) {
    for (Json::json_pointer at(pointer); !at.empty(); at.pop_back()) {
      if (at.to_string() == "/subject/0/name") continue;  // for people
      for (const Json& nothing : nothings) {
        const std::string text = with(about, at, nothing).dump();
        EXPECT_NE(rule("attestation", keys::sign_bundle(text, key())), "") << text;
      }
    }
  }
}

// cosign GHSA-vjxv-45g9-9296 (CVE-2022-35929), CVE-2026-39395: another predicate type, or none.
TEST(FormerFailures, Cve2022_35929_PredicateTypes) {
  const auto typed = [](const Json& type) {
    Json about = statement();
    about["predicateType"] = type;
    if (type == "absent") about.erase("predicateType");
    return rule("attestation", keys::sign_bundle(about.dump(), key()));
  };
  EXPECT_EQ(typed("urn:z5:predicate:fairness:v1"), "");
  for (const char* other : {"urn:z5:predicate:fairness:v2", "urn:z5:predicate:fairness:v1 ",
                            "URN:Z5:PREDICATE:FAIRNESS:V1", "https://sigstore.dev/cosign/sign/v1",
                            "urn:z5:command:approve:v1", "https://openvex.dev/ns/v0.2.0"}) {
    EXPECT_EQ(typed(other), "predicate-type") << other;
  }
  for (const Json& none : {Json("absent"), Json(""), Json(nullptr), Json(7)})
    EXPECT_EQ(typed(none), "statement-malformed") << none.dump();
}

// DSSE type confusion: the signature is over type and payload, not over the payload.
TEST(FormerFailures, ASignatureOverTheRawPayload) {
  Json raw = bundle();
  const std::string payload = statement().dump();
  raw["dsseEnvelope"]["signatures"][0]["sig"] = to_base64(key().sign(payload));
  EXPECT_EQ(rule("attestation", raw.dump()), "signature-invalid");
  for (const char* type : {"application/vnd.in-toto+json ", "text/plain", ""}) {
    Json other = bundle();
    other["dsseEnvelope"]["payloadType"] = type;
    other["dsseEnvelope"]["signatures"][0]["sig"] =
        to_base64(key().sign(keys::pre_authentication_encoding(type, payload)));
    EXPECT_EQ(rule("attestation", other.dump()), "dsse-payload-type") << type;
  }
}

}  // namespace
}  // namespace z5::evidence
