// skerryd: a source database in, sync streams out.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "app/check_command.h"
#include "app/command_line.h"
#include "app/compact_command.h"
#include "app/console_log.h"
#include "app/service.h"
#include "app/service_config.h"
#include "app/text_file.h"

namespace skerry::app {
namespace {

constexpr const char* kVersion = SKERRY_VERSION;

Status RunFromConfig(const CommandLine& line, ConsoleLog& log) {
  SKERRY_ASSIGN(config, ReadServiceConfig(line.config, log));
  if (config.log_level && !line.log_level) log.SetLevel(*config.log_level);
  log.SetJson(config.logs_json.value_or(false));
  SKERRY_ASSIGN(plan, CompileStreams(config.streams_text, config.streams_file, log));
  ServiceSetup setup;
  setup.source_path = config.source_path;
  setup.postgres = std::move(config.postgres);
  setup.storage_path = config.storage_path;
  setup.plan = std::move(plan);
  setup.streams_text = std::move(config.streams_text);
  setup.client_auth = std::move(config.client_auth);
  setup.limits = config.limits;
  setup.api = config.api;
  setup.metrics = config.metrics;
  setup.server.address = line.address.value_or(config.address);
  setup.server.port = line.port.value_or(config.port);
  return RunService(std::move(setup), log);
}

Status RunDev(const CommandLine& line, ConsoleLog& log) {
  const std::string address = line.address.value_or("127.0.0.1");
  if (address != "127.0.0.1" && address != "::1") {
    return Error{ErrorCode::kInvalidArgument, "skerryd dev listens on this machine only (127.0.0.1 or ::1), not on '" +
                                                  address + "': it hands out tokens to anyone who asks"};
  }
  SKERRY_ASSIGN(text, ReadTextFile(line.streams));
  SKERRY_ASSIGN(plan, CompileStreams(text, line.streams, log));
  ServiceSetup setup;
  setup.source_path = line.source;
  setup.storage_path = line.storage;
  setup.plan = std::move(plan);
  setup.streams_text = std::move(text);
  setup.server.address = address;
  setup.server.port = line.port.value_or(8080);
  setup.dev.emplace();
  setup.dev->static_folder = line.static_folder;
  if (!line.dev_config.empty()) {
    SKERRY_ASSIGN(config, ReadDevConfig(line.dev_config, log));
    setup.dev->config = std::move(config);
  }
  return RunService(std::move(setup), log);
}

Status CheckStreams(const CommandLine& line, LogSink& log) {
  SKERRY_ASSIGN(text, ReadTextFile(line.streams));
  SKERRY_ASSIGN(plan, CompileStreams(text, line.streams, log));
  return CheckPlan(plan, {line.source, line.token, line.parameters, line.subscriptions}, log);
}

Status Compact(const CommandLine& line, LogSink& log) {
  if (!line.storage.empty()) return CompactStorage(line.storage, line.defragments, log);
  SKERRY_ASSIGN(config, ReadServiceConfig(line.config, log));
  return CompactStorage(config.storage_path, line.defragments, log);
}

Status Dispatch(const CommandLine& line, ConsoleLog& log) {
  switch (line.command) {
    case Command::kRun:
      return RunFromConfig(line, log);
    case Command::kDev:
      return RunDev(line, log);
    case Command::kCheck:
      return CheckStreams(line, log);
    case Command::kCompact:
      return Compact(line, log);
    case Command::kVersion:
      std::printf("skerryd %s\n", kVersion);
      return kDone;
    case Command::kHelp:
      break;
  }
  std::fputs(kHelpText, stdout);
  return kDone;
}

// Each stream is a descriptor, and the usual soft limit allows a thousand. Without the permission it stays as it is,
// and connections beyond it wait to be accepted.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  constexpr rlim_t kWanted = 65'536;
  const rlim_t reachable = std::min(limit.rlim_max, kWanted);
  if (limit.rlim_cur >= reachable) return;
  limit.rlim_cur = reachable;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int Main(const std::vector<std::string>& words) {
  const auto line = ParseCommandLine(words);
  if (!line.ok()) {
    std::fprintf(stderr, "skerryd: %s\nTry 'skerryd --help'.\n", line.error().message.c_str());
    return 2;
  }
  ConsoleLog log(line->log_level.value_or(LogLevel::kInfo));
  const Status done = Dispatch(*line, log);
  if (done.ok()) return 0;
  // Several faults of one file come as several lines, which the log would not allow.
  std::fprintf(stderr, "skerryd: error: %s\n", done.error().message.c_str());
  return 1;
}

}  // namespace
}  // namespace skerry::app

int main(int argc, char** argv) {
  skerry::app::RaiseDescriptorLimit();
  std::signal(SIGPIPE, SIG_IGN);  // A reader that went away is an error of the write, not the end of the service.
  try {
    return skerry::app::Main({argv + 1, argv + argc});
  } catch (const std::exception& fault) {
    // Nothing of ours throws; what arrives here is out of memory or a broken promise of a library.
    std::fprintf(stderr, "skerryd: %s\n", fault.what());
    return 70;
  }
}
