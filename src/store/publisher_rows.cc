// The half of a publish that the app sees: rows into its tables.
#include "store/bare_entries.h"
#include "store/publisher.h"

namespace skerry::store {

// Makes the row what the server says, and what others do because of that no loss to its other rows. True if the table's
// row gives the JSON back.
Result<bool> Publisher::WriteRow(std::string_view type, std::string_view id, std::optional<std::string_view> json) {
  SKERRY_ASSIGN(is_whole, tables_.Write(type, id, json));
  if (!capture_.has_records()) return is_whole;
  others_changed_ = true;
  SKERRY_TRY(capture_.FillEntries());
  return false;
}

// Returns as WriteRow(); false also if the row was left alone.
Result<bool> Publisher::ShowRow(std::string_view type, std::string_view id) {
  const RowEntry* newest = row_.Winner();
  if (plan_.scope.is_full()) {
    // The table shows the winner that was, unless the row is listed; then it is looked at again below.
    const auto winner = newest == nullptr ? std::nullopt : std::optional<OpId>(newest->op_id);
    if (winner == row_.winner_before()) return false;
    return WriteRow(type, id, newest == nullptr ? std::nullopt : newest->data);
  }
  const RowEntry* winner = row_.Winner([this](std::int64_t bucket) { return plan_.scope.Has(bucket); });
  if (row_.has_removed() || winner != newest) SKERRY_TRY(oplog_.List(type, id));
  if (!row_.has_new() || shows_at_end_) return false;
  return WriteRow(type, id, winner->data);
}

// A resync or soft clear made everything that is in the oplog new again (C-203).
bool Publisher::IsToBeShown(std::int64_t bucket, OpId op_id) {
  if (republished_.count(bucket) != 0) return true;
  const BucketRow* row = shows_at_end_ ? book_.FindById(bucket) : nullptr;
  return row != nullptr && Raw(op_id) > Raw(row->last_applied_op);
}

Result<bool> Publisher::Scan(int& budget) {
  if (!scan_.has_value()) {
    SKERRY_ASSIGN(scan, write_.db().Prepare("SELECT type, row_id, bucket, op_id, data FROM ps_oplog "
                                            "ORDER BY type, row_id, bucket, subkey"));
    scan_ = std::move(scan);
  }
  for (; budget > 0; --budget) {
    SKERRY_ASSIGN(more, scan_.Step());
    if (!more) {
      scan_.Reset();
      SKERRY_TRY(ShowScannedRow());
      return true;
    }
    if (!scanned_.is_open || scanned_.type != scan_.Text(0) || scanned_.id != scan_.Text(1)) {
      SKERRY_TRY(ShowScannedRow());
      scanned_ = ScannedRow{std::string(scan_.Text(0)), std::string(scan_.Text(1)), true, false, false, {}, {}, {}};
    }
    const std::int64_t bucket = scan_.Int64(2);
    const OpId op_id{scan_.Int64(3)};
    if (Raw(op_id) > Raw(scanned_.newest)) scanned_.newest = op_id;
    if (!plan_.scope.Has(bucket)) continue;
    if (IsToBeShown(bucket, op_id)) scanned_.is_wanted = true;
    if (scanned_.winner && Raw(op_id) <= Raw(*scanned_.winner)) continue;
    scanned_.winner = op_id;
    scanned_.value.reset();
    if (!scan_.IsNull(4)) scanned_.value.emplace(scan_.Text(4));
    scanned_.is_bare = scanned_.value && *scanned_.value == kBareData;
  }
  return false;
}

Status Publisher::ShowScannedRow() {
  if (!scanned_.is_open || !scanned_.is_wanted) return kDone;
  if (scanned_.is_bare) {
    if (!others_changed_) return kDone;
    // The row written last may have led to a change of this one after its entry was read.
    SKERRY_ASSIGN(entries, oplog_.Read(scanned_.type, scanned_.id));
    if (entries.empty() || entries.front().is_bare) return kDone;
    scanned_.value = entries.front().data;
  }
  if (!plan_.scope.is_full() && scanned_.winner != scanned_.newest) {
    SKERRY_TRY(oplog_.List(scanned_.type, scanned_.id));
  }
  const auto value = scanned_.value ? std::optional<std::string_view>(*scanned_.value) : std::nullopt;
  SKERRY_ASSIGN(is_whole, WriteRow(scanned_.type, scanned_.id, value));
  (void)is_whole;  // Its entry keeps its data.
  return kDone;
}

Result<bool> Publisher::WriteListed(int& budget) {
  if (!listed_.has_value()) {
    SKERRY_ASSIGN(listed, write_.db().Prepare("SELECT row_type, row_id FROM ps_updated_rows ORDER BY 1, 2"));
    listed_ = std::move(listed);
  }
  for (; budget > 0; --budget) {
    SKERRY_ASSIGN(more, listed_.Step());
    if (!more) {
      listed_.Reset();
      return true;
    }
    const std::string_view type = listed_.Text(0);
    const std::string_view id = listed_.Text(1);
    SKERRY_ASSIGN(entries, oplog_.Read(type, id));
    row_.Reduce(entries, {});
    const RowEntry* winner = row_.Winner();
    if (winner != nullptr && winner->is_bare) continue;  // Nobody changed the row.
    SKERRY_ASSIGN(is_whole, WriteRow(type, id, winner == nullptr ? std::nullopt : winner->data));
    (void)is_whole;
  }
  return false;
}

}  // namespace skerry::store
