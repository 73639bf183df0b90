// The compiled form of a sync config (sync-streams.md, section 7): which tables it reads, what a row becomes, and what
// a request may see.
//
// A plan is immutable and holds no data: compiling the same text twice gives an equal plan (S6). A row is evaluated by
// itself (S1): rules/row_evaluator.h. A request is evaluated against the parameter index at one checkpoint:
// rules/request_evaluator.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bucket/checkpoint.h"
#include "rules/diagnostic.h"
#include "rules/expression.h"

namespace skerry::rules {

// A column of the output: all of the table's columns, or one under a name of its own.
struct OutputColumn {
  bool star = false;
  std::string column;
  std::string name;
};

// One SELECT's rows: what of which table goes out, under which name, keyed by what.
struct DataSource {
  std::string table;
  std::string output_table;
  std::vector<RowFilter> filters;  // All must hold.
  std::vector<std::string> keys;   // The bucket's parameters: columns, sorted.
  std::vector<OutputColumn> outputs;
};

// A family of buckets that differ in their keys only. Several streams may read one.
struct BucketSource {
  std::string prefix;             // "my_boats|0"
  std::vector<std::size_t> data;  // Into Plan::data_sources, ascending.
};

// The rows of one table, found by key: what a subquery reads at request time.
struct IndexSource {
  std::string table;
  std::vector<RowFilter> filters;
  std::vector<std::string> keys;     // Columns, sorted.
  std::vector<std::string> outputs;  // Columns.
};

struct Lookup;

// The values that a key may take: those that are in every one of `sets`.
struct ValueSet {
  // Exactly one of the two: a value of the request, or what a lookup returns.
  std::shared_ptr<const RequestExpression> request;
  std::shared_ptr<const Lookup> lookup;
};
struct KeyInput {
  std::vector<ValueSet> sets;
};
struct Lookup {
  std::size_t index = 0;       // Into Plan::indexes.
  std::vector<KeyInput> keys;  // Parallel to IndexSource::keys.
};

// Gives the buckets of one bucket source that a subscription may see.
struct Querier {
  std::size_t bucket_source = 0;
  std::vector<RequestFilter> filters;                // All must hold.
  std::vector<std::shared_ptr<const Lookup>> gates;  // Each must return a row.
  std::vector<KeyInput> keys;                        // Parallel to DataSource::keys.
  bool is_dynamic = false;                           // Reads an index.
};

struct Stream {
  std::string name;
  bool auto_subscribe = false;
  bucket::Priority priority = bucket::kDefaultPriority;
  std::vector<Querier> queriers;
};

struct Plan {
  std::vector<Stream> streams;
  std::vector<BucketSource> bucket_sources;
  std::vector<DataSource> data_sources;
  std::vector<IndexSource> indexes;

  // The source tables that data or indexes read, sorted, each once.
  std::vector<std::string> Tables() const;
  const Stream* FindStream(std::string_view name) const;
  // The plan as text, equal for equal plans, whatever the config's comments and aliases. A deployment is remade when it
  // changes.
  std::string Canonical() const;
};

struct Compiled {
  std::shared_ptr<const Plan> plan;     // Null if there was an error.
  std::vector<Diagnostic> diagnostics;  // Errors and warnings in the order of the file.
};

// Compiles the text of a sync config file.
Compiled Compile(std::string_view yaml);

}  // namespace skerry::rules
