// JSON without a tree: a pull reader over text in memory and a writer that appends. Both are strict (RFC 8259),
// iterative and depth-limited, so hostile input costs neither stack nor memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace skerry {

enum class JsonKind : std::uint8_t { kNull, kTrue, kFalse, kNumber, kString, kObject, kArray, kInvalid };

// Reads one JSON value step by step. Failure is sticky: after the first malformed byte every call returns false (or
// kInvalid) and ToStatus() says what and where. Borrows `text`, which must outlive the reader.
//
//   JsonReader json(text);
//   std::string_view key;
//   if (json.BeginObject()) while (json.NextKey(key)) { if (key == "id") json.ReadString(id); else json.Skip(); }
//   SKERRY_TRY(json.Finish("a schema"));
class JsonReader {
 public:
  static constexpr int kMaxDepth = 64;

  explicit JsonReader(std::string_view text) : text_(text) {}

  // The kind of the next value, without consuming it.
  JsonKind Peek();

  bool BeginObject();
  // Moves to the next member. `key` is valid until the next call. False at the end of the object, which is consumed.
  bool NextKey(std::string_view& key);
  bool BeginArray();
  // True if one more element follows, false at the end of the array, which is consumed.
  bool NextElement();

  // The decoded text. It points into the input if there was no escape, else into a buffer of the reader; valid until
  // the next call. An unpaired surrogate escape becomes U+FFFD.
  bool ReadString(std::string_view& text);
  // The same, but a text with escapes is appended to `buffer` and `text` points there, so it lives as long as the
  // buffer does not reallocate. It never takes more than the text did in the input.
  bool ReadString(std::string_view& text, std::string& buffer);
  // The number as written ("-1", "1.50", "1e9").
  bool ReadNumber(std::string_view& text);
  // An integer within 64 bits, also when written as "1.0" or "1e3". False (failed) for anything else.
  bool ReadInt64(std::int64_t& value);
  bool ReadDouble(double& value);
  bool ReadBool(bool& value);
  bool ReadNull();

  // Consumes the next value, checking its syntax.
  bool Skip();
  // Consumes the next value and returns its text, without the white space around it.
  bool ReadRaw(std::string_view& text);

  // Fails the reader with a message of the caller, e.g. for a value of the wrong kind.
  bool Fail(std::string_view message);

  bool ok() const { return error_.empty(); }
  // Byte offset of the next unread character.
  std::size_t offset() const { return position_; }
  // kDone if everything read so far was well-formed; else kProtocol with message and offset.
  Status ToStatus(std::string_view what) const;
  // ToStatus(), and nothing but white space may follow.
  Status Finish(std::string_view what);

 private:
  std::string_view text_;
  std::size_t position_ = 0;
  int depth_ = 0;
  bool first_ = false;  // The next member or element is the first of its container.
  std::string scratch_;
  std::string error_;

  void SkipSpace();
  bool Begin(char open);
  bool Next(char close);
  bool Literal(std::string_view word);
  bool ScanString(std::string_view& raw, bool& has_escapes);
  bool ScanNumber(std::string_view& text);
};

// Appends JSON to a string; commas and quoting are its business. Nesting mistakes are a broken promise (SKERRY_CHECK).
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view text);
  JsonWriter& Int(std::int64_t value);
  // Shortest text that reads back as the same double, always with ".0", "." or "e" so that it stays a real. An
  // infinity becomes 9e999 or -9e999 (JSON has no word for it, SQLite reads it back); NaN becomes null.
  JsonWriter& Double(double value);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  // `json` must be one well-formed value.
  JsonWriter& Raw(std::string_view json);

 private:
  struct Level {
    bool is_object = false;
    bool has_items = false;
  };
  std::string& out_;
  std::vector<Level> levels_;
  bool after_key_ = false;

  void Separate();
  void Begin(bool is_object);
  void End(bool is_object);
};

// Appends `text` as a quoted JSON string.
void AppendJsonString(std::string& out, std::string_view text);
// Appends as JsonWriter::Double does.
void AppendJsonDouble(std::string& out, double value);

}  // namespace skerry
