// The functions that SQLite calls back on one connection. For the .cc files of this room only.
#pragma once

#include <functional>

#include "sqlite/connection.h"

namespace skerry::sqlite {

// SQLite keeps its address.
struct Connection::Hooks {
  std::function<void(const RowChange&)> on_row;
  std::function<void()> on_commit;
  std::function<void()> on_rollback;
  std::function<bool(const Access&)> authorize;
  std::function<bool()> interrupt;
  // What changes() tells instead of `disturbed_changes`, the count that our own last statement left behind.
  std::int64_t reported_changes = 0;
  std::int64_t disturbed_changes = -1;
  int wal_pages = 0;
  int most_wal_pages = 0;
};

}  // namespace skerry::sqlite
