// One operation of a bucket, as it stands on the wire and in the op log (docs/protocol.md, P-060 to P-066).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "bucket/checksum.h"

namespace skerry::bucket {

enum class OpKind : std::uint8_t { kPut, kRemove, kMove, kClear };

// Borrows its texts from the line (or the storage row) it was read from.
struct Operation {
  OpId id{};
  OpKind kind = OpKind::kPut;
  std::string_view object_type;            // PUT and REMOVE; a null view (data() == nullptr) when absent.
  std::string_view object_id;              // The same.
  std::optional<std::string_view> subkey;  // Absent and null alike.
  std::optional<std::string_view> data;    // The row as JSON text, never re-serialised (P-065).
  Checksum checksum;
};

// False if the type or the id is absent: such an operation has no key and never supersedes another (C-104).
constexpr bool HasKey(const Operation& op) {
  return op.object_type.data() != nullptr && op.object_id.data() != nullptr;
}
// Appends "<object_type>/<object_id>/<subkey>", with an absent subkey as the text null. Needs HasKey(op).
void AppendKey(std::string& out, const Operation& op);

}  // namespace skerry::bucket
