#include "rules/request_values.h"

#include <optional>

#include "base/json.h"

namespace skerry::rules {
namespace {

// The text of the member `name`. Of several equal names the last counts, as in every JSON parser that builds a map.
std::optional<std::string_view> Member(std::string_view json, std::string_view name) {
  JsonReader reader(json);
  std::optional<std::string_view> found;
  if (reader.Peek() != JsonKind::kObject || !reader.BeginObject()) return found;
  std::string_view key;
  while (reader.NextKey(key)) {
    const bool is_match = key == name;
    std::string_view value;
    if (!reader.ReadRaw(value)) return std::nullopt;
    if (is_match) found = value;
  }
  return found;
}

Literal ToLiteral(std::string_view json) {
  JsonReader reader(json);
  switch (reader.Peek()) {
    case JsonKind::kString: {
      std::string_view text;
      if (reader.ReadString(text)) return {.type = row::Type::kText, .text = std::string(text)};
      break;
    }
    case JsonKind::kNumber: {
      Literal literal{.type = row::Type::kInteger};
      if (reader.ReadInt64(literal.integer)) return literal;
      JsonReader again(json);
      literal = {.type = row::Type::kReal};
      if (again.ReadDouble(literal.real)) return literal;
      break;
    }
    case JsonKind::kTrue:
      return {.type = row::Type::kInteger, .integer = 1};
    case JsonKind::kFalse:
      return {.type = row::Type::kInteger, .integer = 0};
    case JsonKind::kObject:
    case JsonKind::kArray:
      return {.type = row::Type::kText, .text = std::string(json)};
    case JsonKind::kNull:
    case JsonKind::kInvalid:
      break;
  }
  return {};
}

}  // namespace

Status CheckObject(std::string_view json, std::string_view what) {
  JsonReader reader(json);
  const bool is_object = reader.Peek() == JsonKind::kObject;
  (void)reader.Skip();  // Finish() below tells whether it worked.
  Status finished = reader.Finish(what);
  if (is_object && finished.ok()) return kDone;
  return Error{.code = ErrorCode::kInvalidArgument,
               .message = finished.ok() ? std::string(what) + " must be a JSON object" : finished.error().message};
}

Literal ValueAtPath(std::string_view json, const std::vector<std::string>& path) {
  std::optional<std::string_view> at = json;
  for (const std::string& step : path) {
    at = Member(*at, step);
    if (!at) return {};
  }
  return ToLiteral(*at);
}

}  // namespace skerry::rules
