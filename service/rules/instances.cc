#include "rules/instances.h"

#include <utility>

namespace skerry::rules {

int Instances::AddTable(const Source& source) {
  Instance instance;  // Member by member: GCC 12 takes a braced one for half initialised.
  instance.kind = Instance::Kind::kTable;
  instance.alias = source.alias;
  instance.offset = source.offset;
  instance.table = static_cast<int>(all_.size());
  row::TablePattern& pattern = instance.pattern;
  const auto take_wildcard = [](std::string& text, bool is_quoted) {
    if (!is_quoted || text.empty() || text.back() != '%') return false;
    text.pop_back();
    return true;
  };
  pattern.name = source.name.text;
  pattern.any_name_suffix = take_wildcard(pattern.name, source.name.is_quoted);
  if (source.schema) {
    pattern.schema = source.schema->text;
    const std::size_t dot = source.schema->is_quoted ? pattern.schema.find('.') : std::string::npos;
    if (dot != std::string::npos) {
      pattern.connection = pattern.schema.substr(0, dot);
      pattern.schema.erase(0, dot + 1);
    }
    pattern.any_schema_suffix = take_wildcard(pattern.schema, source.schema->is_quoted);
  }
  all_.push_back(std::move(instance));
  return static_cast<int>(all_.size()) - 1;
}

int Instances::AddFunction(Expression argument, std::size_t offset, std::string_view& reason) {
  const Sides sides = SidesOf(argument);
  if (sides.has_element) {
    reason = "json_each cannot expand what another table function gives";
    return -1;
  }
  if (sides.tables.size() > 1 || (!sides.tables.empty() && sides.is_outside())) {
    reason = "json_each needs a value of one table or of the request, not a mixture";
    return -1;
  }
  Instance instance{.kind = Instance::Kind::kRequestFunction, .argument = std::move(argument), .offset = offset};
  if (!sides.tables.empty()) {
    instance.kind = Instance::Kind::kRowFunction;
    instance.table = *sides.tables.begin();
  }
  all_.push_back(std::move(instance));
  return static_cast<int>(all_.size()) - 1;
}

Expression Instances::Element(int function, bool is_key, std::size_t offset) {
  Expression element;
  element.op = is_key ? Op::kElementKey : Op::kElementValue;
  element.source = function;
  element.offset = offset;
  return element;
}

void Instances::Collect(const Expression& expression, Sides& sides) const {
  switch (expression.op) {
    case Op::kColumn:
    case Op::kSchema:
    case Op::kTableName:
    case Op::kTableSuffix:
      sides.tables.insert(expression.source);
      break;
    case Op::kElementKey:
    case Op::kElementValue: {
      sides.has_element = true;
      const Instance& instance = at(expression.source);
      if (instance.kind == Instance::Kind::kRowFunction) {
        sides.tables.insert(instance.table);
      } else {
        sides.functions.insert(expression.source);
      }
      break;
    }
    case Op::kRequest:
      sides.has_request = true;
      break;
    case Op::kBucketParameter:
      sides.has_bucket = true;
      break;
    default:
      break;
  }
  for (const Expression& argument : expression.arguments) Collect(argument, sides);
}

Sides Instances::SidesOf(const Expression& expression) const {
  Sides sides;
  Collect(expression, sides);
  return sides;
}

}  // namespace skerry::rules
