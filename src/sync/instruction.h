// What the sync client asks of its host, as plain data (docs/module-abi.md, "Events and instructions"). The host
// carries instructions out in order; ids are made by the core and come back in the event that answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "base/log.h"

namespace skerry::sync {

enum class RequestId : std::uint32_t {};

// One timer per purpose; starting it again replaces it.
enum class TimerId : std::uint32_t {
  kReconnect = 1,
  kIdle = 2,
  kLineRetry = 3,
  kConnect = 4,
  kUpload = 5,
  kStatus = 6,
  kWatch = 7,       // The client's: when the next live query is due.
  kCheckpoint = 8,  // The client's: whether the database is at rest.
};

struct FetchCredentials {
  RequestId id{};
  bool invalidate = false;  // The cached token was refused or has expired.
};
struct OpenStream {
  RequestId id{};
  std::string url;
  std::string token;
  std::string body;
  std::string user_agent;
};
struct CloseStream {
  RequestId id{};
};
struct Upload {
  RequestId id{};
};
struct RequestWriteCheckpoint {
  RequestId id{};
  std::string url;
  std::string token;
  std::string user_agent;
};
struct StartTimer {
  TimerId id{};
  std::chrono::milliseconds delay{0};
};
struct CancelTimer {
  TimerId id{};
};
struct ShowStatus {
  std::string json;
};
// The tab's connect call `request` is answered: the stream is open, or the first attempt has failed.
struct Settle {
  std::int64_t request = 0;
};
struct ShowTables {
  std::string json;  // An array of names.
};
struct WriteLog {
  LogLevel level = LogLevel::kInfo;
  std::string line;
};

using Instruction = std::variant<FetchCredentials, OpenStream, CloseStream, Upload, RequestWriteCheckpoint, StartTimer,
                                 CancelTimer, ShowStatus, Settle, ShowTables, WriteLog>;

}  // namespace skerry::sync
