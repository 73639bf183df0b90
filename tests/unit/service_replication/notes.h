// A sink that writes down what a source delivers, and what else a source needs of its host.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "replication/source.h"
#include "support/must.h"

namespace skerry::test {

// Writes down what is delivered, but for the beginning of a history: "begin boats", "put boats [\"b1\"] b1,Alke",
// "delete boats [\"b1\"]", "commit".
struct Notes final : replication::ChangeSink {
  Status BeginHistory(std::string_view name) override {
    identity = std::string(name);
    tables.clear();
    return kDone;
  }
  Status BeginTable(const row::Table& table) override {
    tables.push_back(table);
    return Note("begin " + table.name);
  }
  Status EndTable(const row::Table& table) override { return Note("end " + table.name); }
  Status DropTable(std::string_view table) override { return Note("drop " + std::string(table)); }
  Status Upsert(const row::Table& table, std::string_view key, std::span<const row::Value> values,
                std::span<const int>) override {
    std::string line = "put " + table.name + " " + std::string(key) + " ";
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) line += ',';
      if (!row::AppendJson(line, values[i])) line += "blob";
    }
    return Note(std::move(line));
  }
  Status Delete(const row::Table& table, std::string_view key) override {
    return Note("delete " + table.name + " " + std::string(key));
  }
  Result<bool> Restore(const row::Table&, std::string_view, std::span<const int>, std::span<row::Value>) override {
    return false;
  }
  Status Commit(std::string_view at) override {
    position = std::string(at);
    return Note("commit");
  }

  Status Note(std::string line) {
    if (line == fail_at) return Error{.code = ErrorCode::kStorageFull, .message = "the disk is full"};
    lines.push_back(std::move(line));
    return kDone;
  }
  std::vector<std::string> Take() { return std::exchange(lines, {}); }

  std::vector<std::string> lines;
  std::vector<row::Table> tables;
  std::string identity;
  std::string position;
  std::string fail_at;
};

// A source's note, in memory.
struct Notepad final : replication::Notebook {
  Result<std::string> Read() override { return text; }
  Status Write(std::string_view words) override {
    text = std::string(words);
    return kDone;
  }
  std::string text;
};

}  // namespace skerry::test
