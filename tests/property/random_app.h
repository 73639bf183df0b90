// What an app may do to its tables, at random: schemas, triggers and statements of every kind, some of which fail.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "support/local_store.h"

namespace skerry::test {

inline const std::vector<std::string> kFirstTables = {
    R"({"name":"notes","columns":[{"name":"t","type":"text"},{"name":"i","type":"integer"},{"name":"r","type":"real"}]})",
    R"({"name":"logs","columns":[{"name":"t","type":"text"},{"name":"i","type":"integer"}],
        "indexes":[{"name":"by_t","columns":[{"name":"t","ascending":true,"type":"text"}]}]})",
    R"({"name":"marks","include_metadata":true,
        "columns":[{"name":"t","type":"text"},{"name":"r","type":"real"},{"name":"i","type":"integer"}]})"};

inline std::string SchemaOf(const std::vector<std::string>& tables) {
  std::string json;
  for (const std::string& table : tables) json += (json.empty() ? "" : ",") + table;
  return R"({"tables":[)" + json + "]}";
}

class RandomApp {
 public:
  explicit RandomApp(Random& random) : random_(random) {}

  std::uint64_t Pick(std::uint64_t below) { return random_.Next() % below; }
  template <typename T>
  const T& One(const std::vector<T>& of) {
    return of[Pick(of.size())];
  }

