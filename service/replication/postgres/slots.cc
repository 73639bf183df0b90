#include "replication/postgres/slots.h"

#include <algorithm>

namespace skerry::replication::pg {
namespace {

// The notebook has names with spaces between them.
Result<std::vector<std::string>> ReadNames(Notebook& notes) {
  SKERRY_ASSIGN(text, notes.Read());
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) names.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

Status WriteNames(Notebook& notes, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return notes.Write(text);
}

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Result<std::optional<std::string>> FindLoss(Connection& sql, const std::string& slot, Lsn position) {
  using Loss = std::optional<std::string>;
  const bool has_status = sql.server_version() >= 130000;
  SKERRY_ASSIGN(rows, sql.Query(std::string("SELECT confirmed_flush_lsn, ") + (has_status ? "wal_status" : "NULL") +
                                " FROM pg_catalog.pg_replication_slots WHERE slot_name = " + QuoteText(slot) +
                                " AND database = pg_catalog.current_database() AND plugin = 'pgoutput'"));
  if (rows.count() == 0) return Loss("the replication slot " + slot + " is gone");
  if (rows.Text(0, 1) == "lost") {
    return Loss("PSYNC_S1146: the replication slot " + slot +
                " was invalidated, because it held back more log than max_slot_wal_keep_size allows");
  }
  const std::optional<Lsn> confirmed = ParseLsn(rows.Text(0, 0));
  if (confirmed && *confirmed > position) {
    return Loss("the bucket storage is older than what the replication slot " + slot + " still has");
  }
  SKERRY_ASSIGN(head, sql.Query("SELECT pg_catalog.pg_current_wal_insert_lsn()"));
  if (ParseLsn(head.Text(0, 0)).value_or(Lsn{0}) < position) {
    return Loss(
        "the source is at an earlier state than the bucket storage: it was restored, or another server took over");
  }
  return Loss();
}

Result<std::string> NoteNewSlot(Notebook& notes, const std::string& prefix, Random& random) {
  SKERRY_ASSIGN(names, ReadNames(notes));
  const std::string uuid = NewUuid(random);
  const std::string name = prefix + uuid.substr(0, 8) + uuid.substr(9, 4);
  names.push_back(name);
  SKERRY_TRY(WriteNames(notes, names));
  return name;
}

Result<bool> DropOtherSlots(Connection& sql, Notebook& notes, const std::vector<std::string>& keep, LogSink& log) {
  SKERRY_ASSIGN(names, ReadNames(notes));
  std::vector<std::string> left;
  bool are_gone = true;
  for (const std::string& name : names) {
    if (Has(keep, name)) {
      left.push_back(name);
      continue;
    }
    // In this order: a maker that has gone has left its slot, if it made one.
    SKERRY_ASSIGN(maker,
                  sql.Query("SELECT pid FROM pg_catalog.pg_stat_activity WHERE application_name = " + QuoteText(name)));
    SKERRY_ASSIGN(found,
                  sql.Query("SELECT active FROM pg_catalog.pg_replication_slots WHERE slot_name = " + QuoteText(name)));
    if (found.count() == 0 && maker.count() == 0) continue;
    if (found.count() == 0) {
      left.push_back(name);
      are_gone = false;
      continue;
    }
    const Status dropped = sql.Execute("SELECT pg_catalog.pg_drop_replication_slot(" + QuoteText(name) + ")");
    if (dropped.ok()) {
      log.Log(LogLevel::kInfo, "dropped the replication slot " + name + ", which is no longer needed");
    } else {
      if (sql.is_broken()) return dropped.error();
      left.push_back(name);
      are_gone = false;
    }
  }
  if (left != names) SKERRY_TRY(WriteNames(notes, left));
  return are_gone;
}

Status WarnAboutForeignSlots(Connection& sql, Notebook& notes, const std::string& prefix, LogSink& log) {
  SKERRY_ASSIGN(names, ReadNames(notes));
  SKERRY_ASSIGN(rows, sql.Query("SELECT slot_name, pg_catalog.pg_size_pretty(pg_catalog.pg_wal_lsn_diff("
                                "pg_catalog.pg_current_wal_lsn(), restart_lsn)) FROM pg_catalog.pg_replication_slots "
                                "WHERE NOT active AND NOT temporary AND database = pg_catalog.current_database() AND "
                                "pg_catalog.starts_with(slot_name, " +
                                QuoteText(prefix) + ")"));
  for (int i = 0; i < rows.count(); ++i) {
    const std::string name(rows.Text(i, 0));
    if (Has(names, name)) continue;
    log.Log(LogLevel::kWarn, "the replication slot " + name + " is not of this service and holds back " +
                                 std::string(rows.Text(i, 1)) +
                                 " of the source's log; if no other service uses it, run: SELECT "
                                 "pg_drop_replication_slot(" +
                                 QuoteText(name) + ")");
  }
  return kDone;
}

}  // namespace skerry::replication::pg
