// The tables that are replicated now, and those that have to be copied before their changes count.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "replication/postgres/catalog.h"
#include "replication/postgres/live_table.h"
#include "replication/source.h"

namespace skerry::replication::pg {

// Borrows random and log.
class ReplicatedTables {
 public:
  ReplicatedTables(Random& random, LogSink& log) : random_(random), log_(log) {}

  void SetWanted(std::span<const std::string> wanted) { wanted_.assign(wanted.begin(), wanted.end()); }
  const std::vector<std::string>& wanted() const { return wanted_; }
  void SetValueForms(const ValueForms& forms) { types_.SetForms(forms); }

  // Begins anew with what the sink has committed.
  void Reset(std::span<const row::Table> delivered);
  // What the sink has now, for the next Reset().
  std::vector<row::Table> Delivered() const;

  Status LoadTypes(Connection& connection);
  // Types that were made after the last load are loaded.
  Status EnsureTypes(Connection& connection, const Catalog& catalog);

  // Compares with `catalog`: tables that are new or changed wait for a copy from now on. Tells the sink of those that
  // are gone; gives whether there were any.
  Result<bool> Reconcile(Catalog catalog, ChangeSink& sink);

  // A change of `relation` follows, in a transaction that commits at `commit`. True if the catalog has to be read: the
  // table is wanted and not here, or not as it was.
  bool NoteRelation(const Relation& relation, Lsn commit);

  // Null if its changes do not count.
  LiveTable* FindLive(Oid relation, Lsn commit);
  // Whether it waits for a copy.
  bool IsPending(Oid relation) const;

  bool has_pending() const { return !pending_.empty(); }
  // Some table that the sink has is not what it was: until its copy, no state is one that the source had.
  bool has_stale() const;
  const std::set<std::string>& pending() const { return pending_; }

  // `info` is being copied as of `since`.
  LiveTable& BeginCopy(TableInfo info, Lsn since);
  // It was to be copied, and is not there any more.
  Status DropPending(const std::string& name, ChangeSink& sink);

  const TypeCatalog& types() const { return types_; }
  const std::vector<std::string>& problems() const { return problems_; }
  void Report(std::vector<std::string> problems);

 private:
  void Remove(const std::string& name);

  Random& random_;
  LogSink& log_;
  std::vector<std::string> wanted_;
  std::vector<std::string> problems_;
  TypeCatalog types_;
  std::map<std::string, row::Table> delivered_;  // By qualified name, as the sink has them; not yet seen in a catalog.
  std::map<std::string, std::unique_ptr<LiveTable>> live_;  // By qualified name.
  std::unordered_map<Oid, LiveTable*> by_oid_;
  std::unordered_map<Oid, std::string> names_;  // Of everything in the stream, as it was last told.
  std::set<std::string> pending_;
};

}  // namespace skerry::replication::pg
