// SPDX-License-Identifier: Apache-2.0
// What is frozen: one entry of every event type, and the texts and bytes around them, from fixed
// keys and times.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "schemas/entry.h"

namespace z5::golden {

// One entry of every type of the union, each with every field set to something.
std::vector<Entry> entries();

// File name to content, as today's code writes it: entries.hex, record.hex, ledger.bin, seal.txt,
// checkpoint.txt, receipt.txt, trust.json.
std::map<std::string, Bytes> artefacts();

}  // namespace z5::golden
