#include "client/event_json.h"

#include "client/json_fields.h"

namespace skerry::client {
namespace {

constexpr std::int64_t kForeverSeconds = 100LL * 366 * 86400;

sync::RequestId Id(JsonFields& fields) {
  const std::int64_t id = fields.Int("id").value_or(-1);
  if (id < 0 || id > 0xffffffffLL) fields.Fail("id", "the number of a request");
  return sync::RequestId{static_cast<std::uint32_t>(id)};
}

int HttpStatus(JsonFields& fields) { return static_cast<int>(fields.Int("status").value_or(0) & 0xffff); }

store::StreamKey Key(JsonFields& fields) {
  store::StreamKey key;
  key.name = fields.Text("name").value_or("");
  if (key.name.empty()) fields.Fail("name", "the name of a stream");
  key.parameters_json = fields.Object("params");
  return key;
}

Result<sync::ConnectOptions> ParseOptions(std::string_view json) {
  SKERRY_ASSIGN(fields, JsonFields::Parse(json, "the connect options"));
  sync::ConnectOptions options;
  options.parameters_json = fields.Object("params").value_or("{}");
  options.include_defaults = fields.Bool("includeDefaultStreams").value_or(true);
  const auto profile = fields.Text("profile").value_or("native");
  if (profile == "powersync")
    options.profile = sync::Profile::kPowerSync;
  else if (profile != "native")
    fields.Fail("profile", "\"native\" or \"powersync\"");
  constexpr std::int64_t kLongest = 86400000;
  if (const auto delay = fields.Int("retryDelayMs")) {
    if (*delay < 0 || *delay > kLongest) fields.Fail("retryDelayMs", "from 0 to 86400000");
    options.retry_delay = std::chrono::milliseconds(*delay);
  }
  if (const auto gap = fields.Int("crudUploadThrottleMs")) {
    if (*gap < 0 || *gap > kLongest) fields.Fail("crudUploadThrottleMs", "from 0 to 86400000");
    options.upload_throttle = std::chrono::milliseconds(*gap);
  }
  if (const auto metadata = fields.Object("appMetadata")) {
    SKERRY_ASSIGN(entries, JsonFields::Parse(*metadata, "appMetadata"));
    for (const auto& [name, raw] : entries.members()) {
      if (raw.front() != '"') {
        return Error{ErrorCode::kInvalidArgument,
                     "Invalid appMetadata provided. Only string values are allowed. The value of \"" + name +
                         "\" is not a string."};
      }
      options.app_metadata.emplace_back(name, entries.Text(name).value_or(""));
    }
  }
  SKERRY_TRY(fields.ToStatus());
  return options;
}

Result<std::vector<store::StreamKey>> ParseStreams(std::string_view json) {
  std::vector<store::StreamKey> streams;
  JsonReader reader(json);
  if (reader.BeginArray()) {
    while (reader.NextElement()) {
      std::string_view raw;
      if (!reader.ReadRaw(raw)) break;
      SKERRY_ASSIGN(fields, JsonFields::Parse(raw, "an active stream"));
      streams.push_back(Key(fields));
      SKERRY_TRY(fields.ToStatus());
    }
  }
  if (Status read = reader.Finish("the active streams"); !read.ok()) {
    return Error{ErrorCode::kInvalidArgument, read.error().message};
  }
  return streams;
}

Result<sync::Subscribe> ParseSubscribe(JsonFields& fields) {
  sync::Subscribe event{Key(fields), store::kDefaultStreamTtl, std::nullopt};
  if (const auto ttl = fields.Int("ttl")) {
    if (*ttl < -1) fields.Fail("ttl", "seconds, or -1 for ever");
    event.ttl = std::chrono::seconds(*ttl == -1 ? kForeverSeconds : std::min(*ttl, kForeverSeconds));
  }
  if (const auto priority = fields.Int("priority")) {
    if (*priority < 0 || *priority >= bucket::kFullSyncPriority) fields.Fail("priority", "from 0 to 3");
    event.priority = static_cast<bucket::Priority>(*priority);
  }
  return event;
}

Result<sync::Event> Parse(std::string_view name, JsonFields& fields) {
  if (name == "connect") {
    sync::Connect event;
    event.request = fields.Int("request").value_or(0);
    const std::string_view options = fields.Raw("options");
    SKERRY_ASSIGN(parsed, ParseOptions(options.empty() ? "{}" : options));
    event.options = std::move(parsed);
    return sync::Event(std::move(event));
  }
  if (name == "disconnect") return sync::Event(sync::Disconnect{});
  if (name == "online") return sync::Event(sync::Online{});
  if (name == "credentials") {
    return sync::Event(
        sync::CredentialsArrived{Id(fields), fields.Text("endpoint").value_or(""), fields.Text("token").value_or("")});
  }
  if (name == "credentialsFailed") {
    return sync::Event(sync::CredentialsFailed{Id(fields), fields.Text("message").value_or("")});
  }
  if (name == "streamOpened") {
    return sync::Event(sync::StreamOpened{Id(fields), HttpStatus(fields), fields.Text("contentType").value_or("")});
  }
  if (name == "streamEnded") return sync::Event(sync::StreamEnded{Id(fields)});
  if (name == "streamFailed") {
    sync::StreamFailed event{Id(fields), fields.Text("message").value_or("network error"), std::nullopt,
                             fields.Text("statusText").value_or("")};
    if (fields.Has("status")) event.status = HttpStatus(fields);
    return sync::Event(std::move(event));
  }
  if (name == "uploadDone") return sync::Event(sync::UploadDone{Id(fields)});
  if (name == "uploadFailed") {
    return sync::Event(sync::UploadFailed{Id(fields), fields.Text("message").value_or("")});
  }
  if (name == "writeCheckpoint") {
    return sync::Event(sync::WriteCheckpointArrived{Id(fields), HttpStatus(fields), fields.Text("body").value_or("")});
  }
  if (name == "writeCheckpointFailed") {
    return sync::Event(sync::WriteCheckpointFailed{Id(fields), fields.Text("message").value_or("")});
  }
  if (name == "timer") {
    return sync::Event(sync::TimerFired{static_cast<sync::TimerId>(static_cast<std::uint32_t>(Id(fields)))});
  }
  if (name == "subscribe") {
    SKERRY_ASSIGN(event, ParseSubscribe(fields));
    return sync::Event(std::move(event));
  }
  if (name == "unsubscribe" || name == "unsubscribeAll") {
    return sync::Event(sync::Unsubscribe{Key(fields), name == "unsubscribeAll"});
  }
  if (name == "activeStreams") {
    SKERRY_ASSIGN(streams, ParseStreams(fields.Raw("streams")));
    return sync::Event(sync::ActiveStreams{std::move(streams)});
  }
  return Error{ErrorCode::kInvalidArgument, "unknown event: " + std::string(name)};
}

std::string_view LevelName(LogLevel level) {
  if (level >= LogLevel::kError) return "error";
  if (level >= LogLevel::kWarn) return "warn";
  return level >= LogLevel::kInfo ? "info" : "debug";
}

// One overload per instruction: {"do":…} without its braces.
class Writer {
 public:
  explicit Writer(JsonWriter& json) : json_(json) {}

