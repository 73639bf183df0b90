// Instructions on their way to the host, in order, and the one source of request ids.
#pragma once

#include <utility>
#include <vector>

#include "sync/instruction.h"

namespace skerry::sync {

class Outbox {
 public:
  explicit Outbox(LogLevel min_level = LogLevel::kInfo) : min_level_(min_level) {}

  RequestId NextId() { return RequestId{++last_id_}; }
  void Add(Instruction instruction);
  void Log(LogLevel level, std::string line);

  bool empty() const { return instructions_.empty(); }
  std::vector<Instruction> Take() { return std::exchange(instructions_, {}); }

 private:
  LogLevel min_level_;
  std::uint32_t last_id_ = 0;
  std::vector<Instruction> instructions_;
};

}  // namespace skerry::sync
