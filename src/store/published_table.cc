#include "store/published_table.h"

#include "schema/ddl.h"

namespace skerry::store {

namespace {

// The statements' parts that follow from the columns.
struct ColumnLists {
  std::string names = "id";
  std::string parameters = "?1";  // ?1, CAST(?2 AS TEXT), ...
  std::string fed = "c0";         // c0, CAST(c1 AS TEXT), ...
  std::string updates;            // "a" = excluded."a", ...

  explicit ColumnLists(const schema::Table& table) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const std::string name = sqlite::QuoteName(table.columns[i].name);
      const std::string type = " AS " + schema::TypeSql(table.columns[i].type) + ")";
      names.append(", ").append(name);
      parameters.append(", CAST(?").append(std::to_string(i + 2)).append(type);
      fed.append(", CAST(c").append(std::to_string(i + 1)).append(type);
      updates.append(updates.empty() ? "" : ", ").append(name).append(" = excluded.").append(name);
    }
  }
};

Status BindCell(sqlite::Statement& statement, int parameter, const sqlite::Cell& cell) {
  switch (cell.type) {
    case sqlite::ValueType::kInteger:
      return statement.BindInt64(parameter, cell.integer);
    case sqlite::ValueType::kReal:
      return statement.BindDouble(parameter, cell.real);
    case sqlite::ValueType::kText:
      return statement.BindText(parameter, cell.text);
    case sqlite::ValueType::kBlob:
    case sqlite::ValueType::kNull:
      break;
  }
  return statement.BindNull(parameter);
}

Status NameRow(Status status, std::string_view type, std::string_view id) {
  if (status.ok()) return status;
  return std::move(status).error().During("publishing row " + std::string(id) + " of " + std::string(type));
}

// Rows as the feed wants them: the id, then the columns.
class FreshRows final : public sqlite::RowSource {
 public:
  FreshRows(std::span<FreshRow> rows, RowValues& values) : rows_(rows), values_(values) {}

  Result<bool> Next() override {
    if (next_ == rows_.size()) return false;
    FreshRow& row = rows_[next_++];
    SKERRY_ASSIGN(cells, values_.Read(row.json));
    cells_ = cells;
    row.is_whole = values_.AreWhole(row.id);
    return true;
  }
  sqlite::Cell At(int column) const override {
    return column == 0 ? sqlite::Cell::Text(current_id()) : cells_[static_cast<std::size_t>(column) - 1];
  }
  std::string_view current_id() const { return rows_[next_ == 0 ? 0 : next_ - 1].id; }

 private:
  std::span<FreshRow> rows_;
  RowValues& values_;
  std::size_t next_ = 0;
  std::span<const sqlite::Cell> cells_;
};

}  // namespace

Result<PublishedTable> PublishedTable::ForTable(sqlite::Connection& db, const schema::Table& table, bool has_triggers,
                                                sqlite::RowFeeds* feeds) {
  PublishedTable published(table.name, table.columns);
  published.has_triggers_ = has_triggers;
  const ColumnLists lists(table);
  const std::string into = "main." + sqlite::QuoteName(table.view_name) + "(" + lists.names + ") ";
  const auto prepare = [&]() -> Status {
    SKERRY_ASSIGN(put, db.Prepare("INSERT INTO " + into + "VALUES(" + lists.parameters + ") ON CONFLICT(id) DO " +
                                  (lists.updates.empty() ? "NOTHING" : "UPDATE SET " + lists.updates)));
    published.put_ = std::move(put);
    if (feeds == nullptr) return kDone;
    SKERRY_ASSIGN(feed, feeds->For(static_cast<int>(table.columns.size()) + 1));
    // OR FAIL: a failure rolls the whole publish back, so SQLite need not keep a journal for the statement alone.
    SKERRY_ASSIGN(insert, db.Prepare("INSERT OR FAIL INTO " + into + "SELECT " + lists.fed + " FROM " + feed->name()));
    published.feed_ = feed;
    published.insert_fresh_ = std::move(insert);
    return kDone;
  };
  // The table's checks refuse what the upload queue cannot carry (blobs, ids that are no text); nothing of that kind is
  // written here, and they cost a function call per column. The setting acts when a statement is compiled.
  SKERRY_TRY(db.Execute("PRAGMA ignore_check_constraints = ON"));
  const Status prepared = prepare();
  SKERRY_TRY(db.Execute("PRAGMA ignore_check_constraints = OFF"));
  SKERRY_TRY(prepared);
  SKERRY_ASSIGN(remove, db.Prepare("DELETE FROM main." + sqlite::QuoteName(table.view_name) + " WHERE id = ?1"));
  published.delete_ = std::move(remove);
  return published;
}

Result<PublishedTable> PublishedTable::ForUntyped(sqlite::Connection& db, std::string type) {
  PublishedTable published(std::move(type), {});
  published.is_untyped_ = true;
  SKERRY_ASSIGN(put, db.Prepare("INSERT INTO ps_untyped(type, id, data) VALUES(?1, ?2, ?3) "
                                "ON CONFLICT DO UPDATE SET data = excluded.data"));
  SKERRY_ASSIGN(remove, db.Prepare("DELETE FROM ps_untyped WHERE type = ?1 AND id = ?2"));
  published.put_ = std::move(put);
  published.delete_ = std::move(remove);
  return published;
}

Status PublishedTable::InsertFresh(std::span<FreshRow> rows) {
  FreshRows source(rows, values_);
  Status inserted = feed_->Run(insert_fresh_, source);
  return inserted.ok() ? inserted : NameRow(std::move(inserted), type_, source.current_id());
}

Result<bool> PublishedTable::Put(std::string_view id, std::string_view json) {
  const auto put = [&]() -> Status {
    if (is_untyped_) return put_.Run(std::string_view(type_), id, json);
    SKERRY_ASSIGN(cells, values_.Read(json));
    SKERRY_TRY(put_.BindText(1, id));
    int parameter = 1;
    for (const sqlite::Cell& cell : cells) SKERRY_TRY(BindCell(put_, ++parameter, cell));
    return put_.RunBound();
  };
  SKERRY_TRY(NameRow(put(), type_, id));
  return !is_untyped_ && !has_triggers_ && values_.AreWhole(id);
}

Status PublishedTable::Delete(std::string_view id) {
  return NameRow(is_untyped_ ? delete_.Run(std::string_view(type_), id) : delete_.Run(id), type_, id);
}

}  // namespace skerry::store
