// A SQLite file as an app writes it, and the source that replicates it into lists of words.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "notes.h"
#include "replication/sqlite/sqlite_source.h"
#include "sqlite/connection.h"
#include "support/temp_dir.h"

namespace skerry::test {

// The settings of the sqlite3 shell, not of ours.
inline std::unique_ptr<sqlite::Connection> OpenAsApp(const std::string& path) {
  auto db = Must(sqlite::Connection::Open({.path = path, .page_size = 4096}));
  Must(db->Execute("PRAGMA recursive_triggers = OFF; PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF"));
  return db;
}

class FileSource {
 public:
  // `setup` makes the tables.
  explicit FileSource(const std::string& setup, std::vector<std::string> tables) : wanted(std::move(tables)) {
    app = OpenAsApp(path);
    Must(app->Execute(setup));
    Open();
    Must(source->Start(wanted, {}, notepad));
  }

  void Open() {
    source.reset();
    source = Must(replication::OpenSqliteSource({.path = path, .busy_timeout_ms = 50}, random, log));
  }
  // As after a restart of the service that had stored `notes.position`.
  void Restart() {
    const replication::Progress progress{
        .identity = notes.identity, .position = notes.position, .tables = notes.tables};
    Open();
    Must(source->Start(wanted, progress, notepad));
  }

  // What one Poll() delivers.
  std::vector<std::string> Poll() {
    Must(source->Poll(notes));
    return notes.Take();
  }
  std::vector<std::string> Do(const std::string& sql) {
    Must(app->Execute(sql));
    return Poll();
  }

  TempDir dir;
  std::string path = dir / "app.db";
  std::vector<std::string> wanted;
  SeededRandom random{1};
  LogLines log;
  std::unique_ptr<sqlite::Connection> app;
  std::unique_ptr<replication::Source> source;
  Notes notes;
  Notepad notepad;
};

}  // namespace skerry::test
