#include "client/error_json.h"

#include "base/json.h"
#include "client/result_buffer.h"

namespace skerry::client {

std::string ErrorJson(const Error& error, std::string_view sql) {
  static constexpr std::size_t kLongestSql = 2048;
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("code").String(WireName(error.code)).Key("message").String(error.message);
  if (error.sqlite_code != 0) json.Key("sqliteCode").Int(error.sqlite_code);
  if (!sql.empty()) {
    // The cut may fall inside a character, which the mending turns into U+FFFD.
    std::string shown;
    AppendUtf8(shown, sql.substr(0, kLongestSql));
    json.Key("sql").String(shown);
  }
  json.EndObject();
  return text;
}

}  // namespace skerry::client
