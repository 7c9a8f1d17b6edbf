// SPDX-License-Identifier: Apache-2.0
// The reads of versions, releases, evidence, policy and trust. Each asks registry.authz first, and
// answers the same for what does not exist and for what the caller may not see.
#include <fmt/format.h>

#include <algorithm>

#include "consumers/permit/access.h"
#include "consumers/permit/render.h"
#include "consumers/permit/routes.h"
#include "schemas/encoding.h"

namespace z5::permit {
namespace {

using http::Request;
using http::Response;
using projections::View;
using VersionRead = std::function<Response(const View&, const gate::Version&, const Request&)>;

Response failure(const Error& error) { return http::error_response(error); }

Response bytes_response(Result<Bytes> bytes, std::string_view content_type) {
  if (!bytes.ok()) {
    const bool gone = bytes.error().code == ErrorCode::Unavailable;  // erased, or not arrived here
    return gone ? http::error_response(404, bytes.error().message) : failure(bytes.error());
  }
  Response response;
  response.content_type = content_type;
  response.body = std::move(*bytes);
  return response;
}

bool may_see(const Parts& parts, const View& view, const gate::Version& version,
             const Request& request) {
  const Reference reference = version.reference();
  const std::string model = reference.name();
  return may_read(view.ledger(), parts.bundles, request.principal->actor,
                  {reference.tenant, model, version.labels});
}

// A read about one version: {tenant}/{model}/{version} of the path, found and authorised.
void add_version_read(http::Router& router, const Parts& parts, std::string_view rest,
                      VersionRead read) {
  const std::string pattern = fmt::format("/v1/versions/{{tenant}}/{{model}}/{{version}}{}", rest);
  add_read(router, parts, pattern,
           [parts, read = std::move(read)](const View& view, const Request& request) {
             const std::string ref = fmt::format("{}/{}:{}", request.param("tenant"),
                                                 request.param("model"), request.param("version"));
             if (const auto reference = parse_reference(ref); !reference.ok())
               return failure(reference.error());
             const auto version = view.version(ref);
             if (!version.ok()) return failure(version.error());
             if (*version == nullptr || !may_see(parts, view, **version, request))
               return not_authorised();
             return read(view, **version, request);
           });
}

struct Page {
  std::string tenant;
  std::string after;  // behind this
  std::size_t limit = limits::kPage;
  std::string prefix() const { return tenant.empty() ? "" : tenant + "/"; }
};

Result<Page> page_of(const Request& request) {
  Page page;
  page.tenant = request.query_value("tenant").value_or("");
  page.after = request.query_value("after").value_or("");
  if (!page.tenant.empty() && !is_name(page.tenant)) return invalid("tenant: not a name");
  if (const auto text = request.query_value("limit")) {
    Z5_TRY(const std::uint64_t limit, parse_decimal(*text, "limit"));
    if (limit == 0 || limit > limits::kMaxPage)
      return invalid(fmt::format("limit: 1 to {}", limits::kMaxPage));
    page.limit = limit;
  }
  return page;
}

// Lists without a tenant are for the operator of this machine only.
bool may_list(const Parts& parts, const View& view, const Page& page, const Request& request) {
  if (request.principal->actor == "local") return true;
  return !page.tenant.empty() &&
         may_read(view.ledger(), parts.bundles, request.principal->actor, {page.tenant});
}

Response list_versions(const Parts& parts, const View& view, const Request& request) {
  const auto page = page_of(request);
  if (!page.ok()) return failure(page.error());
  if (!may_list(parts, view, *page, request)) return not_authorised();
  const auto versions = view.versions(page->tenant, page->after, page->limit);
  if (!versions.ok()) return failure(versions.error());
  Json rows = Json::array();
  for (const auto& version : *versions) {
    if (may_see(parts, view, *version, request)) rows.push_back(summary_json(*version));
  }
  const bool more = versions->size() == page->limit;
  return json_response({{"versions", rows}, {"next", more ? versions->back()->ref : ""}});
}

Response list_pending(const Parts& parts, const View& view, const Request& request) {
  const auto page = page_of(request);
  if (!page.ok()) return failure(page.error());
  const std::string role(request.query_value("role").value_or(""));
  if (!role.empty() && role != "security" && role != "product")
    return failure(invalid("role: security or product"));
  if (!may_list(parts, view, *page, request)) return not_authorised();
  Json rows = Json::array();
  std::string after = std::max(page->after, page->prefix());
  bool more = true;
  while (more && rows.size() < page->limit) {
    const auto found = view.pending(after, page->limit);
    if (!found.ok()) return failure(found.error());
    more = found->size() == page->limit;
    for (const projections::Pending& each : *found) {
      if (!each.version->ref.starts_with(page->prefix())) {
        more = false;
        break;
      }
      if (rows.size() == page->limit) break;
      after = each.version->ref;
      const bool lacks = role.empty()         ? each.needs_security || each.needs_product
                         : role == "security" ? each.needs_security
                                              : each.needs_product;
      if (lacks && may_see(parts, view, *each.version, request)) rows.push_back(pending_json(each));
    }
  }
  return json_response({{"pending", rows}, {"next", more ? after : ""}});
}

Response show(const View& view, const gate::Version& version) {
  const auto json = version_json(view, version);
  return json.ok() ? json_response(*json) : failure(json.error());
}

Response trail(const View& view, const gate::Version& version, const Request& request) {
  const auto page = page_of(request);
  if (!page.ok()) return failure(page.error());
  std::uint64_t from = 0;
  if (!page->after.empty()) {
    const auto after = parse_decimal(page->after, "after");
    if (!after.ok()) return failure(after.error());
    from = *after + 1;
  }
  const auto items = view.trail(version.ref, from, page->limit);
  if (!items.ok()) return failure(items.error());
  Json rows = Json::array();
  for (const projections::TrailItem& item : *items) rows.push_back(trail_json(item));
  const bool more = items->size() == page->limit;
  return json_response(
      {{"entries", rows}, {"next", more ? std::to_string(items->back().sequence) : ""}});
}

Response evidence(const Parts& parts, const gate::Version& version, const Request& request) {
  const auto digest = digest_from_text(request.param("digest"));
  if (!digest.ok()) return failure(digest.error());
  const auto& held = version.documents;
  const bool named = std::any_of(held.begin(), held.end(),
                                 [&](const auto& document) { return document.digest == *digest; });
  if (!named) return http::error_response(404, "the version names no such document");
  return bytes_response(parts.store.get(*digest), "application/octet-stream");
}

Response release_artifact(const Parts& parts, const View& view, const gate::Version& version,
                          const Request& request) {
  const auto release = view.release(version.ref);
  if (!release.ok()) return failure(release.error());
  if (!*release) return http::error_response(404, "nothing was released for this version");
  const std::string& artifact = request.param("artifact");
  const projections::ReleaseRow& row = **release;
  if (artifact == "release_manifest")
    return bytes_response(parts.store.get(row.release_manifest), "application/json");
  if (artifact == "policy_snapshot")
    return bytes_response(parts.store.get(row.policy_snapshot), "text/plain; charset=utf-8");
  if (artifact == "release_notes")
    return bytes_response(parts.store.get(row.release_notes), "text/markdown; charset=utf-8");
  if (artifact == "dashboards_links")
    return bytes_response(parts.store.get(row.dashboards_links), "application/json");
  return http::error_response(404, "no such artefact");
}

// The digest that the snapshot's manifest text gives for `path`.
std::optional<Digest> digest_in_manifest(std::string_view manifest, std::string_view path) {
  const std::string line_end = fmt::format("  {}", path);
  while (!manifest.empty()) {
    const std::size_t end = std::min(manifest.find('\n'), manifest.size());
    const std::string_view line = manifest.substr(0, end);
    manifest.remove_prefix(std::min(end + 1, manifest.size()));
    if (line.size() != 64 + line_end.size() || !line.ends_with(line_end)) continue;
    const auto digest = digest_from_hex(line.substr(0, 64));
    if (digest.ok()) return *digest;
  }
  return std::nullopt;
}

Response snapshot_file(const Parts& parts, const View& view, const gate::Version& version,
                       const Request& request) {
  const auto release = view.release(version.ref);
  if (!release.ok()) return failure(release.error());
  if (!*release) return http::error_response(404, "nothing was released for this version");
  const auto manifest = parts.store.get((*release)->policy_snapshot);
  if (!manifest.ok()) return bytes_response(manifest.error(), "");
  const auto digest = digest_in_manifest(*manifest, request.param("path"));
  if (!digest) return http::error_response(404, "the snapshot has no such file");
  return bytes_response(parts.store.get(*digest), "application/octet-stream");
}

Response serving(const Parts& parts, const View& view, const Request& request) {
  const std::string alias =
      fmt::format("{}/{}@serving", request.param("tenant"), request.param("model"));
  if (const auto name = parse_serving_alias(alias); !name.ok()) return failure(name.error());
  const auto version = find_version(view, alias);
  if (!version.ok()) return failure(version.error());
  if (*version == nullptr || !may_see(parts, view, **version, request)) return not_authorised();
  return show(view, **version);
}

Response active_policy(const Parts& parts, const View& view, const Request& request) {
  if (!may_read(view.ledger(), parts.bundles, request.principal->actor, {}))
    return not_authorised();
  const gate::Policies& policies = *view.ledger().policies;
  Json withdrawn = Json::array();
  for (const Digest& digest : policies.withdrawn) withdrawn.push_back(digest.text());
  return json_response({{"registry", policies.registry.text()},
                        {"authz", policies.authz.text()},
                        {"withdrawn", withdrawn}});
}

Json root_json(const sigstore::TrustRoot& root) {
  Json out = {{"root", root.name},
              {"document", root.document->digest.text()},
              {"form", root.document->form()}};
  for (const auto& [name, time] : {std::pair{"valid_from", root.window.valid_from},
                                   {"valid_to", root.window.valid_to},
                                   {"withdrawn_at", root.window.withdrawn_at},
                                   {"invalid_since", root.window.invalid_since}}) {
    if (time.is_set()) out[name] = to_rfc3339(time);
  }
  return out;
}

Response trust_roots(const Parts& parts, const View& view, const Request& request) {
  if (!may_read(view.ledger(), parts.bundles, request.principal->actor, {}))
    return not_authorised();
  const sigstore::TrustRoots& trust = *view.ledger().trust;
  Json roots = Json::array();
  for (const auto& [name, root] : trust.all()) roots.push_back(root_json(root));
  return json_response({{"roots", roots}, {"digest", trust.digest().text()}});
}

Response policy_bundle(const Parts& parts, const View& view, const Request& request) {
  const auto digest = digest_from_text(request.param("digest"));
  if (!digest.ok()) return failure(digest.error());
  if (!may_read(view.ledger(), parts.bundles, request.principal->actor, {}))
    return not_authorised();
  const auto bundle = parts.bundles.find(*digest);
  if (!bundle.ok()) return http::error_response(404, "no such bundle");
  Json files = Json::object();
  for (const auto& [path, bytes] : (*bundle)->files()) files[path] = to_base64(bytes);
  return json_response({{"digest", digest->text()}, {"files", files}});
}

}  // namespace

void add_reads(http::Router& router, const Parts& parts) {
  const auto add = [&](const char* pattern, auto read) {
    add_read(router, parts, pattern, [parts, read](const View& view, const Request& request) {
      return read(parts, view, request);
    });
  };
  add("/v1/versions", list_versions);
  add("/v1/pending", list_pending);
  add("/v1/serving/{tenant}/{model}", serving);
  add("/v1/policy", active_policy);
  add("/v1/policy/{digest}", policy_bundle);
  add("/v1/trust", trust_roots);
  add_version_read(router, parts, "",
                   [](const View& view, const gate::Version& version, const Request&) {
                     return show(view, version);
                   });
  add_version_read(router, parts, "/trail", trail);
  add_version_read(router, parts, "/manifest",
                   [parts](const View&, const gate::Version& version, const Request&) {
                     return bytes_response(parts.store.get(version.model_digest),
                                           "text/plain; charset=utf-8");
                   });
  add_version_read(router, parts, "/evidence/{digest}",
                   [parts](const View&, const gate::Version& version, const Request& request) {
                     return evidence(parts, version, request);
                   });
  add_version_read(router, parts, "/release/{artifact}",
                   [parts](const View& view, const gate::Version& version, const Request& request) {
                     return release_artifact(parts, view, version, request);
                   });
  add_version_read(router, parts, "/release/policy_snapshot/{path...}",
                   [parts](const View& view, const gate::Version& version, const Request& request) {
                     return snapshot_file(parts, view, version, request);
                   });
}

}  // namespace z5::permit
