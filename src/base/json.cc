#include "base/json.h"

#include <cstdlib>

#include "base/ids.h"
#include "base/json_text.h"

namespace skerry {

bool JsonReader::Fail(std::string_view message) {
  if (ok()) error_.assign(message).append(" at byte ").append(std::to_string(position_));
  return false;
}

Status JsonReader::ToStatus(std::string_view what) const {
  if (ok()) return kDone;
  return Error{ErrorCode::kProtocol, std::string(what) + " is not valid: " + error_};
}

Status JsonReader::Finish(std::string_view what) {
  SkipSpace();
  if (ok() && position_ != text_.size()) Fail("unexpected text after the value");
  return ToStatus(what);
}

void JsonReader::SkipSpace() {
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
    ++position_;
  }
}

JsonKind JsonReader::Peek() {
  if (!ok()) return JsonKind::kInvalid;
  SkipSpace();
  if (position_ == text_.size()) {
    Fail("unexpected end");
    return JsonKind::kInvalid;
  }
  switch (const char c = text_[position_]) {
    case '{':
      return JsonKind::kObject;
    case '[':
      return JsonKind::kArray;
    case '"':
      return JsonKind::kString;
    case 't':
      return JsonKind::kTrue;
    case 'f':
      return JsonKind::kFalse;
    case 'n':
      return JsonKind::kNull;
    default:
      if (c == '-' || json::IsDigit(c)) return JsonKind::kNumber;
      Fail("expected a value");
      return JsonKind::kInvalid;
  }
}

bool JsonReader::Begin(char open) {
  if (!ok()) return false;
  SkipSpace();
  if (position_ == text_.size() || text_[position_] != open) {
    return Fail(open == '{' ? "expected an object" : "expected an array");
  }
  if (depth_ == kMaxDepth) return Fail("too deeply nested");
  ++depth_;
  ++position_;
  first_ = true;
  return true;
}

