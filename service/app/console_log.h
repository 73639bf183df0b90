// Log lines on standard error, from any thread. What clients chose (ids) may stand in a line, so control characters are
// replaced: nobody writes a second line, or colours, into somebody's log.
#pragma once

#include <mutex>
#include <string>

#include "http/event_log.h"

namespace skerry::app {

class ConsoleLog final : public http::EventLog {
 public:
  explicit ConsoleLog(LogLevel lowest) : lowest_(lowest) {}

  // Both before other threads log.
  void SetLevel(LogLevel lowest) { lowest_ = lowest; }
  // One JSON object per line, for programs that collect logs: time_ms, level, message; of events also event and their
  // fields.
  void SetJson(bool is_json) { is_json_ = is_json; }

  bool Wants(LogLevel level) const override { return level >= lowest_; }
  void Log(LogLevel level, std::string_view line) override { Write(level, {}, line, {}); }
  void Event(LogLevel level, std::string_view name, std::string_view line,
             std::span<const http::EventField> fields) override {
    Write(level, name, line, fields);
  }

 private:
  void Write(LogLevel level, std::string_view name, std::string_view line, std::span<const http::EventField> fields);

  LogLevel lowest_;
  bool is_json_ = false;
  std::mutex mutex_;
};

}  // namespace skerry::app
