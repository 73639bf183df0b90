// Log lines on standard error, from any thread. What clients chose (ids) may stand in a line, so control characters are
// replaced: nobody writes a second line, or colours, into somebody's log.
#pragma once

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

#include "base/json.h"
#include "base/log.h"

namespace skerry::app {

class ConsoleLog final : public LogSink {
 public:
  explicit ConsoleLog(LogLevel lowest) : lowest_(lowest) {}

  // Before other threads log.
  void SetLevel(LogLevel lowest) { lowest_ = lowest; }
  // One JSON object per line, for programs that collect logs.
  void SetJson(bool is_json) { is_json_ = is_json; }

  void Log(LogLevel level, std::string_view line) override {
    if (level < lowest_) return;
    const std::string text = is_json_ ? AsJson(level, line) : AsText(level, line);
    const std::lock_guard lock(mutex_);
    std::fwrite(text.data(), 1, text.size(), stderr);
  }

 private:
  static std::string AsText(LogLevel level, std::string_view line) {
    std::string text = "skerryd: ";
    if (level >= LogLevel::kWarn) text += level >= LogLevel::kError ? "error: " : "warning: ";
    for (const char c : line) text.push_back(static_cast<unsigned char>(c) < ' ' ? '?' : c);
    text.push_back('\n');
    return text;
  }

  static std::string AsJson(LogLevel level, std::string_view line) {
    const char* name = level >= LogLevel::kError  ? "error"
                       : level >= LogLevel::kWarn ? "warn"
                       : level >= LogLevel::kInfo ? "info"
                                                  : "debug";
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    std::string text;
    JsonWriter json(text);
    json.BeginObject().Key("time_ms").Int(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    json.Key("level").String(name).Key("message").String(line).EndObject();
    text.push_back('\n');
    return text;
  }

  LogLevel lowest_;
  bool is_json_ = false;
  std::mutex mutex_;
};

}  // namespace skerry::app
