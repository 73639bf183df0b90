// The columns that go out, made ready for one table: a row → its data and its id on the client.
#pragma once

#include <string>
#include <vector>

#include "row/table.h"
#include "rules/plan.h"
#include "rules/program.h"

namespace skerry::rules {

class BoundOutputs {
 public:
  BoundOutputs() = default;
  // Columns are assigned left to right: a later one of the same name takes the place of the earlier (E31). A plain
  // column that the table lacks is left out; clients read NULL.
  BoundOutputs(const std::vector<OutputColumn>& columns, const row::Table& table, const Dialect& dialect,
               const Names& names);

  // One flat JSON object, without blobs.
  void AppendData(std::string& out, const Inputs& inputs, Scratch& scratch) const;
  // Text as it is; numbers printed; nothing for NULL, blobs and without a column "id".
  void AppendId(std::string& out, const Inputs& inputs, Scratch& scratch) const;

 private:
  struct Output {
    std::string name;
    std::string json_name;  // "\"name\":"
    Program value;
  };
  void Assign(const std::string& name, Program value);

  std::vector<Output> outputs_;
  int id_ = -1;  // Into outputs_.
};

}  // namespace skerry::rules
