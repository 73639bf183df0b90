// Bytes of a response body, cut anywhere, into whole lines (NDJSON) or documents (BSON).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/line.h"

namespace skerry::protocol {

// Feed() gives bytes, Next() takes lines until there is none. Memory is bounded by the longest line allowed. A failed
// reader stays failed: there is no way to find the next line.
class LineReader {
 public:
  // A row is at most 15 MiB, and a line holds at least one.
  static constexpr std::size_t kMaxLineBytes = 32u << 20;

  explicit LineReader(Encoding encoding, std::size_t max_line_bytes = kMaxLineBytes);

  // `bytes` must stay valid until Next() has returned nullopt.
  void Feed(std::span<const std::uint8_t> bytes);
  // The next whole line (trimmed, never empty) or document; nullopt when more bytes are needed. The view is valid until
  // the next call. kProtocol for a line over the limit or a BSON length below 5 (P-036).
  Result<std::optional<std::string_view>> Next();
  // Call at the end of the body: the unterminated last NDJSON line if it is not blank (P-034), an error inside a BSON
  // document (P-036).
  Result<std::optional<std::string_view>> Finish();

 private:
  Encoding encoding_;
  std::size_t max_line_bytes_;
  std::string_view input_;
  std::string partial_;
  bool partial_taken_ = false;
  std::optional<Error> failure_;

  Result<std::optional<std::string_view>> NextLine();
  Result<std::optional<std::string_view>> NextDocument();
  bool FillPartial(std::size_t size);
  Error Fail(std::string message);
  Error FailTooLong();
};

}  // namespace skerry::protocol