  void operator()(const sync::FetchCredentials& it) {
    Begin("fetchCredentials", it.id);
    json_.Key("invalidate").Bool(it.invalidate);
  }
  void operator()(const sync::OpenStream& it) {
    Begin("openStream", it.id);
    json_.Key("url").String(it.url).Key("token").String(it.token).Key("body").String(it.body);
    json_.Key("userAgent").String(it.user_agent);
  }
  void operator()(const sync::CloseStream& it) { Begin("closeStream", it.id); }
  void operator()(const sync::Upload& it) { Begin("upload", it.id); }
  void operator()(const sync::RequestWriteCheckpoint& it) {
    Begin("writeCheckpoint", it.id);
    json_.Key("url").String(it.url).Key("token").String(it.token).Key("userAgent").String(it.user_agent);
  }
  void operator()(const sync::StartTimer& it) {
    Begin("timer", it.id);
    json_.Key("ms").Int(it.delay.count());
  }
  void operator()(const sync::CancelTimer& it) { Begin("cancelTimer", it.id); }
  void operator()(const sync::ShowStatus& it) { json_.Key("do").String("status").Key("status").Raw(it.json); }
  void operator()(const sync::ShowTables& it) { json_.Key("do").String("tables").Key("tables").Raw(it.json); }
  void operator()(const sync::Settle& it) { json_.Key("do").String("settled").Key("request").Int(it.request); }
  void operator()(const sync::WriteLog& it) {
    json_.Key("do").String("log").Key("level").String(LevelName(it.level)).Key("line").String(it.line);
  }

 private:
  template <typename AnyId>
  void Begin(std::string_view name, AnyId id) {
    json_.Key("do").String(name).Key("id").Int(static_cast<std::int64_t>(id));
  }

  JsonWriter& json_;
};

}  // namespace

Result<sync::Event> ParseEvent(std::string_view json) {
  SKERRY_ASSIGN(fields, JsonFields::Parse(json, "an event"));
  const std::string name = fields.Text("event").value_or("");
  auto event = Parse(name, fields);
  if (!event.ok()) return std::move(event).error();
  SKERRY_TRY(fields.ToStatus());
  return event;
}

std::string ToJson(std::span<const sync::Instruction> instructions) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  Writer writer(json);
  for (const sync::Instruction& instruction : instructions) {
    json.BeginObject();
    std::visit(writer, instruction);
    json.EndObject();
  }
  json.EndArray();
  return text;
}

}  // namespace skerry::client
