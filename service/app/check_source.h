// Reads a whole source for `skerryd check`, without a trace in it.
#pragma once

#include <string>

#include "app/check_contents.h"
#include "base/log.h"
#include "base/result.h"
#include "rules/plan.h"

namespace skerry::app {

// `source`: postgresql://… or the path of a SQLite file. What keeps it from being replicated as it is is a warning with
// the statement that mends it.
Status ReadCheckedSource(const std::string& source, const rules::Plan& plan, CheckContents& contents, LogSink& log);

}  // namespace skerry::app
