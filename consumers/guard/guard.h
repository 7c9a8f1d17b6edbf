// SPDX-License-Identifier: Apache-2.0
// The check that stands before a model is loaded (R90-R93, R143): a fresh permit for exactly this
// actor, host and moment, and then every byte of the folder against the permit's model digest.
// Nothing is believed because the service says so: permit, manifest and files are verified here.
//
// What the check proves is that the folder held the model's bytes when they were read, after the
// permit was given. Who can write to the folder afterwards can still change what is loaded: keep it
// on a read-only mount, or owned by a user that the child is not.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "consumers/guard/settings.h"
#include "consumers/verify/permit.h"
#include "ledger/evidence/document/manifest.h"

namespace z5::guard {

// The exit codes of DESIGN section 11.
enum class Exit { Yes = 0, Refused = 1, Usage = 2, Unavailable = 3, Integrity = 4 };

struct Failure {
  Exit exit = Exit::Refused;
  std::vector<Refusal> reasons;  // never empty
};

struct Loadable {
  verify::Permit permit;
  document::Manifest manifest;
};

// One thread.
class Guard {
 public:
  Guard(Settings settings, std::function<Time()> clock);

  // A permit for `model` ("tenant/model:version" or "tenant/model@serving"), verified, and not
  // older than what this host has seen; with it the manifest, whose digest is the permit's.
  // Failures: Refused with the service's reasons, Unavailable, Integrity (a permit or manifest that
  // is not right, or a service that went back in time).
  Expected<Loadable, Failure> ask(const std::string& model);

  // ask(), and the folder holds exactly the model: no byte changed, no file missing or extra, no
  // symlink. `ignore` = the signature file beside the model, which the manifest leaves out. The
  // permit is good when this returns: one that ran out while a large model was hashed is asked for
  // again.
  Expected<Loadable, Failure> check(const std::string& model, const std::string& directory,
                                    const std::string& ignore);

  const Settings& settings() const { return settings_; }
  Time now() const { return clock_(); }

 private:
  Expected<std::string, Failure> request_permit(const std::string& model, const std::string& nonce);
  Expected<document::Manifest, Failure> fetch_manifest(const verify::Permit& permit);

  Settings settings_;
  std::function<Time()> clock_;
  http::Client client_;
};

Failure failure(Exit exit, std::string rule, std::string reason);
// Unavailable 3, Corrupt 4, everything else 2.
Failure failure(const Error& error, std::string rule);

}  // namespace z5::guard
