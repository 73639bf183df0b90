// Which streams any client could read by choosing a parameter (sync-streams.md, section 3).
#pragma once

#include "rules/plan.h"

namespace skerry::rules {

// The first client-chosen value that a querier's buckets depend on, if nothing signed does; else nullptr.
const Expression* FindDangerousParameter(const Querier& querier);

}  // namespace skerry::rules
