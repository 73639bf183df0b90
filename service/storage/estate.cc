#include "storage/estate.h"

#include <filesystem>
#include <system_error>

#include "storage/custom_write_checkpoints.h"
#include "storage/source_notes.h"
#include "storage/succession.h"

namespace skerry::storage {
namespace {

// More than a deployment can append while another one is copied.
constexpr std::int64_t kRoomForOps = 1'000'000'000'000;

}  // namespace

Status NumberAfter(sqlite::Connection& successor, const StoredState& present) {
  SKERRY_ASSIGN(update, successor.Cached("UPDATE state SET deployment = ?1, last_op = ?2 WHERE published = 0"));
  return update->Run(present.deployment.number, present.last_op + kRoomForOps);
}

Result<Estate> ReadEstate(sqlite::Connection& db) {
  Estate estate;
  SKERRY_ASSIGN(note, ReadSourceNote(db));
  estate.source_note = std::move(note);
  SKERRY_ASSIGN(select, db.Cached("SELECT user_key, id, position, is_supplied, requested_at FROM write_checkpoints"));
  for (;;) {
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row) break;
    estate.requests.push_back({.user_key = std::string(select->Text(0)),
                               .id = WriteCheckpoint{select->Int64(1)},
                               .position = std::string(select->Text(2)),
                               .is_supplied = select->Int64(3) != 0,
                               .requested_at = select->Int64(4)});
  }
  select->Reset();
  return estate;
}

Status WriteEstate(sqlite::Connection& db, const Estate& estate, WriteCheckpointMode mode) {
  SKERRY_ASSIGN(insert, db.Cached("INSERT INTO write_checkpoints VALUES (?1, ?2, ?3, ?4, ?5)"));
  for (const Estate::Request& request : estate.requests) {
    SKERRY_TRY(insert->Run(request.user_key, request.id, request.position, std::int64_t{request.is_supplied},
                           request.requested_at));
  }
  SKERRY_TRY(ApplyWriteCheckpointMode(db, mode));
  SKERRY_ASSIGN(note, ReadSourceNote(db));
  SKERRY_TRY(WriteSourceNote(db, note.empty() ? estate.source_note : note + " " + estate.source_note));
  return db.Execute("CREATE TABLE took_over(id INTEGER PRIMARY KEY)");
}

Result<std::string> TakeSuccessorsNote(const std::string& path) {
  const std::string next = SuccessorPath(path);
  std::error_code ignored;
  if (!std::filesystem::exists(next, ignored)) return std::string();
  SKERRY_ASSIGN(db, sqlite::Connection::Open({.path = next, .page_size = 8192, .cache_kib = 256}));
  SKERRY_TRY(PrepareSourceNotes(*db));
  return ReadSourceNote(*db);
}

}  // namespace skerry::storage
