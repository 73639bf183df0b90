#include "random_query.h"

namespace skerry::test {
namespace {

std::string Quoted(const std::string& text) { return "'" + text + "'"; }

}  // namespace

std::string RandomQueries::Literal() { return OneOf("0", "1", "2", "3", "1.0", "1.5", "'p'", "'q'", "'1'"); }

std::string RandomQueries::Array() {
  if (Chance(15)) return "NULL";
  std::string text = "[";
  for (int i = Below(4); i > 0; --i) {
    text += OneOf("0", "1", "2", "1.0", "\"p\"", "\"q\"", "null", "true");
    if (i > 1) text += ",";
  }
  return Quoted(text + "]");
}

std::string RandomQueries::Database(int rows) {
  std::string sql;
  for (int table = 0; table < kTables; ++table) {
    const std::string name = "t" + std::to_string(table);
    // Without types: keys know no affinity.
    sql += "CREATE TABLE " + name + "(id, a, b, c, arr);\n";
    for (int row = 0; row < rows; ++row) {
      const auto cell = [&] { return Chance(15) ? std::string("NULL") : Literal(); };
      sql += "INSERT INTO " + name + " VALUES(" +
             (Chance(30) ? Quoted("r" + std::to_string(row)) : std::to_string(row)) + "," + cell() + "," + cell() +
             "," + cell() + "," + Array() + ");\n";
    }
  }
  return sql;
}

RandomRequest RandomQueries::Request() {
  const auto object = [&] {
    std::string text = "{\"sub\":" + OneOf("1", "\"p\"", "\"q\"", "2.0");
    for (const char* name : {"k", "m"}) {
      if (Chance(85))
        text += ",\"" + std::string(name) + "\":" + OneOf("0", "1", "2", "1.5", "\"p\"", "\"q\"", "null", "true");
    }
    std::string list = "[";
    for (int i = Below(4); i > 0; --i) list += OneOf("0", "1", "2", "\"p\"", "null") + (i > 1 ? "," : "");
    return text + ",\"list\":" + list + "]}";
  };
  RandomRequest request{.token = object(), .connection = object(), .subscription = ""};
  if (Chance(60)) request.subscription = object();
  request_ = request;
  return request;
}

Both RandomQueries::RequestValue() {
  const std::string key = OneOf("k", "m");
  switch (Below(6)) {
    case 0:
      return {"subscription.parameter('" + key + "')", "(@sub ->> '" + key + "')"};
    case 1:
      return {"connection.parameter('$." + key + "')", "('" + request_.connection + "' ->> '" + key + "')"};
    case 2:
      return {"auth.user_id()", "('" + request_.token + "' ->> 'sub')"};
    case 3:
      return {"ifnull(auth.parameter('" + key + "'), 'p')", "ifnull('" + request_.token + "' ->> '" + key + "', 'p')"};
    case 4:
      return {"(auth.parameters() ->> '" + key + "')", "('" + request_.token + "' ->> '" + key + "')"};
    default:
      return {"auth.parameter('" + key + "')", "('" + request_.token + "' ->> '" + key + "')"};
  }
}

Both RandomQueries::RequestArray() {
  if (Chance(30)) return {"connection.parameter('list')", "('" + request_.connection + "' ->> 'list')"};
  return {"auth.parameter('list')", "('" + request_.token + "' ->> 'list')"};
}

std::string RandomQueries::RowValue(const std::string& alias) {
  const std::string column = alias + "." + Column();
  switch (Below(9)) {
    case 0:
      return "(" + column + " + 1)";
    case 1:
      return (is_sqlite_ ? "lower(" : "typeof(") + column + ")";
    case 2:
      return "ifnull(" + column + ", " + Literal() + ")";
    case 3:
      return "CASE WHEN " + column + " > 1 THEN " + alias + ".a ELSE " + alias + ".b END";
    default:
      return column;
  }
}

std::string RandomQueries::RowTest(const std::string& alias) {
  const std::string value = RowValue(alias);
  const std::string_view comparison[] = {"=", "!=", "<", "<=", ">", ">="};
  std::string test;
  switch (Below(8)) {
    case 0:
      test = value + " IS NULL";
      break;
    case 1:
      test = value + " IN @list(" + Literal() + ", " + Literal() + ")";
      break;
    case 2:
      test = value + " BETWEEN " + Literal() + " AND " + Literal();
      break;
    case 3:
      test = value + " IN @json(" + alias + ".arr)";
      break;
    case 4:
      test = value + " = " + alias + "." + Column();
      break;
    default:
      test = value + " " + std::string(comparison[Below(6)]) + " " + Literal();
      break;
  }
  return is_sqlite_ && Chance(25) ? "NOT (" + test + ")" : test;
}

Both RandomQueries::Subquery(const std::string& outer, int depth) {
  const std::string alias = "x" + std::to_string(next_alias_++);
  const std::string table = "t" + std::to_string(Below(kTables));
  Both made;
  std::string from = table + " AS " + alias;
  std::string value = RowValue(alias);
  Both where = Chance(70) ? Match(alias, depth - 1) : Both{RowTest(alias), ""};
  if (where.sql.empty()) where.sql = where.stream;
  if (Chance(25)) {
    const std::string element = "e" + std::to_string(next_alias_++);
    from += ", json_each(" + alias + ".arr) AS " + element;
    value = element + ".value";
  }
  if (!outer.empty() && Chance(30)) {
    const std::string correlation = " AND " + alias + "." + Column() + " = " + outer + "." + Column();
    where.stream += correlation;
    where.sql += correlation;
  }
  made.stream = "(SELECT " + value + " FROM " + from + " WHERE " + where.stream + ")";
  made.sql = "(SELECT " + value + " FROM " + from + " WHERE " + where.sql + ")";
  return made;
}

// A condition that relates `alias` with the request or with another table.
Both RandomQueries::Match(const std::string& alias, int depth) {
  const std::string value = RowValue(alias);
  switch (Below(depth > 0 ? 9 : 6)) {
    case 0: {
      const Both array = RequestArray();
      return {value + " IN " + array.stream, value + " IN (SELECT value FROM json_each(" + array.sql + "))"};
    }
    case 1: {
      const Both request = RequestValue();
      return {request.stream + " IN " + alias + ".arr",
              request.sql + " IN (SELECT value FROM json_each(" + alias + ".arr))"};
    }
    case 2: {
      const Both array = RequestArray();
      return {alias + ".arr && " + array.stream, "EXISTS (SELECT 1 FROM json_each(" + alias + ".arr) l, json_each(" +
                                                     array.sql + ") r WHERE l.value = r.value)"};
    }
    case 6: {
      const Both query = Subquery(alias, depth);
      return {value + " IN " + query.stream, value + " IN " + query.sql};
    }
    case 7: {
      const Both query = Subquery("", depth);
      return {alias + ".arr && " + query.stream,
              "EXISTS (SELECT 1 FROM json_each(" + alias + ".arr) l WHERE l.value IN " + query.sql + ")"};
    }
    case 8: {
      const Both request = RequestValue();
      const Both query = Subquery("", depth);
      return {request.stream + " IN " + query.stream, request.sql + " IN " + query.sql};
    }
    default: {
      const Both request = RequestValue();
      return {value + " = " + request.stream, value + " = " + request.sql};
    }
  }
}

Both RandomQueries::Condition(const std::vector<std::string>& aliases, int depth) {
  const std::string& alias = aliases[static_cast<std::size_t>(Below(static_cast<int>(aliases.size())))];
  if (depth > 0 && Chance(55)) {
    const std::string op = OneOf(" AND ", " AND ", " OR ");
    Both left = Condition(aliases, depth - 1);
    const Both right = Condition(aliases, depth - 1);
    return {"(" + left.stream + op + right.stream + ")", "(" + left.sql + op + right.sql + ")"};
  }
  if (Chance(40)) {
    const std::string test = RowTest(alias);
    return {test, test};
  }
  if (Chance(10)) {
    const Both request = RequestValue();
    const std::string literal = Literal();
    return {request.stream + " = " + literal, request.sql + " = " + literal};
  }
  return Match(alias, 2);
}

Both RandomQueries::Query() {
  std::vector<std::string> aliases = {"p"};
  Both from;
  from.stream = "t" + std::to_string(Below(kTables)) + " AS p";
  if (Chance(20)) {
    const std::string table = "t" + std::to_string(Below(kTables));
    const std::string test = RowTest("i");
    from.stream = "(SELECT i.id AS id, i.a AS a, i.b AS b, i.c AS c, i.arr AS arr FROM " + table + " AS i WHERE " +
                  test + ") AS p";
  }
  from.sql = from.stream;
  for (int joins = Chance(45) ? 1 + Below(2) : 0; joins > 0; --joins) {
    const std::string alias = "j" + std::to_string(joins);
    const std::string& other = aliases[static_cast<std::size_t>(Below(static_cast<int>(aliases.size())))];
    const std::string on = RowValue(alias) + " = " + RowValue(other);
    const std::string join = " JOIN t" + std::to_string(Below(kTables)) + " AS " + alias + " ON " + on;
    from.stream += join;
    from.sql += join;
    aliases.push_back(alias);
  }
  if (Chance(20)) {
    const std::string& owner = aliases[static_cast<std::size_t>(Below(static_cast<int>(aliases.size())))];
    const Both request = RequestValue();
    const std::string join = " JOIN json_each(" + owner + ".arr) AS m ON m.value = ";
    from.stream += join + request.stream;
    from.sql += join + request.sql;
  }
  if (Chance(15)) {
    const Both array = RequestArray();
    const std::string on = ") AS q ON q.value = " + RowValue("p");
    from.stream += " JOIN json_each(" + array.stream + on;
    from.sql += " JOIN json_each(" + array.sql + on;
  }
  const Both where = Condition(aliases, 2);
  return {"SELECT p.id AS id, p.a AS a FROM " + from.stream + " WHERE " + where.stream,
          "SELECT p.id FROM " + from.sql + " WHERE " + where.sql};
}

namespace {

std::string Replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

}  // namespace

RandomStream RandomQueries::Stream(int number, const RandomRequest& request) {
  request_ = request;
  RandomStream stream{.name = "s" + std::to_string(number), .yaml = "", .sql = {}};
  stream.yaml = "  " + stream.name + ":\n    auto_subscribe: true\n    accept_potentially_dangerous_queries: true\n";
  // A CTE is written out in SQL where it is used, so only the stream knows its name.
  const bool has_common = Chance(25);
  Both common;
  if (has_common) {
    common = Subquery("", 1);
    const std::string text = common.stream.substr(1, common.stream.size() - 2);
    stream.yaml += "    with:\n      w: " + Replaced(Replaced(text, "@list(", "ROW("), "@json(", "(") + "\n";
  }
  stream.yaml += "    queries:\n";
  for (int i = Chance(25) ? 2 : 1; i > 0; --i) {
    Both query = Query();
    if (has_common) {
      const std::string column = "p." + Column();
      query.stream += " AND " + column + " IN w";
      query.sql += " AND " + column + " IN " + common.sql;
    }
    stream.yaml += "      - " + Replaced(Replaced(query.stream, "@list(", "ROW("), "@json(", "(") + "\n";
    stream.sql.push_back(query.sql);
  }
  for (std::string& sql : stream.sql) {
    sql = Replaced(sql, "@list(", "(");
    // A set in a column is a list of its elements.
    for (std::size_t at = 0; (at = sql.find("@json(", at)) != std::string::npos;) {
      const std::size_t end = sql.find(')', at);
      const std::string column = sql.substr(at + 6, end - at - 6);
      sql.replace(at, end - at + 1, "(SELECT value FROM json_each(" + column + "))");
    }
  }
  return stream;
}

std::string RandomQueries::Scalar(int depth) {
  if (depth == 0) {
    return OneOf("a", "b", "c", "arr", "NULL", "0", "1", "-2", "7", "1.5", "-0.25", "1e3", "'p'", "'12abc'",
                 "' 3.5e1x'", "'\xc3\xa9 \xf0\x9f\x98\x80z'", "'2024-02-29 13:14:15.678'", "9223372036854775807", "''",
                 "'0.5'");
  }
  const auto sub = [&] { return Scalar(Below(depth)); };
  switch (Below(18)) {
    case 0:
    case 1:
    case 2:
      return "(" + sub() + OneOf(" + ", " - ", " * ", " / ", " % ", " & ", " | ", " << ", " >> ") + sub() + ")";
    case 3:
      return "(" + sub() + OneOf(" = ", " != ", " < ", " <= ", " > ", " >= ") + sub() + ")";
    case 4:
      return "(" + sub() + " || " + sub() + ")";
    case 5:
      return "(" + sub() + OneOf(" AND ", " OR ") + sub() + ")";
    case 6:
      return "(NOT " + sub() + ")";
    case 7:
      return "(" + sub() + OneOf(" IS NULL", " IS NOT NULL", " IS TRUE", " IS NOT FALSE", " IS NOT TRUE") + ")";
    case 8:
      return "CASE WHEN " + sub() + " THEN " + sub() + " ELSE " + sub() + " END";
    case 9:
      return "CASE " + sub() + " WHEN " + sub() + " THEN " + sub() + " END";
    case 10:
      // The plus takes the cast's affinity away, which SQLite would give to what it is compared with.
      return "(+CAST(" + sub() + " AS " + OneOf("text", "integer", "real", "numeric") + "))";
    case 11:
      return OneOf("hex", "length", "lower", "upper", "typeof") + "(" + sub() + ")";
    case 12:
      return "substring(" + sub() + ", " + OneOf("0", "1", "2", "-1", "-3", "9") + OneOf("", ", 2", ", -2", ", 0") +
             ")";
    case 13:
      return "instr(" + sub() + ", " + sub() + ")";
    case 14:
      return "ifnull(" + sub() + ", " + sub() + ")";
    case 15:
      return "iif(" + sub() + ", " + sub() + ", " + sub() + ")";
    case 16:
      return "(" + sub() + " " + OneOf("", "NOT ") + "BETWEEN " + sub() + " AND " + sub() + ")";
    default:
      return OneOf("(arr ->> 0)", "(arr -> 1)", "(arr ->> '$[1]')", "json_array_length(arr)",
                   "json_extract(arr, '$[0]')", "json_extract(arr, '$[0]', '$[#-1]')",
                   "datetime('2024-02-29 13:14:15.678', '+1 month', 'start of day')",
                   "unixepoch('2024-02-29', '-3 days', 'weekday 2')", "datetime(1e9, 'unixepoch', 'subsec')",
                   "datetime('2023-12-31 23:59:59.6', '+1.5 hours')");
  }
}

}  // namespace skerry::test
