// SPDX-License-Identifier: Apache-2.0
#include "consumers/cli/documents.h"

#include <fmt/format.h>

#include "consumers/cli/files.h"

namespace z5::cli {
namespace {

struct Flag {
  const char* name;  // also the document's kind
  std::vector<std::string> DocumentFlags::* files;
  const char* text;
};
constexpr Flag kFlags[] = {
    {"signature", &DocumentFlags::signature, "OMS or cosign bundle over the model"},
    {"attestation", &DocumentFlags::attestation, "bundle with an in-toto Statement"},
    {"image-signature", &DocumentFlags::image_signature,
     "cosign bundle or simple signing over the image"},
    {"sbom", &DocumentFlags::sbom, "CycloneDX or SPDX"},
    {"model-card", &DocumentFlags::model_card, "model card"},
    {"scdr", &DocumentFlags::scdr, "security change and decision record"},
    {"adr", &DocumentFlags::adr, "architecture decision record"},
    {"vex", &DocumentFlags::vex, "bundle with an OpenVEX or CycloneDX document"},
};

}  // namespace

void add_document_flags(CLI::App& verb, DocumentFlags& flags) {
  for (const Flag& flag : kFlags) {
    add_list(verb, fmt::format("--{}", flag.name), flags.*flag.files, flag.text);
  }
}

void Documents::add(std::string_view kind, Bytes bytes) {
  const Digest digest = sha256(bytes);
  names.push_back({{"kind", kind}, {"digest", digest.text()}});
  attachments.insert_or_assign(digest, std::move(bytes));
}

Result<Documents> read_documents(const DocumentFlags& flags) {
  Documents documents;
  for (const Flag& flag : kFlags) {
    for (const std::string& path : flags.*flag.files) {
      Z5_TRY(Bytes bytes, read_file(path, limits::kMaxDocument));
      documents.add(flag.name, std::move(bytes));
    }
  }
  return documents;
}

Result<Json> tags_of(const std::vector<std::string>& words) {
  Json tags = Json::object();
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos)
      return invalid(fmt::format("tag '{}': expected key=value", word));
    const std::string key = word.substr(0, equals);
    if (tags.contains(key)) return invalid(fmt::format("tag '{}': given twice", key));
    tags[key] = word.substr(equals + 1);
  }
  return tags;
}

}  // namespace z5::cli
