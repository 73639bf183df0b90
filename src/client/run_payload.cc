#include "client/run_payload.h"

namespace skerry::client {

Status BindSet(const StatementPayload& payload, std::size_t set, sqlite::Statement& statement) {
  const auto [first, count] = payload.sets[set];
  const auto wanted = static_cast<std::size_t>(statement.ParameterCount());
  if (count > wanted) {
    return Error{ErrorCode::kInvalidArgument, "the statement takes " + std::to_string(wanted) + " parameters, " +
                                                  std::to_string(count) + " were given"};
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Parameter& parameter = payload.parameters[first + i];
    const int index = static_cast<int>(i) + 1;
    switch (parameter.tag) {
      case ParameterTag::kNull:
        SKERRY_TRY(statement.BindNull(index));
        break;
      case ParameterTag::kInteger:
        SKERRY_TRY(statement.BindInt64(index, parameter.integer));
        break;
      case ParameterTag::kReal:
        SKERRY_TRY(statement.BindDouble(index, parameter.real));
        break;
      case ParameterTag::kText:
        SKERRY_TRY(statement.BindText(index, parameter.text()));
        break;
      case ParameterTag::kBlob:
        SKERRY_TRY(statement.BindBlob(index, parameter.bytes));
        break;
    }
  }
  // A parameter without a value is NULL, also where the statement was run before with one.
  for (std::size_t i = count; i < wanted; ++i) SKERRY_TRY(statement.BindNull(static_cast<int>(i) + 1));
  return kDone;
}

Result<store::Call> MakeCall(const StatementPayload& payload, store::RowSink* rows) {
  store::Call call;
  call.sql = payload.sql;
  call.rows = rows;
  if (payload.is_script()) {
    if (!payload.parameters.empty()) {
      return Error{ErrorCode::kInvalidArgument, "a script takes no parameters"};
    }
    call.shape = store::Call::Shape::kScript;
    return call;
  }
  if (payload.is_batch()) {
    call.shape = store::Call::Shape::kBatch;
    call.set_count = payload.sets.size();
    call.rows = nullptr;
  }
  if (!payload.sets.empty()) {
    call.bind = [&payload](std::size_t set, sqlite::Statement& statement) { return BindSet(payload, set, statement); };
  }
  return call;
}

}  // namespace skerry::client
