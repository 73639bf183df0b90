// Postgres' types, and how the text form of a value becomes one of the five that the rules know (sync-streams.md,
// section 10).
//
// Integers and booleans are INTEGER, floats REAL, bytea BLOB, everything else TEXT: numbers of any size as written,
// timestamps in ISO form, arrays, composites and ranges as JSON.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "replication/postgres/connection.h"
#include "replication/source.h"
#include "row/value.h"

namespace skerry::replication::pg {

using Oid = std::uint32_t;

enum class TypeKind : std::uint8_t {
  kText,
  kInteger,
  kBool,
  kFloat,
  kBytea,
  kJson,
  kTime,
  kTimestamp,
  kTimestamptz,
  kArray,
  kComposite,
  kRange,
  kMultirange,
};

struct Type {
  TypeKind kind = TypeKind::kText;
  Oid element = 0;       // Of an array, range or multirange.
  char delimiter = ',';  // Of an array.
  std::vector<std::pair<std::string, Oid>> fields;
};

// Texts that values borrow from. They stay where they are until Reset(), and keep their memory over it.
class TextPool {
 public:
  std::string& Next();
  void Reset() { used_ = 0; }

 private:
  std::deque<std::string> texts_;
  std::size_t used_ = 0;
};

class TypeCatalog {
 public:
  void SetForms(const ValueForms& forms) { forms_ = forms; }
  const ValueForms& forms() const { return forms_; }
  // Reads all types of the database.
  Status Load(Connection& sql);
  bool Knows(Oid type) const { return types_.find(type) != types_.end(); }
  // Text for types that are not known.
  const Type& Find(Oid type) const;

  // `text` is the server's output form. The value borrows from `text` or from `pool`.
  row::Value Decode(const Type& type, std::string_view text, TextPool& pool) const;

 private:
  ValueForms forms_;
  std::unordered_map<Oid, Type> types_;
};

}  // namespace skerry::replication::pg
