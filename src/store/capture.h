// Capture of local writes: what the application changes in a synced table becomes entries of the upload queue, in the
// same transaction.
//
// The row hook sees each change in true order and appends to a list in memory; StatementRunner flushes the list at the
// end of every statement, so that ROLLBACK TO, ROLLBACK and a crash take the change and its entry together. Nothing is
// queued for local-only tables, nor while an Uncaptured scope lives.
//
// Owns the connection's row and commit hooks. Its address is kept by them: neither copyable nor movable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "schema/schema.h"
#include "sqlite/connection.h"

namespace skerry::store {

struct CapturedTable;

// Hears of every row change of the main schema (ps_* and unmanaged tables too, published and captured alike), also of
// changes that are undone later by a failing statement or ROLLBACK TO.
class ChangeListener {
 public:
  virtual ~ChangeListener() = default;
  virtual void OnRowChange(const sqlite::RowChange& change) = 0;
  virtual void OnCommit() = 0;    // Just before the transaction becomes durable.
  virtual void OnRollback() = 0;  // Of the whole transaction.
};

class Capture {
 public:
  Capture(sqlite::Connection& db, Random& random);
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture();

  // Registers what the triggers of insert-only tables call. Once, before the first statement.
  Status Install();
  // Which tables to capture; call after each schema change and once after opening. Reads the tables' column order.
  Status SetSchema(const schema::Schema& schema);
  // At most one; nullptr for none. Must outlive its use.
  void SetListener(ChangeListener* listener) { listener_ = listener; }

  // Writes made while one lives are not queued: publishing, clearing, schema changes (C-068, C-121). May nest.
  class Uncaptured {
   public:
    explicit Uncaptured(Capture& capture) : capture_(capture) { ++capture_.uncaptured_; }
    Uncaptured(const Uncaptured&) = delete;
    Uncaptured& operator=(const Uncaptured&) = delete;
    ~Uncaptured() { --capture_.uncaptured_; }

   private:
    Capture& capture_;
  };

  // For StatementRunner, after each statement: writes the entries of what was recorded, with their side effects
  // (C-065, C-066, C-070), or forgets them. Both leave the list empty.
  Status Flush();
  void Discard();
  bool has_records() const { return !records_.empty(); }

 private:
  enum class RecordKind : std::uint8_t { kPut, kPatch, kDelete, kInsertOnly, kIgnoredUpdate };
  // One change; its id and its queue entry are ranges of text_.
  struct Record {
    RecordKind kind;
    const CapturedTable* table;
    std::size_t id_size;
    std::size_t entry_begin;  // The id ends here.
    std::size_t entry_end;
  };

  void OnRowChange(const sqlite::RowChange& change);
  void OnInsertOnly(std::span<const sqlite::Value> values);
  void RecordPut(const CapturedTable& table, const sqlite::RowChange& change);
  void RecordPatch(const CapturedTable& table, const sqlite::RowChange& change);
  void RecordDelete(const CapturedTable& table, const sqlite::RowChange& change);
  Record& Begin(RecordKind kind, const CapturedTable& table, std::string_view id);
  void End(Record& record);
  const CapturedTable* Find(std::string_view sql_name) const;
  std::string_view IdOf(const Record& record) const;
  Result<std::int64_t> StampTransaction();
  Status CloseGate();
  Status Write(const Record& record, std::int64_t tx_id);

  sqlite::Connection& db_;
  Random& random_;
  ChangeListener* listener_ = nullptr;
  std::unordered_map<std::string, std::unique_ptr<CapturedTable>> tables_;  // By name in SQL, as sqlite_schema has it.
  std::vector<Record> records_;
  std::string text_;
  std::int64_t serial_;  // Tells this transaction from every other; see StampTransaction().
  int uncaptured_ = 0;
};

}  // namespace skerry::store
