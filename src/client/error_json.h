// An error as it crosses the module's edge.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace skerry::client {

// {"code":…,"message":…,"sqliteCode"?:…,"sql"?:…}. The statement's text is cut at 2 kB; parameters are never shown.
std::string ErrorJson(const Error& error, std::string_view sql = {});

}  // namespace skerry::client
