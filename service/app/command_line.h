// The words after `skerryd`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace skerry::app {

enum class Command : std::uint8_t { kHelp, kVersion, kRun, kDev, kCheck, kCompact };

struct CommandLine {
  Command command = Command::kHelp;
  std::string config;        // run, compact
  std::string streams;       // dev, check
  std::string source;        // dev, check
  std::string storage;       // dev, compact
  bool defragments = false;  // compact
  std::string token;         // check: the payload, and what the client chooses
  std::string parameters = "{}";
  std::vector<std::string> subscriptions;
  std::string static_folder;
  std::string dev_config;
  std::optional<std::string> address;
  std::optional<std::uint16_t> port;
  std::optional<LogLevel> log_level;
};

// kInvalidArgument with a message for the person who typed it.
Result<CommandLine> ParseCommandLine(const std::vector<std::string>& words);

extern const char* const kHelpText;

}  // namespace skerry::app
