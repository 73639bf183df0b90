// Log lines with the parts that a program would look for beside the words for people. Where lines are texts, the words
// say it all; where they are JSON, the fields are members of their own.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "base/log.h"

namespace skerry::http {

struct EventField {
  std::string_view name;
  std::variant<std::int64_t, std::string_view> value;
};

class EventLog : public LogSink {
 public:
  // Whether a line of this level is written at all: those of every checkpoint are not worth making otherwise.
  virtual bool Wants(LogLevel level) const = 0;
  // `name` tells what happened: stream_opened, checkpoint_published.
  virtual void Event(LogLevel level, std::string_view name, std::string_view line,
                     std::span<const EventField> fields) = 0;
};

}  // namespace skerry::http
