// When the log is written back into the file: not while somebody waits.
#include <filesystem>

#include "support/catch.h"
#include "support/client_host.h"
#include "support/temp_dir.h"

namespace skerry {
namespace {

using test::ClientHost;

struct OpenFile {
  test::TempDir folder;
  std::string path = folder / "a.db";
  ClientHost host{{{"path", path}}};

  OpenFile() { host.Execute("CREATE TABLE blobs(data BLOB)"); }
  void Write(int megabytes) {
    host.Execute("INSERT INTO blobs VALUES (zeroblob(?))", {megabytes << 20});
    host.Settle();
  }
  std::uintmax_t megabytes() const { return std::filesystem::file_size(path) >> 20; }
};

}  // namespace

TEST_CASE("a long log is written back once nobody has wanted anything for a tenth of a second", "[client]") {
  OpenFile file;
  file.Write(20);
  CHECK(file.megabytes() < 20);
  for (int i = 0; i < 3; ++i) {
    file.host.Advance(60);
    file.host.Read("SELECT count(*) FROM blobs");
    file.host.Settle();
    CHECK(file.megabytes() < 20);
  }
  file.host.Advance(100);
  file.host.Settle();
  file.host.Advance(100);
  CHECK(file.megabytes() >= 20);
}

TEST_CASE("a short log waits for nothing and asks for no timer", "[client]") {
  OpenFile file;
  file.Write(2);
  CHECK(file.host.TakeAll("timer").empty());
}

TEST_CASE("a log as long as it may get is written back by the commit", "[client]") {
  OpenFile file;
  file.Write(60);
  CHECK(file.megabytes() >= 60);
}

TEST_CASE("a reader of an older state delays the write back, and nothing is lost by it", "[client]") {
  OpenFile file;
  const std::uint32_t lease = file.host.OpenLease("readTransaction");
  CHECK(file.host.Execute("SELECT count(*) FROM blobs", test::Json::array(), lease).rows == test::Json::parse("[[0]]"));
  file.Write(20);
  file.host.Advance(100);
  file.host.Settle();
  file.host.Advance(100);
  CHECK(file.megabytes() < 20);
  CHECK(file.host.Execute("SELECT count(*) FROM blobs", test::Json::array(), lease).rows == test::Json::parse("[[0]]"));
  CHECK(file.host.CloseLease(lease, "release"));
  file.Write(1);
  file.host.Advance(100);
  file.host.Settle();
  file.host.Advance(100);
  CHECK(file.megabytes() >= 20);
  CHECK(file.host.Read("SELECT sum(length(data)) >> 20 FROM blobs").rows == test::Json::parse("[[21]]"));
}

}  // namespace skerry
