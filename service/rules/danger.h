// Finds buckets that a client may open by naming them: keys that only unsigned parameters choose (sync-streams.md,
// section 3).
#pragma once

#include "rules/plan.h"

namespace skerry::rules {

// The first client-chosen parameter that opens the querier's buckets without any signed one beside it, or null.
const RequestExpression* FindDangerousParameter(const Querier& querier);

}  // namespace skerry::rules
