// rules::Compile: the sections of a file, one after the other, into one plan.
#include <algorithm>
#include <deque>
#include <utility>

#include "rules/config_file.h"
#include "rules/event_compiler.h"
#include "rules/legacy_compiler.h"
#include "rules/parser.h"
#include "rules/plan.h"
#include "rules/plan_builder.h"
#include "rules/query_compiler.h"

namespace skerry::rules {
namespace {

// Every query text has a number, which is the upper half of its offsets: an error in a CTE is shown at the CTE.
constexpr std::size_t kTextShift = 32;

class Compiler {
 public:
  Compiler(std::string_view yaml, std::vector<Diagnostic>& diagnostics) : yaml_(yaml), diagnostics_(diagnostics) {}

  std::shared_ptr<const Plan> Run() {
    const ConfigFile file = ReadConfigFile(yaml_, diagnostics_);
    PlanBuilder plan(file.options);
    CommonTables global = ReadCommonTables(file.common_tables, {});
    for (const StreamConfig& stream : file.streams) AddStream(stream, global, plan);
    for (const DefinitionConfig& definition : file.definitions) AddDefinition(definition, plan);
    for (const EventConfig& event : file.events) AddEvent(event, plan);
    if (HasErrors(diagnostics_)) return nullptr;
    WarnOfUnused();
    return plan.Finish();
  }

 private:
  // A CTE with everything that outlives the query that uses it.
  struct Table {
    std::string name;
    Position at;
    Select select;
    bool is_used = false;
  };

  std::size_t Number(const QueryText& text) {
    texts_.push_back(&text);
    return (texts_.size() - 1) << kTextShift;
  }

  void Report(Severity severity, std::string id, std::size_t offset, std::string message) {
    const QueryText& text = *texts_[offset >> kTextShift];
    const std::size_t in_text = offset & ((std::size_t{1} << kTextShift) - 1);
    diagnostics_.push_back(
        {severity, std::move(id), PositionAt(yaml_, text.map.OffsetInFile(in_text)), std::move(message)});
  }
  void Report(std::vector<SqlWarning> warnings) {
    for (SqlWarning& warning : warnings) {
      Report(Severity::kWarning, std::move(warning.id), warning.offset, std::move(warning.message));
    }
  }
  void Report(SqlError error) { Report(Severity::kError, std::move(error.id), error.offset, std::move(error.message)); }

  // Those of a stream hide global ones of the same name.
  CommonTables ReadCommonTables(const std::vector<CommonTableText>& texts, CommonTables visible) {
    for (const CommonTableText& text : texts) {
      SqlError error;
      auto select = ParseQuery(text.query.sql, Number(text.query), Grammar::kStreams, error);
      if (!select) {
        Report(std::move(error));
        continue;
      }
      Table& table = tables_.emplace_back(Table{text.name, text.at, *std::move(select)});
      visible[text.name] = {&table.select, &table.is_used};
    }
    return visible;
  }

  void WarnOfUnused() {
    for (const Table& table : tables_) {
      if (table.is_used) continue;
      diagnostics_.push_back({Severity::kWarning, "SW003", table.at, "no query uses the CTE '" + table.name + "'"});
    }
  }

  void AddStream(const StreamConfig& config, const CommonTables& global, PlanBuilder& plan) {
    const CommonTables tables = ReadCommonTables(config.common_tables, global);
    PlanBuilder::StreamBuilder stream(plan);
    for (const QueryText& text : config.queries) {
      const std::size_t base = Number(text);
      SqlError error;
      std::vector<SqlWarning> warnings;
      std::optional<std::vector<CompiledVariant>> variants;
      if (const auto select = ParseQuery(text.sql, base, Grammar::kStreams, error)) {
        variants =
            CompileQuery(*select, {text.sql, base, config.accept_dangerous, tables, plan.indexes(), warnings, error});
      }
      Report(std::move(warnings));
      if (!variants) {
        Report(std::move(error));
        continue;
      }
      for (CompiledVariant& variant : *variants) {
        const std::string table = variant.data.rows.table.Text();
        if (stream.Add(std::move(variant))) continue;
        Report(Severity::kWarning, "SW005", base,
               "another query of this stream gives rows of '" + table +
                   "' to the same bucket; where both select a row, the later query wins. Give one table an alias to "
                   "keep both");
      }
    }
    if (stream.buckets() > kMaxVariants) {
      diagnostics_.push_back({Severity::kError, "SS033", config.at,
                              "stream '" + config.name + "' makes " + std::to_string(stream.buckets()) +
                                  " kinds of buckets; at most " + std::to_string(kMaxVariants) + " are possible"});
    }
    stream.Finish(
        {.name = config.name, .auto_subscribe = config.auto_subscribe, .priority = config.priority, .queriers = {}});
  }

  void AddDefinition(const DefinitionConfig& config, PlanBuilder& plan) {
    LegacyCompiler compiler(config.name, config.accept_dangerous, plan);
    for (const QueryText& text : config.parameters) Report(compiler.AddParameters(text.sql, Number(text)));
    for (const QueryText& text : config.data) Report(compiler.AddData(text.sql, Number(text)));
    compiler.Finish(config.priority);
  }

  void AddEvent(const EventConfig& config, PlanBuilder& plan) {
    for (const QueryText& text : config.payloads) {
      Report(CompileEvent(config.name, text.sql, Number(text), plan));
    }
  }

  void Report(SqlOutcome outcome) {
    Report(std::move(outcome.warnings));
    if (outcome.error) Report(*std::move(outcome.error));
  }

  std::string_view yaml_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<const QueryText*> texts_;
  std::deque<Table> tables_;  // Stay where they are.
};

}  // namespace

Compiled Compile(std::string_view yaml) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (yaml.substr(0, kByteOrderMark.size()) == kByteOrderMark) yaml.remove_prefix(kByteOrderMark.size());
  Compiled compiled;
  compiled.plan = Compiler(yaml, compiled.diagnostics).Run();
  std::stable_sort(compiled.diagnostics.begin(), compiled.diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
                   });
  return compiled;
}

}  // namespace skerry::rules
