// `skerryd check`: what a sync config does, and what a user would get of a database.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "rules/plan.h"
#include "rules/request_evaluator.h"

namespace skerry::app {

// The plan in words on standard output. With `source`, a SQLite file that is only read, also the buckets and row counts
// that `request` sees, or without a request those of all buckets.
Status CheckPlan(std::shared_ptr<const rules::Plan> plan, const std::string& source, const std::string& token,
                 const std::string& parameters, const std::vector<std::string>& subscriptions);

}  // namespace skerry::app
