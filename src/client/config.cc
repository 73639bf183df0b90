#include <algorithm>

#include "client/environment.h"
#include "client/json_fields.h"

namespace skerry::client {

Result<Config> ParseConfig(std::string_view json) {
  SKERRY_ASSIGN(fields, JsonFields::Parse(json, "the configuration"));
  Config config;
  config.path = fields.Text("path").value_or("");
  config.vfs = fields.Text("vfs").value_or("");
  config.user_agent = fields.Text("userAgent").value_or(config.user_agent);
  const auto number = [&fields](std::string_view name, std::int64_t otherwise, std::int64_t low, std::int64_t high) {
    const std::int64_t value = fields.Int(name).value_or(otherwise);
    if (value < low || value > high) fields.Fail(name, "from " + std::to_string(low) + " to " + std::to_string(high));
    return value;
  };
  config.page_size = static_cast<int>(number("pageSize", config.page_size, 512, 65536));
  config.cache_kib = static_cast<int>(number("cacheKib", config.cache_kib, 0, 1 << 21));
  config.reader_cache_kib = static_cast<int>(number("readerCacheKib", config.reader_cache_kib, 0, 1 << 21));
  config.max_readers = static_cast<std::size_t>(number("maxReaders", 4, 0, 64));
  config.max_result_bytes = static_cast<std::size_t>(
      number("maxResultBytes", static_cast<std::int64_t>(config.max_result_bytes), 1024, 0xfffffff0));
  config.log_level = static_cast<LogLevel>(number("logLevel", static_cast<std::int64_t>(config.log_level), 0, 255));
  SKERRY_TRY(fields.ToStatus());
  if (config.path.empty()) return Error{ErrorCode::kInvalidArgument, "the configuration: path is missing"};
  // A private database is seen by the connection that opened it only.
  if (config.path == ":memory:") config.max_readers = 0;
  return config;
}

}  // namespace skerry::client
