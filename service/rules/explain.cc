#include "rules/explain.h"

namespace skerry::rules {
namespace {

std::string Joined(const std::vector<Expression>& expressions, std::string_view between) {
  std::string out;
  for (const Expression& expression : expressions) {
    if (!out.empty()) out += between;
    out += ToSql(expression);
  }
  return out;
}

// "todos, json_each(tags) where archived = 0"
std::string RowsText(const RowSource& rows) {
  std::string out = rows.table.Text();
  for (const Expression& function : rows.functions) out += ", json_each(" + ToSql(function) + ") as each";
  if (!rows.filters.empty()) out += " where " + Joined(rows.filters, " and ");
  return out;
}

class Explainer {
 public:
  explicit Explainer(const Plan& plan) : plan_(plan) {}

  std::string Run() {
    for (const Stream& stream : plan_.streams) StreamText(stream);
    Line("");
    for (const BucketSource& source : plan_.bucket_sources) BucketText(source);
    if (!plan_.indexes.empty()) Line("");
    for (std::size_t i = 0; i < plan_.indexes.size(); ++i) IndexText(i);
    for (const EventSource& event : plan_.events)
      Line("event " + event.event + ": rows of " + RowsText(event.rows.rows));
    Line("");
    std::string tables;
    for (const std::string& table : plan_.Tables()) tables += (tables.empty() ? "" : ", ") + table;
    Line("tables: " + tables);
    return std::move(out_);
  }

 private:
  void Line(const std::string& text) { out_ += text + "\n"; }

  // Where a key's value comes from: the request, or the n-th column of a lookup.
  std::string InputText(const Input& input, const Querier& querier) const {
    if (input.slot < 0) return ToSql(input.value);
    const Lookup* owner = nullptr;
    for (const Lookup& lookup : querier.lookups) {
      if (lookup.first_slot <= input.slot) owner = &lookup;
    }
    if (owner == nullptr) return "?";
    const auto column = static_cast<std::size_t>(input.slot - owner->first_slot);
    const std::vector<Expression>& outputs = plan_.indexes[owner->index].outputs;
    return "lookup " + std::to_string(owner->index) + "'s " +
           (column < outputs.size() ? ToSql(outputs[column]) : "row");
  }
  std::string KeysText(const std::vector<Expression>& names, const std::vector<KeyInput>& keys,
                       const Querier& querier) const {
    std::string out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      out += (i > 0 ? ", " : "") + ToSql(names[i]);
      for (const Input& input : keys[i].inputs) out += " = " + InputText(input, querier);
    }
    return out;
  }

  void StreamText(const Stream& stream) {
    Line("stream " + stream.name + (stream.auto_subscribe ? ", for everybody" : ", on subscription") + ", priority " +
         std::to_string(stream.priority));
    for (const Querier& querier : stream.queriers) {
      const BucketSource& source = plan_.bucket_sources[querier.bucket_source];
      std::string text = "  gets buckets " + source.prefix;
      const std::vector<Expression> none;
      const std::vector<Expression>& names = source.data.empty() ? none : plan_.data_sources[source.data[0]].keys;
      if (!querier.keys.empty() && !names.empty()) text += " with " + KeysText(names, querier.keys, querier);
      Line(text);
      for (std::size_t i = 0; i < querier.functions.size(); ++i) {
        Line("    for each element of " + ToSql(querier.functions[i]));
      }
      if (!querier.filters.empty()) Line("    if " + Joined(querier.filters, " and "));
      for (const Lookup& lookup : querier.lookups) {
        const std::string keys = KeysText(plan_.indexes[lookup.index].keys, lookup.keys, querier);
        Line("    after lookup " + std::to_string(lookup.index) + (keys.empty() ? ", all rows" : ", " + keys));
      }
    }
  }

  void BucketText(const BucketSource& source) {
    for (const std::size_t d : source.data) {
      const DataSource& data = plan_.data_sources[d];
      std::string text = "bucket " + source.prefix + "[" + Joined(data.keys, ", ") + "]: ";
      std::string columns;
      for (const OutputColumn& column : data.outputs) {
        columns += (columns.empty() ? "" : ", ") + (column.is_star ? std::string("*") : ToSql(column.value));
        if (!column.is_star && ToSql(column.value) != column.name) columns += " as " + column.name;
      }
      text += columns + " of " + RowsText(data.rows);
      if (data.output_table.empty()) {
        text += ", under each table's name";
      } else if (data.output_table != data.rows.table.Text()) {
        text += ", as table " + data.output_table;
      }
      Line(text);
    }
  }

  void IndexText(std::size_t number) {
    const IndexSource& index = plan_.indexes[number];
    std::string text = "lookup " + std::to_string(number) + ": rows of " + RowsText(index.rows);
    if (!index.keys.empty()) text += ", found by " + Joined(index.keys, ", ");
    text += index.outputs.empty() ? ", must exist" : ", give " + Joined(index.outputs, ", ");
    Line(text);
  }

  const Plan& plan_;
  std::string out_;
};

}  // namespace

std::string Explain(const Plan& plan) { return Explainer(plan).Run(); }

}  // namespace skerry::rules
