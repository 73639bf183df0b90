// Appends one BSON document to a string, with the calls of JsonWriter so that one description of the lines serves both
// encodings. Numbers are written as a JavaScript encoder does (P-038).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skerry::protocol {

// Nesting mistakes are a broken promise (SKERRY_CHECK).
class BsonWriter {
 public:
  explicit BsonWriter(std::string& out) : out_(out) {}

  BsonWriter& BeginObject();
  BsonWriter& EndObject() { return End(); }
  BsonWriter& BeginArray();
  BsonWriter& EndArray() { return End(); }
  // `key` is written with the value and must live until then; it holds no zero byte.
  BsonWriter& Key(std::string_view key);
  BsonWriter& String(std::string_view text);
  // An int32 if it fits, else a double.
  BsonWriter& Int(std::int64_t value);
  BsonWriter& Bool(bool value);
  BsonWriter& Null();

 private:
  struct Level {
    std::size_t start = 0;  // Where the document's length is filled in at its end.
    bool is_array = false;
    std::uint32_t items = 0;
  };
  std::string& out_;
  std::vector<Level> levels_;
  std::string_view key_;

  void Element(std::uint8_t type);
  void Begin(std::uint8_t type);
  BsonWriter& End();
  void AppendLittleEndian(std::uint64_t value, int bytes);
};

}  // namespace skerry::protocol
