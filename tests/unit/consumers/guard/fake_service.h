// SPDX-License-Identifier: Apache-2.0
// A permit service that tells the truth unless a test says otherwise, and a host around it: model
// folder, home, pinned keys. Real HTTP, real signatures; only the ledger is missing.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>

#include "consumers/guard/guard.h"
#include "ledger/chain/trust.h"
#include "ledger/http/server.h"
#include "ledger/keys/dsse.h"
#include "ledger/policy/bundle.h"
#include "schemas/json.h"

namespace z5::guard::fake {

inline const Time kNow = *from_rfc3339("2026-11-24T12:00:00Z");

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

class Host {
 public:
  Host() {
    std::string pattern = (std::filesystem::temp_directory_path() / "z5-guard-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    write_file(model() / "config.json", "{}");
    write_file(model() / "weights/model.onnx", std::string(100'000, 'w'));
    manifest_ = *document::hash_directory(model().string());
    const auto bundle = policy::default_registry_bundle();
    policy_ = bundle.digest();
    for (const auto& [path, bytes] : bundle.files())
      write_file(home() / "policy" / policy_.hex() / path, bytes);
    const keys::PublicKey service = key_.public_key();
    chain::Trust trust{
        "z5.local/lab", sha256("genesis"), {{ledger_key_.public_key(), 1, std::nullopt}}};
    write_file(home() / "trust.json", chain::to_json(trust));
    write_file(home() / "keys/permit.pub", service.pem());
    write_file(home() / "tokens/server", std::string(43, 't') + "\n");
    start();
  }
  ~Host() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  std::filesystem::path root() const { return root_; }
  std::filesystem::path model() const { return root_ / "model"; }
  std::filesystem::path home() const { return root_ / "home"; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  const Digest& policy() const { return policy_; }
  document::Manifest manifest() const { return manifest_; }

  // What the service would sign; `change` bends it before it does.
  std::function<void(verify::Permit&)> change = [](verify::Permit&) {};
  // Answers instead of a permit, when its status is not 0.
  http::Response instead{.status = 0};
  std::string manifest_text;  // instead of the true one
  keys::PrivateKey signer = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  bool forge = false;  // signs with `signer`, which nobody pinned
  int asked = 0;

  Settings settings() {
    write_file(root_ / "home/guard.toml", "service = \"" + url() + "\"\n" + more_config);
    auto loaded = load_settings({home().string(), "", "server", ""});
    if (!loaded.ok()) std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
    Z5_ASSERT(loaded.ok());
    return std::move(*loaded);
  }
  std::string more_config = "audience = \"z6\"\nenvironment = \"production\"\n";
  Guard guard() {
    return Guard(settings(), [this] { return now; });
  }
  Time now = kNow;

  void stop() {
    if (server_) server_->stop();
  }

 private:
  void start() {
    http::Router router;
    router.add("POST", "/v1/permits",
               [this](const http::Request& request) { return permit(request); },
               {.access = http::Access::Open});
    router.add("GET", "/v1/versions/{tenant}/{model}/{version}/manifest",
               [this](const http::Request&) {
                 http::Response response;
                 response.body = manifest_text.empty() ? manifest_.text() : manifest_text;
                 return response;
               },
               {.access = http::Access::Open});
    server_ = std::move(*http::Server::start({.threads = 1}, std::move(router)));
  }
  http::Response permit(const http::Request& request) {
    ++asked;
    if (instead.status != 0) return instead;
    const Json body = *parse_json(request.body);
    verify::Permit permit;
    permit.ledger = {"z5.local/lab", sha256("genesis")};
    permit.seen = {42, sha256("root")};
    permit.sequence = 17;
    permit.ref = "acme/credit:1.0";
    permit.stage = fb::Stage::Approved;
    permit.environment = fb::Environment::Production;
    permit.audience = "z6";
    permit.nonce = body["nonce"];
    permit.issued_at = now;
    permit.not_after = now + limits::kPermitLife;
    permit.model_digest = manifest_.digest();
    permit.policy_digest =
        *digest_from_text(body["runtime"]["policy_digests"][0].get<std::string>());
    permit.evidence_root = sha256("evidence");
    change(permit);
    http::Response response;
    response.body =
        "{\"permit\":" + keys::sign_bundle(verify::write_permit(permit), forge ? signer : key_) +
        "}";
    return response;
  }

  std::filesystem::path root_;
  keys::PrivateKey key_ = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  keys::PrivateKey ledger_key_ = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  document::Manifest manifest_;
  Digest policy_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace z5::guard::fake
