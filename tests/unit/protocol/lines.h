// Helpers of the protocol tests: a line as text to compare, the message of a failure, BSON by hand.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/decode.h"
#include "protocol/encode.h"
#include "protocol/line_reader.h"
#include "support/catch.h"

namespace skerry::protocol::test {

// The line as the service would write it, by which decoded lines are compared.
inline std::string ToText(const Line& line) {
  std::string text;
  AppendLine(text, line, {.encoding = Encoding::kNdjson});
  return text;
}

inline std::string ToBson(const Line& line) {
  std::string bytes;
  AppendLine(bytes, line, {.encoding = Encoding::kBson});
  return bytes;
}

// The message if decoding fails, else "".
inline std::string Fault(Encoding encoding, std::string_view bytes) {
  LineDecoder decoder(encoding);
  const auto line = decoder.Decode(bytes);
  if (line.ok()) return "";
  CHECK(line.error().code == ErrorCode::kProtocol);
  return line.error().message;
}

inline std::span<const std::uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A decoded line together with the decoder it borrows from.
template <typename T>
struct Decoded {
  explicit Decoded(std::string_view bytes, Encoding encoding = Encoding::kNdjson) : decoder(encoding) {
    auto result = decoder.Decode(bytes);
    INFO(bytes);
    INFO((result.ok() ? "" : result.error().message));
    REQUIRE(result.ok());
    REQUIRE(std::holds_alternative<T>(*result));
    line = std::get<T>(*std::move(result));
  }
  LineDecoder decoder;
  T line;
  const T* operator->() const { return &line; }
};

// One BSON element by its type, name and the bytes of its value; BsonDocument adds length and end.
inline std::string BsonElement(char type, std::string_view name, std::string_view value) {
  return std::string(1, type).append(name).append(1, '\0').append(value);
}

inline std::string LittleEndian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

inline std::string BsonString(std::string_view text) {
  return LittleEndian(text.size() + 1, 4).append(text).append(1, '\0');
}

inline std::string BsonDocument(std::string_view elements) {
  return LittleEndian(elements.size() + 5, 4).append(elements).append(1, '\0');
}

}  // namespace skerry::protocol::test
