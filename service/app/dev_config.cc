#include "app/dev_config.h"

#include "app/text_file.h"
#include "app/yaml.h"

namespace skerry::app {
namespace {

void ReadTables(YamlFile& file, DevConfig& config, LogSink& log) {
  const YAML::Node tables = file.Member(file.root(), "tables");
  if (!tables.IsDefined()) return;
  if (!tables.IsMap()) return file.Fault(tables, "'tables' has to be a map from table to rule");
  for (const auto& member : tables) {
    const std::string table = member.first.Scalar();
    file.WarnAboutUnknown(member.second, "tables." + table + ".", {"write"}, log);
    const auto rule = file.Text(file.Member(member.second, "write"), "write");
    if (rule && !rule->empty())
      config.write_rules[table] = *rule;
    else
      file.Fault(member.second, "table '" + table + "' needs 'write', a predicate over its columns and :user");
  }
}

}  // namespace

Result<DevConfig> ReadDevConfig(const std::string& path, LogSink& log) {
  SKERRY_ASSIGN(text, ReadTextFile(path));
  SKERRY_ASSIGN(file, YamlFile::Parse(path, text));
  DevConfig config;
  const YAML::Node users = file.Member(file.root(), "users");
  config.users = file.Texts(users, "users");
  if (config.users.empty()) file.Fault(users, "'users' has to name at least one demo user");
  const YAML::Node setup = file.Member(file.root(), "setup");
  if (const auto setup_file = file.Text(setup, "setup")) {
    auto sql = ReadTextFile(RelativeTo(path, *setup_file));
    if (sql.ok())
      config.setup_sql = *std::move(sql);
    else
      file.Fault(setup, sql.error().message);
  }
  ReadTables(file, config, log);
  file.WarnAboutUnknown(file.root(), "", {"users", "setup", "tables"}, log);
  SKERRY_TRY(file.ToStatus());
  return config;
}

}  // namespace skerry::app
