// The messages of Postgres' output plugin `pgoutput`, protocol version 1: what is inside one XLogData message of the
// replication stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "replication/postgres/lsn.h"
#include "replication/postgres/types.h"

namespace skerry::replication::pg {

struct Begin {
  Lsn commit;  // Where the transaction's commit record begins.
};
struct Commit {
  Lsn end;  // Where it ends: what follows is the next transaction.
};
struct Relation {
  Oid id = 0;
  std::string schema;
  std::string name;
  char replica_identity = 'd';
  struct Column {
    bool is_key = false;
    std::string name;
    Oid type = 0;
  };
  std::vector<Column> columns;
};

// Values of a row in the order of its relation's columns. They borrow from the message.
struct TupleValue {
  enum class Kind : std::uint8_t { kNull, kUnchanged, kText };
  Kind kind = Kind::kNull;
  std::string_view text;
};
using Tuple = std::vector<TupleValue>;

struct Insert {
  Oid relation = 0;
};
struct Update {
  Oid relation = 0;
};
struct Delete {
  Oid relation = 0;
};
struct Truncate {
  std::vector<Oid> relations;
};
// Types, origins, logical messages, and whatever later versions may add: nothing that changes a row.
struct Other {};

using Message = std::variant<Other, Begin, Commit, Relation, Insert, Update, Delete, Truncate>;

// Decodes one message after the other. The rows of the last one stand in `old_row` and `new_row`, which are reused.
class MessageDecoder {
 public:
  // nullopt if the bytes are not a message.
  std::optional<Message> Decode(std::string_view bytes);

  Tuple new_row;
  Tuple old_row;
  // What `old_row` is: 'K' the key columns only, 'O' all of them, 0 there is none.
  char old_kind = 0;
};

}  // namespace skerry::replication::pg
