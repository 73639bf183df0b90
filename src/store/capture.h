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
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  explicit Capture(sqlite::Connection& db);
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture();

  // Registers what the triggers of insert-only tables call. Once, before the first statement.
  Status Install();
  // Which tables to capture; call after each schema change and once after opening. Reads the tables' column order.
  Status SetSchema(const schema::Schema& schema);
  // At most one; nullptr for none. Must outlive its use.
  void SetListener(ChangeListener* listener) { listener_ = listener; }

  // Writes made while one lives are not queued: publishing, clearing, schema changes (C-068, C-121). May nest. What
  // triggers and foreign keys do because of them is recorded all the same, for FillEntries().
  class Uncaptured {
   public:
    explicit Uncaptured(Capture& capture) : capture_(capture) { ++capture_.uncaptured_; }
    Uncaptured(const Uncaptured&) = delete;
    Uncaptured& operator=(const Uncaptured&) = delete;
    ~Uncaptured() {
      if (--capture_.uncaptured_ == 0) capture_.Discard();
    }

   private:
    Capture& capture_;
  };

  // For StatementRunner, after each statement: writes the entries of what was recorded, with their side effects
  // (C-065, C-066, C-070), or forgets them. Both leave the list empty. Flush needs an open transaction.
  Status Flush();
  void Discard();
  // The same within Uncaptured: fills the bare entries (store/bare_entries.h) of rows that triggers or foreign keys
  // changed.
  Status FillEntries();
  // After a failed statement that SQLite undid, or seems to have undone: OR FAIL keeps what triggers did before, and
  // counts none of it. Fills entries, and lists rows for the next full publish; neither harms a row that was restored.
  Status FillAndList();
  // After a statement that began, ended or nested a transaction: ROLLBACK TO may have undone what is remembered.
  void ForgetStamps() {
    stamped_tx_ = 0;
    gate_is_closed_ = false;
  }
  bool has_records() const { return !records_.empty(); }

 private:
  enum class RecordKind : std::uint8_t { kPut, kPatch, kDelete, kInsertOnly, kIgnoredUpdate, kFillOnly };
  // One change. text_ holds its id, its queue entry and the JSON of the row before (empty if it did not change), from
  // `begin` on; the next record begins where it ends.
  struct Record {
    RecordKind kind;
    const CapturedTable* table;
    std::size_t begin;
    std::size_t id_size;
    std::size_t entry_size;
    std::size_t before_size;
  };

  void OnRowChange(const sqlite::RowChange& change);
  Status OnInsertOnly(std::span<const sqlite::Value> values);
  void RecordPut(const CapturedTable& table, const sqlite::RowChange& change);
  void RecordPatch(const CapturedTable& table, const sqlite::RowChange& change);
  void RecordDelete(const CapturedTable& table, const sqlite::RowChange& change);
  const CapturedTable* Find(std::string_view sql_name);
  void Begin(RecordKind kind, const CapturedTable& table, std::string_view id);
  void End();
  void AppendBefore(const CapturedTable& table, const sqlite::RowChange& change);
  std::string_view IdOf(const Record& record) const;
  std::string_view EntryOf(const Record& record) const;
  std::string_view BeforeOf(const Record& record) const;
  // A REPLACE reports DELETE and INSERT of one row; the queue gets the PUT only (C-052).
  bool IsReplaced(std::size_t index) const;

  Result<std::int64_t> StampTransaction();
  Status CloseGate();
  Result<std::int64_t> Serial();
  Status WriteRecords(std::int64_t tx_id);
  Status FillEntryOf(const Record& record);

  sqlite::Connection& db_;
  ChangeListener* listener_ = nullptr;
  std::unordered_map<std::string_view, std::unique_ptr<CapturedTable>> tables_;  // The keys live in the values.
  const CapturedTable* last_found_ = nullptr;
  std::vector<Record> records_;
  std::string text_;
  std::vector<std::string> insert_only_values_;  // JSON by column, while the calls of one row come in.
  std::int64_t serial_ = 0;                      // Number of the transaction, greater than all before; 0: not read yet.
  // What ps_tx says about this transaction, so that not every statement asks it again.
  std::int64_t stamped_tx_ = 0;  // Its tx id; 0: look.
  bool gate_is_closed_ = false;
  int uncaptured_ = 0;
};

}  // namespace skerry::store
