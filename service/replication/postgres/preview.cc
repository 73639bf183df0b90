#include "replication/postgres/preview.h"

#include <poll.h>

#include <utility>

#include "replication/postgres/catalog.h"
#include "replication/postgres/row_applier.h"
#include "replication/postgres/server_check.h"
#include "replication/postgres/snapshot_copy.h"

namespace skerry::replication::pg {
namespace {

constexpr int kPatienceMs = 30'000;

// A copy has every value of a row.
class NothingMissing final : public MissingValues {
 public:
  Result<bool> Read(const LiveTable&, const Tuple&, std::span<const int>, TextPool&, std::span<row::Value>) override {
    return false;
  }
};

Status AwaitMore(const Connection& connection) {
  pollfd wait{.fd = connection.socket(), .events = POLLIN, .revents = 0};
  if (poll(&wait, 1, kPatienceMs) != 0) return kDone;
  return Error{.code = ErrorCode::kSource, .message = "Postgres does not answer"};
}

Status ReadTable(SnapshotCopy& copy, const LiveTable& table, RowApplier& applier, ChangeSink& sink) {
  SKERRY_TRY(copy.StartTable(table, sink));
  for (;;) {
    SKERRY_ASSIGN(step, copy.Continue(applier, sink));
    if (step == SnapshotCopy::Step::kTableDone) return kDone;
    if (step == SnapshotCopy::Step::kWait) SKERRY_TRY(AwaitMore(copy.connection()));
  }
}

}  // namespace

Result<std::vector<std::string>> Preview(const ConnectionKeywords& keywords, std::span<const std::string> wanted,
                                         const ValueForms& forms, ChangeSink& sink) {
  SKERRY_ASSIGN(copy, SnapshotCopy::BeginLooking(keywords));
  SKERRY_ASSIGN(problems, FindServerFaults(copy->connection()));
  SKERRY_ASSIGN(catalog, ReadCatalog(copy->connection(), wanted));
  for (std::string& problem : catalog.problems) problems.push_back(std::move(problem));
  TypeCatalog types;
  types.SetForms(forms);
  SKERRY_TRY(types.Load(copy->connection()));
  NothingMissing nothing;
  RowApplier applier(nothing);
  for (auto* tables : {&catalog.tables, &catalog.unpublished}) {
    for (TableInfo& info : *tables) {
      // A name as good as any: it tells tables apart, and nobody keeps it.
      std::string id = std::to_string(info.oid);
      const LiveTable table(std::move(info), std::move(id), types);
      SKERRY_TRY(ReadTable(*copy, table, applier, sink));
    }
  }
  return problems;
}

}  // namespace skerry::replication::pg
