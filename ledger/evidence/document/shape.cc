// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "ledger/evidence/document/text.h"
#include "ledger/evidence/document/text_forms.h"

namespace z5::document {
namespace {

enum class Kind { Word, Text, Integer, Number, Bool, Object, Array, Record, Choice, Name };

struct Rule {
  std::string_view kind;
  std::vector<std::vector<std::string_view>> groups;  // one(a, b+c): {{a}, {b, c}}
};

struct Node {
  struct Field {
    std::string_view name;
    std::size_t type;
    bool required;
  };

  Kind kind = Kind::Text;
  std::string_view text{};     // Word: the word; Name: the name
  TextForm form = nullptr;     // Text
  double least = 0, most = 0;  // Integer, Number
  bool may_be_empty = true;    // Array
  bool open = false;           // Record
  std::vector<std::size_t>
      parts{};                  // Array: the item; Choice: the alternatives; Name: what it names
  std::vector<Field> fields{};  // Record, sorted by name
  std::size_t required = 0;     // Record: how many fields are
  std::vector<Rule> rules{};    // Record
};

constexpr double kAnyNumber = 1e308;

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '$';
}

}  // namespace

// Where a check is: names and indices, made into text only when something does not fit.
struct Step {
  std::string_view name;  // empty: an index
  std::size_t index = 0;
};
using Place = std::vector<Step>;

struct Shape::Grammar {
  std::vector<Node> nodes;
  std::map<std::string_view, std::size_t> names;

  Status check(Element value, const Node& node, Place& place) const;
  Status check_record(Element value, const Node& node, Place& place) const;
  Status check_choice(Element value, const Node& node, Place& place) const;
  Status check_array(Element value, const Node& node, Place& place) const;
};

namespace {

// Recursive descent over our own grammar text; anything unexpected is our mistake.
class GrammarReader {
 public:
  GrammarReader(std::string_view text, std::vector<Node>& nodes,
                std::map<std::string_view, std::size_t>& names)
      : rest_(text), nodes_(nodes), names_(names) {}

  void read() {
    for (skip(); !rest_.empty(); skip()) {
      const std::string_view name = word();
      Z5_ASSERT(!built_in(name));  // it would never be looked up
      expect('=');
      const std::size_t node = type();
      Z5_ASSERT(names_.emplace(name, node).second);
    }
    for (Node& node : nodes_) {
      if (node.kind != Kind::Name) continue;
      const auto found = names_.find(node.text);
      Z5_ASSERT(found != names_.end());
      node.parts = {found->second};
    }
  }

