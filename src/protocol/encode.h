// Lines into bytes, as the service sends them.
#pragma once

#include <string>

#include "protocol/line.h"

namespace skerry::protocol {

struct EncodeOptions {
  Encoding encoding = Encoding::kNdjson;
  bool raw_data = true;  // false with NDJSON: row data as a nested object (P-067).
};

// Appends one line, with its "\n" for NDJSON. Members stand in the order a PowerSync Service writes them.
void AppendLine(std::string& out, const Line& line, const EncodeOptions& options);

}  // namespace skerry::protocol
