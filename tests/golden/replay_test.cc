// Streams recorded from a PowerSync Service, replayed through the client core: as recorded and in the other encoding,
// whole, byte by byte and cut at seeded places. What must come out is worked out by golden/reference_client.h.
#include <cstring>
#include <set>

#include "golden/reference_client.h"
#include "protocol/decode.h"
#include "protocol/encode.h"
#include "protocol/line_reader.h"
#include "sqlite/connection.h"
#include "support/catch.h"
#include "support/client_host.h"
#include "support/transcripts.h"

namespace skerry {
namespace {

using test::ClientHost;
using test::Json;

// The tables of the recordings, as an app declares them.
const Json kTables = Json::parse(R"({
  "lists": {"name":"text","owner_id":"text","created_at":"text","title":"text"},
  "todos": {"list_id":"text","description":"text","completed":"integer","position":"integer","created_at":"text","completed_at":"text"},
  "categories": {"label":"text","weight":"real"},
  "type_samples": {"t_int2":"integer","t_int8":"integer","t_float8":"real","t_num":"text","t_bool":"integer","t_ts":"text",
                   "t_tstz":"text","t_date":"text","t_time":"text","t_json":"text","t_bytes":"text","t_text":"text","t_arr":"text"}})");

Json Schema() {
  Json tables = Json::array();
  for (const auto& [name, columns] : kTables.items()) {
    Json table = {{"name", name}, {"columns", Json::array()}};
    for (const auto& [column, type] : columns.items()) table["columns"].push_back({{"name", column}, {"type", type}});
    tables.push_back(table);
  }
  return {{"tables", tables}};
}

struct Recording {
  std::string name;
  Json steps;
  std::string bytes;
  protocol::Encoding encoding = protocol::Encoding::kNdjson;
  std::vector<Json> lines;  // For the reference.
};

std::vector<Json> SplitBson(const std::string& bytes) {
  std::vector<Json> lines;
  for (std::size_t at = 0; at < bytes.size();) {
    std::int32_t size = 0;
    REQUIRE(at + 4 <= bytes.size());
    std::memcpy(&size, bytes.data() + at, 4);
    REQUIRE(at + static_cast<std::size_t>(size) <= bytes.size());
    lines.push_back(Json::from_bson(bytes.substr(at, static_cast<std::size_t>(size))));
    at += static_cast<std::size_t>(size);
  }
  return lines;
}

std::vector<Recording> Recordings() {
  std::vector<Recording> recordings;
  for (const std::string extension : {".ndjson", ".bson"}) {
    for (const std::string& name : test::TranscriptNames(extension)) {
      Recording recording;
      recording.name = name;
      const std::string stem = extension == ".bson" ? name : name.substr(0, name.size() - extension.size());
      recording.steps = Json::parse(test::ReadTranscript(stem + ".steps.json"));
      // Without raw_data the service sends nested rows, which this client never asks for (P-067).
      if (recording.steps["request"]["body"].value("raw_data", false) == false) continue;
      recording.bytes = test::ReadTranscript(name);
      if (extension == ".bson") {
        recording.encoding = protocol::Encoding::kBson;
        recording.lines = SplitBson(recording.bytes);
      } else {
        std::istringstream text(recording.bytes);
        for (std::string line; std::getline(text, line);) recording.lines.push_back(Json::parse(line));
      }
      recordings.push_back(std::move(recording));
    }
  }
  REQUIRE(recordings.size() >= 24);
  return recordings;
}

// The same lines in the other encoding.
Recording Converted(const Recording& from) {
  Recording to = from;
  to.encoding = from.encoding == protocol::Encoding::kBson ? protocol::Encoding::kNdjson : protocol::Encoding::kBson;
  to.name += " converted";
  to.bytes.clear();
  protocol::LineReader reader(from.encoding);
  protocol::LineDecoder decoder(from.encoding);
  reader.Feed({reinterpret_cast<const std::uint8_t*>(from.bytes.data()), from.bytes.size()});
  while (true) {
    auto line = reader.Next();
    REQUIRE(line.ok());
    if (!*line) break;
    auto decoded = decoder.Decode(**line);
    REQUIRE(decoded.ok());
    protocol::EncodeOptions options;
    options.encoding = to.encoding;
    protocol::AppendLine(to.bytes, *decoded, options);
  }
  return to;
}

// Where the recorded request says the client already was. What came before is one MOVE per bucket, with the checksum
// that the recorded checkpoint needs beside the recorded operations.
struct Before {
  std::vector<Json> lines;
  Json buckets = Json::array();
};

Before StartingPoint(const Recording& recording) {
  std::map<std::string, std::uint32_t> received, expected;
  for (const Json& line : recording.lines) {
    if (line.contains("data")) {
      for (const Json& operation : line["data"]["data"]) {
        std::uint32_t& sum = received[line["data"]["bucket"]];
        const auto checksum = static_cast<std::uint32_t>(operation["checksum"].get<std::int64_t>());
        if (operation["op"] == "CLEAR")
          expected.erase(line["data"]["bucket"].get<std::string>()), sum = checksum;
        else
          sum += checksum;
      }
    } else if (line.contains("checkpoint")) {
      for (const Json& bucket : line["checkpoint"]["buckets"]) {
        expected[bucket["bucket"]] = static_cast<std::uint32_t>(bucket["checksum"].get<std::int64_t>());
      }
    }
  }
  Before before;
  for (const Json& position : recording.steps["request"]["body"]["buckets"]) {
    if (position["after"] == "0") continue;  // Nothing received: nothing to report.
    const std::string name = position["name"];
    const std::uint32_t sum = expected.count(name) == 0 ? 7 : expected[name] - received[name];
    before.lines.push_back(
        {{"data",
          {{"bucket", name},
           {"data", Json::array({{{"op_id", position["after"]}, {"op", "MOVE"}, {"checksum", sum}}})}}}});
    before.buckets.push_back(position);
  }
  return before;
}

std::vector<std::string> Cuts(const std::string& bytes, std::uint64_t mode) {
  if (mode == 0) return {bytes};
  std::vector<std::string> pieces;
  SeededRandom random(mode);
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = mode == 1 ? 1 : 1 + random.Next() % 700;
    pieces.push_back(bytes.substr(at, size));
    at += size;
  }
  return pieces;
}

