#include "bucket/checksum.h"

#include "support/catch.h"

namespace skerry::bucket {
namespace {

TEST_CASE("checksums wrap at 32 bits", "[bucket][P-074]") {
  CHECK(Checksum{0xFFFFFFFF} + Checksum{1} == Checksum{0});
  CHECK(Checksum{0} - Checksum{1} == Checksum{0xFFFFFFFF});
  CHECK(Checksum{} == Checksum{0});
}

TEST_CASE("sums do not depend on order", "[bucket][P-072]") {
  const Checksum a{544833942};
  const Checksum b{3619094873};
  const Checksum c{3990193410};
  const Checksum d{1350051779};
  CHECK(a + b == Checksum{4163928815});
  CHECK(a + b + c + d == Checksum{914239412});
  CHECK(d + c + b + a == Checksum{914239412});
  CHECK(a + b - b == a);
}

}  // namespace
}  // namespace skerry::bucket
