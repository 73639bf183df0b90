#include "bucket/operation.h"

#include "base/check.h"

namespace skerry::bucket {

void AppendKey(std::string& out, const Operation& op) {
  SKERRY_CHECK(HasKey(op), "a key is made only of an operation that has a type and an id");
  out.append(op.object_type).append("/").append(op.object_id).append("/").append(op.subkey.value_or("null"));
}

}  // namespace skerry::bucket
