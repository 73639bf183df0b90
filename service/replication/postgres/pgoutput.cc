#include "replication/postgres/pgoutput.h"

#include "replication/postgres/byte_reader.h"

namespace skerry::replication::pg {
namespace {

void ReadTuple(ByteReader& in, Tuple& row) {
  row.resize(in.Int16());
  for (TupleValue& value : row) {
    value = {};
    switch (in.Char()) {
      case 'n':
        break;
      case 'u':
        value.kind = TupleValue::Kind::kUnchanged;
        break;
      case 't': {
        const std::uint32_t size = in.Int32();
        value.kind = TupleValue::Kind::kText;
        value.text = in.Bytes(size);
        break;
      }
      default:
        in.Bytes(std::string_view::npos);  // Binary was not asked for.
        return;
    }
  }
}

Relation ReadRelation(ByteReader& in) {
  Relation relation;
  relation.id = in.Int32();
  relation.schema = in.Text();
  if (relation.schema.empty()) relation.schema = "pg_catalog";
  relation.name = in.Text();
  relation.replica_identity = in.Char();
  for (std::uint16_t columns = in.Int16(); columns > 0 && in.ok(); --columns) {
    Relation::Column& column = relation.columns.emplace_back();
    column.is_key = (in.Char() & 1) != 0;
    column.name = in.Text();
    column.type = in.Int32();
    in.Int32();  // The type's modifier, which the text form does not need.
  }
  return relation;
}

Truncate ReadTruncate(ByteReader& in) {
  Truncate truncate;
  const std::uint32_t count = in.Int32();
  in.Char();  // CASCADE and RESTART IDENTITY: every table that they empty is listed.
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) truncate.relations.push_back(in.Int32());
  return truncate;
}

}  // namespace

std::optional<Message> MessageDecoder::Decode(std::string_view bytes) {
  ByteReader in(bytes);
  Message message;
  old_kind = 0;
  switch (in.Char()) {
    case 'B':
      message = Begin{Lsn{in.Int64()}};
      in.Bytes(12);  // When, and the transaction's number.
      break;
    case 'C':
      in.Bytes(9);  // Flags, and where the commit record begins.
      message = Commit{Lsn{in.Int64()}};
      in.Bytes(8);
      break;
    case 'R':
      message = ReadRelation(in);
      break;
    case 'I':
      message = Insert{in.Int32()};
      if (in.Char() != 'N') return std::nullopt;
      ReadTuple(in, new_row);
      break;
    case 'U': {
      message = Update{in.Int32()};
      char part = in.Char();
      if (part == 'K' || part == 'O') {
        old_kind = part;
        ReadTuple(in, old_row);
        part = in.Char();
      }
      if (part != 'N') return std::nullopt;
      ReadTuple(in, new_row);
      break;
    }
    case 'D':
      message = Delete{in.Int32()};
      old_kind = in.Char();
      if (old_kind != 'K' && old_kind != 'O') return std::nullopt;
      ReadTuple(in, old_row);
      break;
    case 'T':
      message = ReadTruncate(in);
      break;
    default:
      return Message{};
  }
  if (!in.ok()) return std::nullopt;
  return message;
}

}  // namespace skerry::replication::pg
