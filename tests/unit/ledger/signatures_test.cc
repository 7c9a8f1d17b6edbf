// SPDX-License-Identifier: Apache-2.0
// Goal: what cosign signs is a submission: a model of one file by a blob bundle, an image by either
// of its forms; and a container digest without a signature of that image is denied. Method: a real
// ledger; the documents as cosign writes them.
#include <gtest/gtest.h>

#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"
#include "tests/support/world.h"

namespace z5::ledger {
namespace {

using support::Document;
using support::World;

constexpr const char* kRef = "acme/credit:1.0";

std::string said(const Outcome& outcome) {
  std::string out = outcome.answer == Answer::Accepted ? "yes" : "no";
  for (const Refusal& refusal : outcome.refusals) out += " " + refusal.rule;
  return out;
}

// cosign sign-blob --bundle.
Document blob(const std::string& bytes, const keys::PrivateKey& key) {
  const Json bundle = {
      {"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"},
      {"verificationMaterial",
       {{"publicKey", {{"hint", to_base64(key.public_key().digest().view())}}}}},
      {"messageSignature",
       {{"messageDigest", {{"algorithm", "SHA2_256"}, {"digest", to_base64(sha256(bytes).view())}}},
        {"signature", to_base64(key.sign(bytes))}}}};
  return {"signature", bundle.dump()};
}

std::vector<Document> evidence_of(World& world, const Document& signature) {
  auto evidence = support::accept_evidence(world.model(), world.cast().vouchers, world.now());
  evidence["signature"] = signature;
  std::vector<Document> documents;
  for (const auto& [name, document] : evidence) documents.push_back(document);
  return documents;
}

TEST(BlobSignature, IsASubmissionUpToStaging) {
  World world;
  const auto& key = world.cast().vouchers.model_signer;
  world.model().files = {{"model.onnx", "all of it"}};
  const std::string refused = said(world.submit_with(kRef, evidence_of(world, blob("other", key))));
  EXPECT_EQ(refused, "no model-signature subject-mismatch");
  EXPECT_EQ(said(world.submit_with(kRef, evidence_of(world, blob("all of it", key)))), "yes");
  EXPECT_EQ(said(world.stage(kRef)), "yes");
}

TEST(BlobSignature, ByAKeyThatSignsBytesSaysSo) {
  World world;
  world.model().files = {{"model.onnx", "all of it"}};
  const auto& ed25519 = world.cast().vouchers.builder;
  EXPECT_EQ(said(world.submit_with(kRef, evidence_of(world, blob("all of it", ed25519)))),
            "no model-signature signature-needs-bytes");
}

TEST(BlobSignature, IsForOneFileOnly) {
  World world;
  const auto& key = world.cast().vouchers.model_signer;
  const std::string bytes = world.model().files["model.onnx"];
  EXPECT_EQ(said(world.submit_with(kRef, evidence_of(world, blob(bytes, key)))),
            "no model-signature subject-mismatch");
}

Document image_statement(const Digest& image, const keys::PrivateKey& key) {
  return {"image-signature",
          support::attest("https://sigstore.dev/cosign/sign/v1", Json::object(), image, key)};
}
Document image_payload(const Digest& image, const keys::PrivateKey& key) {
  const std::string payload = Json{
      {"critical",
       {{"identity", {{"docker-reference", "registry.example/credit"}}},
        {"image", {{"docker-manifest-digest", image.text()}}},
        {"type", "cosign container image signature"}}},
      {"optional", nullptr}}.dump();
  return {
      "image-signature",
      Json{{"payload", to_base64(payload)}, {"signature", to_base64(key.sign(payload))}}.dump()};
}

// R27: both forms let it in; nothing else does.
TEST(ImageSignature, AContainerWithoutOneIsDenied) {
  World world;
  const Digest image = sha256("an image"), other = sha256("another image");
  const auto& signer = world.cast().vouchers.model_signer;
  const auto& stranger = world.cast().vouchers.builder;
  const auto submit = [&](const std::string& ref, std::vector<Document> more) {
    auto documents = evidence_of(world, {"signature", support::sign_model(world.model(), signer)});
    documents.insert(documents.end(), more.begin(), more.end());
    return said(world.submit_with(ref, documents, {{"container_digest", image.text()}}));
  };
  EXPECT_EQ(submit(kRef, {}), "no image-signature");
  EXPECT_EQ(submit(kRef, {image_statement(other, signer)}), "no image-signature subject-mismatch");
  EXPECT_EQ(submit(kRef, {image_payload(other, signer)}), "no image-signature subject-mismatch");
  EXPECT_EQ(submit(kRef, {image_payload(image, stranger)}), "no image-signature signer-role");
  EXPECT_EQ(submit(kRef, {{"image-signature", "{}"}}), "no image-signature image-payload");
  EXPECT_FALSE(world.writer().state().version(kRef));
  EXPECT_EQ(submit(kRef, {image_statement(image, signer)}), "yes");
  EXPECT_EQ(submit("acme/credit:1.1", {image_payload(image, signer)}), "yes");
  EXPECT_EQ(world.writer().state().version(kRef)->container_digest, image);
  EXPECT_EQ(said(world.stage(kRef)), "yes") << "and it holds at the next transition";
}

}  // namespace
}  // namespace z5::ledger
