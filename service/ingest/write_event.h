// A row by which the application says how far a client's writes have come (service.md, section 7.2; sync-streams.md,
// section 11.4): the columns user_id, client_id and checkpoint of an event of the sync config.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace skerry::ingest {

struct WriteEvent {
  std::string user_key;  // As a session has it: storage::UserKey.
  WriteCheckpoint id{};
};

// `json` is what the event selects of the row. kInvalidArgument says which column is not usable, and why.
Result<WriteEvent> ReadWriteEvent(std::string_view json);

}  // namespace skerry::ingest
