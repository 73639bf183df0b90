#include "rules/functions.h"

#include <algorithm>
#include <array>

#include "rules/date_time.h"
#include "rules/geometry.h"
#include "rules/json_values.h"
#include "rules/scalars.h"
#include "rules/text_functions.h"

namespace skerry::rules {
namespace {

constexpr std::array<FunctionInfo, 21> kFunctions = {{
    {"hex", Function::kHex, 1, 1},
    {"ifnull", Function::kIfNull, 2, 0},
    {"iif", Function::kIif, 3, 3},
    {"instr", Function::kInstr, 2, 2},
    {"length", Function::kLength, 1, 1},
    {"lower", Function::kLower, 1, 1},
    {"upper", Function::kUpper, 1, 1},
    {"substring", Function::kSubstring, 2, 3},
    {"typeof", Function::kTypeof, 1, 1},
    {"json_array_length", Function::kJsonArrayLength, 1, 2},
    {"json_extract", Function::kJsonExtract, 2, 0},
    {"json_keys", Function::kJsonKeys, 1, 1},
    {"json_valid", Function::kJsonValid, 1, 1, true},
    {"unixepoch", Function::kUnixEpoch, 1, 0},
    {"datetime", Function::kDateTime, 1, 0},
    {"base64", Function::kBase64, 1, 1},
    {"uuid_blob", Function::kUuidBlob, 1, 1},
    {"st_asgeojson", Function::kStAsGeoJson, 1, 1},
    {"st_astext", Function::kStAsText, 1, 1},
    {"st_x", Function::kStX, 1, 1},
    {"st_y", Function::kStY, 1, 1},
}};

row::Value TypeOf(const row::Value& value) {
  switch (value.type) {
    case row::Type::kNull:
      return row::Value::Text("null");
    case row::Type::kInteger:
      return row::Value::Text("integer");
    case row::Type::kReal:
      return row::Value::Text("real");
    case row::Type::kText:
      return row::Value::Text("text");
    case row::Type::kBlob:
      break;
  }
  return row::Value::Text("blob");
}

}  // namespace

const FunctionInfo* FindFunction(std::string_view name) {
  const auto found =
      std::find_if(kFunctions.begin(), kFunctions.end(), [&](const FunctionInfo& info) { return info.name == name; });
  return found == kFunctions.end() ? nullptr : &*found;
}

std::string_view NameOf(Function function) {
  const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [&](const FunctionInfo& info) { return info.function == function; });
  return found == kFunctions.end() ? "" : found->name;
}

row::Value Call(Function function, std::span<const row::Value> arguments, const Dialect& dialect, Scratch& scratch) {
  switch (function) {
    case Function::kHex:
      return Hex(arguments[0], dialect, scratch);
    case Function::kInstr:
      return Instr(arguments[0], arguments[1], dialect, scratch);
    case Function::kLength:
      return Length(arguments[0], dialect, scratch);
    case Function::kLower:
      return Lower(arguments[0], dialect, scratch);
    case Function::kUpper:
      return Upper(arguments[0], dialect, scratch);
    case Function::kSubstring:
      return Substring(arguments, dialect, scratch);
    case Function::kTypeof:
      return TypeOf(arguments[0]);
    case Function::kJsonArrayLength:
      return JsonArrayLength(arguments, dialect, scratch);
    case Function::kJsonExtract:
      return JsonExtract(arguments, dialect, scratch);
    case Function::kJsonKeys:
      return JsonKeys(arguments[0], dialect, scratch);
    case Function::kJsonValid:
      return JsonValid(arguments[0]);
    case Function::kUnixEpoch:
      return UnixEpoch(arguments, dialect, scratch);
    case Function::kDateTime:
      return DateTime(arguments, dialect, scratch);
    case Function::kBase64:
      return Base64(arguments[0], dialect, scratch);
    case Function::kUuidBlob:
      return UuidBlob(arguments[0], scratch);
    case Function::kStAsGeoJson:
      return GeometryAsGeoJson(arguments[0], scratch);
    case Function::kStAsText:
      return GeometryAsText(arguments[0], scratch);
    case Function::kStX:
      return GeometryOrdinate(arguments[0], 0, scratch);
    case Function::kStY:
      return GeometryOrdinate(arguments[0], 1, scratch);
    case Function::kNone:
    case Function::kIif:  // Programs choose before they evaluate.
    case Function::kIfNull:
      break;
  }
  return {};
}

}  // namespace skerry::rules
