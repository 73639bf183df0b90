// The scalar functions of the language (sync-streams.md, section 5.3): names, argument counts, values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "row/value.h"
#include "rules/dialect.h"

namespace skerry::rules {

class Scratch;

enum class Function : std::uint8_t {
  kNone,
  kHex,
  kIfNull,
  kIif,
  kInstr,
  kLength,
  kLower,
  kUpper,
  kSubstring,
  kTypeof,
  kJsonArrayLength,
  kJsonExtract,
  kJsonKeys,
  kJsonValid,
  kUnixEpoch,
  kDateTime,
  kBase64,
  kUuidBlob,
  kStAsGeoJson,
  kStAsText,
  kStX,
  kStY,
};

struct FunctionInfo {
  std::string_view name;
  Function function = Function::kNone;
  int min_arguments = 0;
  int max_arguments = 0;  // 0: no limit.
  bool is_legacy_only = false;
};

// nullptr for a name that is no function here.
const FunctionInfo* FindFunction(std::string_view name);
std::string_view NameOf(Function function);

// The function's value; iif and ifnull are the program's, which evaluates the chosen argument alone. A failure is noted
// in `scratch` and the value is NULL.
row::Value Call(Function function, std::span<const row::Value> arguments, const Dialect& dialect, Scratch& scratch);

}  // namespace skerry::rules
