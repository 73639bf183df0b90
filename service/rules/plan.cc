#include "rules/plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/json.h"
#include "rules/canonical.h"

namespace skerry::rules {

std::vector<row::TablePattern> Plan::TablePatterns() const {
  std::map<std::string, row::TablePattern> patterns;
  const auto add = [&](const RowSource& rows) { patterns.try_emplace(rows.table.Text(), rows.table); };
  for (const DataSource& source : data_sources) add(source.rows);
  for (const IndexSource& index : indexes) add(index.rows);
  for (const EventSource& event : events) add(event.rows.rows);
  std::vector<row::TablePattern> all;
  for (auto& [text, pattern] : patterns) all.push_back(std::move(pattern));
  return all;
}

std::vector<std::string> Plan::Tables() const {
  std::vector<std::string> tables;
  for (const row::TablePattern& pattern : TablePatterns()) tables.push_back(pattern.Text());
  return tables;
}

const Stream* Plan::FindStream(std::string_view name) const {
  const auto found = std::find_if(streams.begin(), streams.end(), [&](const Stream& s) { return s.name == name; });
  return found == streams.end() ? nullptr : &*found;
}

bool NumbersWrites(std::string_view event) { return event == "write_checkpoints" || event == "checkpoint_requests"; }

bool Plan::HasCustomWriteCheckpoints() const {
  return std::any_of(events.begin(), events.end(), [](const EventSource& e) { return NumbersWrites(e.event); });
}

std::string Plan::Canonical() const {
  // The number rises when the same plan would give other rows or names.
  std::string out = "skerry-plan 2\n";
  out += options.dialect.sqlite ? "sqlite" : "compat";
  if (options.dialect.splits_every_path) out += " split";
  if (options.timestamps_iso8601) out += " iso";
  if (options.custom_postgres_types) out += " types";
  if (options.timestamp_max_precision) {
    out += " precision " + std::to_string(static_cast<int>(*options.timestamp_max_precision));
  }
  out += '\n';
  for (const DataSource& source : data_sources) out += rules::Canonical(source) + "\n";
  for (const IndexSource& index : indexes) out += rules::Canonical(index) + "\n";
  for (const BucketSource& source : bucket_sources) {
    out += "bucket ";
    AppendJsonString(out, source.prefix);
    for (const std::size_t data : source.data) out += " " + std::to_string(data);
    out += "\n";
  }
  for (const EventSource& event : events) out += "event " + event.event + " " + rules::Canonical(event.rows) + "\n";
  return out;
}

}  // namespace skerry::rules
