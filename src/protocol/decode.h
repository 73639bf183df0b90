// One line or document into a protocol::Line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/line.h"

namespace skerry::protocol {

// Keeps the scratch memory that decoded operations borrow from. One per stream, reused for each line.
class LineDecoder {
 public:
  explicit LineDecoder(Encoding encoding) : encoding_(encoding) {}

  // kProtocol for malformed input, a missing member, a second top-level key, an unknown operation (P-050 to P-053,
  // P-073). The result borrows from `bytes` and from this decoder until the next call.
  Result<Line> Decode(std::string_view bytes);

 private:
  Encoding encoding_;
  std::string scratch_;  // Unescaped texts; its capacity is set before decoding so that views into it stay valid.
};

}  // namespace skerry::protocol
