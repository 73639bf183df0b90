#include "rules/json_values.h"

#include <algorithm>

#include "base/json.h"
#include "rules/comparison.h"
#include "rules/json_path.h"
#include "rules/scalars.h"

namespace skerry::rules {
namespace {

using row::Type;
using row::Value;

// Cheaper than reading: brackets outside strings.
int DepthOf(std::string_view json) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool IsWellFormed(std::string_view json) {
  JsonReader reader(json);
  return reader.Skip() && reader.Finish("a value").ok();
}

// The JSON text in `value`, checked. Empty after a failure.
std::string_view JsonText(const Value& value, const Dialect& dialect, Scratch& scratch) {
  if (value.type == Type::kBlob) {
    scratch.Fail("a blob is not JSON");
    return {};
  }
  const std::string_view text = Trimmed(TextOf(value, dialect, scratch));
  if (DepthOf(text) > kMaxJsonDepth) {
    scratch.Fail("JSON is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
    return {};
  }
  if (!IsWellFormed(text)) {
    scratch.Fail("'" + std::string(text.substr(0, 40)) + (text.size() > 40 ? "...'" : "'") + " is not JSON");
    return {};
  }
  return text;
}

// As json_extract: one path gives the value, several a JSON array of the values.
void AppendJsonOr(std::string& out, const std::optional<std::string_view>& json) { out += json ? *json : "null"; }

}  // namespace

Value ValueOfJson(std::string_view json, Scratch& scratch) {
  JsonReader reader(json);
  switch (reader.Peek()) {
    case JsonKind::kString: {
      std::string_view text;
      if (!reader.ReadString(text)) break;
      // Without an escape the text stands in `json`, which outlives the reader.
      const bool is_borrowed = text.data() >= json.data() && text.data() < json.data() + json.size();
      return is_borrowed ? Value::Text(text) : scratch.Keep(text);
    }
    case JsonKind::kNumber: {
      std::string_view number;
      if (!reader.ReadNumber(number)) break;
      if (number.find_first_of(".eE") == std::string_view::npos) {
        JsonReader again(json);
        std::int64_t integer = 0;
        if (again.ReadInt64(integer)) return Value::Integer(integer);
      }
      JsonReader again(json);
      double real = 0;
      if (again.ReadDouble(real)) return Value::Real(real);
      break;
    }
    case JsonKind::kTrue:
      return Value::Integer(1);
    case JsonKind::kFalse:
      return Value::Integer(0);
    case JsonKind::kObject:
    case JsonKind::kArray:
      return Value::Text(Trimmed(json));
    case JsonKind::kNull:
    case JsonKind::kInvalid:
      break;
  }
  return {};
}

bool AppendElements(const Value& argument, const Dialect& dialect, Scratch& scratch, std::vector<Element>& elements) {
  if (argument.is_null()) return true;
  const std::string_view json = JsonText(argument, dialect, scratch);
  if (json.empty()) return false;
  JsonReader reader(json);
  const JsonKind kind = reader.Peek();
  if (kind == JsonKind::kArray && reader.BeginArray()) {
    std::int64_t index = 0;
    while (reader.NextElement()) {
      std::string_view value;
      if (!reader.ReadRaw(value)) return false;
      elements.push_back({Value::Integer(index++), ValueOfJson(value, scratch)});
    }
  } else if (kind == JsonKind::kObject && reader.BeginObject()) {
    std::string_view key;
    while (reader.NextKey(key)) {
      const Value name = scratch.Keep(key);
      std::string_view value;
      if (!reader.ReadRaw(value)) return false;
      elements.push_back({name, ValueOfJson(value, scratch)});
    }
  } else {
    elements.push_back({Value::Null(), ValueOfJson(json, scratch)});
  }
  return true;
}

Value Arrow(const Value& json, const Value& key, bool as_sql, const Dialect& dialect, Scratch& scratch) {
  if (json.is_null() || key.is_null()) return Value::Null();
  const std::string_view text = JsonText(json, dialect, scratch);
  if (text.empty()) return Value::Null();
  std::optional<std::string_view> found;
  if (key.type == Type::kInteger) {
    found = JsonAt(text, key.integer);
  } else {
    const auto steps = ParseJsonPath(TextOf(key, dialect, scratch), dialect);
    if (!steps) return scratch.Fail("'" + std::string(key.bytes) + "' is not a JSON path");
    found = JsonDescend(text, *steps);
  }
  if (!found) return Value::Null();
  return as_sql ? ValueOfJson(*found, scratch) : Value::Text(*found);
}

Value IsInJson(const Value& value, const Value& json, const Dialect& dialect, Scratch& scratch) {
  if (!dialect.sqlite && (value.is_null() || json.is_null())) return Value::Null();
  std::vector<Element> elements;
  if (!AppendElements(json, dialect, scratch, elements)) return Value::Null();
  if (elements.empty()) return Value::Integer(0);  // Nothing is in an empty set, not even NULL.
  bool has_null = value.is_null();
  for (const Element& element : elements) {
    const Value equal = CompareWith(Op::kEqual, value, element.value, dialect, scratch);
    if (equal.integer != 0) return Value::Integer(1);
    has_null = has_null || equal.is_null();
  }
  return has_null ? Value::Null() : Value::Integer(0);
}

Value JsonArrayLength(std::span<const Value> arguments, const Dialect& dialect, Scratch& scratch) {
  Value json = arguments[0];
  if (arguments.size() > 1) json = Arrow(json, arguments[1], /*as_sql=*/false, dialect, scratch);
  if (json.is_null()) return json;
  const std::string_view text = JsonText(json, dialect, scratch);
  if (text.empty()) return Value::Null();
  JsonReader reader(text);
  std::int64_t count = 0;
  if (reader.Peek() == JsonKind::kArray && reader.BeginArray()) {
    while (reader.NextElement() && reader.Skip()) ++count;
  }
  return Value::Integer(count);
}

Value JsonExtract(std::span<const Value> arguments, const Dialect& dialect, Scratch& scratch) {
  if (arguments[0].is_null()) return Value::Null();
  const std::string_view text = JsonText(arguments[0], dialect, scratch);
  if (text.empty()) return Value::Null();
  std::string& all = scratch.New();
  all = "[";
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i].is_null()) return Value::Null();
    const std::string_view path = TextOf(arguments[i], dialect, scratch);
    const auto steps = ParseJsonPath(path, dialect);
    if (!steps || (dialect.sqlite && (path.empty() || path[0] != '$'))) {
      return scratch.Fail("'" + std::string(path) + "' is not a JSON path");
    }
    const auto found = JsonDescend(text, *steps);
    if (arguments.size() == 2) return found ? ValueOfJson(*found, scratch) : Value::Null();
    if (i > 1) all += ',';
    AppendJsonOr(all, found);
  }
  all += ']';
  return Value::Text(all);
}

Value JsonKeys(const Value& json, const Dialect& dialect, Scratch& scratch) {
  if (json.is_null()) return json;
  const std::string_view text = JsonText(json, dialect, scratch);
  if (text.empty()) return Value::Null();
  JsonReader reader(text);
  if (reader.Peek() != JsonKind::kObject || !reader.BeginObject()) {
    return scratch.Fail("json_keys() needs an object");
  }
  std::string& keys = scratch.New();
  keys = "[";
  std::string_view key;
  while (reader.NextKey(key)) {
    if (keys.size() > 1) keys += ',';
    AppendJsonString(keys, key);
    reader.Skip();
  }
  keys += ']';
  return Value::Text(keys);
}

Value JsonValid(const Value& json) {
  if (json.is_null()) return json;
  if (json.type == Type::kBlob) return Value::Integer(0);
  if (json.type != Type::kText) return Value::Integer(1);
  return Value::Integer(DepthOf(json.bytes) <= kMaxJsonDepth && IsWellFormed(json.bytes));
}

}  // namespace skerry::rules
