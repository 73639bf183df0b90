#include "replication/sqlite/change_reader.h"

#include <utility>

namespace skerry::replication {
namespace {

Status BindValue(sqlite::Statement& statement, int index, const row::Value& value) {
  switch (value.type) {
    case row::Type::kInteger:
      return statement.BindInt64(index, value.integer);
    case row::Type::kReal:
      return statement.BindDouble(index, value.real);
    case row::Type::kText:
      return statement.BindText(index, value.bytes);
    case row::Type::kBlob:
      return statement.BindBlob(index, {reinterpret_cast<const std::uint8_t*>(value.bytes.data()), value.bytes.size()});
    case row::Type::kNull:
      break;
  }
  return statement.BindNull(index);
}

}  // namespace

row::Value ValueAt(const sqlite::Statement& statement, int column) {
  switch (statement.Type(column)) {
    case sqlite::ValueType::kInteger:
      return row::Value::Integer(statement.Int64(column));
    case sqlite::ValueType::kReal:
      return row::Value::Real(statement.Double(column));
    case sqlite::ValueType::kText:
      return row::Value::Text(statement.Text(column));
    case sqlite::ValueType::kBlob: {
      const std::span<const std::uint8_t> bytes = statement.Bytes(column);
      return row::Value::Blob({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    case sqlite::ValueType::kNull:
      break;
  }
  return row::Value::Null();
}

Result<ChangeReader> ChangeReader::Create(sqlite::Connection& db, row::Table table) {
  std::string select = "SELECT ";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) select += ", ";
    select += sqlite::QuoteName(table.columns[i]);
  }
  select += " FROM " + sqlite::QuoteName(table.name);
  std::string where;
  for (std::size_t i = 0; i < table.key.size(); ++i) {
    where += i == 0 ? " WHERE " : " AND ";
    where += sqlite::QuoteName(table.columns[static_cast<std::size_t>(table.key[i])]) + " = ?" + std::to_string(i + 1);
  }
  SKERRY_ASSIGN(all, db.Prepare(select));
  SKERRY_ASSIGN(one, db.Prepare(select + where));
  return ChangeReader(std::move(table), std::move(all), std::move(one));
}

bool ChangeReader::Read(const sqlite::Statement& statement) {
  values_.clear();
  for (std::size_t i = 0; i < table_.columns.size(); ++i) values_.push_back(ValueAt(statement, static_cast<int>(i)));
  key_values_.clear();
  for (const int column : table_.key) key_values_.push_back(values_[static_cast<std::size_t>(column)]);
  key_.clear();
  return AppendRowKey(key_, key_values_);
}

Result<std::int64_t> ChangeReader::Copy(ChangeSink& sink) {
  SKERRY_TRY(sink.BeginTable(table_));
  std::int64_t left_out = 0;
  for (;;) {
    Result<bool> has_row = all_.Step();
    if (!has_row.ok() || !*has_row) {
      all_.Reset();
      SKERRY_TRY(std::move(has_row));
      break;
    }
    if (!Read(all_)) {
      ++left_out;
      continue;
    }
    if (Status taken = sink.Upsert(table_, key_, values_, {}); !taken.ok()) {
      all_.Reset();
      return std::move(taken).error();
    }
  }
  SKERRY_TRY(sink.EndTable(table_));
  return left_out;
}

Status ChangeReader::Deliver(std::span<const row::Value> key, const std::string& key_text, ChangeSink& sink) {
  for (std::size_t i = 0; i < key.size(); ++i) SKERRY_TRY(BindValue(one_, static_cast<int>(i) + 1, key[i]));
  const auto deliver = [&]() -> Status {
    SKERRY_ASSIGN(has_row, one_.Step());
    const bool is_found = has_row && Read(one_);
    if (!is_found || key_ != key_text) SKERRY_TRY(sink.Delete(table_, key_text));
    if (is_found) SKERRY_TRY(sink.Upsert(table_, key_, values_, {}));
    return kDone;
  };
  Status done = deliver();
  one_.Reset();
  return done;
}

}  // namespace skerry::replication
