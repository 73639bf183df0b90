#include "replication/postgres/live_table.h"

#include <algorithm>

#include "replication/row_key.h"

namespace skerry::replication::pg {
namespace {

// A row of up to 2032 bytes stays in one piece (TOAST_TUPLE_THRESHOLD with 8 KiB pages), its header included.
constexpr std::size_t kSafeRowBytes = 1900;

// Not less than what a value takes in a row. Text is stored as it is; anything else may be larger inside than in words,
// an element of a JSON document or an array by a factor of less than eight.
std::size_t AtMostBytes(const ColumnInfo& column, TypeKind kind, const TupleValue& value) {
  if (value.kind == TupleValue::Kind::kNull) return 0;
  if (column.is_fixed_size) return 24;
  if (kind == TypeKind::kText || kind == TypeKind::kBytea) return value.text.size() + 16;
  return 8 * value.text.size() + 64;
}

}  // namespace

LiveTable::LiveTable(TableInfo info, std::string id, const TypeCatalog& types) : info_(std::move(info)), types_(types) {
  info_.table.id = std::move(id);
  for (std::size_t i = 0; i < info_.columns.size(); ++i) {
    column_types_.push_back(&types.Find(info_.columns[i].type));
    if (info_.columns[i].is_toastable) toastable_.push_back(static_cast<int>(i));
  }
}

bool LiveTable::Fits(const Relation& relation) const {
  const row::Table& here = info_.table;
  if (relation.id != info_.oid || relation.schema != here.schema || relation.name != here.name) return false;
  if (relation.columns.size() != here.columns.size()) return false;
  // NOTHING marks no column and FULL all of them, whatever the primary key is.
  const bool marks_key = relation.replica_identity == 'd' || relation.replica_identity == 'i';
  for (std::size_t i = 0; i < here.columns.size(); ++i) {
    const Relation::Column& column = relation.columns[i];
    if (column.name != here.columns[i] || column.type != info_.columns[i].type) return false;
    const bool is_key =
        info_.has_key && std::find(here.key.begin(), here.key.end(), static_cast<int>(i)) != here.key.end();
    if (marks_key && column.is_key != is_key) return false;
  }
  return true;
}

row::Value LiveTable::Decode(std::size_t column, const TupleValue& value, TextPool& pool) const {
  if (value.kind != TupleValue::Kind::kText) return row::Value::Null();
  return types_.Decode(*column_types_[column], value.text, pool);
}

bool LiveTable::AppendKey(std::string& out, std::span<const row::Value> values) const {
  row::Value parts[32];  // No index of Postgres has more columns.
  const std::vector<int>& key = info_.table.key;
  const auto null = info_.has_key ? NullInKey::kIsNoKey : NullInKey::kIsAValue;
  if (key.size() <= std::size(parts)) {
    for (std::size_t i = 0; i < key.size(); ++i) parts[i] = values[static_cast<std::size_t>(key[i])];
    return AppendRowKey(out, {parts, key.size()}, null);
  }
  return AppendRowKey(out, values, null);
}

std::span<const int> LiveTable::Kept(const Tuple& row, bool had_unchanged) const {
  // With FULL, the old row comes along with every change, in one piece.
  if (toastable_.empty() || info_.replica_identity == 'f') return {};
  if (had_unchanged) return toastable_;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < row.size(); ++i) bytes += AtMostBytes(info_.columns[i], column_types_[i]->kind, row[i]);
  return bytes > kSafeRowBytes ? std::span<const int>(toastable_) : std::span<const int>();
}

std::string IdFor(const row::Table* known, const row::Table& now, Random& random) {
  if (known == nullptr || known->id.empty() || known->key.size() != now.key.size()) return NewUuid(random);
  for (std::size_t i = 0; i < now.key.size(); ++i) {
    if (known->columns[static_cast<std::size_t>(known->key[i])] != now.columns[static_cast<std::size_t>(now.key[i])]) {
      return NewUuid(random);
    }
  }
  return known->id;
}

}  // namespace skerry::replication::pg
