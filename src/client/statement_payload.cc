#include "client/statement_payload.h"

#include "base/bit_cast.h"

namespace skerry::client {

std::span<const std::uint8_t> PayloadReader::Bytes(std::size_t size) {
  if (!ok_ || size > rest_.size()) {
    ok_ = false;
    return {};
  }
  const auto taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

std::uint8_t PayloadReader::U8() {
  const auto bytes = Bytes(1);
  return ok_ ? bytes[0] : std::uint8_t{0};
}

std::uint32_t PayloadReader::U32() {
  const auto bytes = Bytes(4);
  std::uint32_t value = 0;
  if (ok_) {
    for (int i = 3; i >= 0; --i) value = value << 8 | bytes[static_cast<std::size_t>(i)];
  }
  return value;
}

std::uint64_t PayloadReader::U64() {
  const std::uint64_t low = U32();
  return low | std::uint64_t{U32()} << 32;
}

std::span<const std::uint8_t> PayloadReader::Sized() { return Bytes(U32()); }

namespace {

Error Malformed(std::string_view what) {
  return {ErrorCode::kInvalidArgument, "malformed statement payload: " + std::string(what)};
}

bool ReadParameter(PayloadReader& reader, Parameter& parameter) {
  const std::uint8_t tag = reader.U8();
  parameter.tag = static_cast<ParameterTag>(tag);
  switch (parameter.tag) {
    case ParameterTag::kNull:
      return true;
    case ParameterTag::kInteger:
      parameter.integer = static_cast<std::int64_t>(reader.U64());
      return true;
    case ParameterTag::kReal:
      parameter.real = BitCast<double>(reader.U64());
      return true;
    case ParameterTag::kText:
    case ParameterTag::kBlob:
      parameter.bytes = reader.Sized();
      return true;
  }
  return false;
}

}  // namespace

Result<StatementPayload> DecodeStatement(std::span<const std::uint8_t> payload) {
  PayloadReader reader(payload);
  StatementPayload statement;
  statement.lease = reader.U32();
  statement.flags = reader.U32();
  statement.deadline = std::chrono::milliseconds(reader.U32());
  statement.sql = AsText(reader.Sized());
  const std::uint32_t sets = reader.U32();
  if (!reader.ok()) return Malformed("it ends inside its head");
  // A set takes four bytes at least and a parameter one: a count that cannot be true is refused before memory is.
  if (sets > reader.rest().size() / 4) return Malformed("more parameter sets than bytes");
  if (sets > 1 && !statement.is_batch()) return Malformed("several parameter sets without the batch flag");
  statement.sets.reserve(sets);
  for (std::uint32_t set = 0; set < sets; ++set) {
    const std::uint32_t count = reader.U32();
    if (!reader.ok() || count > reader.rest().size()) return Malformed("more parameters than bytes");
    statement.sets.push_back({statement.parameters.size(), count});
    statement.parameters.reserve(statement.parameters.size() + count);
    for (std::uint32_t i = 0; i < count; ++i) {
      Parameter& parameter = statement.parameters.emplace_back();
      if (!ReadParameter(reader, parameter)) return Malformed("unknown parameter tag");
      if (!reader.ok()) return Malformed("it ends inside a parameter");
    }
  }
  if (!reader.rest().empty()) return Malformed("bytes after the last parameter");
  return statement;
}

}  // namespace skerry::client
