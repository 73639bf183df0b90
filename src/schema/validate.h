// The rules of a schema that JSON cannot carry (docs/api.md, "Schema"). For Schema::Parse only.
#pragma once

#include "schema/schema.h"

namespace skerry::schema {

// kInvalidSchema with a message that names the table and the column or index at fault.
Status Validate(const Schema& schema);

}  // namespace skerry::schema
