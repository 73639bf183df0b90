// A host for client::Database in tests: encodes calls, decodes replies, carries instructions out as far as a test
// wants, and owns a clock that moves only when told to.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "client/database.h"

namespace skerry::test {

using Json = nlohmann::json;

// A result buffer, decoded: rows as JSON arrays; a blob as {"blob":"hex"}.
struct Rows {
  std::vector<std::string> columns;
  Json rows = Json::array();
  std::int64_t changes = 0;
  std::int64_t last_insert_id = 0;
  std::uint32_t flags = 0;
  std::vector<int> first_tags;  // Tags of the first row.
};
Rows DecodeRows(std::string_view buffer);

struct WatchMessage {
  std::uint32_t watch = 0;
  std::uint32_t kind = 0;
  std::vector<std::pair<std::int32_t, std::uint32_t>> runs;
  Rows rows;   // What the message carries.
  Json error;  // kind 2.
};

class ClientHost {
 public:
  explicit ClientHost(Json config = {{"path", ":memory:"}}, std::uint64_t seed = 1);

  bool is_open() const { return database_ != nullptr; }
  client::Database& database() { return *database_; }

  // ---- raw calls; false = failed, the reply is the error
  bool Call(client::Op op, std::string_view payload);
  std::string reply() const { return std::string(database_->reply()); }
  Json ReplyJson() const { return Json::parse(database_->reply()); }
  std::uint32_t flags() const { return database_->flags(); }

  // ---- SQL
  static std::string Payload(std::string_view sql, const Json& parameters = Json::array(), std::uint32_t flags = 0,
                             std::uint32_t lease = 0, std::uint32_t deadline_ms = 0);
  // `sets`: an array of parameter arrays.
  static std::string BatchPayload(std::string_view sql, const Json& sets, std::uint32_t lease = 0);
  // Throws std::runtime_error with the error's JSON when the call fails.
  Rows Execute(std::string_view sql, const Json& parameters = Json::array(), std::uint32_t lease = 0);
  Rows Read(std::string_view sql, const Json& parameters = Json::array());
  // The error of a call that must fail.
  Json FailingExecute(std::string_view sql, const Json& parameters = Json::array(), std::uint32_t lease = 0);
  std::uint32_t OpenLease(std::string_view mode);
  bool CloseLease(std::uint32_t lease, std::string_view action);
  void ApplySchema(const Json& schema);

  // ---- watches
  bool Watch(std::uint32_t id, std::string_view sql, const Json& parameters = Json::array(),
             std::uint32_t throttle_ms = 0, std::uint32_t flags = client::kWatchCompare);
  // Pulls until nothing is due.
  std::vector<WatchMessage> PullWatches();

  // ---- events and instructions
  // Gives the event, works off what follows, and keeps the instructions. False if the call failed.
  bool Event(const Json& event);
  void StreamBytes(std::uint32_t stream, std::string_view bytes);
  // Runs kWork until done, then drains into instructions().
  void Settle();
  std::deque<Json>& instructions() { return instructions_; }
  // Removes and returns the first instruction of this kind; null if there is none.
  Json Take(std::string_view kind);
  std::vector<Json> TakeAll(std::string_view kind);
  // The status told last (or by kInfo if none was).
  Json Status();

  // ---- time: timers asked for by instructions fire when it passes
  void Advance(std::int64_t ms);
  std::int64_t now_ms = 1000;
  std::int64_t wall_ms = 1'790'000'000'000;
  bool auto_work = true;
  Json opened;  // The openStream that ConnectAndOpen() answered.

 private:
  TimePoint Now() const;
  SeededRandom random_;
  std::unique_ptr<client::Database> database_;
  std::deque<Json> instructions_;
  std::map<std::uint32_t, std::int64_t> timers_;
  Json status_;
};

// Connects with a connector that answers at once, and opens the stream. Returns the stream's id.
std::uint32_t ConnectAndOpen(ClientHost& host, const Json& options = Json::object(),
                             std::string_view content_type = "application/x-ndjson");

}  // namespace skerry::test
