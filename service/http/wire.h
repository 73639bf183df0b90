// HTTP/1.1 text: the head of an answer and the pieces of a chunked body.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace skerry::http {

enum class Framing : unsigned char {
  kLength,      // content-length, from the response's body.
  kChunked,     // A stream.
  kConnection,  // A stream to HTTP/1.0: the end of the connection ends it.
};

// Appends the status line and the headers, up to and with the empty line.
void AppendHead(std::string& out, const Response& response, Framing framing, bool keeps_alive);

// A chunk is its head, `size` bytes, and kChunkEnd.
void AppendChunkHead(std::string& out, std::size_t size);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace skerry::http
