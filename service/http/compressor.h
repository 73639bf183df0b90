// Compresses a body while it is sent, flushed after every piece, so that a line can be decoded as soon as its bytes
// have arrived (P-043).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/negotiate.h"

namespace skerry::http {

class Compressor {
 public:
  virtual ~Compressor() = default;
  // Appends `bytes`, compressed, to `out`: all of it can be decoded from what was appended so far.
  virtual void Write(std::string_view bytes, std::string& out) = 0;
  // Appends the end of the compressed form.
  virtual void Finish(std::string& out) = 0;
};

// nullptr for identity, which needs none.
std::unique_ptr<Compressor> MakeCompressor(Compression compression);

}  // namespace skerry::http
