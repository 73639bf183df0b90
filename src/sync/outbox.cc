#include "sync/outbox.h"

namespace skerry::sync {

void Outbox::Add(Instruction instruction) { instructions_.push_back(std::move(instruction)); }

void Outbox::Log(LogLevel level, std::string line) {
  if (level >= min_level_) Add(WriteLog{level, std::move(line)});
}

}  // namespace skerry::sync
