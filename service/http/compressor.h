// Compresses a body while it is sent, flushed after every piece, so that a line can be decoded as soon as its bytes
// have arrived (P-043).
//
// Thousands of streams wait at one moment, and a compressor's state is some 300 KiB: streams have none. One state per
// method serves all of a thread, reset for each piece. Pieces do not refer to each other then, which costs little,
// since they are large where it matters.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/negotiate.h"

namespace skerry::http {

// Of one thread.
class CompressionState {
 public:
  CompressionState();
  ~CompressionState();
  CompressionState(const CompressionState&) = delete;
  CompressionState& operator=(const CompressionState&) = delete;

 private:
  friend class Gzip;
  friend class Zstd;
  struct States;
  std::unique_ptr<States> states_;
};

class Compressor {
 public:
  virtual ~Compressor() = default;
  // Appends `bytes`, compressed, to `out`: all of it can be decoded from what was appended so far.
  virtual void Write(std::string_view bytes, std::string& out) = 0;
  // Appends the end of the compressed form.
  virtual void Finish(std::string& out) = 0;
};

// nullptr for identity, which needs none. Borrows the state.
std::unique_ptr<Compressor> MakeCompressor(Compression compression, CompressionState& state);

}  // namespace skerry::http
