#include "replication/postgres/types.h"

#include <charconv>
#include <cstdlib>

#include "replication/postgres/json_form.h"
#include "replication/postgres/timestamps.h"

namespace skerry::replication::pg {
namespace {

// Of pg_type.dat: these numbers never change.
TypeKind KindOfBuiltIn(Oid type) {
  switch (type) {
    case 16:
      return TypeKind::kBool;
    case 20:  // int8
    case 21:  // int2
    case 23:  // int4
    case 26:  // oid
      return TypeKind::kInteger;
    case 700:
    case 701:
      return TypeKind::kFloat;
    case 17:
      return TypeKind::kBytea;
    case 114:
    case 3802:  // jsonb
      return TypeKind::kJson;
    case 1083:
      return TypeKind::kTime;
    case 1114:
      return TypeKind::kTimestamp;
    case 1184:
      return TypeKind::kTimestamptz;
    default:
      return TypeKind::kText;
  }
}

row::Value DecodeBytea(std::string_view text, TextPool& pool) {
  if (text.substr(0, 2) != "\\x") return row::Value::Text(text);  // bytea_output is ours: this cannot be.
  std::string& bytes = pool.Next();
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
  }
  return row::Value::Blob(bytes);
}

row::Value DecodeFloat(std::string_view text, TextPool& pool) {
  if (text == "NaN") return row::Value::Null();  // SQLite has none.
  std::string& copy = pool.Next();
  copy = text;  // strtod also reads "Infinity".
  return row::Value::Real(std::strtod(copy.c_str(), nullptr));
}

}  // namespace

std::string& TextPool::Next() {
  if (used_ == texts_.size()) texts_.emplace_back();
  std::string& text = texts_[used_++];
  text.clear();
  return text;
}

Status TypeCatalog::Load(Connection& sql) {
  // Row types of tables are not listed: there is one for each table, and hardly ever a column that has it.
  SKERRY_ASSIGN(
      rows,
      sql.Query(std::string("SELECT t.oid, t.typtype, t.typbasetype, t.typelem, t.typdelim, "
                            "t.typinput = 'pg_catalog.array_in'::pg_catalog.regproc, "
                            "coalesce(r.rngsubtype, 0), ") +
                (sql.server_version() >= 140000 ? "coalesce(m.rngtypid, 0)" : "0") +
                " FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid " +
                (sql.server_version() >= 140000 ? "LEFT JOIN pg_catalog.pg_range m ON m.rngmultitypid = t.oid " : "") +
                "WHERE t.typtype <> 'c' OR EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.oid = "
                "t.typrelid AND c.relkind = 'c')"));
  SKERRY_ASSIGN(fields, sql.Query("SELECT c.reltype, a.attname, a.atttypid FROM pg_catalog.pg_class c JOIN "
                                  "pg_catalog.pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'c' AND "
                                  "a.attnum > 0 AND NOT a.attisdropped ORDER BY c.oid, a.attnum"));
  constexpr Oid kFirstCustom = 16384;  // Below are those that every database has.
  std::unordered_map<Oid, Type> types;
  std::unordered_map<Oid, Oid> domains;
  for (int i = 0; i < rows.count(); ++i) {
    const Oid oid = static_cast<Oid>(rows.Int(i, 0));
    const char type_type = rows.Text(i, 1)[0];
    if (!forms_.custom_types && (oid >= kFirstCustom || type_type == 'r' || type_type == 'm')) {
      types.emplace(oid, Type());  // Text.
      continue;
    }
    Type type{.kind = KindOfBuiltIn(oid)};
    if (type_type == 'd') domains.emplace(oid, static_cast<Oid>(rows.Int(i, 2)));
    if (type_type == 'c') type.kind = TypeKind::kComposite;
    if (type_type == 'r') type = {.kind = TypeKind::kRange, .element = static_cast<Oid>(rows.Int(i, 6))};
    if (type_type == 'm') type = {.kind = TypeKind::kMultirange, .element = static_cast<Oid>(rows.Int(i, 7))};
    if (rows.Bool(i, 5)) {
      type = {.kind = TypeKind::kArray,
              .element = static_cast<Oid>(rows.Int(i, 3)),
              .delimiter = rows.Text(i, 4).empty() ? ',' : rows.Text(i, 4)[0]};
    }
    types.emplace(oid, std::move(type));
  }
  for (int i = 0; i < fields.count(); ++i) {
    const auto type = types.find(static_cast<Oid>(fields.Int(i, 0)));
    if (type == types.end()) continue;
    type->second.fields.emplace_back(fields.Text(i, 1), static_cast<Oid>(fields.Int(i, 2)));
  }
  // A domain is what it is a domain over, which may be a domain.
  for (const auto& [domain, base] : domains) {
    Oid inner = base;
    for (auto next = domains.find(inner); next != domains.end(); next = domains.find(inner)) inner = next->second;
    if (const auto type = types.find(inner); type != types.end()) types[domain] = Type(type->second);
  }
  types_ = std::move(types);
  return kDone;
}

const Type& TypeCatalog::Find(Oid type) const {
  static const Type kUnknown;
  const auto found = types_.find(type);
  return found == types_.end() ? kUnknown : found->second;
}

row::Value TypeCatalog::Decode(const Type& type, std::string_view text, TextPool& pool) const {
  switch (type.kind) {
    case TypeKind::kText:
    case TypeKind::kJson:
      return row::Value::Text(text);
    case TypeKind::kInteger: {
      std::int64_t value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return row::Value::Integer(value);
    }
    case TypeKind::kBool:
      return row::Value::Integer(text == "t" ? 1 : 0);
    case TypeKind::kFloat:
      return DecodeFloat(text, pool);
    case TypeKind::kBytea:
      return DecodeBytea(text, pool);
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestamptz: {
      std::string& iso = pool.Next();
      AppendTime(iso, text, type.kind == TypeKind::kTimestamptz, forms_);
      return row::Value::Text(iso);
    }
    case TypeKind::kArray:
    case TypeKind::kComposite:
    case TypeKind::kRange:
    case TypeKind::kMultirange: {
      std::string& json = pool.Next();
      // What cannot be read stays as it is: a value that looks odd is better than none.
      if (!AppendAsJson(json, *this, type, text)) return row::Value::Text(text);
      return row::Value::Text(json);
    }
  }
  return row::Value::Null();
}

}  // namespace skerry::replication::pg
