#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/json.h"

namespace skerry {
namespace {

// What JSON.stringify writes behind the backslash, or 0 for a character that stands as it is.
char EscapeLetter(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return static_cast<unsigned char>(c) < 0x20 ? 'u' : '\0';
  }
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = EscapeLetter(text[i]);
    if (letter == '\0') continue;
    out.append(text, run, i - run);
    run = i + 1;
    out += '\\';
    out += letter;
    if (letter == 'u') {
      out += "00";
      out += kHex[(text[i] >> 4) & 0xf];
      out += kHex[text[i] & 0xf];
    }
  }
  out.append(text, run, text.size() - run);
  out += '"';
}

void AppendJsonDouble(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "null";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-9e999" : "9e999";
    return;
  }
  char text[32];
  for (int digits = 15; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  out += text;
  if (std::strpbrk(text, ".e") == nullptr) out += ".0";
}

void JsonWriter::Separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  SKERRY_CHECK(!levels_.back().is_object, "a value in an object follows its key");
  if (levels_.back().has_items) out_ += ',';
  levels_.back().has_items = true;
}

void JsonWriter::Begin(bool is_object) {
  Separate();
  out_ += is_object ? '{' : '[';
  levels_.push_back({.is_object = is_object});
}

void JsonWriter::End(bool is_object) {
  SKERRY_CHECK(!levels_.empty() && levels_.back().is_object == is_object && !after_key_,
               "each JSON container is ended once, by its own kind, after a whole item");
  levels_.pop_back();
  out_ += is_object ? '}' : ']';
}

JsonWriter& JsonWriter::BeginObject() { return Begin(true), *this; }
JsonWriter& JsonWriter::EndObject() { return End(true), *this; }
JsonWriter& JsonWriter::BeginArray() { return Begin(false), *this; }
JsonWriter& JsonWriter::EndArray() { return End(false), *this; }

JsonWriter& JsonWriter::Key(std::string_view key) {
  SKERRY_CHECK(!levels_.empty() && levels_.back().is_object && !after_key_,
               "a key stands in an object, before its value");
  if (levels_.back().has_items) out_ += ',';
  levels_.back().has_items = true;
  AppendJsonString(out_, key);
  out_ += ':';
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  Separate();
  AppendJsonString(out_, text);
  return *this;
}

JsonWriter& JsonWriter::Int(std::int64_t value) {
  Separate();
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out_.append(text, end);
  return *this;
}

JsonWriter& JsonWriter::Double(double value) {
  Separate();
  AppendJsonDouble(out_, value);
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) { return Raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::Null() { return Raw("null"); }

JsonWriter& JsonWriter::Raw(std::string_view json) {
  Separate();
  out_ += json;
  return *this;
}

}  // namespace skerry
