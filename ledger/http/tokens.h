// SPDX-License-Identifier: Apache-2.0
// Bearer tokens of this installation (RFC 6750): one file per actor in $Z5_HOME/tokens, readable by
// its owner only. Only SHA-256(token) is kept in memory and compared, so neither a dump nor the
// time of a look-up tells a token.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/http/message.h"
#include "schemas/result.h"

namespace z5::http {

// The one well-formed bearer token of the request; none when Authorization is absent, twice, or of
// another form.
std::optional<std::string_view> bearer_token(const Request& request);

// Any thread: the map is behind a mutex, held for one look-up, or for one scan a second at most.
class Tokens {
 public:
  // Reads every file of the directory. The file "local" is read-only and for loopback; any other
  // file's name is the actor's slug. Invalid, naming the file and what to do: not a regular file,
  // readable or writable by group or others, another owner, a token that is too short or has other
  // characters than token68, one token twice.
  static Result<std::shared_ptr<Tokens>> open(const std::filesystem::path& directory);
  ~Tokens();

  // Refusals: not-authenticated (no token), unknown-token. A directory that changed, or an unknown
  // token, makes it read again, at most once per limits::kTokenRescan; so a removed file stops
  // working within that time.
  Verdict<Principal> find(const Request& request);
  // Reads again now (SIGHUP). A bad file is left out, and named in the error; the others hold.
  Status reload();

 private:
  struct State;
  explicit Tokens(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

Authenticator authenticate_with(std::shared_ptr<Tokens> tokens);

// A new token of 256 random bits in directory/actor, mode 0600; returns its text. Conflict when the
// file exists.
Result<std::string> create_token(const std::filesystem::path& directory, std::string_view actor);

}  // namespace z5::http
