#include "replication/postgres/catalog.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace skerry::replication::pg {
namespace {

struct NamePart {
  std::string_view text;
  bool is_prefix = false;

  bool Matches(std::string_view name) const { return is_prefix ? name.substr(0, text.size()) == text : name == text; }
  std::string Condition(const char* column) const {
    return is_prefix ? std::string("pg_catalog.starts_with(") + column + ", " + QuoteText(text) + ")"
                     : std::string(column) + " = " + QuoteText(text);
  }
};

struct NamePattern {
  NamePart schema;
  NamePart name;
};

NamePart ParsePart(std::string_view text) {
  if (!text.empty() && text.back() == '%') return {text.substr(0, text.size() - 1), true};
  return {text, false};
}

NamePattern ParsePattern(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return {{"public"}, ParsePart(text)};
  return {ParsePart(text.substr(0, point)), ParsePart(text.substr(point + 1))};
}

bool IsSystemSchema(std::string_view schema) { return schema.substr(0, 3) == "pg_" || schema == "information_schema"; }

bool Matches(const NamePattern& pattern, std::string_view schema, std::string_view name) {
  return pattern.schema.Matches(schema) && pattern.name.Matches(name) &&
         !(pattern.schema.is_prefix && IsSystemSchema(schema));
}

// A relation whose name is wanted, whatever it is.
struct Candidate {
  TableInfo info;
  char kind = 'r';
  bool is_published = false;
  bool is_readable = false;
  bool hides_rows = false;
  std::string column_list;  // Of the publication: ",a,b,". Empty: every column.
};

std::string OidList(const std::map<Oid, Candidate>& candidates) {
  std::string list;
  for (const auto& [oid, candidate] : candidates) list += (list.empty() ? "" : ",") + std::to_string(oid);
  return list;
}

Result<std::map<Oid, Candidate>> FindCandidates(Connection& connection, std::span<const std::string> wanted) {
  std::map<Oid, Candidate> candidates;
  std::string where;
  for (const std::string& text : wanted) {
    const NamePattern pattern = ParsePattern(text);
    where += where.empty() ? "" : " OR ";
    where += "(" + pattern.schema.Condition("n.nspname") + " AND " + pattern.name.Condition("c.relname") + ")";
  }
  if (where.empty()) return candidates;
  const bool has_lists = connection.server_version() >= 150000;
  SKERRY_ASSIGN(
      rows, connection.Query(
                std::string("SELECT c.oid, n.nspname, c.relname, c.relkind, c.relreplident, "
                            "p.pubname IS NOT NULL, pg_catalog.has_table_privilege(c.oid, 'SELECT') AND "
                            "pg_catalog.has_schema_privilege(n.oid, 'USAGE'), "
                            "pg_catalog.row_security_active(c.oid), ") +
                (has_lists ? "p.rowfilter, ',' || pg_catalog.array_to_string(p.attnames, ',') || ','" : "NULL, NULL") +
                " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                "LEFT JOIN pg_catalog.pg_publication_tables p ON p.pubname = '" +
                kPublication +
                "' AND p.schemaname = n.nspname AND p.tablename = c.relname "
                "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (" +
                where + ") ORDER BY 2, 3"));
  for (int i = 0; i < rows.count(); ++i) {
    Candidate candidate;
    candidate.info.oid = static_cast<Oid>(rows.Int(i, 0));
    candidate.info.table.schema = rows.Text(i, 1);
    candidate.info.table.name = rows.Text(i, 2);
    candidate.kind = rows.Text(i, 3)[0];
    candidate.info.replica_identity = rows.Text(i, 4)[0];
    candidate.is_published = rows.Bool(i, 5);
    candidate.is_readable = rows.Bool(i, 6);
    candidate.hides_rows = rows.Bool(i, 7);
    candidate.info.row_filter = rows.Text(i, 8);
    candidate.column_list = rows.Text(i, 9);
    if (!IsWanted(wanted, candidate.info.table.schema, candidate.info.table.name)) continue;
    candidates.emplace(candidate.info.oid, std::move(candidate));
  }
  return candidates;
}

// The columns that a change carries: not the generated ones, which Postgres does not publish.
Status ReadColumns(Connection& connection, std::map<Oid, Candidate>& candidates,
                   std::map<Oid, std::vector<int>>& positions) {
  const std::string generated = connection.server_version() >= 120000 ? "attgenerated = ''" : "true";
  SKERRY_ASSIGN(rows, connection.Query("SELECT attrelid, attnum, attname, atttypid, attlen = -1 AND attstorage <> 'p', "
                                       "attlen > 0 FROM pg_catalog.pg_attribute WHERE attrelid IN (" +
                                       OidList(candidates) + ") AND attnum > 0 AND NOT attisdropped AND " + generated +
                                       " ORDER BY attrelid, attnum"));
  for (int i = 0; i < rows.count(); ++i) {
    const Oid oid = static_cast<Oid>(rows.Int(i, 0));
    Candidate& candidate = candidates.find(oid)->second;
    const std::string name(rows.Text(i, 2));
    if (!candidate.column_list.empty() && candidate.column_list.find("," + name + ",") == std::string::npos) continue;
    const auto number = static_cast<std::size_t>(rows.Int(i, 1));
    std::vector<int>& by_number = positions[oid];
    if (by_number.size() <= number) by_number.resize(number + 1, -1);
    by_number[number] = static_cast<int>(candidate.info.table.columns.size());
    candidate.info.table.columns.push_back(name);
    candidate.info.columns.push_back(
        {.type = static_cast<Oid>(rows.Int(i, 3)), .is_toastable = rows.Bool(i, 4), .is_fixed_size = rows.Bool(i, 5)});
  }
  return kDone;
}

// Positions of an index's columns: "2 1" counts from one over all columns ever made.
std::vector<int> KeyOf(std::string_view numbers, const std::vector<int>& positions) {
  std::vector<int> key;
  const char* at = numbers.data();
  const char* const end = at + numbers.size();
  while (at < end) {
    std::size_t number = 0;
    at = std::from_chars(at, end, number).ptr + 1;
    if (number >= positions.size() || positions[number] < 0) return {};
    key.push_back(positions[number]);
  }
  return key;
}

Status ReadKeys(Connection& connection, std::map<Oid, Candidate>& candidates,
                std::map<Oid, std::vector<int>>& positions) {
  SKERRY_ASSIGN(rows, connection.Query("SELECT indrelid, indkey::text, indisreplident FROM pg_catalog.pg_index WHERE "
                                       "indrelid IN (" +
                                       OidList(candidates) + ") AND (indisprimary OR indisreplident) AND indisvalid"));
  for (int i = 0; i < rows.count(); ++i) {
    const Oid oid = static_cast<Oid>(rows.Int(i, 0));
    TableInfo& info = candidates.find(oid)->second.info;
    const bool is_identity = rows.Bool(i, 2);
    if (info.replica_identity == 'i' && !is_identity) continue;
    if (info.replica_identity != 'i' && is_identity && !info.table.key.empty()) continue;
    info.table.key = KeyOf(rows.Text(i, 1), positions[oid]);
  }
  for (auto& [oid, candidate] : candidates) {
    TableInfo& info = candidate.info;
    info.has_key = !info.table.key.empty();
    if (!info.has_key) {
      for (std::size_t i = 0; i < info.table.columns.size(); ++i) info.table.key.push_back(static_cast<int>(i));
    }
    // A change of any of this makes the stored rows worthless, though names and key are the same.
    info.table.mark = std::to_string(oid);
    for (const ColumnInfo& column : info.columns) info.table.mark += "," + std::to_string(column.type);
    info.table.mark += info.has_key ? ";" : ";all";
    info.table.mark += info.row_filter;
  }
  return kDone;
}

// Why the relation cannot be replicated; nothing if it can.
std::vector<std::string> Obstacles(const Candidate& candidate, const std::string& role) {
  const row::Table& table = candidate.info.table;
  const std::string named = "table '" + table.QualifiedName() + "'";
  switch (candidate.kind) {
    case 'p':
      return {"PSYNC_S1143: " + named +
              " is partitioned, and its changes come under the names of its partitions: name those in the sync config, "
              "with a wildcard and an alias, for example FROM \"" +
              table.name + "_%\" AS " + table.name};
    case 'v':
    case 'm':
    case 'f':
      return {"'" + table.QualifiedName() + "' is a " +
              (candidate.kind == 'v'   ? "view"
               : candidate.kind == 'm' ? "materialized view"
                                       : "foreign table") +
              "; only ordinary tables can be replicated"};
    default:
      break;
  }
  std::vector<std::string> obstacles;
  if (!candidate.is_published) {
    obstacles.push_back("PSYNC_S1141: " + named + " is not in the publication; run: ALTER PUBLICATION " + kPublication +
                        " ADD TABLE " + QuotedName(table));
  }
  if (!candidate.is_readable) {
    obstacles.push_back(named + " may not be read; run: GRANT USAGE ON SCHEMA " + QuoteName(table.schema) + " TO " +
                        QuoteName(role) + "; GRANT SELECT ON " + QuotedName(table) + " TO " + QuoteName(role));
  }
  if (candidate.hides_rows) {
    obstacles.push_back("PSYNC_S1145: row level security hides rows of " + named + " from skerryd; run: ALTER ROLE " +
                        QuoteName(role) + " BYPASSRLS");
  }
  return obstacles;
}

// What works, but not as one would expect.
std::string Doubt(const TableInfo& info) {
  if (info.has_key || info.replica_identity == 'f') return {};
  return "table '" + info.table.QualifiedName() +
         "' has no replica identity, so Postgres refuses to update and delete its rows; add a primary key or run: "
         "ALTER "
         "TABLE " +
         QuotedName(info.table) + " REPLICA IDENTITY FULL";
}

}  // namespace

