#include "rules/row_evaluator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json.h"

namespace skerry::rules {
namespace {

constexpr int kMissing = -1;

// Reuses the element at `count` of a vector that only grows.
template <typename T>
T& Next(std::vector<T>& items, std::size_t& count) {
  if (count == items.size()) items.emplace_back();
  return items[count++];
}

// Resolves column names of one table, remembering those it does not have.
class Columns {
 public:
  Columns(const row::Table& table, std::vector<std::string>& missing) : table_(table), missing_(missing) {}

  int Find(const std::string& name) {
    const auto found = std::find(table_.columns.begin(), table_.columns.end(), name);
    if (found != table_.columns.end()) return static_cast<int>(found - table_.columns.begin());
    if (std::find(missing_.begin(), missing_.end(), name) == missing_.end()) missing_.push_back(name);
    return kMissing;
  }

 private:
  const row::Table& table_;
  std::vector<std::string>& missing_;
};

row::Value At(std::span<const row::Value> values, int column) {
  return column == kMissing ? row::Value::Null() : values[static_cast<std::size_t>(column)];
}

// Appends `values[columns...]` as "a,1"; false if one of them is NULL or a blob.
bool AppendTuple(std::string& out, std::span<const row::Value> values, const std::vector<int>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ',';
    if (!row::AppendKey(out, At(values, columns[i]))) return false;
  }
  return true;
}

}  // namespace

struct RowEvaluator::BoundFilter {
  int column = kMissing;
  Comparison op = Comparison::kEqual;
  Literal literal;
  std::optional<int> other;  // Compared with this column instead of the literal.

  bool Passes(std::span<const row::Value> values) const {
    return Holds(op, At(values, column), other ? At(values, *other) : literal.view());
  }
};

struct RowEvaluator::BoundData {
  std::size_t bucket_source = 0;
  std::string bucket_prefix;  // "1#my_boats|0["
  std::string table;
  std::vector<BoundFilter> filters;
  std::vector<int> keys;
  struct Output {
    std::string json_name;  // "\"name\":"
    std::string name;
    int column = kMissing;
  };
  std::vector<Output> outputs;
  int id = kMissing;

  void AppendData(std::string& out, std::span<const row::Value> values) const {
    out += '{';
    for (const Output& output : outputs) {
      const row::Value& value = values[static_cast<std::size_t>(output.column)];
      if (value.type == row::Type::kBlob) continue;
      if (out.back() != '{') out += ',';
      out += output.json_name;
      (void)row::AppendJson(out, value);  // False for blobs only.
    }
    out += '}';
  }

  // Text as it is; numbers printed; nothing for NULL.
  void AppendId(std::string& out, std::span<const row::Value> values) const {
    const row::Value value = At(values, id);
    if (value.type == row::Type::kText) {
      std::string scratch;
      out += row::ValidUtf8(value.bytes, scratch);
    } else {
      (void)row::AppendKey(out, value);  // NULL and blobs append nothing, which is the id they have.
    }
  }
};

struct RowEvaluator::BoundIndex {
  std::uint32_t index = 0;
  std::vector<BoundFilter> filters;
  std::vector<int> keys;
  std::vector<int> outputs;
};

