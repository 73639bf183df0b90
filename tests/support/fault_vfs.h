// A file system in memory that fails, dies or forgets when told to: storage as tests of durability need it.
//
// Every call that changes a file (write, truncate, sync, delete) counts. A file has what is written and what is safe:
// a sync makes everything written safe. After PullPlug() nothing changes any more and every call fails; Restart() then
// gives what a new process finds: all that was written (the process died), or what was safe and some of the rest (the
// power failed). Several connections of one process may share a file, WAL included.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace skerry::test {

enum class Fault { kFull, kIoError };

class FaultVfs {
 public:
  // Registers itself with SQLite under a name of its own, until it is destroyed. All connections must be closed first.
  FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;
  ~FaultVfs();

  const std::string& name() const { return name_; }

  // Counting starts anew: the call number `call` (from 1) fails and changes nothing; with `for_good` all later ones
  // too.
  void FailAt(int call, Fault fault, bool for_good = false);
  // The plug is pulled at call number `call`.
  void PullPlugAt(int call);
  void NeverFail();
  // Changing calls since the last of these.
  int calls() const { return calls_; }
  bool has_failed() const { return has_failed_; }

  void PullPlug() { dead_ = true; }
  // Close every connection first. Without power loss all that was written is there.
  void Restart();
  // What was safe is there; of the writes since, each one or not, as the seed will have it.
  void RestartAfterPowerLoss(std::uint64_t seed);

  // ---- for the functions that SQLite calls -----------------------------------------------------------------------

  struct Change {
    std::uint64_t offset = 0;
    std::vector<std::uint8_t> bytes;
    bool truncates = false;  // To `offset`.
  };
  struct File {
    std::vector<std::uint8_t> written;
    std::vector<std::uint8_t> safe;
    std::vector<Change> unsafe;  // Since the last sync, in order.
    int shared_locks = 0;
    const void* exclusive = nullptr;  // The handle that holds RESERVED or more.
    std::vector<std::unique_ptr<std::uint8_t[]>> shm;
    int shm_shared[8] = {};
    const void* shm_exclusive[8] = {};
  };
  // SQLITE_OK if the changing call may go on.
  int Count();
  bool dead() const { return dead_; }
  std::map<std::string, std::shared_ptr<File>>& files() { return files_; }

 private:
  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  std::map<std::string, std::shared_ptr<File>> files_;
  int calls_ = 0;
  int fail_at_ = 0;
  int plug_at_ = 0;
  bool for_good_ = false;
  bool has_failed_ = false;
  bool dead_ = false;
  Fault fault_ = Fault::kIoError;
};

}  // namespace skerry::test