 private:
  void skip() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n'))
      rest_.remove_prefix(1);
  }
  bool take(char c) {
    skip();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { Z5_ASSERT(take(c)); }
  std::string_view word() {
    skip();
    std::size_t size = 0;
    while (size < rest_.size() && is_word_char(rest_[size])) ++size;
    Z5_ASSERT(size > 0);
    const std::string_view found = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return found;
  }
  std::size_t add(Node node) {
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }

  std::size_t type() {
    std::vector<std::size_t> parts{single()};
    while (take('|')) parts.push_back(single());
    return parts.size() == 1 ? parts.front()
                             : add({.kind = Kind::Choice, .parts = std::move(parts)});
  }
  std::size_t single() {
    if (take('{')) return record();
    if (take('[')) {
      Node node{.kind = Kind::Array, .parts = {type()}};
      expect(']');
      node.may_be_empty = !take('+');
      return add(std::move(node));
    }
    if (take('"')) {
      const std::size_t end = rest_.find('"');
      Z5_ASSERT(end != std::string_view::npos);
      Node node{.kind = Kind::Word, .text = rest_.substr(0, end)};
      rest_.remove_prefix(end + 1);
      return add(std::move(node));
    }
    return named(word());
  }
  std::size_t named(std::string_view name) {
    const auto node = built_in(name);
    return add(node ? *node : Node{.kind = Kind::Name, .text = name});
  }
  static std::optional<Node> built_in(std::string_view name) {
    if (name == "text") return Node{.kind = Kind::Text};
    if (name == "bool") return Node{.kind = Kind::Bool};
    if (name == "object") return Node{.kind = Kind::Object};
    if (name == "int") return Node{.kind = Kind::Integer, .least = -kAnyNumber, .most = kAnyNumber};
    if (name == "count") return Node{.kind = Kind::Integer, .least = 0, .most = kAnyNumber};
    if (name == "positive") return Node{.kind = Kind::Integer, .least = 1, .most = kAnyNumber};
    if (name == "zero-to-six") return Node{.kind = Kind::Integer, .least = 0, .most = 6};
    if (name == "unit") return Node{.kind = Kind::Number, .least = 0, .most = 1};
    if (name == "number")
      return Node{.kind = Kind::Number, .least = -kAnyNumber, .most = kAnyNumber};
    if (const TextForm form = text_form(name))
      return Node{.kind = Kind::Text, .text = name, .form = form};
    return std::nullopt;
  }
  std::size_t record() {
    Node node{.kind = Kind::Record};
    while (!take('}')) {
      if (take(';')) {
        while (!take('}')) rule(node);
        break;
      }
      const std::string_view name = word();
      const bool required = take('!');
      expect(':');
      const std::size_t field_type = type();
      node.fields.push_back({name, field_type, required});
      node.required += required;
      take(',');
    }
    std::sort(node.fields.begin(), node.fields.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return add(std::move(node));
  }
  void rule(Node& node) {
    Rule rule{word(), {}};
    if (rule.kind == "open") {
      node.open = true;
      return;
    }
    expect('(');
    do {
      std::vector<std::string_view> group{word()};
      while (take('+')) group.push_back(word());
      rule.groups.push_back(std::move(group));
    } while (take(','));
    expect(')');
    node.rules.push_back(std::move(rule));
  }

  std::string_view rest_;
  std::vector<Node>& nodes_;
  std::map<std::string_view, std::size_t>& names_;
};

Error misfit(const Place& place, std::string_view what) {
  std::string text;
  for (const Step& step : place) {
    if (step.name.empty())
      text += fmt::format("[{}]", step.index);
    else
      text += fmt::format("{}{}", text.empty() ? "" : ".", step.name);
  }
  return invalid(fmt::format("{}: {}", text.empty() ? "document" : text.substr(0, 200), what));
}

bool has_all(Element value, const std::vector<std::string_view>& fields) {
  return std::all_of(fields.begin(), fields.end(),
                     [&](std::string_view field) { return member(value, field).has_value(); });
}

bool rule_holds(Element value, const Rule& rule) {
  const auto there = std::count_if(rule.groups.begin(), rule.groups.end(),
                                   [&](const auto& group) { return has_all(value, group); });
  if (rule.kind == "one") return there == 1;
  if (rule.kind == "some") return there >= 1;
  if (rule.kind == "never") return there < static_cast<std::ptrdiff_t>(rule.groups.size());
  Z5_ASSERT(rule.kind == "with" && rule.groups.size() == 2);
  return !has_all(value, rule.groups[0]) || has_all(value, rule.groups[1]);
}

Status check_number(Element value, const Node& node, const Place& place) {
  double number = 0;
  const bool integer = value.is_int64() || value.is_uint64();
  if (value.get(number) != simdjson::SUCCESS) return misfit(place, "expected a number");
  // JSON Schema counts 1.0 as an integer.
  if (node.kind == Kind::Integer && !integer && number != std::trunc(number)) {
    return misfit(place, "expected an integer");
  }
  if (number < node.least || number > node.most) return misfit(place, "number out of range");
  return Done{};
}

}  // namespace

Status Shape::Grammar::check_choice(Element value, const Node& node, Place& place) const {
  const std::size_t here = place.size();
  for (const std::size_t part : node.parts) {
    // Enumerations are long and common: their words are compared without making messages.
    if (nodes[part].kind == Kind::Word) {
      if (value.is_string() && text_of(value) == nodes[part].text) return Done{};
      continue;
    }
    if (check(value, nodes[part], place).ok()) return Done{};
    place.resize(here);
  }
  return misfit(place, value.is_string() ? fmt::format("'{}' is not one of the allowed values",
                                                       printable(text_of(value)))
                                         : "fits none of the allowed forms");
}

Status Shape::Grammar::check_record(Element value, const Node& node, Place& place) const {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return misfit(place, "expected an object");
  std::size_t required = 0;
  for (const auto entry : object) {
    const auto field =
        std::lower_bound(node.fields.begin(), node.fields.end(), entry.key,
                         [](const auto& a, std::string_view b) { return a.name < b; });
    if (field == node.fields.end() || field->name != entry.key) {
      if (node.open) continue;
      return misfit(place, fmt::format("unknown field '{}'", printable(entry.key)));
    }
    required += field->required;
    place.push_back({field->name});
    Z5_CHECK(check(entry.value, nodes[field->type], place));
    place.pop_back();
  }
  for (const auto& field : node.fields) {
    if (required == node.required) break;  // no field comes twice: the reader refused that
    if (field.required && !member(value, field.name)) {
      return misfit(place, fmt::format("field '{}' is missing", field.name));
    }
  }
  for (const Rule& rule : node.rules) {
    if (!rule_holds(value, rule)) return misfit(place, fmt::format("breaks rule '{}'", rule.kind));
  }
  return Done{};
}

Status Shape::Grammar::check(Element value, const Node& node, Place& place) const {
  switch (node.kind) {
    case Kind::Name:
      return check(value, nodes[node.parts[0]], place);
    case Kind::Choice:
      return check_choice(value, node, place);
    case Kind::Record:
      return check_record(value, node, place);
    case Kind::Integer:
    case Kind::Number:
      return check_number(value, node, place);
    case Kind::Bool:
      return value.is_bool() ? Status(Done{}) : misfit(place, "expected true or false");
    case Kind::Object:
      return value.is_object() ? Status(Done{}) : misfit(place, "expected an object");
    case Kind::Word:
      if (value.is_string() && text_of(value) == node.text) return Done{};
      return misfit(place, fmt::format("expected \"{}\"", node.text));
    case Kind::Text:
      if (!value.is_string()) return misfit(place, "expected a string");
      if (node.form == nullptr || node.form(text_of(value))) return Done{};
      return misfit(place, fmt::format("'{}' is no {}", printable(text_of(value)), node.text));
    case Kind::Array:
      break;
  }
  return check_array(value, node, place);
}

Status Shape::Grammar::check_array(Element value, const Node& node, Place& place) const {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return misfit(place, "expected an array");
  std::size_t index = 0;
  for (const Element item : array) {
    place.push_back({{}, index++});
    Z5_CHECK(check(item, nodes[node.parts[0]], place));
    place.pop_back();
  }
  if (index == 0 && !node.may_be_empty) return misfit(place, "empty");
  return Done{};
}

Shape::Shape(std::string_view grammar) {
  auto made = std::make_unique<Grammar>();
  GrammarReader(grammar, made->nodes, made->names).read();
  grammar_ = std::move(made);
}

Shape::~Shape() = default;

Status Shape::check(Element value, std::string_view name) const {
  const auto found = grammar_->names.find(name);
  Z5_ASSERT(found != grammar_->names.end());
  Place place;
  return grammar_->check(value, grammar_->nodes[found->second], place);
}

}  // namespace z5::document
