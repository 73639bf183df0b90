#include "rules/outputs.h"

#include <utility>

#include "base/json.h"

namespace skerry::rules {

BoundOutputs::BoundOutputs(const std::vector<OutputColumn>& columns, const row::Table& table, const Dialect& dialect,
                           const Names& names) {
  for (const OutputColumn& column : columns) {
    if (column.is_star) {
      for (const std::string& name : table.columns) {
        Expression value;
        value.op = Op::kColumn;
        value.name = name;
        Assign(name, Program(value, dialect, names));
      }
      continue;
    }
    if (column.value.op == Op::kColumn && names.column(column.value.name) < 0) continue;
    Assign(column.name, Program(column.value, dialect, names));
  }
}

void BoundOutputs::Assign(const std::string& name, Program value) {
  for (Output& output : outputs_) {
    if (output.name != name) continue;
    output.value = std::move(value);
    return;
  }
  if (name == "id") id_ = static_cast<int>(outputs_.size());
  Output& output = outputs_.emplace_back();
  output.name = name;
  AppendJsonString(output.json_name, name);
  output.json_name += ':';
  output.value = std::move(value);
}

void BoundOutputs::AppendData(std::string& out, const Inputs& inputs, Scratch& scratch) const {
  out += '{';
  bool is_first = true;
  for (const Output& output : outputs_) {
    const row::Value value = output.value.Run(inputs, scratch);
    if (value.type == row::Type::kBlob) continue;
    if (!is_first) out += ',';
    is_first = false;
    out += output.json_name;
    (void)row::AppendJson(out, value);  // False for blobs only.
  }
  out += '}';
}

void BoundOutputs::AppendId(std::string& out, const Inputs& inputs, Scratch& scratch) const {
  if (id_ < 0) return;
  const row::Value value = outputs_[static_cast<std::size_t>(id_)].value.Run(inputs, scratch);
  if (value.type == row::Type::kText) {
    std::string repaired;
    out += row::ValidUtf8(value.bytes, repaired);
  } else {
    (void)row::AppendKey(out, value);  // NULL and blobs append nothing, which is the id they have.
  }
}

}  // namespace skerry::rules
