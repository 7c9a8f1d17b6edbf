// SPDX-License-Identifier: Apache-2.0
// A message of a stream held against schemas/openapi.yaml: the webhook of its CloudEvents type
// names the schema. The keywords are those that the file uses; an unknown one is a problem, so that
// none is silently ignored.
#pragma once

#include <yaml-cpp/yaml.h>

#include <regex>
#include <string>

#include "ledger/log/kafka/stream_producer.h"
#include "schemas/json.h"

namespace z5::feed {

class Contract {
 public:
  Contract() : root_(YAML::LoadFile(std::string(Z5_SOURCE_DIR) + "/schemas/openapi.yaml")) {}

  std::string problem(const kafka::StreamMessage& message) const {
    const std::string type(message.header("ce_type").value_or(""));
    const YAML::Node webhook = root_["webhooks"][type];
    if (!webhook) return "webhooks: none is named '" + type + "'";
    for (const auto& parameter : webhook["post"]["parameters"]) {
      const YAML::Node header = resolve(parameter);
      const auto found = message.header(header["name"].as<std::string>());
      if (!found) return "header " + header["name"].as<std::string>() + ": missing";
      const std::string wrong = apply(header["schema"], Json(std::string(*found)), "header");
      if (!wrong.empty()) return header["name"].as<std::string>() + ": " + wrong;
    }
    const auto data = parse_json(message.value);
    if (!data.ok()) return data.error().message;
    return apply(webhook["post"]["requestBody"]["content"]["application/json"]["schema"], *data,
                 "data");
  }

 private:
  YAML::Node resolve(YAML::Node node) const {
    if (!node["$ref"]) return node;
    YAML::Node at = root_;
    std::istringstream path(node["$ref"].as<std::string>().substr(2));
    for (std::string part; std::getline(path, part, '/');) at.reset(at[part]);
    return at;
  }

  static bool is(const std::string& type, const Json& value) {
    return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "string" && value.is_string()) || (type == "null" && value.is_null()) ||
           (type == "integer" && value.is_number_integer()) ||
           (type == "boolean" && value.is_boolean());
  }
  static bool equals(const YAML::Node& node, const Json& value) {
    return value.is_string() ? node.as<std::string>() == value.get<std::string>()
                             : node.as<std::string>() == value.dump();
  }

  std::string apply(const YAML::Node& unresolved, const Json& value, const std::string& at) const {
    const YAML::Node schema = resolve(unresolved);
    for (const auto& pair : schema) {
      const std::string keyword = pair.first.as<std::string>();
      const std::string wrong = apply(keyword, pair.second, schema, value, at);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  std::string apply(const std::string& keyword, const YAML::Node& rule, const YAML::Node& schema,
                    const Json& value, const std::string& at) const {
    if (keyword == "description" || keyword == "contentEncoding" || keyword == "format") return "";
    if (keyword == "type") {
      bool any = false;
      if (rule.IsSequence()) {
        for (const auto& type : rule) any = any || is(type.as<std::string>(), value);
      } else {
        any = is(rule.as<std::string>(), value);
      }
      return any ? "" : at + ": wrong type";
    }
    if (keyword == "const") return equals(rule, value) ? "" : at + ": is not the constant";
    if (keyword == "enum") {
      for (const auto& each : rule) {
        if (equals(each, value)) return "";
      }
      return at + ": none of the enum";
    }
    if (keyword == "pattern")
      return !value.is_string() ||
                     std::regex_search(value.get<std::string>(), std::regex(rule.as<std::string>()))
                 ? ""
                 : at + ": does not match " + rule.as<std::string>();
    if (keyword == "required") {
      for (const auto& name : rule) {
        if (value.is_object() && !value.contains(name.as<std::string>()))
          return at + "." + name.as<std::string>() + ": missing";
      }
      return "";
    }
    if (keyword == "properties") {
      for (const auto& property : rule) {
        const std::string name = property.first.as<std::string>();
        if (!value.is_object() || !value.contains(name)) continue;
        const std::string wrong = apply(property.second, value[name], at + "." + name);
        if (!wrong.empty()) return wrong;
      }
      return "";
    }
    if (keyword == "additionalProperties") {
      for (const auto& [name, field] : value.items()) {
        if (!schema["properties"][name]) return at + "." + name + ": unknown";
      }
      return "";
    }
    return at + ": keyword " + keyword + " is not applied here";
  }

  YAML::Node root_;
};

// Empty: `message` is of the form that the contract gives its type.
inline std::string contract_problem(const kafka::StreamMessage& message) {
  static const Contract contract;
  return contract.problem(message);
}

}  // namespace z5::feed
