#include "app/crud_batch.h"

#include "base/json.h"

namespace skerry::app {
namespace {

CrudKind ParseKind(std::string_view text) {
  if (text == "PUT") return CrudKind::kPut;
  if (text == "PATCH") return CrudKind::kPatch;
  return text == "DELETE" ? CrudKind::kDelete : CrudKind::kUnknown;
}

void ReadData(JsonReader& json, CrudEntry& entry) {
  if (json.Peek() == JsonKind::kNull) {
    json.ReadNull();
    return;
  }
  const std::size_t start = json.offset();
  if (!json.BeginObject()) return;
  std::string_view name;
  std::string_view value;
  while (json.NextKey(name)) {
    std::string column(name);  // A copy: the view ends with the next call.
    if (json.ReadRaw(value)) entry.data.emplace_back(std::move(column), value);
  }
  entry.bytes = json.offset() - start;
}

void ReadEntry(JsonReader& json, CrudEntry& entry) {
  std::string_view name;
  std::string_view text;
  bool has_id = false;
  if (!json.BeginObject()) return;
  while (json.NextKey(name)) {
    if (name == "op") {
      if (json.ReadString(text)) entry.kind = ParseKind(text);
    } else if (name == "type" || name == "table") {
      if (json.ReadString(text)) entry.type = text;
    } else if (name == "id") {
      has_id = json.ReadString(text);
      if (has_id) entry.id = text;
    } else if (name == "op_id") {
      json.ReadInt64(entry.op_id);
    } else if (name == "data") {
      ReadData(json, entry);
    } else {
      json.Skip();
    }
  }
  if (json.ok() && (!has_id || entry.type.empty())) json.Fail("an entry needs 'op', 'type' and 'id'");
}

}  // namespace

Result<std::vector<CrudEntry>> DecodeCrudBatch(std::string_view body) {
  std::vector<CrudEntry> entries;
  JsonReader json(body);
  std::string_view name;
  bool has_batch = false;
  if (json.BeginObject()) {
    while (json.NextKey(name)) {
      if (name != "batch") {
        json.Skip();
        continue;
      }
      has_batch = json.BeginArray();
      while (has_batch && json.NextElement()) ReadEntry(json, entries.emplace_back());
    }
  }
  if (Status status = json.Finish("a batch of writes"); !status.ok()) {
    return Error{ErrorCode::kInvalidArgument, status.error().message};
  }
  if (!has_batch) return Error{ErrorCode::kInvalidArgument, "a batch of writes needs the member 'batch'"};
  return entries;
}

}  // namespace skerry::app
