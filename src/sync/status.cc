#include "sync/status.h"

namespace skerry::sync {
namespace {

std::string_view NameOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCredentials:
      return "CredentialsError";
    case ErrorCode::kUpload:
      return "UploadError";
    default:
      return "SyncError";
  }
}

void WriteMillis(JsonWriter& json, std::optional<std::chrono::microseconds> time) {
  if (!time) {
    json.Null();
    return;
  }
  json.Int(std::chrono::duration_cast<std::chrono::milliseconds>(*time).count());
}

void WriteError(JsonWriter& json, std::string_view key, const std::optional<ShownError>& error) {
  if (!error) return;
  json.Key(key).BeginObject();
  json.Key("name").String(error->name).Key("code").String(error->code).Key("message").String(error->message);
  if (error->http_status) json.Key("status").Int(*error->http_status);
  json.EndObject();
}

void WriteCount(JsonWriter& json, const store::ProgressCount& count) {
  json.Key("total").Int(count.total).Key("downloaded").Int(count.downloaded);
}

void WriteProgress(JsonWriter& json, const std::optional<store::DownloadProgress>& progress) {
  json.Key("downloadProgress");
  if (!progress) {
    json.Null();
    return;
  }
  json.BeginObject();
  WriteCount(json, progress->Total());
  json.Key("priorities").BeginArray();
  for (const auto& [priority, count] : progress->by_priority) {
    json.BeginObject().Key("priority").Int(priority);
    WriteCount(json, count);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void WriteStream(JsonWriter& json, const StreamStatus& stream) {
  const store::StreamSubscriptionRow& row = stream.row;
  json.BeginObject().Key("name").String(row.key.name).Key("parameters");
  if (row.key.parameters_json)
    json.Raw(*row.key.parameters_json);
  else
    json.Null();
  json.Key("priority");
  if (stream.priority)
    json.Int(*stream.priority);
  else
    json.Null();
  json.Key("active").Bool(row.active).Key("isDefault").Bool(row.is_default);
  json.Key("hasExplicitSubscription").Bool(row.ttl.has_value());
  WriteMillis(json.Key("expiresAt"), row.expires_at);
  json.Key("hasSynced").Bool(row.last_synced_at.has_value());
  WriteMillis(json.Key("lastSyncedAt"), row.last_synced_at);
  json.Key("progress");
  if (stream.progress) {
    json.BeginObject();
    WriteCount(json, *stream.progress);
    json.EndObject();
  } else {
    json.Null();
  }
  json.EndObject();
}

}  // namespace

ShownError Show(const Error& error, std::optional<int> http_status) {
  return {std::string(NameOf(error.code)), std::string(WireName(error.code)), error.message, http_status};
}

Error HttpError(int status, std::string_view status_text, std::string_view body) {
  static constexpr std::size_t kLongestBody = 2000;
  if (body.size() > kLongestBody) {
    body = body.substr(0, kLongestBody);
    // Not in the middle of a character: what follows its first byte has the form 10xxxxxx.
    while (!body.empty() && (static_cast<unsigned char>(body.back()) & 0xc0) == 0x80) body.remove_suffix(1);
    if (!body.empty() && static_cast<unsigned char>(body.back()) >= 0xc0) body.remove_suffix(1);
  }
  std::string text = "HTTP ";
  if (status_text.empty())
    text.append(std::to_string(status));
  else
    text.append(status_text);
  text.append(": ").append(body);
  return {ErrorCode::kSyncHttp, std::move(text)};
}

std::string ToJson(const SyncStatus& status) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("connected").Bool(status.connected).Key("connecting").Bool(status.connecting);
  json.Key("downloading").Bool(status.progress.has_value()).Key("uploading").Bool(status.uploading);
  WriteError(json, "downloadError", status.download_error);
  WriteError(json, "uploadError", status.upload_error);
  const auto full = store::LookUp(status.priorities, bucket::kFullSyncPriority);
  json.Key("hasSynced").Bool(full.has_value()).Key("lastSyncedAt");
  WriteMillis(json, full ? std::optional(full->last_synced_at) : std::nullopt);
  json.Key("priorityStatusEntries").BeginArray();
  for (const store::PrioritySynced& entry : status.priorities) {
    json.BeginObject().Key("priority").Int(entry.priority).Key("hasSynced").Bool(true).Key("lastSyncedAt");
    WriteMillis(json, entry.last_synced_at);
    json.EndObject();
  }
  json.EndArray();
  WriteProgress(json, status.progress);
  json.Key("streams").BeginArray();
  for (const StreamStatus& stream : status.streams) WriteStream(json, stream);
  json.EndArray().Key("uploadQueueCount").Int(status.queue_count).EndObject();
  return text;
}

}  // namespace skerry::sync
