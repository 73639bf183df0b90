// `skerryd check`: what a sync config does, and what a user would get of a database.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "rules/plan.h"

namespace skerry::app {

struct CheckRequest {
  std::string source;  // postgresql://… or a SQLite file, only read. Empty: none.
  std::string token;   // The payload of a user's token, as JSON. Empty: all buckets of the source.
  std::string parameters = "{}";
  std::vector<std::string> subscriptions;  // "stream" or "stream={...}"
};

// The plan in words on standard output. With a source also the buckets and row counts that the user sees.
Status CheckPlan(const std::shared_ptr<const rules::Plan>& plan, const CheckRequest& request, LogSink& log);

}  // namespace skerry::app
