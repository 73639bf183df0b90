// For steps that are not what a test is about: an error ends the test with its message.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace skerry::test {

template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return *std::move(result);
}
inline void Must(Status status) {
  if (!status.ok()) throw std::runtime_error(status.error().message);
}

struct LogLines final : LogSink {
  void Log(LogLevel, std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

}  // namespace skerry::test
