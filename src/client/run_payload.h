// A decoded statement payload as a call of the statement runner.
#pragma once

#include "client/statement_payload.h"
#include "store/statement_runner.h"

namespace skerry::client {

// Binds the parameters of set `set`. Borrows the payload until the statement is reset.
Status BindSet(const StatementPayload& payload, std::size_t set, sqlite::Statement& statement);

// Borrows the payload, which must outlive the run. `rows` may be null.
Result<store::Call> MakeCall(const StatementPayload& payload, store::RowSink* rows);

}  // namespace skerry::client
