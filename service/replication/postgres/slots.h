// Replication slots: their names, which of them are ours, and whether one can be continued.
//
// A slot keeps the source's log until it is read or dropped, so none may be forgotten: each name is written into the
// notebook before the slot is made, and leaves it after the slot was dropped.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "replication/postgres/connection.h"
#include "replication/postgres/lsn.h"
#include "replication/source.h"

namespace skerry::replication::pg {

// Why the slot cannot be read from `position` on; nullopt if it can.
Result<std::optional<std::string>> FindLoss(Connection& sql, const std::string& slot, Lsn position);

// Invents a name and notes it down.
Result<std::string> NoteNewSlot(Notebook& notes, const std::string& prefix, Random& random);

// Drops the slots in the notebook but for `keep`. False: one that is in use stays for the next time, or one that a
// server process is about to make for a service that was killed. Such a process has the slot's name as its
// application_name.
Result<bool> DropOtherSlots(Connection& sql, Notebook& notes, const std::vector<std::string>& keep, LogSink& log);

// A line for each idle slot of this database that has our prefix and is not in the notebook: it fills the server's disk
// if nobody comes back for it.
Status WarnAboutForeignSlots(Connection& sql, Notebook& notes, const std::string& prefix, LogSink& log);

}  // namespace skerry::replication::pg
