// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/front_matter.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "ledger/evidence/document/text.h"
#include "schemas/limits.h"

namespace z5::document {
namespace {

// Builds a Json from yaml-cpp's events. After the first problem it ignores the rest, which is
// short: the text is bounded.
class Builder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    scalar(mark, anchor, "", nullptr);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { fail(mark, "an alias"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    scalar(mark, anchor, tag, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Json::array());
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Json::object());
  }
  void OnMapEnd() override { close(); }

  const std::string& why() const { return why_; }
  Json take() { return std::move(root_); }

 private:
  struct Level {
    Json* value;
    bool has_key = false;
    std::string key{};
  };

  void fail(const YAML::Mark& mark, std::string_view what) {
    if (why_.empty()) why_ = fmt::format("line {}: {}", mark.line + 2, what);
  }
  // "?" is a plain scalar or collection without a tag, "!" a quoted scalar.
  bool admit(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) fail(mark, "an anchor");
    if (!tag.empty() && tag != "?" && tag != "!") fail(mark, "a tag");
    if (++nodes_ > limits::kMaxYamlNodes) fail(mark, "too many nodes");
    return why_.empty();
  }
  void scalar(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag, Json value) {
    if (!admit(mark, tag, anchor)) return;
    if (levels_.empty() || levels_.back().value->is_array() || levels_.back().has_key) {
      place(std::move(value));
      return;
    }
    Level& map = levels_.back();
    map.key = value.is_string() ? value.get<std::string>() : "";
    map.has_key = true;
    if (map.value->contains(map.key)) fail(mark, fmt::format("key '{}' twice", printable(map.key)));
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Json container) {
    if (!admit(mark, tag, anchor)) return;
    if (levels_.size() == limits::kMaxYamlDepth) return fail(mark, "nested too deeply");
    if (!levels_.empty() && levels_.back().value->is_object() && !levels_.back().has_key) {
      return fail(mark, "a key that is no scalar");
    }
    levels_.push_back({place(std::move(container))});
  }
  void close() {
    if (why_.empty()) levels_.pop_back();
  }
  Json* place(Json value) {
    if (levels_.empty()) return &(root_ = std::move(value));
    Level& level = levels_.back();
    if (level.value->is_array()) return &level.value->emplace_back(std::move(value));
    level.has_key = false;
    return &((*level.value)[level.key] = std::move(value));
  }

  Json root_;
  std::vector<Level> levels_;
  std::size_t nodes_ = 0;
  std::string why_;
};

Result<Json> parse_yaml(std::string_view text) {
  const auto bad = [](std::string_view why) {
    return invalid(fmt::format("front matter: {}", why));
  };
  std::istringstream input{std::string(text)};
  Builder builder;
  try {  // the one way in which yaml-cpp reports errors
    YAML::Parser parser(input);
    if (!parser.HandleNextDocument(builder)) return bad("empty");
    if (!builder.why().empty()) return bad(builder.why());
    Builder rest;
    if (parser.HandleNextDocument(rest)) return bad("a second document");
  } catch (const YAML::Exception& e) {
    return bad(printable(e.what()));
  }
  return builder.take();
}

}  // namespace

Result<FrontMatter> parse_front_matter(std::string_view bytes) {
  if (bytes.size() > limits::kMaxCard)
    return invalid(fmt::format("larger than {} bytes", limits::kMaxCard));
  if (!is_utf8(bytes) || bytes.find('\0') != std::string_view::npos)
    return invalid("not UTF-8 text");
  std::string_view rest = bytes;
  if (take_line(rest) != "---") return invalid("no front matter: the first line is not ---");
  const char* const begin = rest.data();
  while (!rest.empty()) {
    const std::string_view before = rest;
    if (take_line(rest) != "---") continue;
    const std::string_view yaml(begin, static_cast<std::size_t>(before.data() - begin));
    if (yaml.size() > limits::kMaxFrontMatter) return invalid("front matter: too large");
    Z5_TRY(Json fields, parse_yaml(yaml));
    if (!fields.is_object()) return invalid("front matter: not a mapping");
    return FrontMatter{std::move(fields), rest};
  }
  return invalid("front matter: the closing --- is missing");
}

}  // namespace z5::document
