#include "app/command_line.h"

#include "base/ids.h"

namespace skerry::app {

const char* const kHelpText =
    R"(skerryd: the sync service of Skerry

  skerryd run --config FILE [--port N] [--address IP]
      Serves what the configuration says: a SQLite source, bucket storage, keys for tokens.

  skerryd dev --source FILE --streams FILE --storage FILE [--dev-config FILE] [--static DIR] [--port N]
      For development on this machine, never for production: makes tokens for demo users
      (POST /dev/token), applies their writes to the source (POST /dev/crud) and serves a page's files.
      Listens on 127.0.0.1; port 8080 unless told otherwise, 0 for any free one.

  skerryd check FILE [--source FILE|URI [--token JSON] [--parameters JSON] [--subscribe STREAM[=JSON]]...]
      Compiles a sync config and prints what is wrong with it, by line and column, or else what it does:
      streams, buckets, lookups, tables. With a source, a SQLite file or postgresql://USER@HOST/DATABASE, also
      the rows of each bucket; with the payload of a user's token, and what the client would send, those of
      that user. Nothing is left behind in the source; what keeps it from being replicated is a warning with
      the SQL that mends it. libpq's PGPASSWORD keeps a password off the command line.

  skerryd compact --config FILE | --storage FILE [--defragment]
      Makes the bucket storage of a stopped service as small as it can be. A running one compacts by itself.
      With --defragment clients are sent some old rows again, where that lets more operations go.

  --log-level debug|info|warn|error     --help     --version

SIGTERM and SIGINT end it in order. Messages go to standard error; standard output has the
line "skerryd: listening on http://ADDRESS:PORT" once the first checkpoint can be served.
)";

namespace {

Error Wrong(std::string message) { return Error{ErrorCode::kInvalidArgument, std::move(message)}; }

Result<Command> ParseCommand(const std::string& word) {
  if (word == "--help" || word == "-h" || word == "help") return Command::kHelp;
  if (word == "--version") return Command::kVersion;
  if (word == "run") return Command::kRun;
  if (word == "dev") return Command::kDev;
  if (word == "check") return Command::kCheck;
  if (word == "compact") return Command::kCompact;
  return Wrong("unknown command '" + word + "': expected run, dev, check or compact");
}

Status SetLogLevel(CommandLine& line, const std::string& value) {
  if (value == "debug")
    line.log_level = LogLevel::kDebug;
  else if (value == "info")
    line.log_level = LogLevel::kInfo;
  else if (value == "warn")
    line.log_level = LogLevel::kWarn;
  else if (value == "error")
    line.log_level = LogLevel::kError;
  else
    return Wrong("--log-level has to be debug, info, warn or error, not '" + value + "'");
  return kDone;
}

Status SetOption(CommandLine& line, const std::string& name, const std::string& value) {
  const bool is_dev = line.command == Command::kDev;
  const bool is_run = line.command == Command::kRun;
  const bool is_check = line.command == Command::kCheck;
  const bool is_compact = line.command == Command::kCompact;
  if (name == "--log-level") return SetLogLevel(line, value);
  if (name == "--port" && (is_dev || is_run)) {
    const auto port = ParseInt64(value);
    if (!port || *port < 0 || *port > 65'535)
      return Wrong("--port has to be a number from 0 to 65535, not '" + value + "'");
    line.port = static_cast<std::uint16_t>(*port);
    return kDone;
  }
  if (name == "--address" && (is_dev || is_run))
    line.address = value;
  else if (name == "--config" && (is_run || is_compact))
    line.config = value;
  else if (name == "--streams" && !is_run && !is_compact)
    line.streams = value;
  else if (name == "--source" && (is_dev || is_check))
    line.source = value;
  else if (name == "--storage" && (is_dev || is_compact))
    line.storage = value;
  else if (name == "--token" && is_check)
    line.token = value;
  else if (name == "--parameters" && is_check)
    line.parameters = value;
  else if (name == "--subscribe" && is_check)
    line.subscriptions.push_back(value);
  else if (name == "--static" && is_dev)
    line.static_folder = value;
  else if (name == "--dev-config" && is_dev)
    line.dev_config = value;
  else
    return Wrong("unknown option '" + name + "' for this command");
  return kDone;
}

}  // namespace

Result<CommandLine> ParseCommandLine(const std::vector<std::string>& words) {
  CommandLine line;
  if (words.empty()) return line;
  SKERRY_ASSIGN(command, ParseCommand(words[0]));
  line.command = command;
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string name = words[i];
    if (command == Command::kCheck && name.substr(0, 1) != "-" && line.streams.empty()) {
      line.streams = std::move(name);
      continue;
    }
    if (name == "--help" || name == "-h") {
      line.command = Command::kHelp;
      return line;
    }
    if (name == "--defragment" && command == Command::kCompact) {
      line.defragments = true;
      continue;
    }
    std::string value;
    if (const std::size_t equals = name.find('='); equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (i + 1 < words.size()) {
      value = words[++i];
    } else {
      return Wrong("option '" + name + "' needs a value");
    }
    SKERRY_TRY(SetOption(line, name, value));
  }
  const auto require = [](const std::string& value, const char* name) -> Status {
    if (!value.empty()) return kDone;
    return Wrong(std::string("option '") + name + "' is missing");
  };
  if (command == Command::kRun) SKERRY_TRY(require(line.config, "--config"));
  if (command == Command::kDev || command == Command::kCheck) SKERRY_TRY(require(line.streams, "--streams"));
  if (command == Command::kCompact && line.storage.empty()) SKERRY_TRY(require(line.config, "--config"));
  if (command == Command::kDev) SKERRY_TRY(require(line.source, "--source"));
  if (command == Command::kDev) SKERRY_TRY(require(line.storage, "--storage"));
  return line;
}

}  // namespace skerry::app
