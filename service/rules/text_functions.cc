#include "rules/text_functions.h"

#include <algorithm>
#include <iterator>

#include "rules/scalars.h"
#include "rules/unicode_case_tables.h"

namespace skerry::rules {
namespace {

using row::Type;
using row::Value;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }
bool IsAstral(char c) { return static_cast<unsigned char>(c) >= 0xf0; }  // Two units in UTF-16.

std::int64_t CountUnits(std::string_view text, const Dialect& dialect) {
  std::int64_t count = 0;
  for (const char c : text) {
    if (!IsContinuation(c)) count += !dialect.sqlite && IsAstral(c) ? 2 : 1;
  }
  return count;
}

// The byte at which the unit `unit` begins; a unit in the middle of a pair counts as its begin.
std::size_t ByteOfUnit(std::string_view text, std::int64_t unit, const Dialect& dialect) {
  std::int64_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (IsContinuation(text[at])) continue;
    count += !dialect.sqlite && IsAstral(text[at]) ? 2 : 1;
    if (count > unit) return at;
  }
  return text.size();
}

// Decodes the character at `at`, which moves past it. Bytes that are no UTF-8 come as they are, above Unicode.
std::uint32_t NextCharacter(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : -1;
  if (more < 0 || text.size() - at < static_cast<std::size_t>(more)) return 0x110000u + lead;
  std::uint32_t character = lead & (0x3fu >> more);
  for (int i = 0; i < more; ++i) character = character << 6 | (static_cast<unsigned char>(text[at++]) & 0x3f);
  return character;
}

void AppendCharacter(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c >= 0x110000) return put(c - 0x110000);
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xe0 | c >> 12);
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3f));
    }
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

void AppendInOtherCase(std::string& out, std::uint32_t c, std::span<const CaseRange> ranges,
                       std::span<const CaseExpansion> expansions) {
  const auto special =
      std::lower_bound(expansions.begin(), expansions.end(), c,
                       [](const CaseExpansion& e, std::uint32_t value) { return e.character < value; });
  if (special != expansions.end() && special->character == c) {
    out += special->text;
    return;
  }
  auto range = std::upper_bound(ranges.begin(), ranges.end(), c,
                                [](std::uint32_t value, const CaseRange& other) { return value < other.first; });
  if (range != ranges.begin()) {
    --range;
    if (c <= range->last && (c - range->first) % range->stride == 0) c += static_cast<std::uint32_t>(range->delta);
  }
  AppendCharacter(out, c);
}

Value WithCase(const Value& value, bool is_upper, const Dialect& dialect, Scratch& scratch) {
  if (value.is_null()) return value;
  const std::string_view text = TextOf(value, dialect, scratch);
  std::string& out = scratch.New();
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) < 0x80 || dialect.sqlite) {
      const bool is_letter = is_upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
      out += is_letter ? static_cast<char>(c ^ 0x20) : c;
      ++at;
    } else if (is_upper) {
      AppendInOtherCase(out, NextCharacter(text, at), kUpperRanges, kUpperExpansions);
    } else {
      AppendInOtherCase(out, NextCharacter(text, at), kLowerRanges, kLowerExpansions);
    }
  }
  return Value::Text(out);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

Value Hex(const Value& value, const Dialect& dialect, Scratch& scratch) {
  const std::string_view bytes = TextOf(value, dialect, scratch);  // Nothing for NULL.
  std::string& out = scratch.New();
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += "0123456789ABCDEF"[byte >> 4];
    out += "0123456789ABCDEF"[byte & 15];
  }
  return Value::Text(out);
}

Value Base64(const Value& value, const Dialect& dialect, Scratch& scratch) {
  if (value.is_null()) return value;
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string_view bytes = TextOf(value, dialect, scratch);
  std::string& out = scratch.New();
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      const bool is_padding = at + i > bytes.size();
      out += is_padding ? '=' : kLetters[group >> (18 - 6 * i) & 63];
    }
  }
  return Value::Text(out);
}

Value UuidBlob(const Value& value, Scratch& scratch) {
  if (value.is_null()) return value;
  std::string& out = scratch.New();
  bool is_uuid = value.type == Type::kText && value.bytes.size() == 36;
  for (std::size_t i = 0; is_uuid && i < 36; ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      is_uuid = value.bytes[i] == '-';
      continue;
    }
    const int high = HexDigit(value.bytes[i]);
    const int low = HexDigit(value.bytes[++i]);
    is_uuid = high >= 0 && low >= 0;
    out += static_cast<char>(high << 4 | low);
  }
  if (!is_uuid) return scratch.Fail("uuid_blob() needs a UUID");
  return Value::Blob(out);
}

Value Length(const Value& value, const Dialect& dialect, Scratch& scratch) {
  if (value.is_null()) return value;
  if (value.type == Type::kBlob) return Value::Integer(static_cast<std::int64_t>(value.bytes.size()));
  return Value::Integer(CountUnits(TextOf(value, dialect, scratch), dialect));
}

Value Instr(const Value& text, const Value& part, const Dialect& dialect, Scratch& scratch) {
  if (text.is_null() || part.is_null()) return Value::Null();
  const bool are_blobs = text.type == Type::kBlob && part.type == Type::kBlob;
  const std::string_view where = TextOf(text, dialect, scratch);
  const std::size_t at = where.find(TextOf(part, dialect, scratch));
  if (at == std::string_view::npos) return Value::Integer(0);
  return Value::Integer(1 + (are_blobs ? static_cast<std::int64_t>(at) : CountUnits(where.substr(0, at), dialect)));
}

Value Lower(const Value& value, const Dialect& dialect, Scratch& scratch) {
  return WithCase(value, /*is_upper=*/false, dialect, scratch);
}
Value Upper(const Value& value, const Dialect& dialect, Scratch& scratch) {
  return WithCase(value, /*is_upper=*/true, dialect, scratch);
}

Value Substring(std::span<const Value> arguments, const Dialect& dialect, Scratch& scratch) {
  for (const Value& argument : arguments) {
    if (argument.is_null()) return argument;
  }
  const bool is_blob = arguments[0].type == Type::kBlob;
  const std::string_view text = TextOf(arguments[0], dialect, scratch);
  const std::int64_t count = is_blob ? static_cast<std::int64_t>(text.size()) : CountUnits(text, dialect);
  const auto integer = [&](const Value& value) {
    // No text has more units than this; more would overflow below.
    return std::clamp<std::int64_t>(Cast(Op::kCastInteger, value, dialect, scratch).integer, INT32_MIN, INT32_MAX);
  };
  // From 1 at the front, or from -1 at the end; 0 is the place before the first, which takes one of the length.
  std::int64_t start = integer(arguments[1]);
  std::int64_t length = arguments.size() > 2 ? integer(arguments[2]) : INT32_MAX;
  const bool is_backward = length < 0;
  if (is_backward) length = -length;
  if (start < 0) {
    start += count;
    if (start < 0) {
      length = is_backward ? length : std::max<std::int64_t>(0, length + start);
      start = 0;
    }
  } else if (start > 0) {
    --start;
  } else if (length > 0) {
    --length;
  }
  if (is_backward) {
    start -= length;
    if (start < 0) {
      length += start;
      start = 0;
    }
  }
  const std::int64_t end = std::min(count, start + std::max<std::int64_t>(length, 0));
  if (start >= end) return is_blob ? Value::Blob({}) : Value::Text({});
  if (is_blob) return Value::Blob(text.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start)));
  const std::size_t from = ByteOfUnit(text, start, dialect);
  return Value::Text(text.substr(from, ByteOfUnit(text, end, dialect) - from));
}

}  // namespace skerry::rules
