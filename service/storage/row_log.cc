#include "storage/row_log.h"

#include <algorithm>

namespace skerry::storage {
namespace {

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

const Record::Membership* FindSame(const std::vector<Record::Membership>& in, const Record::Membership& wanted) {
  const auto found = std::find_if(in.begin(), in.end(), [&](const Record::Membership& m) {
    return m.bucket == wanted.bucket && m.id == wanted.id && m.type == wanted.type;
  });
  return found == in.end() ? nullptr : &*found;
}

const Record::Entry* FindSame(const std::vector<Record::Entry>& in, const Record::Entry& wanted) {
  const auto found = std::find_if(
      in.begin(), in.end(), [&](const Record::Entry& e) { return e.index == wanted.index && e.key == wanted.key; });
  return found == in.end() ? nullptr : &*found;
}

}  // namespace

Status RowLog::SetRow(const SourceTable& table, std::string_view key, const RowState& state) {
  SKERRY_ASSIGN(select, db_.Cached("SELECT state FROM records WHERE source_table = ?1 AND key = ?2"));
  SKERRY_TRY(select->Bind(table.number, key));
  SKERRY_ASSIGN(is_known, select->Step());
  before_text_.clear();
  if (is_known) {
    const std::span<const std::uint8_t> bytes = select->Bytes(0);
    before_text_.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  select->Reset();
  if (!is_known && state.memberships.empty() && state.entries.empty()) return kDone;

  after_.memberships.clear();
  after_.entries.clear();
  digests_.resize(state.memberships.size());
  for (std::size_t i = 0; i < state.memberships.size(); ++i) {
    const RowState::Membership& made = state.memberships[i];
    SKERRY_ASSIGN(bucket, totals_.NumberOf(made.bucket));
    digests_[i] = hasher_.Put(made.table, made.id, made.data);
    after_.memberships.push_back({.bucket = bucket, .type = made.table, .id = made.id, .digest = digests_[i].view()});
  }
  for (const RowState::IndexEntry& made : state.entries) {
    after_.entries.push_back({.index = made.index, .key = made.key, .outputs = made.outputs});
  }
  after_text_.clear();
  EncodeRecord(after_, after_text_);
  if (is_known && after_text_ == before_text_) return kDone;

  Record before;
  if (is_known) {
    std::optional<Record> decoded = DecodeRecord(before_text_);
    if (!decoded) {
      return Error{.code = ErrorCode::kStorageCorrupt, .message = "a source record of the bucket storage is damaged"};
    }
    before = std::move(*decoded);
  }
  SKERRY_TRY(WriteMemberships(table, key, state, before, after_));
  SKERRY_TRY(WriteEntries(table, key, before, after_));

  if (after_.memberships.empty() && after_.entries.empty()) {
    SKERRY_ASSIGN(remove, db_.Cached("DELETE FROM records WHERE source_table = ?1 AND key = ?2"));
    return remove->Run(table.number, key);
  }
  SKERRY_ASSIGN(replace, db_.Cached("INSERT INTO records VALUES (?1, ?2, ?3) "
                                    "ON CONFLICT DO UPDATE SET state = excluded.state"));
  return replace->Run(table.number, key, sqlite::Blob{AsBytes(after_text_)});
}

// First what the row is now, then what it no longer is: a client never sees a gap (W07).
Status RowLog::WriteMemberships(const SourceTable& table, std::string_view key, const RowState& state,
                                const Record& before, const Record& after) {
  std::optional<Digest> uuid;
  const auto row_uuid = [&] {
    if (!uuid) uuid = hasher_.RowUuid(table.id, key);
    return uuid->view();
  };
  for (std::size_t i = 0; i < after.memberships.size(); ++i) {
    const Record::Membership& now = after.memberships[i];
    const Record::Membership* was = FindSame(before.memberships, now);
    if (was != nullptr && was->digest == now.digest) continue;
    SKERRY_TRY(Append(now.bucket, static_cast<int>(bucket::OpKind::kPut), table, row_uuid(), now.type, now.id,
                      digests_[i].checksum(), state.memberships[i].data, was == nullptr ? 1 : 0));
  }
  for (const Record::Membership& was : before.memberships) {
    if (FindSame(after.memberships, was) != nullptr) continue;
    subkey_.clear();
    AppendSubkey(subkey_, table.id, row_uuid());
    SKERRY_TRY(Append(was.bucket, static_cast<int>(bucket::OpKind::kRemove), table, row_uuid(), was.type, was.id,
                      hasher_.Remove(subkey_).checksum(), std::nullopt, -1));
  }
  return kDone;
}

Status RowLog::WriteEntries(const SourceTable& table, std::string_view key, const Record& before, const Record& after) {
  for (const Record::Entry& now : after.entries) {
    const Record::Entry* was = FindSame(before.entries, now);
    if (was != nullptr && was->outputs == now.outputs) continue;
    SKERRY_ASSIGN(put, db_.Cached("INSERT INTO index_entries VALUES (?1, ?2, ?3, ?4, ?5) "
                                  "ON CONFLICT DO UPDATE SET outputs = excluded.outputs"));
    SKERRY_TRY(put->Run(std::int64_t{now.index}, now.key, table.number, key, now.outputs));
    NoteKey(now.index, now.key);
  }
  for (const Record::Entry& was : before.entries) {
    if (FindSame(after.entries, was) != nullptr) continue;
    SKERRY_ASSIGN(remove, db_.Cached("DELETE FROM index_entries WHERE idx = ?1 AND key = ?2 AND source_table = ?3 AND "
                                     "source_key = ?4"));
    SKERRY_TRY(remove->Run(std::int64_t{was.index}, was.key, table.number, key));
    NoteKey(was.index, was.key);
  }
  return kDone;
}

Status RowLog::Append(std::int64_t bucket, int kind, const SourceTable& table, std::string_view row_uuid,
                      std::string_view type, std::string_view id, bucket::Checksum checksum,
                      std::optional<std::string_view> data, int rows) {
  SKERRY_ASSIGN(insert, db_.Cached("INSERT INTO ops VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9)"));
  const OpId op{++last_op_};
  SKERRY_TRY(insert->Run(bucket, op, std::int64_t{kind}, table.number, sqlite::Blob{AsBytes(row_uuid)}, type, id,
                         std::int64_t{checksum.value()}, data));
  return totals_.Add(bucket, op, checksum, rows);
}

Status RowLog::Repeat(std::int64_t bucket, std::int64_t op, bucket::Checksum checksum) {
  SKERRY_ASSIGN(insert, db_.Cached("INSERT INTO ops SELECT bucket, ?3, kind, source_table, row_uuid, object_type, "
                                   "object_id, checksum, 0, data FROM ops WHERE bucket = ?1 AND op = ?2"));
  const OpId again{++last_op_};
  SKERRY_TRY(insert->Run(bucket, op, again));
  return totals_.Add(bucket, again, checksum, 0);
}

void RowLog::NoteKey(std::uint32_t index, std::string_view key) {
  if (changed_keys_.size() <= kMaxListedChanges) changed_keys_.emplace(index, key);
}

}  // namespace skerry::storage
