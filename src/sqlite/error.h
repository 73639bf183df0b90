// SQLite's result codes as errors of ours. For the .cc files of this room only.
#pragma once

#include <string_view>

#include "base/result.h"

struct sqlite3;

namespace skerry::sqlite {

// The error of a call on `db` (may be null) that returned `code`: typed, with SQLite's own text, "<doing>: " before it.
Error MakeError(sqlite3* db, int code, std::string_view doing = {});

}  // namespace skerry::sqlite
