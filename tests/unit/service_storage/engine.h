// A bucket storage in a folder of its own, with one writer and one reader.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "storage/storage.h"
#include "support/must.h"
#include "support/temp_dir.h"

namespace skerry::test {

inline constexpr char kTableId[] = "4f1c6e1e-0000-4000-8000-00000000000a";

struct Put {
  std::string bucket, table, id, data;
};
struct Entry {
  std::uint32_t index;
  std::string key, outputs;
};

class Engine {
 public:
  Engine() { Reopen(); }

  // As after a restart.
  void Reopen() {
    reader.reset();
    writer.reset();
    writer = Must(storage::OpenSqliteWriter(path));
    reader = Must(storage::OpenSqliteReader(path));
  }

  // A deployment with the tables `boats` and `crew`.
  void Deploy(const std::string& plan = "plan", const std::string& source = "source") {
    Must(writer->Begin());
    Must(writer->StartDeployment(plan, source));
    Must(writer->PutTable({"boats", kTableId, "{}"}));
    Must(writer->PutTable({"crew", "4f1c6e1e-0000-4000-8000-00000000000b", "{}"}));
    Must(writer->Publish("00"));
  }

  void Set(const std::string& table, const std::string& key, const std::vector<Put>& puts,
           const std::vector<Entry>& entries = {}) {
    storage::RowState state;
    for (const Put& put : puts) state.memberships.push_back({put.bucket, put.table, put.id, put.data});
    for (const Entry& entry : entries) state.entries.push_back({entry.index, entry.key, entry.outputs});
    Must(writer->SetRow(table, key, state));
  }

  // "3 PUT boats/b1 {...}" for every operation of the bucket up to the published checkpoint.
  std::vector<std::string> Log(const std::string& bucket) {
    const storage::Checkpoint at = Must(reader->Open())->checkpoint();
    const storage::Chunk chunk = Must(reader->Scan(bucket, OpId{0}, at.op, {}));
    std::vector<std::string> lines;
    for (const bucket::Operation& op : chunk.operations) {
      std::string line = std::to_string(Raw(op.id));
      line += op.kind == bucket::OpKind::kPut ? " PUT " : " REMOVE ";
      line += std::string(op.object_type) + "/" + std::string(op.object_id);
      if (op.data) line += " " + std::string(*op.data);
      lines.push_back(std::move(line));
    }
    return lines;
  }

  storage::BucketTotal Total(const std::string& bucket) {
    const std::string names[] = {bucket};
    return Must(Must(reader->Open())->Totals(names))[0];
  }

  TempDir dir;
  std::string path = dir / "storage.db";
  std::unique_ptr<storage::Writer> writer;
  std::unique_ptr<storage::Reader> reader;
};

}  // namespace skerry::test
