// Where log lines go. The core decides what is worth a line; the host decides who reads it. Rows and tokens are never
// logged.
#pragma once

#include <cstdint>
#include <string_view>

namespace skerry {

enum class LogLevel : std::uint8_t { kTrace = 10, kDebug = 20, kInfo = 30, kWarn = 40, kError = 50 };

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void Log(LogLevel level, std::string_view line) = 0;
};

}  // namespace skerry
