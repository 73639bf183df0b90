// event_definitions: rows of one table that are told to the service instead of to clients.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rules/plan_builder.h"
#include "rules/sql_outcome.h"

namespace skerry::rules {

// Adds one payload of `event` to the plan.
SqlOutcome CompileEvent(const std::string& event, std::string_view sql, std::size_t base, PlanBuilder& plan);

}  // namespace skerry::rules
