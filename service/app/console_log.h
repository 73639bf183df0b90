// Log lines on standard error, from any thread. What clients chose (ids) may stand in a line, so control characters are
// replaced: nobody writes a second line, or colours, into somebody's log.
#pragma once

#include <cstdio>
#include <mutex>
#include <string>

#include "base/log.h"

namespace skerry::app {

class ConsoleLog final : public LogSink {
 public:
  explicit ConsoleLog(LogLevel lowest) : lowest_(lowest) {}

  void Log(LogLevel level, std::string_view line) override {
    if (level < lowest_) return;
    std::string text = "skerryd: ";
    if (level >= LogLevel::kWarn) text += level >= LogLevel::kError ? "error: " : "warning: ";
    for (const char c : line) text.push_back(static_cast<unsigned char>(c) < ' ' ? '?' : c);
    text.push_back('\n');
    const std::lock_guard lock(mutex_);
    std::fwrite(text.data(), 1, text.size(), stderr);
  }

 private:
  LogLevel lowest_;
  std::mutex mutex_;
};

}  // namespace skerry::app
