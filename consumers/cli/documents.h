// SPDX-License-Identifier: Apache-2.0
// The evidence flags of submit and attach, and the documents that they name. One thread.
#pragma once

#include <string>
#include <vector>

#include "consumers/cli/command.h"

namespace z5::cli {

struct DocumentFlags {
  std::vector<std::string> signature, attestation, image_signature, sbom, model_card, scdr, adr,
      vex;
};
void add_document_flags(CLI::App& verb, DocumentFlags& flags);

struct Documents {
  Json names = Json::array();  // the command's field "documents"
  gate::Attachments attachments;

  void add(std::string_view kind, Bytes bytes);
};
// Invalid, naming the path.
Result<Documents> read_documents(const DocumentFlags& flags);

// "k=v" words as the field "tags". Invalid: no '=', a key twice.
Result<Json> tags_of(const std::vector<std::string>& words);

}  // namespace z5::cli
