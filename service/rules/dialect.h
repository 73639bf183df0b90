// How scalars are evaluated (sync-streams.md, section 5). Compatibility mode is the default, so that a config gives the
// rows it gave elsewhere; SQLite's rules come with config.unstable_sqlite_expression_engine.
#pragma once

#include <cstdint>

namespace skerry::rules {

struct Dialect {
  bool sqlite = false;
  // config.fixed_json_extract off: a JSON path is split at dots even without a leading $.
  bool splits_every_path = false;

  friend bool operator==(const Dialect&, const Dialect&) = default;
};

}  // namespace skerry::rules
