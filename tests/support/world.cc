// SPDX-License-Identifier: Apache-2.0
#include "tests/support/world.h"

#include <fmt/format.h>
#include <stdlib.h>

#include "ledger/keys/dsse.h"

namespace z5::support {

using identity::Kind;
using ledger::Outcome;

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "z5-test-XXXXXX").string();
  Z5_ASSERT(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Cast::Cast() {
  for (const char* id : {"ana", "ada", "sam", "pia", "rob", "rae", "ci", "release", "server",
                         "canary-server", "permit"}) {
    keys.emplace(id, keys::PrivateKey::generate(keys::Algorithm::Ed25519));
  }
}

identity::ActorsFile Cast::file(std::uint32_t admin_threshold) const {
  identity::ActorsFile out;
  out.admin_threshold = admin_threshold;
  const auto add = [&](const std::string& id, const keys::PublicKey& key, fb::KeyUse use,
                       bool person, std::vector<std::string> roles) -> fb::ActorEnrolledT& {
    fb::ActorEnrolledT& actor = out.actors.emplace_back();
    actor.actor = id;
    actor.kind = person ? fb::ActorKind::Person : fb::ActorKind::Workload;
    if (person) actor.person = id;
    actor.use = use;
    actor.key.assign(key.spki().begin(), key.spki().end());
    for (const std::string& role : roles)
      actor.roles.push_back(role.find('@') == std::string::npos ? role + "@" + kTenant : role);
    return actor;
  };
  const auto command = [&](const std::string& id, bool person, std::vector<std::string> roles) {
    add(id, keys.at(id).public_key(), fb::KeyUse::Command, person, std::move(roles));
  };
  command("ana", true, {"admin@*"});
  command("ada", true, {"admin@*"});
  command("sam", true, {"security-approver"});
  command("pia", true, {"product-approver"});
  command("rob", true, {"revoker"});
  command("rae", true, {"revoker"});
  command("ci", false, {"submitter"});
  command("release", false, {"release-manager"});
  add("model-signer", vouchers.model_signer.public_key(), fb::KeyUse::Attest, false,
      {"model-signer"});
  add("builder", vouchers.builder.public_key(), fb::KeyUse::Attest, false, {"builder"});
  add("assessor", vouchers.assessor.public_key(), fb::KeyUse::Attest, false, {"assessor"});
  add("evaluator", vouchers.evaluator.public_key(), fb::KeyUse::Attest, false, {"evaluator"});
  add("catalogue", vouchers.catalogue.public_key(), fb::KeyUse::Attest, false, {"data-catalogue"});
  for (const char* id : {"server", "canary-server"}) {
    fb::ActorEnrolledT& actor =
        add(id, keys.at(id).public_key(), fb::KeyUse::Serving, false, {"serving"});
    actor.audience = "z6";
    actor.environment =
        std::string(id) == "server" ? fb::Environment::Production : fb::Environment::Canary;
  }
  add("z5-permit", keys.at("permit").public_key(), fb::KeyUse::Service, false, {});
  return out;
}

World::World(WorldOptions options)
    : options_(std::move(options)),
      store_(evidence_folder()),
      bundles_(engine_, store_),
      now_(options_.start.ns) {
  ticket_ = ticket(now());
  auto log = open_writer();
  Z5_ASSERT(log.ok());
  auto trust = ledger::open_ledger(
      {"z5.local/test", "test", ledger_key_, cast_.file(options_.admin_threshold),
       policy::default_registry_bundle(), policy::default_authz_bundle(), now()},
      std::move(*log), ledger_folder() + "/checkpoint", store_);
  if (!trust.ok()) std::fprintf(stderr, "%s\n", trust.error().message.c_str());
  Z5_ASSERT(trust.ok());
  trust_ = *trust;
  restart();
}

World::~World() { stop(); }

Result<std::unique_ptr<log::Reader>> World::open_reader(log::Position from) const {
  if (options_.open_reader) return options_.open_reader(from);
  return log::open_file_reader(ledger_folder(), from);
}

Result<std::unique_ptr<log::Writer>> World::open_writer() {
  if (!options_.open_writer) {
    return log::open_file_writer(ledger_folder(),
                                 options_.disk != nullptr ? *options_.disk : log::real_disk());
  }
  std::filesystem::create_directories(ledger_folder());  // the checkpoint is kept there
  return options_.open_writer(store_);
}

ledger::Clock World::clock() {
  if (options_.real_clock) return ledger::machine_clock();
  return {[this] { return Time{now_}; }, [this] { return std::chrono::nanoseconds(boot_); }};
}

void World::stop() {
  intake_.reset();
  writer_.reset();
}

Status World::try_start() {
  stop();
  Z5_TRY(auto log, open_writer());
  ledger::WritePath::Settings settings{
      .ledger = {trust_, ledger_key_, ledger_folder() + "/checkpoint"},
      .open_reader = [this] { return open_reader({}); },
      .clock = clock(),
      .rates = options_.rates,
      .engine = policy::opa_version(),
      .dashboards_base = "https://dashboards.example"};
  Z5_TRY(writer_, ledger::WritePath::open(std::move(log), std::move(settings), bundles_, store_));
  intake_ = std::make_unique<ledger::Intake>(*writer_, bundles_, store_, clock(), options_.rates);
  return Done{};
}

void World::restart() {
  const Status status = try_start();
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.error().message.c_str());
  Z5_ASSERT(status.ok());
}

