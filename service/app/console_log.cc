#include "app/console_log.h"

#include <chrono>
#include <cstdio>

#include "base/json.h"

namespace skerry::app {
namespace {

std::string AsText(LogLevel level, std::string_view line) {
  std::string text = "skerryd: ";
  if (level >= LogLevel::kWarn) text += level >= LogLevel::kError ? "error: " : "warning: ";
  for (const char c : line) text.push_back(static_cast<unsigned char>(c) < ' ' ? '?' : c);
  return text;
}

std::string AsJson(LogLevel level, std::string_view name, std::string_view line,
                   std::span<const http::EventField> fields) {
  const char* const word = level >= LogLevel::kError  ? "error"
                           : level >= LogLevel::kWarn ? "warn"
                           : level >= LogLevel::kInfo ? "info"
                                                      : "debug";
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("time_ms").Int(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  json.Key("level").String(word).Key("message").String(line);
  if (!name.empty()) json.Key("event").String(name);
  for (const http::EventField& field : fields) {
    json.Key(field.name);
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
      json.Int(*number);
    } else {
      json.String(std::get<std::string_view>(field.value));
    }
  }
  json.EndObject();
  return text;
}

}  // namespace

void ConsoleLog::Write(LogLevel level, std::string_view name, std::string_view line,
                       std::span<const http::EventField> fields) {
  if (!Wants(level)) return;
  std::string text = is_json_ ? AsJson(level, name, line, fields) : AsText(level, line);
  text.push_back('\n');
  const std::lock_guard lock(mutex_);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace skerry::app
