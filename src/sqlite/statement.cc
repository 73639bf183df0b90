#include "sqlite/statement.h"

#include <sqlite3.h>

#include <utility>

#include "sqlite/error.h"

namespace skerry::sqlite {
namespace {

Status Check(sqlite3_stmt* stmt, int code) {
  if (code == SQLITE_OK) return kDone;
  return MakeError(sqlite3_db_handle(stmt), code, "binding a parameter");
}

}  // namespace

Statement::Statement(Statement&& other) noexcept : stmt_(std::exchange(other.stmt_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  if (this != &other) {
    sqlite3_finalize(stmt_);
    stmt_ = std::exchange(other.stmt_, nullptr);
  }
  return *this;
}

Statement::~Statement() { sqlite3_finalize(stmt_); }

Status Statement::BindNull(int index) { return Check(stmt_, sqlite3_bind_null(stmt_, index)); }
Status Statement::BindInt64(int index, std::int64_t value) {
  return Check(stmt_, sqlite3_bind_int64(stmt_, index, value));
}
Status Statement::BindDouble(int index, double value) { return Check(stmt_, sqlite3_bind_double(stmt_, index, value)); }

// A null pointer would bind NULL: empty text and blobs need an address.
Status Statement::BindText(int index, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  return Check(stmt_, sqlite3_bind_text64(stmt_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}
Status Statement::BindBlob(int index, std::span<const std::uint8_t> bytes) {
  const void* data = bytes.data() == nullptr ? static_cast<const void*>("") : bytes.data();
  return Check(stmt_, sqlite3_bind_blob64(stmt_, index, data, bytes.size(), SQLITE_STATIC));
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(stmt_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = MakeError(sqlite3_db_handle(stmt_), code);
  // Ends the statement, so that a failure leaves no read transaction open.
  sqlite3_reset(stmt_);
  return error;
}

void Statement::Reset() { sqlite3_reset(stmt_); }
void Statement::ClearBindings() { sqlite3_clear_bindings(stmt_); }

Status Statement::RunBound() {
  while (true) {
    SKERRY_ASSIGN(row, Step());
    if (!row) break;
  }
  Reset();
  return kDone;
}

int Statement::ColumnCount() const { return sqlite3_column_count(stmt_); }
std::string_view Statement::ColumnName(int column) const {
  const char* name = sqlite3_column_name(stmt_, column);
  return name == nullptr ? std::string_view() : std::string_view(name);
}
int Statement::ParameterCount() const { return sqlite3_bind_parameter_count(stmt_); }
bool Statement::IsReadOnly() const { return sqlite3_stmt_readonly(stmt_) != 0; }

ValueType Statement::Type(int column) const { return static_cast<ValueType>(sqlite3_column_type(stmt_, column)); }
std::int64_t Statement::Int64(int column) const { return sqlite3_column_int64(stmt_, column); }
double Statement::Double(int column) const { return sqlite3_column_double(stmt_, column); }

// The text comes before its size: asking for the text may convert the value.
std::string_view Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(stmt_, column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(stmt_, column))};
}
std::span<const std::uint8_t> Statement::Bytes(int column) const {
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(stmt_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(stmt_, column))};
}

}  // namespace skerry::sqlite