RowEvaluator::RowEvaluator(std::shared_ptr<const Plan> plan, std::int64_t deployment, const row::Table& table)
    : plan_(std::move(plan)) {
  Columns columns(table, missing_columns_);
  const auto bind_filters = [&](const std::vector<RowFilter>& filters) {
    std::vector<BoundFilter> bound;
    for (const RowFilter& filter : filters) {
      BoundFilter& one = bound.emplace_back();
      one.column = columns.Find(filter.column);
      one.op = filter.op;
      if (const auto* other = std::get_if<std::string>(&filter.right)) {
        one.other = columns.Find(*other);
      } else {
        one.literal = *std::get_if<Literal>(&filter.right);
      }
    }
    return bound;
  };
  const auto find_all = [&](const std::vector<std::string>& names) {
    std::vector<int> found;
    for (const std::string& name : names) found.push_back(columns.Find(name));
    return found;
  };

  for (std::size_t b = 0; b < plan_->bucket_sources.size(); ++b) {
    const BucketSource& buckets = plan_->bucket_sources[b];
    for (const std::size_t d : buckets.data) {
      const DataSource& source = plan_->data_sources[d];
      if (source.table != table.name) continue;
      BoundData& bound = data_.emplace_back();
      bound.bucket_source = b;
      bound.bucket_prefix = std::to_string(deployment) + "#" + buckets.prefix + "[";
      bound.table = source.output_table;
      bound.filters = bind_filters(source.filters);
      bound.keys = find_all(source.keys);
      // Columns are assigned left to right: a later one of the same name takes the place of the earlier (E31).
      const auto assign = [&](const std::string& name, int column) {
        if (column == kMissing) return;  // Absent from the data; clients read NULL.
        if (name == "id") bound.id = column;
        for (BoundData::Output& output : bound.outputs) {
          if (output.name == name) {
            output.column = column;
            return;
          }
        }
        BoundData::Output& output = bound.outputs.emplace_back();
        output.name = name;
        AppendJsonString(output.json_name, name);
        output.json_name += ':';
        output.column = column;
      };
      for (const OutputColumn& output : source.outputs) {
        if (output.star) {
          for (std::size_t i = 0; i < table.columns.size(); ++i) assign(table.columns[i], static_cast<int>(i));
        } else {
          assign(output.name, columns.Find(output.column));
        }
      }
    }
  }
  for (std::size_t i = 0; i < plan_->indexes.size(); ++i) {
    const IndexSource& source = plan_->indexes[i];
    if (source.table != table.name) continue;
    BoundIndex& bound = indexes_.emplace_back();
    bound.index = static_cast<std::uint32_t>(i);
    bound.filters = bind_filters(source.filters);
    bound.keys = find_all(source.keys);
    bound.outputs = find_all(source.outputs);
  }
}

RowEvaluator::RowEvaluator(RowEvaluator&&) noexcept = default;
RowEvaluator& RowEvaluator::operator=(RowEvaluator&&) noexcept = default;
RowEvaluator::~RowEvaluator() = default;

void RowEvaluator::Evaluate(std::span<const row::Value> values, RowResult& result) const {
  const auto passes = [&](const std::vector<BoundFilter>& filters) {
    return std::all_of(filters.begin(), filters.end(),
                       [&](const BoundFilter& filter) { return filter.Passes(values); });
  };

  result.membership_count = 0;
  std::size_t first_of_source = 0;  // Where the present bucket source's memberships begin.
  std::size_t bucket_source = 0;
  for (const BoundData& data : data_) {
    if (data.bucket_source != bucket_source) {
      bucket_source = data.bucket_source;
      first_of_source = result.membership_count;
    }
    if (!passes(data.filters)) continue;
    Membership& made = Next(result.memberships, result.membership_count);
    made.bucket = data.bucket_prefix;
    if (!AppendTuple(made.bucket, values, data.keys)) {
      --result.membership_count;
      continue;
    }
    made.bucket += ']';
    made.table = data.table;
    made.id.clear();
    data.AppendId(made.id, values);
    made.data.clear();
    data.AppendData(made.data, values);
    for (std::size_t i = first_of_source; i + 1 < result.membership_count; ++i) {
      Membership& earlier = result.memberships[i];
      if (earlier.bucket != made.bucket || earlier.table != made.table || earlier.id != made.id) continue;
      std::swap(earlier.data, made.data);
      --result.membership_count;
      break;
    }
  }

  result.entry_count = 0;
  for (const BoundIndex& index : indexes_) {
    if (!passes(index.filters)) continue;
    IndexEntry& made = Next(result.entries, result.entry_count);
    made.index = index.index;
    made.key = "[";
    made.outputs = "[[";
    if (!AppendTuple(made.key, values, index.keys) || !AppendTuple(made.outputs, values, index.outputs)) {
      --result.entry_count;
      continue;
    }
    made.key += ']';
    made.outputs += "]]";
  }
}

}  // namespace skerry::rules
