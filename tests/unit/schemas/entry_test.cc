// SPDX-License-Identifier: Apache-2.0
// Goal: one value, one encoding. Method: encode, decode, and try every flipped bit and every cut of
// the bytes.
#include "schemas/entry.h"

#include <gtest/gtest.h>

namespace z5 {
namespace {

Entry sample() {
  Entry entry;
  entry.ledger = sha256("ledger");
  entry.sequence = 7;
  entry.previous = sha256("previous");
  entry.recorded_at = 1'790'000'000'000'000'000;
  entry.writer_epoch = 3;
  entry.actor = "ci-bot";
  entry.decision = std::make_unique<fb::DecisionT>();
  entry.decision->engine = "opa/1.22.0";
  fb::VersionSubmittedT event;
  event.ref = "acme/credit:1.0";
  event.model_digest = sha256("model");
  auto document = std::make_unique<fb::DocumentT>();
  document->kind = "sbom";
  document->digest = sha256("sbom");
  event.documents.push_back(std::move(document));
  event.persons = {"ana", "bob"};
  entry.event.Set(std::move(event));
  return entry;
}

TEST(Entry, RoundTrip) {
  const Bytes body = encode_entry(sample());
  const auto entry = decode_entry(body);
  ASSERT_TRUE(entry.ok()) << entry.error().message;
  EXPECT_EQ(encode_entry(*entry), body);
  EXPECT_EQ(event_name(*entry), "VersionSubmitted");
  EXPECT_EQ(event_reference(*entry), "acme/credit:1.0");
  EXPECT_EQ(event_as<fb::VersionSubmittedT>(*entry).documents[0]->digest, sha256("sbom"));
}

TEST(Entry, EveryFlippedBitIsRefusedOrAnotherValue) {
  const Bytes body = encode_entry(sample());
  for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
    Bytes changed = body;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    if (const auto entry = decode_entry(changed); entry.ok()) {
      EXPECT_EQ(encode_entry(*entry), changed) << bit;
    }
  }
}

TEST(Entry, EveryCutAndEveryTailIsRefused) {
  const Bytes body = encode_entry(sample());
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_FALSE(decode_entry(body.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(decode_entry(body + std::string(1, '\0')).ok());
}

TEST(Entry, RefusesWhatTheVerifierLetsPass) {
  Entry entry = sample();
  entry.event.AsVersionSubmitted()->ref = "acme/../x:1";
  EXPECT_FALSE(decode_entry(encode_entry(entry)).ok());
  entry = sample();
  entry.event.AsVersionSubmitted()->persons = {"bob", "ana"};
  EXPECT_FALSE(decode_entry(encode_entry(entry)).ok());
  entry = sample();
  fb::ApprovalGrantedT approval;
  approval.ref = "acme/credit:1.0";
  approval.person = "ana";
  approval.role = static_cast<fb::ApprovalRole>(9);
  entry.event.Set(std::move(approval));
  EXPECT_FALSE(decode_entry(encode_entry(entry)).ok());
  entry = sample();
  entry.event.Reset();
  EXPECT_FALSE(decode_entry(encode_entry(entry)).ok());
}

}  // namespace
}  // namespace z5
