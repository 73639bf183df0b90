// Database's calls for sync: events, bytes, slices of work, instructions, and what changes the stored state as a whole.
#include <utility>

#include "client/database.h"
#include "client/event_json.h"
#include "client/json_fields.h"
#include "client/table_names.h"
#include "store/crud_queue.h"
#include "store/schema_change.h"

namespace skerry::client {
namespace {

constexpr int kSliceRows = 500;
constexpr double kSliceMs = 8;

}  // namespace

Status Database::HandleEvent(std::string_view json) {
  SKERRY_ASSIGN(event, ParseEvent(json));
  reply_ = "{}";
  if (auto* timer = std::get_if<sync::TimerFired>(&event); timer != nullptr && timer->id == sync::TimerId::kWatch) {
    watch_timer_.reset();
    return kDone;
  }
  if (!std::holds_alternative<sync::Disconnect>(event)) {
    if (leases_.HasWriteLease()) return Error{ErrorCode::kLockTimeout, "an event was given during a write lease"};
    if (sync_->HasWork()) return Error{ErrorCode::kLockTimeout, "an event was given while work is unfinished"};
  }
  if (auto* timer = std::get_if<sync::TimerFired>(&event);
      timer != nullptr && timer->id == sync::TimerId::kCheckpoint) {
    return CheckpointAtRest();
  }
  return sync_->Handle(event, now_);
}

Status Database::StreamBytes(std::span<const std::uint8_t> payload) {
  PayloadReader reader(payload);
  const sync::RequestId stream{reader.U32()};
  if (!reader.ok()) return Error{ErrorCode::kInvalidArgument, "stream bytes without a stream id"};
  if (leases_.HasWriteLease()) return Error{ErrorCode::kLockTimeout, "stream bytes were given during a write lease"};
  sync_->Bytes(stream, reader.rest(), now_);
  return kDone;
}

Status Database::Work() {
  if (leases_.HasWriteLease()) return Error{ErrorCode::kLockTimeout, "work was asked for during a write lease"};
  const bool has_clock = static_cast<bool>(environment_.monotonic_now);
  const double end = has_clock ? environment_.monotonic_now() + kSliceMs : 0;
  while (sync_->HasWork()) {
    sync_->Work(kSliceRows, now_);
    if (!has_clock || environment_.monotonic_now() >= end) break;
  }
  return kDone;
}

Status Database::Drain() {
  if (!told_tables_.empty()) {
    outbox_.Add(sync::ShowTables{NamesJson(std::exchange(told_tables_, {}))});
  }
  reply_ = ToJson(outbox_.Take());
  return kDone;
}

Status Database::CompleteCrud(std::string_view json) {
  SKERRY_ASSIGN(fields, JsonFields::Parse(json, "kCrudComplete"));
  const std::int64_t last_id = fields.Int("lastId").value_or(0);
  std::optional<WriteCheckpoint> checkpoint;
  if (const auto text = fields.Text("checkpoint")) {
    const auto id = ParseInt64(*text);
    if (!id || *id < 1)
      fields.Fail("checkpoint", "a positive number as text");
    else
      checkpoint = WriteCheckpoint{*id};
  }
  SKERRY_TRY(fields.ToStatus());
  SKERRY_ASSIGN(session, leases_.ForWrite());
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(session->db()));
  SKERRY_TRY(store::CrudQueue(session->db()).Complete(write, last_id, checkpoint));
  SKERRY_TRY(write.Commit());
  reply_ = "{}";
  return kDone;
}

Status Database::Clear(std::string_view json) {
  SKERRY_ASSIGN(fields, JsonFields::Parse(json, "kClear"));
  store::ClearOptions options;
  options.clear_local = fields.Bool("clearLocal").value_or(true);
  options.soft = fields.Bool("soft").value_or(false);
  SKERRY_TRY(fields.ToStatus());
  if (sync_->IsWanted()) return Error{ErrorCode::kInvalidArgument, "disconnect before clearing the database"};
  SKERRY_ASSIGN(session, leases_.ForWrite());
  (void)session;
  SKERRY_TRY(store_->Stop());  // Started at opening to know the buckets; nothing streams here.
  SKERRY_TRY(store_->Clear(options));
  sync_->StoredStateChanged(now_);
  reply_ = "{}";
  return kDone;
}

Status Database::ApplySchema(std::string_view json) {
  SKERRY_ASSIGN(next, schema::Schema::Parse(json));
  reply_ = "{}";
  SKERRY_ASSIGN(stored, store::LoadSchema(main_->db()));
  if (stored && *stored == next) return kDone;
  if (sync_->IsWanted()) return Error{ErrorCode::kInvalidArgument, "Cannot update schema while connected"};
  SKERRY_ASSIGN(session, leases_.ForWrite());
  leases_.ForEachSession([](Session& each) { each.runner().ForgetStatements(); });
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(session->db()));
  SKERRY_TRY(store::ApplySchema(write, session->capture(), next));
  SKERRY_TRY(write.Commit());
  schema_ = std::move(next);
  SKERRY_TRY(TellSchema());
  live_queries_.SchemaChanged(now_);
  return kDone;
}

}  // namespace skerry::client
