// The body of POST /dev/crud: a client's queued writes, as its CrudEntry.toJSON() gives them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace skerry::app {

enum class CrudKind : std::uint8_t { kPut, kPatch, kDelete, kUnknown };

struct CrudEntry {
  std::int64_t op_id = 0;
  CrudKind kind = CrudKind::kUnknown;
  std::string type;
  std::string id;
  std::vector<std::pair<std::string, std::string>> data;  // Column → JSON text of the value.
  std::size_t bytes = 0;                                  // Of the data as it was sent.
};

// kInvalidArgument if `body` is not {"batch": [entry, ...]} with what an entry needs.
Result<std::vector<CrudEntry>> DecodeCrudBatch(std::string_view body);

}  // namespace skerry::app
