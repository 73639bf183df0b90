// What an app sees of the served rows in a client's database.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "property/served_rows.h"
#include "support/catch.h"
#include "support/local_store.h"

namespace skerry::test {

// What the row of the app's table says, as Meaning() has it.
inline std::string ShownMeaning(LocalStore& local, const RowKey& row) {
  const schema::Table* table = local.schema.FindType(row.first);
  REQUIRE(table != nullptr);
  std::string columns = "id";
  for (const schema::Column& column : table->columns) columns += ", " + column.name;
  auto select = Require(local.db->Prepare("SELECT " + columns + " FROM main." + table->view_name + " WHERE id = ?1"));
  Require(select.Bind(row.second));
  if (!Require(select.Step())) return "no row";
  nlohmann::json json = nlohmann::json::object();
  for (std::size_t i = 0; i < table->columns.size(); ++i) {
    const int column = static_cast<int>(i) + 1;
    nlohmann::json& value = json[table->columns[i].name];
    const sqlite::ValueType type = select.Type(column);
    if (type == sqlite::ValueType::kInteger) value = select.Int64(column);
    if (type == sqlite::ValueType::kReal) value = select.Double(column);
    if (type == sqlite::ValueType::kText) value = select.Text(column);
  }
  return Meaning(json);
}

// Every visible row of a synced table, and those in ps_untyped.
inline std::map<RowKey, std::string> ShownRows(LocalStore& local) {
  std::map<RowKey, std::string> shown;
  for (const schema::Table& table : local.schema.tables) {
    if (table.kind != schema::TableKind::kSynced) continue;
    std::string columns = "id";
    for (const schema::Column& column : table.columns) columns += ", quote(" + column.name + ")";
    auto select = Require(local.db->Prepare("SELECT " + columns + " FROM main." + table.view_name));
    while (Require(select.Step())) {
      std::string& row = shown[{table.name, std::string(select.Text(0))}];
      for (int column = 1; column < select.ColumnCount(); ++column) row += std::string(select.Text(column)) + '|';
    }
  }
  auto untyped = Require(local.db->Prepare("SELECT type, id, data FROM ps_untyped"));
  while (Require(untyped.Step())) {
    shown[{std::string(untyped.Text(0)), std::string(untyped.Text(1))}] =
        Meaning(nlohmann::json::parse(untyped.Text(2)));
  }
  return shown;
}

// C-041 in SQLite's own words.
inline std::string Cast(LocalStore& local, const schema::Table& table, const std::string& json) {
  std::string values;
  for (const schema::Column& column : table.columns) {
    const std::string cast = "CAST(json_extract(?1, '$." + column.name + "') AS " + column.type + ")";
    values += values.empty() ? "" : " || '|' || ";
    // A column of such a type keeps a whole number as integer.
    const bool is_numeric = column.type == "date";
    values += is_numeric ? "quote(iif(" + cast + " = CAST(" + cast + " AS INTEGER), CAST(" + cast + " AS INTEGER), " +
                               cast + "))"
                         : "quote(" + cast + ")";
  }
  if (values.empty()) return {};
  auto select = Require(local.db->Prepare("SELECT " + values));
  Require(select.Bind(json));
  REQUIRE(Require(select.Step()));
  return std::string(select.Text(0)) + '|';
}

}  // namespace skerry::test