identity::Command World::command(Kind kind, const std::string& ref, const Digest& subject,
                                 Json fields) const {
  identity::Command out;
  out.kind = kind;
  out.ledger = {trust_.origin, trust_.genesis};
  out.ref = ref;
  out.command_id = make_uuid_v7(now(), keys::random_bytes(10));
  out.issued_at = now();
  out.expires_at = now() + std::chrono::hours(1);
  out.seen_size = 1;
  out.seen_root = trust_.genesis;
  out.subject = subject;
  out.fields = std::move(fields);
  return out;
}

ledger::CommandRequest World::sign(const identity::Command& command, const std::string& author,
                                   const std::vector<std::string>& cosigners) const {
  const std::string payload = identity::write_command(command);
  ledger::CommandRequest request;
  request.bundles.push_back(keys::sign_bundle(payload, cast_.keys.at(author)));
  for (const std::string& cosigner : cosigners)
    request.bundles.push_back(keys::sign_bundle(payload, cast_.keys.at(cosigner)));
  return request;
}

Outcome World::send_bytes(const std::string& request) {
  std::promise<Outcome> answer;
  intake_->take(request, [&](Outcome outcome) { answer.set_value(std::move(outcome)); });
  return answer.get_future().get();
}

Outcome World::send(const ledger::CommandRequest& request) {
  return send_bytes(ledger::write_request(request));
}

Outcome World::run(Kind kind, const std::string& ref, const std::string& author, Json fields,
                   const std::vector<Document>& documents,
                   const std::vector<std::string>& cosigners) {
  const auto version = writer_->state().version(ref);
  const Digest subject = version ? version->model_digest : model_.digest();
  ledger::CommandRequest request =
      sign(command(kind, ref, subject, std::move(fields)), author, cosigners);
  for (const Document& document : documents)
    request.attachments.emplace(document.digest(), document.bytes);
  return send(request);
}

namespace {

Json names_of(const std::vector<Document>& documents) {
  Json out = Json::array();
  for (const Document& document : documents)
    out.push_back({{"kind", document.kind}, {"digest", document.digest().text()}});
  return out;
}

}  // namespace

Outcome World::submit(const std::string& ref, const std::vector<std::string>& without,
                      const std::map<std::string, Document>& instead) {
  std::vector<Document> documents;
  for (const auto& [name, document] : accept_evidence(model_, cast_.vouchers, now())) {
    if (std::find(without.begin(), without.end(), name) != without.end()) continue;
    const auto other = instead.find(name);
    documents.push_back(other == instead.end() ? document : other->second);
  }
  return submit_with(ref, documents);
}

