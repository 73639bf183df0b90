#include <filesystem>

#include "support/catch.h"
#include "support/client_host.h"
#include "support/lists_schema.h"

namespace skerry {
namespace {

using test::ClientHost;
using test::Json;

// A database in a file of its own, which several connections can share.
class FileHost {
 public:
  explicit FileHost(Json extra = Json::object())
      : folder_(std::filesystem::temp_directory_path() / "skerry-lease-test") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    extra["path"] = (folder_ / "app.db").string();
    host_ = std::make_unique<ClientHost>(extra);
    host_->ApplySchema(test::ListsSchema());
  }
  ~FileHost() {
    host_.reset();
    std::filesystem::remove_all(folder_);
  }
  ClientHost& operator*() { return *host_; }
  ClientHost* operator->() { return host_.get(); }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<ClientHost> host_;
};

Json Count(ClientHost& host) { return host.Read("SELECT count(*) FROM lists").rows[0][0]; }

}  // namespace

TEST_CASE("a write transaction commits or is rolled back as a whole", "[client][lease]") {
  FileHost host;
  const std::uint32_t kept = host->OpenLease("writeTransaction");
  CHECK((host->flags() & client::kFlagBusy) != 0);
  host->Execute("INSERT INTO lists(id) VALUES ('a')", Json::array(), kept);
  CHECK(host->CloseLease(kept, "commit"));
  CHECK((host->flags() & client::kFlagBusy) == 0);
  const std::uint32_t undone = host->OpenLease("writeTransaction");
  host->Execute("INSERT INTO lists(id) VALUES ('b')", Json::array(), undone);
  CHECK(host->CloseLease(undone, "release"));
  CHECK(Count(*host) == 1);
  CHECK(host->Read("SELECT count(*) FROM ps_crud").rows[0][0] == 1);
}

TEST_CASE("reads see the last commit while a write transaction is open", "[client][lease]") {
  FileHost host;
  const std::uint32_t lease = host->OpenLease("writeTransaction");
  host->Execute("INSERT INTO lists(id) VALUES ('a')", Json::array(), lease);
  CHECK(Count(*host) == 0);
  CHECK(host->Execute("SELECT count(*) FROM lists", Json::array(), lease).rows[0][0] == 1);
  CHECK(host->CloseLease(lease, "commit"));
  CHECK(Count(*host) == 1);
}

TEST_CASE("a read transaction keeps the snapshot of its opening", "[client][lease]") {
  FileHost host;
  const std::uint32_t lease = host->OpenLease("readTransaction");
  host->Execute("INSERT INTO lists(id) VALUES ('a')");
  CHECK(host->Execute("SELECT count(*) FROM lists", Json::array(), lease).rows[0][0] == 0);
  CHECK(host->FailingExecute("INSERT INTO lists(id) VALUES ('b')", Json::array(), lease).contains("code"));
  CHECK(host->CloseLease(lease, "release"));
  CHECK(Count(*host) == 1);
}

TEST_CASE("one write lease at a time, and no autocommit write beside it", "[client][lease]") {
  FileHost host;
  const std::uint32_t lease = host->OpenLease("writeLock");
  CHECK_FALSE(host->Call(client::Op::kLeaseOpen, R"({"mode":"writeLock"})"));
  CHECK(host->ReplyJson()["code"] == "lock_timeout");
  CHECK(host->FailingExecute("INSERT INTO lists(id) VALUES ('a')")["code"] == "lock_timeout");
  CHECK_FALSE(host->Event({{"event", "online"}}));
  CHECK(host->ReplyJson()["code"] == "lock_timeout");
  CHECK(host->CloseLease(lease, "release"));
  host->Execute("INSERT INTO lists(id) VALUES ('a')");
}

TEST_CASE("a write lock takes transactions that the application sends itself", "[client][lease]") {
  FileHost host;
  const std::uint32_t lease = host->OpenLease("writeLock");
  for (const char* sql :
       {"BEGIN", "INSERT INTO lists(id) VALUES ('a')", "COMMIT", "BEGIN", "INSERT INTO lists(id) VALUES ('b')"}) {
    host->Execute(sql, Json::array(), lease);
  }
  CHECK(host->CloseLease(lease, "release"));
  CHECK(Count(*host) == 1);
}

