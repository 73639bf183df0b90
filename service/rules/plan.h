// The compiled form of a sync config (sync-streams.md, section 7): which tables it reads, what a row becomes, and what
// a request may see.
//
// A plan is immutable and holds no data: compiling the same text twice gives an equal plan (S6). A row is evaluated by
// itself (S1): rules/row_evaluator.h. A request is evaluated against the parameter index at one checkpoint:
// rules/request_evaluator.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bucket/checkpoint.h"
#include "row/table_pattern.h"
#include "rules/diagnostic.h"
#include "rules/expression.h"
#include "rules/options.h"

namespace skerry::rules {

// A column of the output: all of the table's columns, or a value under a name.
struct OutputColumn {
  bool is_star = false;
  Expression value;
  std::string name;
};

// The rows of one table, multiplied by the rows of its table functions, that pass every filter.
struct RowSource {
  row::TablePattern table;
  std::vector<Expression> functions;  // What json_each expands; sorted.
  std::vector<Expression> filters;    // Sorted.
};

// One SELECT's rows: what of which table goes out, under which name, keyed by what.
struct DataSource {
  RowSource rows;
  std::string output_table;      // Empty: the name of the table that the row is from.
  std::vector<Expression> keys;  // The bucket's parameters, sorted (in a legacy definition, in its order).
  std::vector<OutputColumn> outputs;
};

// A family of buckets that differ in their keys only. Several streams may read one.
struct BucketSource {
  std::string prefix;             // "my_boats|0"
  std::vector<std::size_t> data;  // Into Plan::data_sources, ascending.
};

// Rows of one table, found by key: what a request looks up.
struct IndexSource {
  RowSource rows;
  std::vector<Expression> keys;  // Sorted.
  std::vector<Expression> outputs;
};

// Where a key's value comes from: what a lookup returned, or the request.
struct Input {
  int slot = -1;     // Not below 0: that slot of the binding.
  Expression value;  // Otherwise.
};
// The value that all of `inputs` agree on; if they do not, there is none.
struct KeyInput {
  std::vector<Input> inputs;
};

// Reads an index: every binding so far is continued by every row found for it.
struct Lookup {
  std::size_t index = 0;       // Into Plan::indexes.
  std::vector<KeyInput> keys;  // Parallel to IndexSource::keys.
  int first_slot = 0;          // Its outputs fill slots from here on.
};

// Gives the buckets of one bucket source that a subscription may see. A binding is one combination of rows: of the
// functions, then of the lookups in their order, so values of one row stay together (S9).
struct Querier {
  std::size_t bucket_source = 0;
  std::vector<Expression> functions;  // What json_each expands of the request; sorted.
  std::vector<Expression> filters;    // Of the request and those functions; all must hold.
  std::vector<Lookup> lookups;
  std::vector<KeyInput> keys;  // Parallel to DataSource::keys.
  int slots = 0;
  bool allows_null = false;                  // Legacy: a NULL makes a bucket's name, of a bucket without rows.
  std::optional<bucket::Priority> priority;  // Instead of the stream's.

  bool is_dynamic() const { return !lookups.empty(); }
};

struct Stream {
  std::string name;
  bool auto_subscribe = false;
  bucket::Priority priority = bucket::kDefaultPriority;
  std::vector<Querier> queriers;
};

// Fires for every row that it selects, when it is copied and when it changes.
struct EventSource {
  std::string event;
  DataSource rows;  // Without keys.
};

// Whether the rows of an event are write checkpoints: user_id, client_id and checkpoint. Others have no meaning.
bool NumbersWrites(std::string_view event);

struct Plan {
  Options options;
  std::vector<Stream> streams;
  std::vector<BucketSource> bucket_sources;
  std::vector<DataSource> data_sources;
  std::vector<IndexSource> indexes;
  std::vector<EventSource> events;

  // The source tables that anything reads, each once, sorted by their text.
  std::vector<row::TablePattern> TablePatterns() const;
  // The same as texts: "boats", "sales.boats", "journal_%".
  std::vector<std::string> Tables() const;
  const Stream* FindStream(std::string_view name) const;
  // Whether the application numbers the writes that clients wait for, instead of the service.
  bool HasCustomWriteCheckpoints() const;
  // What decides about stored data, as text: equal for equal plans, whatever the config's comments and aliases. A
  // deployment is remade when it changes.
  std::string Canonical() const;
};

struct Compiled {
  std::shared_ptr<const Plan> plan;     // Null if there was an error.
  std::vector<Diagnostic> diagnostics;  // Errors and warnings in the order of the file.
};

// Compiles the text of a sync config file.
Compiled Compile(std::string_view yaml);

}  // namespace skerry::rules
