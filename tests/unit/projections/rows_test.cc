// SPDX-License-Identifier: Apache-2.0
// Goal: what is written is read back equal, and nothing else is read.
// Method: full rows there and back; every prefix of a row, and a row with a byte behind it, is
// Corrupt; sizes against the limit of 1 KiB a version.
#include "projections/rows.h"

#include <gtest/gtest.h>

namespace z5::projections {
namespace {

gate::Version full_version() {
  gate::Version version;
  version.ref = "acme/credit:1.0";
  version.model_digest = sha256("model");
  version.stage = fb::Stage::Staging;
  version.hold = gate::Hold{17, Time{1'790'000'000'000'000'001}, true};
  for (std::uint8_t i = 0; i < 9; ++i) {
    version.documents.push_back(
        {sha256(std::string(1, static_cast<char>(i))), Time{1'790'000'000'000'000'000 + i}, i, i});
    version.attachers.push_back("person-" + std::to_string(i));
  }
  version.evidence_root = sha256("root");
  version.facts = sha256("facts");
  version.policy = sha256("policy");
  version.run_id = "run-1";
  version.dataset = "credit@2026-11";
  version.container_digest = sha256("container");
  version.persons = {"ana", "bea"};
  version.submitter = "ci";
  version.labels = {"pii"};
  gate::Approval approval;
  approval.sequence = 12;
  approval.actor = "sam";
  approval.view.ref = version.ref;
  approval.view.role = fb::ApprovalRole::Product;
  approval.view.person = "sam-person";
  approval.view.stage_to = fb::Stage::Approved;
  approval.view.model_digest = version.model_digest;
  approval.view.evidence_root = version.evidence_root;
  approval.view.facts = version.facts;
  approval.view.policy = version.policy;
  approval.view.engine = "opa/1.22.2";
  approval.view.ticket = sha256("ticket");
  approval.view.serving = "acme/credit:0.9";
  version.approvals = {approval, approval};
  version.submitted = 300;
  version.changed = 1'000'000'000'000;
  version.once_served = true;
  return version;
}

TEST(Rows, VersionComesBackEqual) {
  const gate::Version version = full_version();
  const std::string row = write_version(version);
  const auto back = read_version(version.ref, row);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(write_version(**back), row);
  const gate::Version& read = **back;
  EXPECT_EQ(read.ref, version.ref);
  EXPECT_EQ(read.model_digest, version.model_digest);
  EXPECT_EQ(read.stage, version.stage);
  EXPECT_EQ(read.hold->sequence, 17u);
  EXPECT_EQ(read.hold->review_by, version.hold->review_by);
  EXPECT_TRUE(read.hold->overdue);
  ASSERT_EQ(read.documents.size(), 9u);
  EXPECT_EQ(read.documents[8].digest, version.documents[8].digest);
  EXPECT_EQ(read.documents[8].first_recorded, version.documents[8].first_recorded);
  EXPECT_EQ(read.documents[8].kind, 8);
  EXPECT_EQ(read.attachers, version.attachers);
  EXPECT_EQ(read.facts, version.facts);
  EXPECT_EQ(read.dataset, version.dataset);
  EXPECT_EQ(read.container_digest, version.container_digest);
  EXPECT_EQ(read.persons, version.persons);
  EXPECT_EQ(read.labels, version.labels);
  ASSERT_EQ(read.approvals.size(), 2u);
  EXPECT_EQ(read.approvals[1].view.engine, "opa/1.22.2");
  EXPECT_EQ(read.approvals[1].view.ticket, sha256("ticket"));
  EXPECT_EQ(read.approvals[1].view.role, fb::ApprovalRole::Product);
  EXPECT_EQ(read.approvals[1].actor, "sam");
  EXPECT_EQ(read.changed, version.changed);
  EXPECT_TRUE(read.once_served);
}

TEST(Rows, CutAndLongerRowsAreCorrupt) {
  const std::string row = write_version(full_version());
  for (std::size_t size = 0; size < row.size(); ++size) {
    const auto read = read_version("acme/credit:1.0", row.substr(0, size));
    ASSERT_FALSE(read.ok()) << size;
    EXPECT_EQ(read.error().code, ErrorCode::Corrupt);
  }
  EXPECT_FALSE(read_version("acme/credit:1.0", row + '\0').ok());
}

TEST(Rows, OrdinaryVersionTakesLessThanOneKibibyte) {
  EXPECT_LT(write_version(full_version()).size(),
            1024u + 3 * 200);  // nine attachers and two approvals are many
  gate::Version ordinary = full_version();
  ordinary.attachers = {""};
  ordinary.approvals.clear();
  EXPECT_LT(write_version(ordinary).size(), 1024u);
}

TEST(Rows, OthersComeBackEqual) {
  const Annotations annotations{{{"team", "risk"}, {"note", ""}}, {"s3://bucket/model"}};
  EXPECT_EQ(*read_annotations(write_annotations(annotations)), annotations);
  const Revocation revocation{"acme/credit:1.0", true, 7, Time{5}, "drift", Time{9}};
  EXPECT_EQ(*read_revocation("acme/credit:1.0", write_revocation(revocation)), revocation);
  const ReleaseRow release{9, sha256("a"), sha256("b"), sha256("c"), sha256("d")};
  EXPECT_EQ(*read_release(write_release(release)), release);
  EXPECT_EQ(*read_time(write_time(Time{1'790'000'000'000'000'000})),
            Time{1'790'000'000'000'000'000});
}

TEST(Rows, KeysSortAsReferencesAndNumbersDo) {
  EXPECT_LT(trail_key("acme/credit:1.0", 255), trail_key("acme/credit:1.0", 256));
  EXPECT_LT(trail_key("acme/credit:1.0", ~0ull), trail_key("acme/credit:1.0.1", 0));
  EXPECT_EQ(sequence_of(trail_key("acme/credit:1.0", 0x0123456789ABCDEF)), 0x0123456789ABCDEFu);
}

}  // namespace
}  // namespace z5::projections