std::string QuotedName(const row::Table& table) { return QuoteName(table.schema) + "." + QuoteName(table.name); }

bool IsWanted(std::span<const std::string> wanted, std::string_view schema, std::string_view name) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const std::string& text) { return Matches(ParsePattern(text), schema, name); });
}

Result<Catalog> ReadCatalog(Connection& connection, std::span<const std::string> wanted) {
  Catalog catalog;
  SKERRY_ASSIGN(candidates, FindCandidates(connection, wanted));
  if (!candidates.empty()) {
    std::map<Oid, std::vector<int>> positions;
    SKERRY_TRY(ReadColumns(connection, candidates, positions));
    SKERRY_TRY(ReadKeys(connection, candidates, positions));
  }
  for (const std::string& text : wanted) {
    const NamePattern pattern = ParsePattern(text);
    const auto matches = [&](const auto& entry) {
      return Matches(pattern, entry.second.info.table.schema, entry.second.info.table.name);
    };
    if (std::any_of(candidates.begin(), candidates.end(), matches)) continue;
    if (pattern.schema.is_prefix || pattern.name.is_prefix) continue;  // May well match nothing yet.
    catalog.problems.push_back("table '" + text +
                               "' is not in the source database; it is replicated as soon as it is created and in the "
                               "publication " +
                               kPublication);
  }
  for (auto& [oid, candidate] : candidates) {
    std::vector<std::string> problems = Obstacles(candidate, connection.user());
    // A wildcard over partitions matches the root, too; that one has no rows of its own.
    const row::Table& table = candidate.info.table;
    const bool is_named = std::find(wanted.begin(), wanted.end(), table.name) != wanted.end() ||
                          std::find(wanted.begin(), wanted.end(), table.QualifiedName()) != wanted.end();
    const bool is_table = candidate.kind == 'r';
    if (!is_table && !is_named) continue;
    std::string doubt = is_table ? Doubt(candidate.info) : "";
    const bool is_just_unpublished = is_table && !candidate.is_published && problems.size() == 1;
    if (problems.empty()) {
      catalog.tables.push_back(std::move(candidate.info));
    } else if (is_just_unpublished) {
      catalog.unpublished.push_back(std::move(candidate.info));
    }
    for (std::string& problem : problems) catalog.problems.push_back(std::move(problem));
    if (!doubt.empty()) catalog.problems.push_back(std::move(doubt));
  }
  return catalog;
}

}  // namespace skerry::replication::pg