// The comma before the next item, or the end of the container.
bool JsonReader::Next(char close) {
  if (!ok()) return false;
  SkipSpace();
  if (position_ == text_.size()) return Fail("unexpected end");
  if (text_[position_] == close) {
    ++position_;
    --depth_;
    first_ = false;
    return false;
  }
  if (!first_) {
    if (text_[position_] != ',') return Fail(close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
    ++position_;
    SkipSpace();
  }
  first_ = false;
  return true;
}

bool JsonReader::BeginObject() { return Begin('{'); }
bool JsonReader::BeginArray() { return Begin('['); }

bool JsonReader::NextKey(std::string_view& key) {
  if (!Next('}')) return false;
  if (!ReadString(key)) return false;
  SkipSpace();
  if (position_ == text_.size() || text_[position_] != ':') return Fail("expected ':'");
  ++position_;
  return true;
}

bool JsonReader::NextElement() { return Next(']'); }

// The text between the quotes, with every escape checked.
bool JsonReader::ScanString(std::string_view& raw, bool& has_escapes) {
  if (!ok()) return false;
  SkipSpace();
  if (position_ == text_.size() || text_[position_] != '"') return Fail("expected a string");
  const json::ScannedString string = json::ScanString(text_, position_ + 1);
  if (string.fault != nullptr) {
    position_ = string.end;
    return Fail(string.fault);
  }
  raw = text_.substr(position_ + 1, string.end - position_ - 1);
  has_escapes = string.has_escapes;
  position_ = string.end + 1;
  return true;
}

bool JsonReader::ReadString(std::string_view& text) {
  scratch_.clear();
  return ReadString(text, scratch_);
}

bool JsonReader::ReadString(std::string_view& text, std::string& buffer) {
  std::string_view raw;
  bool has_escapes = false;
  if (!ScanString(raw, has_escapes)) return false;
  if (!has_escapes) {
    text = raw;
    return true;
  }
  const std::size_t start = buffer.size();
  buffer.resize(start + raw.size());
  const char* end = json::Unescape(raw, buffer.data() + start);
  buffer.resize(static_cast<std::size_t>(end - buffer.data()));
  text = std::string_view(buffer).substr(start);
  return true;
}

bool JsonReader::ScanNumber(std::string_view& text) {
  if (!ok()) return false;
  SkipSpace();
  std::size_t at = position_;
  const auto has = [&](char c) { return at < text_.size() && text_[at] == c; };
  const auto skip_digits = [&] {
    const std::size_t start = at;
    while (at < text_.size() && json::IsDigit(text_[at])) ++at;
    return at != start;
  };
  if (has('-')) ++at;
  if (has('0')) {
    ++at;
  } else if (!skip_digits()) {
    return Fail("expected a number");
  }
  if (has('.')) {
    ++at;
    if (!skip_digits()) return Fail("malformed number");
  }
  if (has('e') || has('E')) {
    ++at;
    if (has('+') || has('-')) ++at;
    if (!skip_digits()) return Fail("malformed number");
  }
  // "01" or "1x": the next call would fail on it too, but the message is better here.
  if (at < text_.size() && (json::IsDigit(text_[at]) || text_[at] == '.')) return Fail("malformed number");
  text = text_.substr(position_, at - position_);
  position_ = at;
  return true;
}

bool JsonReader::ReadNumber(std::string_view& text) { return ScanNumber(text); }

bool JsonReader::ReadInt64(std::int64_t& value) {
  SkipSpace();
  const std::size_t start = position_;
  std::string_view text;
  if (!ScanNumber(text)) return false;
  std::optional<std::int64_t> parsed;
  if (text.find_first_of(".eE") == std::string_view::npos) {
    parsed = ParseInt64(text);
  } else if (const std::string integer = json::IntegerText(text); !integer.empty()) {
    parsed = ParseInt64(integer);
  }
  if (!parsed) {
    position_ = start;
    return Fail("expected an integer of 64 bits");
  }
  value = *parsed;
  return true;
}

bool JsonReader::ReadDouble(double& value) {
  std::string_view text;
  if (!ScanNumber(text)) return false;
  value = std::strtod(std::string(text).c_str(), nullptr);
  return true;
}

bool JsonReader::Literal(std::string_view word) {
  if (text_.substr(position_, word.size()) != word) return Fail("expected a value");
  position_ += word.size();
  return true;
}

bool JsonReader::ReadBool(bool& value) {
  switch (Peek()) {
    case JsonKind::kTrue:
      value = true;
      return Literal("true");
    case JsonKind::kFalse:
      value = false;
      return Literal("false");
    default:
      return Fail("expected true or false");
  }
}

bool JsonReader::ReadNull() { return Peek() == JsonKind::kNull ? Literal("null") : Fail("expected null"); }

bool JsonReader::Skip() {
  const int outer = depth_;
  static_assert(kMaxDepth <= 64);
  std::uint64_t objects = 0;  // Bit d - 1: the container at depth d, opened here, is an object.
  const auto innermost = [this] { return std::uint64_t{1} << (depth_ - 1); };
  std::string_view ignored;
  bool has_escapes = false;
  do {
    switch (Peek()) {
      case JsonKind::kObject:
        if (!BeginObject()) return false;
        objects |= innermost();
        break;
      case JsonKind::kArray:
        if (!BeginArray()) return false;
        objects &= ~innermost();
        break;
      case JsonKind::kString:
        if (!ScanString(ignored, has_escapes)) return false;
        break;
      case JsonKind::kNumber:
        if (!ScanNumber(ignored)) return false;
        break;
      case JsonKind::kTrue:
        if (!Literal("true")) return false;
        break;
      case JsonKind::kFalse:
        if (!Literal("false")) return false;
        break;
      case JsonKind::kNull:
        if (!Literal("null")) return false;
        break;
      case JsonKind::kInvalid:
        return false;
    }
    // Close what ends here; stop at the next item of what does not.
    while (depth_ > outer && !((objects & innermost()) != 0 ? NextKey(ignored) : NextElement())) {
      if (!ok()) return false;
    }
  } while (depth_ > outer);
  return true;
}

bool JsonReader::ReadRaw(std::string_view& text) {
  SkipSpace();
  const std::size_t start = position_;
  if (!Skip()) return false;
  text = text_.substr(start, position_ - start);
  return true;
}

}  // namespace skerry
