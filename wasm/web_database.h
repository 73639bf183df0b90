// One database in the browser: the VFS over its files, and the core on top. What embind and the raw exports hand out.
//
// The module serves one at a time (host.ts loads a module per database); SQLite keeps the VFS's address, so it does not
// move.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/random.h"
#include "client/database.h"
#include "vfs/browser_host.h"
#include "vfs/vfs.h"

namespace skerry::wasm {

// crypto.getRandomValues, fetched in batches.
class SecureRandom final : public Random {
 public:
  explicit SecureRandom(vfs::VfsHost& host) : host_(host) {}
  std::uint64_t Next() override;

 private:
  vfs::VfsHost& host_;
  std::array<std::uint64_t, 64> batch_{};
  std::size_t used_ = batch_.size();
};

class WebDatabase {
 public:
  // The VFS that `core_config` has to name.
  static constexpr const char* kVfsName = "skerry-opfs";

  // Opens `path` in the access handles 0 (main file) and 1 (WAL) of the module's `skerryFiles`, or in memory.
  // `core_config`: see client::ParseConfig. Look at error() before anything else.
  WebDatabase(const std::string& path, bool in_opfs, vfs::Durability durability, const std::string& core_config);
  WebDatabase(const WebDatabase&) = delete;
  WebDatabase& operator=(const WebDatabase&) = delete;

  // Why it did not open, as JSON; empty if it did.
  std::string error() const { return error_; }
  client::Database& core() { return *core_; }

 private:
  vfs::BrowserHost host_;
  SecureRandom random_{host_};
  std::unique_ptr<vfs::Vfs> vfs_;
  std::unique_ptr<client::Database> core_;  // Closed before the VFS goes.
  std::string error_;
};

}  // namespace skerry::wasm
