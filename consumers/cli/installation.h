// SPDX-License-Identifier: Apache-2.0
// The home that a verb works on: where its services listen, whose token is used, which ledger is
// trusted. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "consumers/cli/heads.h"
#include "consumers/cli/verb.h"
#include "ledger/chain/trust.h"
#include "ledger/home.h"
#include "ledger/http/client.h"

namespace z5::cli {

// A service of this home, asked as one actor. Where it answers that another instance writes the
// ledger, and `peers` has that one's address, it is asked instead, once: no other address that an
// answer names is ever followed.
class Service {
 public:
  using Peers = std::map<std::string, http::ClientOptions>;  // by address, as config.toml has it
  explicit Service(http::ClientOptions options, Peers peers = {})
      : client_(std::move(options)), peers_(std::move(peers)) {}

  // The body of a 2xx answer; or the service's no (401, 403, 404, 409; 400 and 413 with reasons are
  // malformed). Invalid: 400, 413, 422 without reasons. Corrupt: the service says so. Unavailable:
  // no answer, 429, 503. A POST whose answer was lost is sent once more: a command that came
  // already gets its first outcome.
  using Answer = Result<Expected<std::string, No>>;
  Answer get(std::string_view target);
  Answer post(std::string_view target, std::string_view body);

 private:
  Result<http::ClientResponse> ask(std::string_view method, std::string_view target,
                                   std::string_view body);
  http::Client client_;
  Peers peers_;
};
// What a service's answer means, whatever brought it.
Service::Answer read_answer(int status, const std::string& body);

class Installation {
 public:
  // Invalid: neither --home nor Z5_HOME, or no trust.json there.
  static Result<Installation> open(const Globals& globals);

  const ledger::Home& home() const { return home_; }
  const chain::Trust& trust() const { return trust_; }
  bool via_kafka() const { return via_kafka_; }
  Result<Heads> heads() const { return Heads::open(home_.heads(), trust_.genesis); }

  // "ledger" or "permit", with the token of `actor`; the ledger with its peers, one of which is
  // asked where none runs here. Unavailable: it is not running. Invalid: the actor has no token
  // here.
  Result<Service> service(std::string_view name, std::string_view actor = "local") const;
  // A GET of z5-permit that has read this client's newest command: `target` with min_sequence.
  Service::Answer read(std::string_view target, std::string_view actor = "local") const;
  // The same, of which the answer must be JSON.
  Result<Expected<Json, No>> read_json(std::string_view target,
                                       std::string_view actor = "local") const;

 private:
  Installation(ledger::Home home, chain::Trust trust, bool via_kafka)
      : home_(std::move(home)), trust_(std::move(trust)), via_kafka_(via_kafka) {}
  ledger::Home home_;
  chain::Trust trust_;
  bool via_kafka_;
};

// "/v1/versions/tenant/model/version" of a reference; of "tenant/model@serving" the route that
// answers with the version it names. Invalid: neither.
Result<std::string> version_target(const std::string& ref);
// Invalid: neither --home nor Z5_HOME.
Result<ledger::Home> home_of(const Globals& globals);

}  // namespace z5::cli
