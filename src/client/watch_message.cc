#include "client/watch_message.h"

#include "client/abi.h"

namespace skerry::client {
namespace {

constexpr std::size_t kHeadBytes = 16;

void PutU32(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

void PutHead(std::string& out, watch::WatchId id, WatchKind kind, std::size_t runs) {
  PutU32(out, static_cast<std::uint32_t>(id));
  PutU32(out, static_cast<std::uint32_t>(kind));
  PutU32(out, static_cast<std::uint32_t>(runs));
  PutU32(out, static_cast<std::uint32_t>(kHeadBytes + runs * 8));  // Both are multiples of eight.
}

}  // namespace

Result<std::string> WatchResult(watch::WatchId id, const watch::ResultDiff& diff, bool equal,
                                const ResultEncoder& encoder) {
  std::string message;
  const bool whole = !equal && !diff.ReusesRows();
  PutHead(message, id, whole ? WatchKind::kWhole : WatchKind::kPatch, diff.runs().size());
  for (const watch::Run& run : diff.runs()) {
    PutU32(message, static_cast<std::uint32_t>(run.from));
    PutU32(message, run.count);
  }
  SKERRY_TRY(encoder.Finish({}, message));
  return message;
}

std::string WatchError(watch::WatchId id, std::string_view error_json) {
  std::string message;
  PutHead(message, id, WatchKind::kError, 0);
  message.append(error_json);
  return message;
}

}  // namespace skerry::client
