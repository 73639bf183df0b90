// The configuration of `skerryd dev`: who there is, and what each may write.
//
//   users: [alice, bob]
//   setup: schema.sql        # run once, on a new source file
//   tables:
//     lists: { write: "owner_id = :user" }
//
// `write` is an SQL predicate over the table's columns and :user. It has to hold for a row before a change (update,
// delete) and after it (insert, update).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace skerry::app {

struct DevConfig {
  std::vector<std::string> users;
  std::string setup_sql;                           // Empty: nothing to set up.
  std::map<std::string, std::string> write_rules;  // Table → predicate.
};

// kConfig with "file:line:column: what" for every fault.
Result<DevConfig> ReadDevConfig(const std::string& path, LogSink& log);

}  // namespace skerry::app
