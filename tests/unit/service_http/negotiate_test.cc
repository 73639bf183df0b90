// Framing and compression as clients ask for them.
#include "http/negotiate.h"

#include "support/catch.h"

namespace skerry::http {

using protocol::Encoding;

TEST_CASE("BSON is used only where Accept ranks it first", "[http][P-030]") {
  const std::string bson(protocol::kBsonType);
  const std::string ndjson(protocol::kNdjsonType);
  CHECK(NegotiateFraming(std::nullopt) == Encoding::kNdjson);
  CHECK(NegotiateFraming("") == Encoding::kNdjson);
  CHECK(NegotiateFraming("*/*") == Encoding::kNdjson);
  CHECK(NegotiateFraming("application/*") == Encoding::kNdjson);
  CHECK(NegotiateFraming("text/html, image/png") == Encoding::kNdjson);
  CHECK(NegotiateFraming(bson) == Encoding::kBson);
  CHECK(NegotiateFraming("Application/VND.PowerSync.Bson-Stream") == Encoding::kBson);
  CHECK(NegotiateFraming(bson + ";q=0.9," + ndjson + ";q=0.8") == Encoding::kBson);
  CHECK(NegotiateFraming(bson + " ; q=0.9 , " + ndjson + " ; q=0.8") == Encoding::kBson);
  CHECK(NegotiateFraming(bson + ";q=0.8," + ndjson + ";q=0.9") == Encoding::kNdjson);
  CHECK(NegotiateFraming(bson + "," + ndjson) == Encoding::kBson);
  CHECK(NegotiateFraming(ndjson + "," + bson) == Encoding::kNdjson);
  CHECK(NegotiateFraming(bson + ",*/*") == Encoding::kBson);
  CHECK(NegotiateFraming(bson + ";q=0.5,*/*") == Encoding::kNdjson);
  CHECK(NegotiateFraming(bson + ";q=0") == Encoding::kNdjson);
  CHECK(NegotiateFraming(bson + ";q=abc") == Encoding::kBson);
  CHECK(NegotiateFraming(",,;;q=1,=,") == Encoding::kNdjson);
}

TEST_CASE("zstd goes before gzip before identity at equal weight", "[http][P-042]") {
  CHECK(NegotiateCompression(std::nullopt) == Compression::kIdentity);
  CHECK(NegotiateCompression("") == Compression::kIdentity);
  CHECK(NegotiateCompression("br") == Compression::kIdentity);
  CHECK(NegotiateCompression("gzip, deflate, br, zstd") == Compression::kZstd);
  CHECK(NegotiateCompression("gzip, deflate") == Compression::kGzip);
  CHECK(NegotiateCompression("zstd;q=0.5, gzip;q=0.9") == Compression::kGzip);
  CHECK(NegotiateCompression("zstd;q=0, gzip;q=0") == Compression::kIdentity);
  CHECK(NegotiateCompression("identity;q=1, gzip;q=0.5") == Compression::kIdentity);
  CHECK(NegotiateCompression("GZIP") == Compression::kGzip);
  CHECK(NegotiateCompression("*") == Compression::kZstd);
  CHECK(NegotiateCompression("*;q=0.1, identity") == Compression::kIdentity);
}

}  // namespace skerry::http
