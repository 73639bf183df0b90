#include "client/json_fields.h"

namespace skerry::client {

Result<JsonFields> JsonFields::Parse(std::string_view json, std::string what) {
  JsonFields fields;
  fields.what_ = std::move(what);
  JsonReader reader(json);
  std::string_view key;
  if (reader.BeginObject()) {
    while (reader.NextKey(key)) {
      std::string name(key);
      std::string_view raw;
      if (reader.ReadRaw(raw)) fields.members_.emplace_back(std::move(name), raw);
    }
  }
  if (Status read = reader.Finish(fields.what_); !read.ok()) {
    return Error{ErrorCode::kInvalidArgument, read.error().message};
  }
  return fields;
}

std::string_view JsonFields::Raw(std::string_view name) const {
  for (const auto& [key, raw] : members_) {
    if (key == name) return raw == "null" ? std::string_view() : raw;
  }
  return {};
}

std::optional<std::string> JsonFields::Text(std::string_view name) {
  const std::string_view raw = Raw(name);
  if (raw.empty()) return std::nullopt;
  JsonReader reader(raw);
  std::string_view text;
  if (!reader.ReadString(text)) {
    Fail(name, "a string");
    return std::nullopt;
  }
  return std::string(text);
}

std::optional<std::int64_t> JsonFields::Int(std::string_view name) {
  const std::string_view raw = Raw(name);
  if (raw.empty()) return std::nullopt;
  JsonReader reader(raw);
  std::int64_t value = 0;
  if (!reader.ReadInt64(value)) {
    Fail(name, "an integer");
    return std::nullopt;
  }
  return value;
}

std::optional<bool> JsonFields::Bool(std::string_view name) {
  const std::string_view raw = Raw(name);
  if (raw.empty()) return std::nullopt;
  if (raw != "true" && raw != "false") {
    Fail(name, "true or false");
    return std::nullopt;
  }
  return raw == "true";
}

std::optional<std::string> JsonFields::Object(std::string_view name) {
  const std::string_view raw = Raw(name);
  if (raw.empty()) return std::nullopt;
  if (raw.front() != '{') {
    Fail(name, "an object");
    return std::nullopt;
  }
  return std::string(raw);
}

void JsonFields::Fail(std::string_view name, std::string_view expected) {
  if (!error_.empty()) return;
  error_.append(what_).append(": ").append(name).append(" must be ").append(expected);
}

Status JsonFields::ToStatus() const {
  if (error_.empty()) return kDone;
  return Error{ErrorCode::kInvalidArgument, error_};
}

}  // namespace skerry::client
