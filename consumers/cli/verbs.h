// SPDX-License-Identifier: Apache-2.0
// Every group of verbs, one source file each.
#pragma once

#include "consumers/cli/verb.h"

namespace z5::cli {

void add_keys(CLI::App& app, Verb& chosen);         // keygen, token
void add_init(CLI::App& app, Verb& chosen);         // init
void add_services(CLI::App& app, Verb& chosen);     // up, down, status
void add_evidence(CLI::App& app, Verb& chosen);     // manifest, attest, evidence check
void add_submissions(CLI::App& app, Verb& chosen);  // submit, attach
void add_transitions(CLI::App& app, Verb& chosen);  // stage, promote, rebind, quarantine, revoke, …
void add_approvals(CLI::App& app, Verb& chosen);    // approve, withdraw-approval
void add_actors(CLI::App& app, Verb& chosen);       // actor request, enroll, retire
void add_policy(CLI::App& app, Verb& chosen);       // policy test, digest, activate, show, pin
void add_trust(CLI::App& app, Verb& chosen);        // trust set, withdraw, show
void add_reads(CLI::App& app, Verb& chosen);        // show, list, trail, pending, revocations, get
void add_permits(CLI::App& app, Verb& chosen);      // permit, verify
void add_sending(CLI::App& app, Verb& chosen);      // send, cosign

}  // namespace z5::cli
