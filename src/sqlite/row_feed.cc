#include "sqlite/row_feed.h"

#include <sqlite3.h>

#include "sqlite/error.h"

namespace skerry::sqlite {

// What SQLite calls: an eponymous virtual table that can only be read from start to end.
struct RowFeedModule {
  struct Table : sqlite3_vtab {
    RowFeed* feed = nullptr;
  };
  struct Cursor : sqlite3_vtab_cursor {
    bool at_end = true;
    sqlite3_int64 row = 0;
  };

  static RowFeed& FeedOf(sqlite3_vtab_cursor* cursor) { return *static_cast<Table*>(cursor->pVtab)->feed; }

  static int Connect(sqlite3* db, void* feed, int, const char* const*, sqlite3_vtab** table, char**) {
    std::string sql = "CREATE TABLE x(";
    for (int i = 0; i < static_cast<RowFeed*>(feed)->columns(); ++i) sql += (i == 0 ? "c" : ",c") + std::to_string(i);
    const int code = sqlite3_declare_vtab(db, (sql + ")").c_str());
    if (code != SQLITE_OK) return code;
    sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    auto* made = new Table();
    made->feed = static_cast<RowFeed*>(feed);
    *table = made;
    return SQLITE_OK;
  }
  static int Disconnect(sqlite3_vtab* table) {
    delete static_cast<Table*>(table);
    return SQLITE_OK;
  }
  static int BestIndex(sqlite3_vtab*, sqlite3_index_info* info) {
    info->estimatedCost = 1000;
    return SQLITE_OK;
  }
  static int Open(sqlite3_vtab*, sqlite3_vtab_cursor** cursor) {
    *cursor = new Cursor();
    return SQLITE_OK;
  }
  static int Close(sqlite3_vtab_cursor* cursor) {
    delete static_cast<Cursor*>(cursor);
    return SQLITE_OK;
  }
  static int Filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) { return Next(cursor); }
  static int Next(sqlite3_vtab_cursor* cursor) {
    auto* at = static_cast<Cursor*>(cursor);
    RowFeed& feed = FeedOf(cursor);
    at->at_end = true;
    if (feed.source_ == nullptr) return SQLITE_OK;
    auto more = feed.source_->Next();
    if (!more.ok()) {
      feed.failure_ = std::move(more).error();
      return SQLITE_ERROR;
    }
    at->at_end = !*more;
    ++at->row;
    return SQLITE_OK;
  }
  static int Eof(sqlite3_vtab_cursor* cursor) { return static_cast<Cursor*>(cursor)->at_end ? 1 : 0; }
  static int Column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int column) {
    const Cell cell = FeedOf(cursor).source_->At(column);
    switch (cell.type) {
      case ValueType::kInteger:
        sqlite3_result_int64(context, cell.integer);
        break;
      case ValueType::kReal:
        sqlite3_result_double(context, cell.real);
        break;
      case ValueType::kText: {
        // Static is true enough: SQLite has copied the row into its record before it asks for the next one.
        const char* data = cell.text.data() == nullptr ? "" : cell.text.data();
        sqlite3_result_text64(context, data, cell.text.size(), SQLITE_STATIC, SQLITE_UTF8);
        break;
      }
      case ValueType::kBlob:
      case ValueType::kNull:
        sqlite3_result_null(context);
        break;
    }
    return SQLITE_OK;
  }
  static int RowId(sqlite3_vtab_cursor* cursor, sqlite3_int64* row) {
    *row = static_cast<Cursor*>(cursor)->row;
    return SQLITE_OK;
  }

  static const sqlite3_module* Get() {
    static const sqlite3_module module = [] {
      sqlite3_module made = {};
      made.xConnect = Connect;  // No xCreate: it exists without CREATE VIRTUAL TABLE, and cannot be created by one.
      made.xBestIndex = BestIndex;
      made.xDisconnect = Disconnect;
      made.xOpen = Open;
      made.xClose = Close;
      made.xFilter = Filter;
      made.xNext = Next;
      made.xEof = Eof;
      made.xColumn = Column;
      made.xRowid = RowId;
      return made;
    }();
    return &module;
  }
};

Result<std::unique_ptr<RowFeed>> RowFeed::Open(Connection& db, int columns) {
  std::unique_ptr<RowFeed> feed(new RowFeed(db, columns));
  const int code =
      sqlite3_create_module_v2(db.handle(), feed->name_.c_str(), RowFeedModule::Get(), feed.get(), nullptr);
  if (code != SQLITE_OK) return MakeError(db.handle(), code, "registering " + feed->name_);
  return feed;
}

RowFeed::~RowFeed() { sqlite3_create_module_v2(db_.handle(), name_.c_str(), nullptr, nullptr, nullptr); }

Status RowFeed::Run(Statement& statement, RowSource& source) {
  source_ = &source;
  failure_ = kDone;
  Status ran = statement.RunBound();
  source_ = nullptr;
  if (!failure_.ok()) return std::exchange(failure_, Status());
  return ran;
}

Result<RowFeed*> RowFeeds::For(int columns) {
  std::unique_ptr<RowFeed>& feed = feeds_[columns];
  if (feed == nullptr) {
    SKERRY_ASSIGN(opened, RowFeed::Open(db_, columns));
    feed = std::move(opened);
  }
  return feed.get();
}

}  // namespace skerry::sqlite
