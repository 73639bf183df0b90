// A client host with the lists schema and a service of a few lines: a bucket's checksum is the sum of what was sent.
#pragma once

#include <string>
#include <vector>

#include "support/client_host.h"
#include "support/lists_schema.h"

namespace skerry::test {

inline Json Put(int op_id, std::string_view type, std::string_view id, const Json& data, std::uint32_t checksum,
                const Json& subkey = nullptr) {
  return {{"op_id", std::to_string(op_id)}, {"op", "PUT"},         {"object_type", type}, {"object_id", id},
          {"checksum", checksum},           {"data", data.dump()}, {"subkey", subkey}};
}
inline Json Remove(int op_id, std::string_view type, std::string_view id, std::uint32_t checksum,
                   const Json& subkey = nullptr) {
  return {{"op_id", std::to_string(op_id)}, {"op", "REMOVE"},  {"object_type", type}, {"object_id", id},
          {"checksum", checksum},           {"data", nullptr}, {"subkey", subkey}};
}
inline Json Bucket(std::string_view name, std::uint32_t checksum, int count, int priority = 3,
                   const Json& subscriptions = Json::array()) {
  return {{"bucket", name},
          {"checksum", checksum},
          {"count", count},
          {"priority", priority},
          {"subscriptions", subscriptions}};
}
inline Json Checkpoint(int last_op_id, const Json& buckets, const Json& write_checkpoint = nullptr,
                       const Json& streams = Json::array()) {
  return {{"checkpoint",
           {{"last_op_id", std::to_string(last_op_id)},
            {"write_checkpoint", write_checkpoint},
            {"buckets", buckets},
            {"streams", streams}}}};
}
inline Json Diff(int last_op_id, const Json& updated, const Json& removed = Json::array(),
                 const Json& write_checkpoint = nullptr) {
  return {{"checkpoint_diff",
           {{"last_op_id", std::to_string(last_op_id)},
            {"write_checkpoint", write_checkpoint},
            {"updated_buckets", updated},
            {"removed_buckets", removed}}}};
}
inline Json Data(std::string_view bucket, const Json& operations) {
  return {
      {"data", {{"bucket", bucket}, {"data", operations}, {"has_more", false}, {"after", "0"}, {"next_after", "0"}}}};
}
inline Json Complete(int last_op_id) { return {{"checkpoint_complete", {{"last_op_id", std::to_string(last_op_id)}}}}; }
inline Json Partial(int last_op_id, int priority) {
  return {{"partial_checkpoint_complete", {{"last_op_id", std::to_string(last_op_id)}, {"priority", priority}}}};
}
inline Json KeepAlive(int seconds) { return {{"token_expires_in", seconds}}; }

class SyncHost : public ClientHost {
 public:
  explicit SyncHost(std::uint64_t seed = 1) : ClientHost(Json::object({{"path", ":memory:"}}), seed) {
    ApplySchema(ListsSchema());
  }

  void Open(const Json& options = Json::object()) {
    stream = ConnectAndOpen(*this, options);
    request = Json::parse(opened["body"].get<std::string>());
  }
  // The stream that the last openStream asked for, opened.
  void Reopen() {
    const Json open = Take("openStream");
    if (open.is_null()) throw std::runtime_error("no stream was asked for");
    request = Json::parse(open["body"].get<std::string>());
    stream = open["id"];
    Event({{"event", "streamOpened"}, {"id", stream}, {"status", 200}, {"contentType", "application/x-ndjson"}});
  }
  void Send(const std::vector<Json>& lines) {
    std::string text;
    for (const Json& line : lines) text += line.dump() + "\n";
    StreamBytes(stream, text);
  }
  Json Names() { return Read("SELECT name FROM lists ORDER BY name").rows; }
  std::int64_t QueueCount() { return Read("SELECT count(*) FROM ps_crud").rows[0][0]; }
  // Answers an `upload` as an app does that completes everything.
  bool AnswerUpload() {
    const Json upload = Take("upload");
    if (upload.is_null()) return false;
    const Json last = Read("SELECT max(id) FROM ps_crud").rows[0][0];
    if (!Call(client::Op::kCrudComplete, Json{{"lastId", last}}.dump())) throw std::runtime_error(reply());
    Event({{"event", "uploadDone"}, {"id", upload["id"]}});
    return true;
  }
  void AnswerWriteCheckpoint(int id) {
    const Json ask = Take("writeCheckpoint");
    if (ask.is_null()) throw std::runtime_error("no write checkpoint was asked for");
    Event({{"event", "writeCheckpoint"},
           {"id", ask["id"]},
           {"status", 200},
           {"body", Json{{"data", {{"write_checkpoint", std::to_string(id)}}}}.dump()}});
  }

  std::uint32_t stream = 0;
  Json request;
};

}  // namespace skerry::test
