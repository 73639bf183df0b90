// A statement as it crosses the module's edge (docs/module-abi.md, "Statement payload"): decoded in place and checked
// against the end of the buffer at every step, so that a wrong length is an error and never a read outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/abi.h"

namespace skerry::client {

// One value to bind. Text and blobs point into the payload.
struct Parameter {
  ParameterTag tag = ParameterTag::kNull;
  std::int64_t integer = 0;
  double real = 0;
  std::span<const std::uint8_t> bytes;

  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

// Borrows from the payload, which must outlive it.
struct StatementPayload {
  std::uint32_t lease = 0;  // 0 = autocommit.
  std::uint32_t flags = 0;
  std::chrono::milliseconds deadline{0};  // 0 = none.
  std::string_view sql;
  std::vector<Parameter> parameters;  // Those of all sets, one after another.
  struct Set {
    std::size_t first = 0;  // Into parameters.
    std::size_t count = 0;
  };
  std::vector<Set> sets;

  bool is_read() const { return (flags & kStatementRead) != 0; }
  bool is_batch() const { return (flags & kStatementBatch) != 0; }
  bool is_script() const { return (flags & kStatementScript) != 0; }
};

// kInvalidArgument for a buffer that ends early, has bytes left over, an unknown tag, or sets with no batch.
Result<StatementPayload> DecodeStatement(std::span<const std::uint8_t> payload);

// Reads little-endian numbers and byte runs off the front of a buffer. Failure is sticky; read results only if ok().
class PayloadReader {
 public:
  explicit PayloadReader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  std::uint8_t U8();
  std::uint32_t U32();
  std::uint64_t U64();
  std::span<const std::uint8_t> Bytes(std::size_t size);
  // A u32 size and that many bytes.
  std::span<const std::uint8_t> Sized();

  bool ok() const { return ok_; }
  std::span<const std::uint8_t> rest() const { return rest_; }

 private:
  std::span<const std::uint8_t> rest_;
  bool ok_ = true;
};

inline std::string_view AsText(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace skerry::client