Outcome World::submit_with(const std::string& ref, const std::vector<Document>& documents,
                           const Json& more) {
  Json fields = {{"run_id", kRunId},
                 {"dataset", kDataset},
                 {"documents", names_of(documents)},
                 {"tags", {{"team", "risk"}}}};
  fields.update(more);
  return run(Kind::Submit, ref, "ci", std::move(fields), documents);
}

Outcome World::attach(const std::string& ref, const std::vector<Document>& documents) {
  return run(Kind::Attach, ref, "ci", {{"documents", names_of(documents)}}, documents);
}

Digest World::activate(const Json& settings) {
  auto files = policy::default_registry_bundle().files();
  Json data = *parse_json(files["data.json"]);
  data["settings"].update(settings);
  files["data.json"] = data.dump();
  const policy::Bundle bundle = *policy::Bundle::make(std::move(files));
  ledger::CommandRequest request = sign(
      command(Kind::ActivatePolicy, "", bundle.digest(),
              {{"registry", bundle.digest().text()}, {"authz", ""}, {"withdraw_previous", false}}),
      "ana", {"ada"});
  for (const Bytes& bytes : policy::documents(bundle))
    request.attachments.emplace(sha256(bytes), bytes);
  const Outcome outcome = send(request);
  for (const Refusal& refusal : outcome.refusals)
    std::fprintf(stderr, "%s: %s\n", refusal.rule.c_str(), refusal.reason.c_str());
  Z5_ASSERT(outcome.answer == ledger::Answer::Accepted);
  return bundle.digest();
}

Outcome World::stage(const std::string& ref) { return run(Kind::Stage, ref, "release"); }

Outcome World::attach_promotion_evidence(const std::string& ref) {
  std::vector<Document> documents;
  for (const auto& [name, document] : promote_evidence(model_, cast_.vouchers, ref))
    documents.push_back(document);
  return attach(ref, documents);
}

Outcome World::approve(const std::string& ref, const std::string& author, const std::string& role) {
  std::promise<Result<ledger::Intake::View>> seen;
  intake_->field_of_view(
      ref, [&](Result<ledger::Intake::View> view) { seen.set_value(std::move(view)); });
  const auto view = seen.get_future().get();
  if (!view.ok()) return Outcome::no(ledger::Answer::Unavailable, "view", view.error().message);
  const Document change{"ticket", ticket_};
  return run(Kind::Approve, ref, author,
             {{"role", role},
              {"stage_to", "Approved"},
              {"evidence_root", view->view.evidence_root.text()},
              {"facts", view->view.facts.text()},
              {"policy", view->view.policy.text()},
              {"engine", view->view.engine},
              {"ticket", change.digest().text()},
              {"serving", view->view.serving}},
             {change});
}

Outcome World::promote(const std::string& ref) {
  const Document change{"ticket", ticket_};
  return run(Kind::Promote, ref, "release", {{"ticket", change.digest().text()}}, {change});
}

Outcome World::set_root(const std::string& root, const std::string& document, const Json& times) {
  Json fields = times;
  fields["root"] = root;
  fields["document"] = document;
  return send(
      sign(command(Kind::SetTrustRoot, "", sha256(document), std::move(fields)), "ana", {"ada"}));
}

void World::approve_and_promote(const std::string& ref,
                                const std::map<std::string, Document>& instead) {
  const auto must = [&](const Outcome& outcome) {
    for (const Refusal& refusal : outcome.refusals)
      std::fprintf(stderr, "%s: %s\n", refusal.rule.c_str(), refusal.reason.c_str());
    Z5_ASSERT(outcome.answer == ledger::Answer::Accepted);
  };
  must(submit(ref, {}, instead));
  must(stage(ref));
  must(attach_promotion_evidence(ref));
  must(approve(ref, "sam", "security"));
  must(approve(ref, "pia", "product"));
  must(promote(ref));
}

}  // namespace z5::support