void Send(ClientHost& host, std::uint32_t stream, const std::vector<Json>& lines) {
  std::string text;
  for (const Json& line : lines) text += line.dump() + "\n";
  host.StreamBytes(stream, text);
}

// The rows that the app must see, each column cast as C-041 says, by a SQLite of its own.
Json ExpectedRows(const test::ReferenceClient& reference, const std::string& table) {
  sqlite::OpenOptions options;
  options.path = ":memory:";
  auto db = sqlite::Connection::Open(options);
  REQUIRE(db.ok());
  Json rows = Json::array();
  for (const auto& [row, data] : reference.rows()) {
    if (row.first != table) continue;
    Json cells = Json::array({row.second});
    for (const auto& [column, type] : kTables[table].items()) {
      auto statement =
          (*db)->Prepare("SELECT quote(CAST(json_extract(?1, '$." + column + "') AS " + type.get<std::string>() + "))");
      REQUIRE(statement.ok());
      REQUIRE(statement->Bind(data).ok());
      REQUIRE(*statement->Step());
      cells.push_back(std::string(statement->Text(0)));
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

Json ShownRows(ClientHost& host, const std::string& table) {
  std::string sql = "SELECT id";
  for (const auto& [column, type] : kTables[table].items()) sql += ", quote(\"" + column + "\")";
  return host.Read(sql + " FROM " + table + " ORDER BY id").rows;
}

void CheckRequest(const Recording& recording, const Before& before, const Json& sent) {
  const Json& recorded = recording.steps["request"]["body"];
  CHECK(sent["raw_data"] == true);
  CHECK(sent["include_checksum"] == true);
  CHECK(sent["client_id"].get<std::string>().size() == 36);
  const auto sorted = [](const Json& buckets) {
    std::set<std::pair<std::string, std::string>> set;
    for (const Json& bucket : buckets) set.emplace(bucket["name"], bucket["after"]);
    return set;
  };
  CHECK(sorted(sent["buckets"]) == sorted(before.buckets));
  if (!recorded.contains("streams")) return;
  CHECK(sent["streams"]["include_defaults"] == recorded["streams"]["include_defaults"]);
  // Equal subscriptions are one in this client, with the more urgent priority (C-161).
  Json wanted = Json::array();
  for (const Json& subscription : recorded["streams"]["subscriptions"]) {
    const auto same = [&](const Json& other) {
      return other["stream"] == subscription["stream"] && other["parameters"] == subscription["parameters"];
    };
    const auto found = std::find_if(wanted.begin(), wanted.end(), same);
    if (found == wanted.end())
      wanted.push_back(subscription);
    else if (subscription["override_priority"] < (*found)["override_priority"])
      *found = subscription;
  }
  CHECK(sent["streams"]["subscriptions"] == wanted);
}

void Replay(const Recording& recording, std::uint64_t cut_mode) {
  INFO(recording.name << ", cuts " << cut_mode);
  ClientHost host(Json::object({{"path", ":memory:"}}), 42);
  host.ApplySchema(Schema());
  const Json& body = recording.steps["request"]["body"];
  const Json streams = body.value("streams", Json{{"include_defaults", true}, {"subscriptions", Json::array()}});
  for (const Json& subscription : streams["subscriptions"]) {
    REQUIRE(host.Event({{"event", "subscribe"},
                        {"name", subscription["stream"]},
                        {"params", subscription["parameters"]},
                        {"priority", subscription["override_priority"]}}));
  }
  const Json options = {{"includeDefaultStreams", streams["include_defaults"]}};

  test::ReferenceClient reference;
  const Before before = StartingPoint(recording);
  if (!before.lines.empty()) {
    Send(host, test::ConnectAndOpen(host, options), before.lines);
    for (const Json& line : before.lines) reference.Apply(line);
    host.Event({{"event", "disconnect"}});
  }

  const std::uint32_t stream = test::ConnectAndOpen(
      host, options, recording.encoding == protocol::Encoding::kBson ? protocol::kBsonType : protocol::kNdjsonType);
  CheckRequest(recording, before, Json::parse(host.opened["body"].get<std::string>()));
  for (const std::string& piece : Cuts(recording.bytes, cut_mode)) host.StreamBytes(stream, piece);
  for (const Json& line : recording.lines) reference.Apply(line);

  REQUIRE(reference.mismatches().empty());
  CHECK_FALSE(host.Status().contains("downloadError"));
  CHECK(host.Status()["connected"] == !reference.token_expired());
  CHECK(host.Status()["hasSynced"] == reference.is_complete());
  for (const auto& [table, columns] : kTables.items()) {
    INFO(table);
    CHECK(ShownRows(host, table) == ExpectedRows(reference, table));
  }
  CHECK(host.Read("SELECT count(*) FROM ps_crud").rows[0][0] == 0);

  REQUIRE(host.Call(client::Op::kInfo, ""));
  const Json info = host.ReplyJson();
  std::map<std::string, std::pair<std::string, std::uint32_t>> stored, wanted;
  for (const Json& bucket : info["buckets"])
    stored[bucket["name"]] = {bucket["lastOp"], bucket["checksum"].get<std::uint32_t>()};
  for (const auto& [name, bucket] : reference.buckets())
    wanted[name] = {std::to_string(bucket.position), bucket.checksum};
  CHECK(stored == wanted);
  CHECK(info["counters"]["lines"] == recording.lines.size() + before.lines.size());
}

}  // namespace

TEST_CASE("recorded streams give the recorded rows", "[golden][P-033][P-035][P-060][P-061][P-072]") {
  const std::uint64_t cuts = GENERATE(0, 1, 1001, 1002, 1003);
  for (const Recording& recording : Recordings()) Replay(recording, cuts);
}

TEST_CASE("recorded streams in the other encoding give the same rows", "[golden][P-037][P-038][P-041]") {
  const std::uint64_t cuts = GENERATE(0, 1, 2001);
  for (const Recording& recording : Recordings()) Replay(Converted(recording), cuts);
}

TEST_CASE("a recorded stream that breaks off anywhere goes on after a reconnect", "[golden][property][P-062]") {
  SeededRandom random(20261122);
  for (const Recording& recording : Recordings()) {
    if (recording.encoding != protocol::Encoding::kNdjson || !StartingPoint(recording).lines.empty()) continue;
    if (recording.lines.back().contains("token_expires_in")) continue;
    INFO(recording.name);
    ClientHost host(Json::object({{"path", ":memory:"}}), 42);
    host.ApplySchema(Schema());
    const std::uint32_t stream = test::ConnectAndOpen(host);
    const std::size_t cut = random.Next() % recording.bytes.size();
    host.StreamBytes(stream, recording.bytes.substr(0, cut));
    host.Event({{"event", "streamFailed"}, {"id", stream}, {"message", "cut"}});
    host.Advance(2000);
    const Json open = host.Take("openStream");
    REQUIRE_FALSE(open.is_null());
    host.Event(
        {{"event", "streamOpened"}, {"id", open["id"]}, {"status", 200}, {"contentType", "application/x-ndjson"}});

    // The service sends the rest: the last checkpoint whole, and of each bucket what lies behind the positions sent.
    std::map<std::string, std::int64_t> positions;
    const Json request = Json::parse(open["body"].get<std::string>());
    for (const Json& bucket : request["buckets"]) {
      positions[bucket["name"]] = std::stoll(bucket["after"].get<std::string>());
    }
    test::ReferenceClient reference;
    Json checkpoint;
    std::vector<Json> rest;
    for (const Json& line : recording.lines) {
      reference.Apply(line);
      if (line.contains("checkpoint")) checkpoint = line;
      if (line.contains("checkpoint_diff")) {
        const Json& diff = line["checkpoint_diff"];
        Json kept = Json::array();
        const auto replaced = [&diff](const Json& bucket) {
          for (const Json& name : diff["removed_buckets"]) {
            if (name == bucket["bucket"]) return true;
          }
          for (const Json& updated : diff["updated_buckets"]) {
            if (updated["bucket"] == bucket["bucket"]) return true;
          }
          return false;
        };
        for (const Json& bucket : checkpoint["checkpoint"]["buckets"]) {
          if (!replaced(bucket)) kept.push_back(bucket);
        }
        for (const Json& bucket : diff["updated_buckets"]) kept.push_back(bucket);
        checkpoint["checkpoint"]["buckets"] = kept;
        checkpoint["checkpoint"]["last_op_id"] = diff["last_op_id"];
      }
      if (!line.contains("data")) continue;
      Json data = line;
      Json operations = Json::array();
      for (const Json& operation : line["data"]["data"]) {
        if (std::stoll(operation["op_id"].get<std::string>()) > positions[line["data"]["bucket"]])
          operations.push_back(operation);
      }
      data["data"]["data"] = operations;
      rest.push_back(data);
    }
    // A service sends no data of buckets that are not in its checkpoint.
    std::set<std::string> listed;
    for (const Json& bucket : checkpoint["checkpoint"]["buckets"]) listed.insert(bucket["bucket"].get<std::string>());
    std::erase_if(rest, [&listed](const Json& line) { return listed.count(line["data"]["bucket"]) == 0; });
    rest.insert(rest.begin(), checkpoint);
    rest.push_back({{"checkpoint_complete", {{"last_op_id", checkpoint["checkpoint"]["last_op_id"]}}}});
    Send(host, open["id"], rest);
    for (const auto& [table, columns] : kTables.items()) {
      INFO(table << ", cut at " << cut);
      CHECK(ShownRows(host, table) == ExpectedRows(reference, table));
    }
    INFO(host.Status().dump());
    CHECK(host.Status()["connected"] == true);
    CHECK_FALSE(host.Status().contains("downloadError"));
  }
}

}  // namespace skerry
