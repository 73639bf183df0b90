// Compressed bodies, decoded by the libraries' own decoders.
#include "http/compressor.h"

#include <zlib.h>
#include <zstd.h>

#include "base/random.h"
#include "support/catch.h"

namespace skerry::http {
namespace {

// Decoders that are fed what was sent so far, as a client feeds them.
class GunzipStream {
 public:
  GunzipStream() { inflateInit2(&stream_, 15 + 16); }
  ~GunzipStream() { inflateEnd(&stream_); }
  std::string Feed(std::string bytes) {
    std::string text(1 << 22, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(text.data());
    stream_.avail_out = static_cast<uInt>(text.size());
    ended = inflate(&stream_, Z_SYNC_FLUSH) == Z_STREAM_END;
    text.resize(text.size() - stream_.avail_out);
    return text;
  }
  bool ended = false;

 private:
  z_stream stream_{};
};

class UnzstdStream {
 public:
  ~UnzstdStream() { ZSTD_freeDCtx(context_); }
  std::string Feed(const std::string& bytes) {
    std::string text(1 << 22, '\0');
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer output{text.data(), text.size(), 0};
    std::size_t left = 1;
    while (input.pos < input.size) left = ZSTD_decompressStream(context_, &output, &input);
    ended = left == 0;
    text.resize(output.pos);
    return text;
  }
  bool ended = false;

 private:
  ZSTD_DCtx* context_ = ZSTD_createDCtx();
};

// Pieces from one byte to a MiB, some repetitive, some not.
std::vector<std::string> Pieces() {
  SeededRandom random(3);
  std::vector<std::string> pieces = {"{\"token_expires_in\":20}\n", "x", std::string(1 << 20, 'a')};
  std::string noise;
  while (noise.size() < 300'000) noise.push_back(static_cast<char>(random.Next() & 0xff));
  pieces.push_back(noise);
  for (int i = 0; i < 50; ++i) pieces.push_back("{\"data\":" + std::to_string(random.Next()) + "}\n");
  return pieces;
}

template <typename Decoder>
void CheckEachPieceArrives(Compression compression) {
  CompressionState state;
  const auto compressor = MakeCompressor(compression, state);
  Decoder decoder;
  for (const std::string& piece : Pieces()) {
    std::string out;
    compressor->Write(piece, out);
    CHECK(decoder.Feed(out) == piece);
  }
  std::string end;
  compressor->Finish(end);
  if (!end.empty()) CHECK(decoder.Feed(end).empty());
  CHECK(decoder.ended);
}

// Streams take turns; a piece of one must not refer to what another sent.
template <typename Decoder>
void CheckStreamsShareOneState(Compression compression) {
  constexpr std::size_t kStreams = 20;
  CompressionState state;
  std::vector<std::unique_ptr<Compressor>> compressors;
  std::vector<std::unique_ptr<Decoder>> decoders;
  for (std::size_t i = 0; i < kStreams; ++i) {
    compressors.push_back(MakeCompressor(compression, state));
    decoders.push_back(std::make_unique<Decoder>());
  }
  SeededRandom random(7);
  const std::vector<std::string> pieces = Pieces();
  for (int turn = 0; turn < 200; ++turn) {
    const std::size_t i = random.Next() % kStreams;
    const std::string& piece = pieces[random.Next() % pieces.size()];
    std::string out;
    compressors[i]->Write(piece, out);
    REQUIRE(decoders[i]->Feed(out) == piece);
  }
  for (std::size_t i = 0; i < kStreams; ++i) {
    std::string end;
    compressors[i]->Finish(end);
    CHECK(decoders[i]->Feed(end).empty());
    if (!end.empty()) CHECK(decoders[i]->ended);
  }
}

}  // namespace

TEST_CASE("what was written can be decoded at once, piece by piece", "[http][P-043]") {
  CheckEachPieceArrives<GunzipStream>(Compression::kGzip);
  CheckEachPieceArrives<UnzstdStream>(Compression::kZstd);
  CompressionState state;
  CHECK(MakeCompressor(Compression::kIdentity, state) == nullptr);
}

TEST_CASE("streams of one thread share a compressor's state", "[http][P-043][I17]") {
  CheckStreamsShareOneState<GunzipStream>(Compression::kGzip);
  CheckStreamsShareOneState<UnzstdStream>(Compression::kZstd);
}

TEST_CASE("a body without content is a whole one", "[http]") {
  CompressionState state;
  std::string gzip, zstd;
  MakeCompressor(Compression::kGzip, state)->Finish(gzip);
  MakeCompressor(Compression::kZstd, state)->Finish(zstd);
  GunzipStream gunzip;
  UnzstdStream unzstd;
  CHECK(gunzip.Feed(gzip).empty());
  CHECK(gunzip.ended);
  CHECK(unzstd.Feed(zstd).empty());
  CHECK(unzstd.ended);
}

TEST_CASE("rows get smaller", "[http]") {
  std::string rows;
  for (int i = 0; i < 1000; ++i) rows += "{\"id\":\"" + std::to_string(i) + "\",\"list\":\"groceries\",\"done\":0}\n";
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    std::string out;
    CompressionState state;
    MakeCompressor(compression, state)->Write(rows, out);
    CHECK(out.size() * 4 < rows.size());
  }
}

}  // namespace skerry::http
