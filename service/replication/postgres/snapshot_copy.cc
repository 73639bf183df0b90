#include "replication/postgres/snapshot_copy.h"

namespace skerry::replication::pg {
namespace {

constexpr int kRowsPerStep = 2000;

char Unescape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return c;  // COPY TO writes no octal or hexadecimal escapes.
  }
}

}  // namespace

void ReadCopyLine(std::string_view line, Tuple& row, TextPool& pool) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  row.clear();
  for (;;) {
    const std::size_t tab = line.find('\t');
    const std::string_view field = line.substr(0, tab);
    TupleValue& value = row.emplace_back();
    if (field != "\\N") {
      value.kind = TupleValue::Kind::kText;
      value.text = field;
      if (field.find('\\') != std::string_view::npos) {
        std::string& text = pool.Next();
        for (std::size_t i = 0; i < field.size(); ++i) {
          text += field[i] == '\\' && i + 1 < field.size() ? Unescape(field[++i]) : field[i];
        }
        value.text = text;
      }
    }
    if (tab == std::string_view::npos) return;
    line.remove_prefix(tab + 1);
  }
}

Result<std::unique_ptr<SnapshotCopy>> SnapshotCopy::Begin(const ConnectionKeywords& keywords, const std::string& slot,
                                                          SlotLife life) {
  ConnectionKeywords named = keywords;
  named["application_name"] = slot;  // DropOtherSlots() looks for it.
  SKERRY_ASSIGN(connection, Connection::Open(named, Purpose::kReplication));
  SKERRY_TRY(connection->Execute("BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ"));
  SKERRY_TRY(connection->Send("CREATE_REPLICATION_SLOT " + QuoteName(slot) +
                              (life == SlotLife::kTemporary ? " TEMPORARY" : "") + " LOGICAL pgoutput USE_SNAPSHOT"));
  return std::unique_ptr<SnapshotCopy>(new SnapshotCopy(std::move(connection)));
}

Result<std::unique_ptr<SnapshotCopy>> SnapshotCopy::BeginLooking(const ConnectionKeywords& keywords) {
  SKERRY_ASSIGN(connection, Connection::Open(keywords, Purpose::kQueries));
  SKERRY_TRY(connection->Execute("BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ"));
  return std::unique_ptr<SnapshotCopy>(new SnapshotCopy(std::move(connection)));
}

Result<std::optional<Lsn>> SnapshotCopy::TakePlace() {
  SKERRY_ASSIGN(rows, connection_->Take());
  if (!rows) return std::optional<Lsn>();
  const std::optional<Lsn> place = rows->count() == 1 ? ParseLsn(rows->Text(0, 1)) : std::nullopt;
  if (!place) return Error{.code = ErrorCode::kSource, .message = "Postgres made a slot but did not say where"};
  return place;
}

Status SnapshotCopy::StartTable(const LiveTable& table, ChangeSink& sink) {
  SKERRY_TRY(sink.BeginTable(table.table()));
  std::string columns;
  for (const std::string& column : table.table().columns) columns += (columns.empty() ? "" : ", ") + QuoteName(column);
  const std::string name = QuotedName(table.table());
  const std::string& filter = table.info().row_filter;
  table_ = &table;
  rows_ = 0;
  SKERRY_TRY(connection_->Execute("SAVEPOINT one_table"));
  Status started = connection_->StartCopy(filter.empty() ? "COPY " + name + " (" + columns + ") TO STDOUT"
                                                         : "COPY (SELECT " + columns + " FROM ONLY " + name +
                                                               " WHERE " + filter + ") TO STDOUT");
  if (started.ok()) return kDone;
  // It was there in the snapshot. The next one sees what has become of it.
  return Error{.code = ErrorCode::kSource, .message = started.error().message};
}

Status SnapshotCopy::FinishTable() {
  // The row of pg_class as the snapshot sees it, the function as it is now; the lock of the COPY is still held.
  SKERRY_ASSIGN(rows,
                connection_->Query("SELECT pg_catalog.pg_relation_filenode(oid) IS DISTINCT FROM relfilenode FROM "
                                   "pg_catalog.pg_class WHERE oid = " +
                                   std::to_string(table_->info().oid)));
  was_replaced_ = rows.count() != 1 || rows.Bool(0, 0);
  return connection_->Execute("ROLLBACK TO SAVEPOINT one_table; RELEASE SAVEPOINT one_table");
}

Result<SnapshotCopy::Step> SnapshotCopy::Continue(RowApplier& applier, ChangeSink& sink) {
  for (int i = 0; i < kRowsPerStep; ++i) {
    std::string_view line;
    SKERRY_ASSIGN(copied, connection_->ReadCopy(line));
    if (copied == Connection::Copied::kNothingYet) return i > 0 ? Step::kMore : Step::kWait;
    if (copied == Connection::Copied::kEnd) {
      SKERRY_TRY(FinishTable());
      SKERRY_TRY(sink.EndTable(table_->table()));
      return Step::kTableDone;
    }
    ReadCopyLine(line, row_, applier.pool());
    SKERRY_TRY(applier.Put(*table_, row_, sink));
    ++rows_;
  }
  return Step::kMore;
}

}  // namespace skerry::replication::pg
