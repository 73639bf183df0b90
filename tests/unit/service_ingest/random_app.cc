#include "random_app.h"

#include <algorithm>

#include "base/json.h"
#include "replication/sqlite/change_reader.h"

namespace skerry::test {
namespace {

const std::vector<std::string> kTables = {"t0", "t1", "t2"};
// No declared types, so that SQLite compares without affinity, as the rules do. `d` may hold blobs, so it is no key.
const std::vector<std::string> kColumns = {"id", "a", "b", "c", "d"};
const std::vector<std::string> kKeyColumns = {"id", "a", "b", "c"};
// A JSON value for each SQL literal, since both sides of a comparison draw from here.
const std::vector<std::pair<std::string, std::string>> kValues = {
    {"1", "1"},       {"2", "2"},       {"2.0", "2.0"},   {"2.5", "2.5"},
    {"'1'", "\"1\""}, {"'x'", "\"x\""}, {"'é'", "\"é\""}, {"'say \"hi\"'", "\"say \\\"hi\\\"\""},
    {"NULL", "null"}, {"1", "true"},    {"-7", "-7"},     {"9007199254740993", "9007199254740993"}};

}  // namespace

std::string RandomApp::Setup() const {
  if (unique_ids_) {
    return "CREATE TABLE t0(id TEXT PRIMARY KEY NOT NULL, a, b, c, d);"
           "CREATE TABLE t1(id INTEGER PRIMARY KEY, a, b UNIQUE, c, d);"
           "CREATE TABLE t2(a, b, c, d, id TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;";
  }
  return "CREATE TABLE t0(id PRIMARY KEY, a, b, c, d);"
         "CREATE TABLE t1(id PRIMARY KEY, a, b UNIQUE, c, d) WITHOUT ROWID;"
         "CREATE TABLE t2(a, b, c, d, id, PRIMARY KEY (id, a));";
}

// The tables as the rules see them: a row with a NULL in its primary key has no identity and is not replicated (SQLite
// allows it in ordinary tables), and a unary plus takes away the affinity that a declared type gives to comparisons.
std::string RandomApp::KnownRows() const {
  const std::string has_key = unique_ids_ ? "" : " AND a IS NOT NULL";
  return "WITH known_t0 AS (SELECT +id AS id, a, b, c, d FROM t0 WHERE id IS NOT NULL), "
         "known_t1 AS (SELECT +id AS id, a, b, c, d FROM t1 WHERE id IS NOT NULL), "
         "known_t2 AS (SELECT a, b, c, d, +id AS id FROM t2 WHERE id IS NOT NULL" +
         has_key + ") ";
}

std::string RandomApp::Literal() { return Pick(kValues).first; }

std::string RandomApp::Filter(const std::string& qualifier) {
  static const std::vector<std::string> kOperators = {"=", "!=", "<>", "<", "<=", ">", ">="};
  const std::string column = qualifier + Pick(kColumns);
  switch (Below(6)) {
    case 0:
      return column + " IS NULL";
    case 1:
      return column + " IS NOT NULL";
    case 2:
      return column + " " + Pick(kOperators) + " " + qualifier + Pick(kColumns);
    default: {
      std::string literal = Literal();
      if (literal == "NULL") literal = "3";
      return Below(2) == 0 ? column + " " + Pick(kOperators) + " " + literal
                           : literal + " " + Pick(kOperators) + " " + column;
    }
  }
}

std::string RandomApp::RequestValue(bool with_subscription) {
  static const std::vector<std::string> kSigned = {"auth.user_id()", "auth.parameter('p')",
                                                   "auth.parameter('$.app.q')"};
  if (with_subscription && Below(2) == 0) return "subscription.parameter('s')";
  return Pick(kSigned);
}

std::string RandomApp::Subquery(bool with_subscription, int depth) {
  std::string sql = "(SELECT " + Pick(kKeyColumns) + " FROM " + Pick(kTables);
  std::string separator = " WHERE ";
  const auto add = [&](const std::string& condition) {
    sql += separator + condition;
    separator = " AND ";
  };
  if (Below(4) != 0) add(Pick(kKeyColumns) + " = " + RequestValue(with_subscription));
  if (Below(3) == 0) add(Filter(""));
  if (depth > 0 && Below(3) == 0) add(Pick(kKeyColumns) + " IN " + Subquery(with_subscription, depth - 1));
  return sql + ")";
}

std::string RandomApp::Where(bool with_subscription) {
  std::string sql;
  const std::size_t conditions = Below(4);
  for (std::size_t i = 0; i < conditions; ++i) {
    sql += i == 0 ? " WHERE " : " AND ";
    switch (Below(8)) {
      case 0:
      case 1:
        sql += Filter("");
        break;
      case 2:
      case 3:
        sql += Pick(kKeyColumns) + " = " + RequestValue(with_subscription);
        break;
      case 4:
        sql += RequestValue(with_subscription) + " = " + Pick(kKeyColumns);
        break;
      case 5:
        sql += RequestValue(with_subscription) + (Below(2) == 0 ? " IS NOT NULL" : " >= 1");
        break;
      case 6:
        sql += RequestValue(with_subscription) + " IN " + Subquery(with_subscription, 1);
        break;
      default:
        sql += Pick(kKeyColumns) + " IN " + Subquery(with_subscription, 2);
    }
  }
  return sql;
}

std::string RandomApp::Streams() {
  queries_.clear();
  std::string yaml;
  const std::size_t streams = 1 + Below(3);
  for (std::size_t i = 0; i < streams; ++i) {
    const bool is_default = Below(2) == 0;
    const std::string name = "s" + std::to_string(i);
    yaml += "  " + name + ":\n    auto_subscribe: " + (is_default ? "true" : "false") + "\n    queries:\n";
    const std::size_t queries = 1 + Below(3);
    for (std::size_t q = 0; q < queries; ++q) {
      const std::string text = "SELECT * FROM " + Pick(kTables) + Where(!is_default);
      yaml += "      - >-\n        " + text + "\n";
      queries_.push_back({text, is_default, name});
    }
  }
  return yaml;
}

std::string RandomApp::Transaction() {
  std::string sql = "BEGIN;";
  const std::size_t statements = 1 + Below(6);
  for (std::size_t i = 0; i < statements; ++i) {
    const std::string table = Pick(kTables);
    const auto literal = [&] {
      const std::string text = Literal();
      return text == "NULL" && table == "t1" ? std::string("5") : text;
    };
    switch (Below(7)) {
      case 0:
        sql += "DELETE FROM " + table + " WHERE " + Filter("");
        break;
      case 1:
        sql += "UPDATE OR REPLACE " + table + " SET " + Pick(kColumns) + " = " + literal() + " WHERE " + Filter("");
        break;
      case 2:
        sql += "UPDATE OR IGNORE " + table + " SET id = " + literal() + ", a = " + literal() + " WHERE " + Filter("");
        break;
      case 3:
        sql += "INSERT OR IGNORE INTO " + table + "(id, a, b, c, d) VALUES (" + literal() + ", " + literal() + ", " +
               literal() + ", " + literal() + ", x'00ff')";
        break;
      default:
        sql += "REPLACE INTO " + table + "(id, a, b, c, d) VALUES (" + literal() + ", " + literal() + ", " + literal() +
               ", " + literal() + ", " + literal() + ")";
    }
    sql += ";";
  }
  return sql + (Below(10) == 0 ? "ROLLBACK" : "COMMIT");
}

RandomApp::Request RandomApp::NextRequest() {
  const auto& user = Pick(kValues);
  const auto& p = Pick(kValues);
  const auto& q = Pick(kValues);
  const auto& s = Pick(kValues);
  Request request;
  request.token =
      "{\"sub\":" + user.second + ",\"p\":" + p.second + ",\"app\":{\"q\":" + q.second + "},\"$.app.q\":\"trap\"}";
  for (const Query& query : queries_) {
    if (query.is_default) continue;
    const auto is_same = [&](const rules::Subscription& known) { return known.stream == query.stream; };
    if (std::any_of(request.subscriptions.begin(), request.subscriptions.end(), is_same)) continue;
    request.subscriptions.push_back({query.stream, "{\"s\":" + s.second + "}", std::nullopt});
  }
  request.values = {{"auth.user_id()", user.first},
                    {"auth.parameter('p')", p.first},
                    {"auth.parameter('$.app.q')", q.first},
                    {"subscription.parameter('s')", s.first}};
  return request;
}

std::string RandomApp::Request::ToText() const {
  std::string text = token;
  for (const rules::Subscription& subscription : subscriptions) {
    text += " " + subscription.stream + subscription.parameters_json;
  }
  return text;
}

Rows RandomApp::Expected(sqlite::Connection& app, const Request& request) const {
  Rows rows;
  for (const Query& query : queries_) {
    std::string sql = query.text;
    for (const auto& [expression, literal] : request.values) {
      for (std::size_t at = sql.find(expression); at != std::string::npos; at = sql.find(expression, at)) {
        sql.replace(at, expression.size(), literal);
        at += literal.size();
      }
    }
    for (const std::string& name : kTables) {
      for (std::size_t at = sql.find("FROM " + name); at != std::string::npos; at = sql.find("FROM " + name, at)) {
        sql.insert(at + std::string("FROM ").size(), "known_");
      }
    }
    auto select = Must(app.Prepare(KnownRows() + sql));
    const std::string table = query.text.substr(std::string("SELECT * FROM ").size(), 2);
    while (Must(select.Step())) {
      std::string id;
      std::string data = "{";
      for (int i = 0; i < select.ColumnCount(); ++i) {
        const row::Value value = replication::ValueAt(select, i);
        if (select.ColumnName(i) == "id") {
          if (value.type == row::Type::kText) {
            id = std::string(value.bytes);
          } else {
            row::AppendKey(id, value);
          }
        }
        if (value.type == row::Type::kBlob) continue;
        if (data.size() > 1) data += ',';
        AppendJsonString(data, select.ColumnName(i));
        data += ':';
        row::AppendJson(data, value);
      }
      rows.insert_or_assign(table + "/" + id, data + "}");
    }
  }
  return rows;
}

}  // namespace skerry::test