TEST_CASE("at most as many read leases as configured, and one reader stays for calls without a lease",
          "[client][lease]") {
  FileHost host(Json::object({{"maxReaders", 2}}));
  const std::uint32_t first = host->OpenLease("readLock");
  const std::uint32_t second = host->OpenLease("readLock");
  CHECK_FALSE(host->Call(client::Op::kLeaseOpen, R"({"mode":"readLock"})"));
  CHECK(host->ReplyJson()["code"] == "lock_timeout");
  const std::uint32_t write = host->OpenLease("writeLock");
  CHECK(Count(*host) == 0);
  CHECK(host->CloseLease(first, "release"));
  const std::uint32_t third = host->OpenLease("readLock");
  for (const std::uint32_t lease : {second, third, write}) CHECK(host->CloseLease(lease, "release"));
}

TEST_CASE("a returned lease cannot be used", "[client][lease]") {
  FileHost host;
  const std::uint32_t lease = host->OpenLease("writeLock");
  CHECK(host->CloseLease(lease, "release"));
  CHECK(host->FailingExecute("SELECT 1", Json::array(), lease)["message"] ==
        "Attempted to use a connection lease that has already been returned.");
  CHECK_FALSE(host->CloseLease(lease, "release"));
}

TEST_CASE("a transaction that SQLite gave up runs nothing more and cannot commit", "[client][lease]") {
  FileHost host;
  host->Execute("INSERT INTO lists(id) VALUES ('a')");
  const std::uint32_t lease = host->OpenLease("writeTransaction");
  host->Execute("INSERT INTO lists(id) VALUES ('b')", Json::array(), lease);
  CHECK(host->FailingExecute("INSERT OR ROLLBACK INTO lists(id) VALUES ('a')", Json::array(), lease)["code"] ==
        "constraint");
  CHECK(host->FailingExecute("INSERT INTO lists(id) VALUES ('c')", Json::array(), lease).contains("message"));
  CHECK_FALSE(host->CloseLease(lease, "commit"));
  CHECK(Count(*host) == 1);
}

TEST_CASE("an ordinary failure inside a transaction leaves it open", "[client][lease]") {
  FileHost host;
  const std::uint32_t lease = host->OpenLease("writeTransaction");
  host->Execute("INSERT INTO lists(id) VALUES ('a')", Json::array(), lease);
  host->FailingExecute("INSERT INTO lists(id) VALUES ('a')", Json::array(), lease);
  host->Execute("INSERT INTO lists(id) VALUES ('b')", Json::array(), lease);
  CHECK(host->CloseLease(lease, "commit"));
  CHECK(Count(*host) == 2);
}

TEST_CASE("a database in memory serves all leases from its one connection", "[client][lease]") {
  ClientHost host;
  host.ApplySchema(test::ListsSchema());
  const std::uint32_t read = host.OpenLease("readTransaction");
  CHECK(host.Execute("SELECT count(*) FROM lists", Json::array(), read).rows[0][0] == 0);
  CHECK_FALSE(host.Call(client::Op::kExecute, ClientHost::Payload("SELECT 1", Json::array(), client::kStatementRead)));
  CHECK(host.ReplyJson()["code"] == "lock_timeout");
  CHECK(host.CloseLease(read, "release"));
  CHECK(Count(host) == 0);
}

TEST_CASE("closing the database inside a transaction rolls it back", "[client][lease]") {
  const auto path = std::filesystem::temp_directory_path() / "skerry-close-test.db";
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + end);
  {
    ClientHost host(Json::object({{"path", path.string()}}));
    host.ApplySchema(test::ListsSchema());
    const std::uint32_t lease = host.OpenLease("writeTransaction");
    host.Execute("INSERT INTO lists(id) VALUES ('a')", Json::array(), lease);
  }
  ClientHost host(Json::object({{"path", path.string()}}), 2);
  CHECK(Count(host) == 0);
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + end);
}

}  // namespace skerry
