// Applies clients' writes to the source of `skerryd dev`, each row under its table's rule.
//
// A batch is one transaction. An entry that may not or cannot be written is undone by itself and reported, so that it
// never blocks the queue behind it; applying a batch again changes nothing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/crud_batch.h"
#include "app/dev_config.h"
#include "base/result.h"
#include "sqlite/connection.h"
#include "sqlite/transaction.h"

namespace skerry::app {

class DevWriter {
 public:
  static constexpr std::size_t kMaxRowBytes = 1 << 20;

  // Opens the source and tries every rule. kConfig for a rule that is not SQL over its table.
  static Result<std::unique_ptr<DevWriter>> Open(const std::string& source_path, const DevConfig& config);

  // Runs the set-up if the file has no table yet, making the file if there is none.
  static Status SetUp(const std::string& source_path, const DevConfig& config);

  struct Rejected {
    std::int64_t op_id = 0;
    std::string type;
    std::string id;
    std::string reason;
  };
  struct Outcome {
    std::size_t applied = 0;
    std::vector<Rejected> rejected;
  };
  // An error (full disk, a file that stays locked) leaves the source as it was: send the batch again later.
  Result<Outcome> Apply(const std::string& user, std::span<const CrudEntry> batch);

 private:
  struct Table {
    std::vector<std::string> columns;
    std::string rule;
  };
  class Transaction;

  DevWriter(std::unique_ptr<sqlite::Connection> db) : db_(std::move(db)) {}

  std::unique_ptr<sqlite::Connection> db_;
  std::map<std::string, Table, std::less<>> tables_;
};

}  // namespace skerry::app