  // Columns that go, come and change, tables that do, other names and other kinds.
  std::string Schema() {
    const std::vector<std::string> names = {"notes", "logs", "marks"};
    std::vector<std::string> tables;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (Pick(2) == 0) {
        tables.push_back(kFirstTables[i]);
      } else if (Pick(4) != 0) {
        tables.push_back(Table(names[i]));
      }
    }
    return SchemaOf(tables);
  }

  // Most have an end; SQLite's limit of depth stops the others.
  std::string Trigger(const std::vector<std::string>& tables) {
    const std::string a = One(tables);
    const std::string b = One(tables);
    const std::string act = One<std::string>({
        "UPDATE " + b + " SET t = 'set' WHERE id = #.id",
        "UPDATE " + b + " SET i = ifnull(i, 0) + 1",
        "UPDATE " + a + " SET t = 'again' WHERE id = #.id AND t IS NOT 'again'",
        "DELETE FROM " + b + " WHERE id = #.id",
        "DELETE FROM " + b + " WHERE id > #.id",
        "INSERT OR REPLACE INTO " + b + "(id, t) VALUES(#.id, 'born')",
        "INSERT INTO " + b + "(id, t) VALUES(#.id, 'born') ON CONFLICT(id) DO UPDATE SET t = 'merged'",
        "UPDATE " + b + " SET t = 'half'; SELECT RAISE(FAIL, 'no') WHERE #.id = 'c'",
        "UPDATE " + b + " SET i = 1; SELECT RAISE(ABORT, 'no') WHERE #.id = 'b'",
        "DELETE FROM " + b + " WHERE id = 'a'; SELECT RAISE(IGNORE) WHERE #.id < 'c'",
    });
    const std::string event = One<std::string>({"INSERT", "UPDATE", "UPDATE", "DELETE"});
    std::string sql = std::string("CREATE ") + (Pick(3) == 0 ? "TEMP " : "") + "TRIGGER tr" + std::to_string(Pick(3)) +
                      (Pick(2) == 0 ? " AFTER " : " BEFORE ") + event + " ON main." + a + " BEGIN " + act + "; END";
    for (std::size_t at; (at = sql.find('#')) != std::string::npos;) {
      sql.replace(at, 1, event == "DELETE" ? "OLD" : event == "INSERT" || Pick(2) == 0 ? "NEW" : "OLD");
    }
    return sql;
  }

  // `columns`: all that table `a` has but the id, also those that the schema does not know.
  std::string Write(const std::string& a, const std::string& b, const std::vector<std::string>& columns) {
    const std::string c = columns.empty() ? "id" : One(columns);
    const std::string id = Id(), other = Id(), v = Value(), w = Value();
    const std::string breaks = "CASE id WHEN " + id + " THEN x'00' ELSE " + v + " END";
    switch (Pick(28)) {
      default:
        return "UPDATE " + a + " SET " + c + " = " + v + " WHERE id = " + id;
      case 0:
        return "UPDATE " + a + " SET " + c + " = " + v;
      case 1:
        return "UPDATE " + a + " SET " + c + " = " + c;
      case 2:
        return "DELETE FROM " + a + " WHERE id = " + id;
      case 3:
        return "DELETE FROM " + a;
      case 4:
        return "INSERT INTO " + a + "(id, " + c + ") VALUES(" + id + ", " + v + "), (" + other + ", " + w + ")";
      case 5:
        return "REPLACE INTO " + a + "(id, " + c + ") VALUES(" + id + ", " + v + "), (" + other + ", " + w + ")";
      case 6:
        return "REPLACE INTO " + a + "(id) SELECT id FROM " + b;
      case 7:
        return "INSERT INTO " + a + "(id, " + c + ") VALUES(" + id + ", " + v + "), (" + id + ", " + w +
               ") ON CONFLICT(id) DO UPDATE SET " + c + " = excluded." + c;
      case 8:
        return "INSERT OR IGNORE INTO " + a + "(id, " + c + ") VALUES(" + id + ", " + v + ")";
      case 9:
        return "INSERT OR FAIL INTO " + a + "(id, " + c + ") VALUES('e', " + v + "), (" + id + ", x'00')";
      case 10:
        return "UPDATE OR FAIL " + a + " SET " + c + " = " + breaks;
      case 11:
        return "UPDATE " + a + " SET " + c + " = " + breaks;
      case 12:
        return "UPDATE OR IGNORE " + a + " SET " + c + " = " + breaks;
      case 13:
        return "UPDATE OR REPLACE " + a + " SET rowid = 1 WHERE id = " + id;
      case 14:
        return "UPDATE " + a + " SET rowid = rowid + 1";
      case 15:
      case 24:
        return "INSERT INTO " + a + "(" + c + ") VALUES(" + v + ")";
      case 16:
        return "UPDATE " + a + " SET " + c + " = " + v + ", id = 'z' WHERE id >= " + id;
      case 17:
        return "UPDATE " + a + " SET " + c + " = " + v + ", _deleted = TRUE WHERE id = " + id;
      case 18:
        return "UPDATE " + a + " SET " + c + " = " + v + ", _metadata = 'm' WHERE id = " + id;
      case 19:
        return "INSERT INTO " + a + "(id, " + c + ", _metadata, _deleted) VALUES(" + id + ", " + v +
               ", 'm', 1) ON CONFLICT(id) DO UPDATE SET " + c + " = " + w + ", _deleted = " + std::to_string(Pick(2));
      case 20:
        return "UPDATE " + a + " SET " + c + " = o.id FROM " + b + " AS o WHERE o.id = " + a + ".id";
      case 21:
        return "DELETE FROM " + a + " WHERE id >= " + id + " RETURNING id";
      case 22:
        return "INSERT OR ROLLBACK INTO " + a + "(id, " + c + ") VALUES('e', " + v + "), (" + id + ", " + w + ")";
      case 23:
        return "INSERT OR REPLACE INTO " + a + "(rowid, id, " + c + ") VALUES(1, " + id + ", " + v + ")";
    }
  }

 private:
  std::string Table(const std::string& type) {
    std::string json = R"({"name":")" + type + '"';
    const std::uint64_t kind = Pick(12);
    if (kind == 0) json += R"(,"local_only":true)";
    if (kind == 1) json += R"(,"insert_only":true)";
    if (kind > 1 && Pick(3) == 0) json += R"(,"include_metadata":true)";
    const std::uint64_t name = Pick(8);
    if (name == 0) json += R"(,"view_name":")" + type + "_view\"";
    if (name == 1) json += R"(,"view_name":")" + std::string(1, static_cast<char>(type[0] - 32)) + type.substr(1) + '"';
    if (Pick(4) == 0) json += R"(,"ignore_empty_update":true)";
    std::string columns;
    for (const char* column : {"t", "i", "r", "x"}) {
      if (Pick(4) == 0) continue;
      const std::string usual = *column == 'i' ? "integer" : *column == 'r' ? "real" : "text";
      const std::string chosen = Pick(4) == 0 ? One<std::string>({"text", "integer", "real", "date"}) : usual;
      columns += (columns.empty() ? "" : ",") + std::string(R"({"name":")") + column + R"(","type":")" + chosen + "\"}";
    }
    return json + R"(,"columns":[)" + columns + "]}";
  }

  std::string Id() { return "'" + std::string(1, static_cast<char>('a' + Pick(5))) + "'"; }
  std::string Value() {
    const std::string n = std::to_string(Pick(1000));
    return One<std::string>({"'mine" + n + "'", n, n + ".25", "NULL", "'" + n + "'"});
  }

  Random& random_;
};

}  // namespace skerry::test
