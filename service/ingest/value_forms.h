// The options of a sync config that say how a source writes values of richer types.
#pragma once

#include "replication/source.h"
#include "rules/plan.h"

namespace skerry::ingest {

inline replication::ValueForms ValueFormsOf(const rules::Plan& plan) {
  const rules::Options& options = plan.options;
  replication::ValueForms forms{.iso_timestamps = options.timestamps_iso8601,
                                .custom_types = options.custom_postgres_types};
  if (options.timestamp_max_precision) forms.second_digits = static_cast<int>(*options.timestamp_max_precision);
  return forms;
}

}  // namespace skerry::ingest
