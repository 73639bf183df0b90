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
  SKERRY_ASSIGN(connection, Connection::Open(keywords, Purpose::kReplication));
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
  if (filter.empty()) return connection_->StartCopy("COPY " + name + " (" + columns + ") TO STDOUT");
  return connection_->StartCopy("COPY (SELECT " + columns + " FROM ONLY " + name + " WHERE " + filter + ") TO STDOUT");
}

Result<SnapshotCopy::Step> SnapshotCopy::Continue(RowApplier& applier, ChangeSink& sink) {
  for (int i = 0; i < kRowsPerStep; ++i) {
    std::string_view line;
    SKERRY_ASSIGN(copied, connection_->ReadCopy(line));
    if (copied == Connection::Copied::kNothingYet) return i > 0 ? Step::kMore : Step::kWait;
    if (copied == Connection::Copied::kEnd) {
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
