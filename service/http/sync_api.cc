#include "http/sync_api.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "http/checkpoint_request.h"
#include "http/negotiate.h"
#include "http/service_error.h"
#include "http/stream_body.h"
#include "http/target.h"
#include "protocol/request.h"
#include "stream/hub.h"

namespace skerry::http {
namespace {

constexpr std::int64_t kLivenessMs = 10'000;
// One look at a source whose network swallows everything: connecting, asking, each with its own limit.
constexpr std::int64_t kLivenessAtWorkMs = 60'000;
constexpr char kNumberedByApplication[] =
    "the sync config has event_definitions for write checkpoints: the application numbers them, and this service none";

// What is wrong with the body before its content is looked at. Plain text is taken for JSON, as PowerSync does.
std::optional<ServiceError> CheckJsonBody(const Request& request) {
  const std::string_view header = request.Header("content-type").value_or("undefined");
  std::string_view type = header.substr(0, header.find(';'));
  type = type.substr(0, type.find_last_not_of(" \t") + 1);
  if (!EqualIgnoringCase(type, "application/json") && !EqualIgnoringCase(type, "text/plain")) {
    return UnsupportedMediaType(header);
  }
  // A small compressed body may stand for a huge one, and no client sends any.
  if (request.Header("content-encoding").value_or("identity") != "identity") {
    return UnsupportedMediaType("content-encoding");
  }
  if (request.body.empty()) return EmptyBody();
  return std::nullopt;
}

// Browsers do not let a page set the header of that name.
std::string_view UserAgentOf(const Request& request) {
  if (const auto own = request.Header("x-user-agent")) return *own;
  return request.Header("user-agent").value_or("");
}

Response TooManyRequests() {
  Response response;
  response.status = 429;
  return response;
}

std::string IsoTime(std::int64_t wall_ms) {
  const std::time_t seconds = static_cast<std::time_t>(wall_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::string fraction = std::to_string(1000 + wall_ms % 1000);
  fraction[0] = '.';
  return std::string(text, size) + fraction + "Z";
}

}  // namespace

void AddCors(Response& response) {
  response.headers.emplace_back("access-control-allow-origin", "*");
  response.headers.emplace_back("access-control-expose-headers", "Content-Type");
}

Response Preflight() {
  Response response;
  response.status = 204;
  response.headers = {{"access-control-allow-origin", "*"},
                      {"access-control-allow-methods", "GET,POST,OPTIONS"},
                      {"access-control-allow-headers", "Content-Type,Authorization,User-Agent,X-User-Agent"},
                      {"access-control-max-age", "3600"}};
  return response;
}

SyncApi::SyncApi(const stream::SessionHost& sessions, const auth::Verifier& verifier,
                 WriteCheckpoints& write_checkpoints, const Health& health, Metrics& metrics, SyncApiOptions options,
                 Clock clock, EventLog& log)
    : sessions_(sessions),
      verifier_(verifier),
      write_checkpoints_(write_checkpoints),
      health_(health),
      metrics_(metrics),
      options_(options),
      clock_(std::move(clock)),
      log_(log) {}

void SyncApi::Handle(Request request, Respond respond) {
  const std::string_view path = PathOf(request.target);
  const auto answer = [&](Response response) {
    AddCors(response);
    respond(std::move(response));
  };
  if (request.method == "OPTIONS") return respond(Preflight());
  if (request.method == "POST" && path == "/sync/stream") return answer(OpenStream(request));
  if (request.method == "POST" && path == "/sync/checkpoint-request") {
    return SupplyWriteCheckpoint(request, std::move(respond));
  }
  if (request.method == "GET" && path == "/write-checkpoint2.json") {
    return RequestWriteCheckpoint(request, std::move(respond));
  }
  if (request.method == "GET" && path.substr(0, 8) == "/probes/") return answer(Probe(path));
  answer(ToResponse(NotFound(request.method, path)));
}

std::optional<auth::VerifiedToken> SyncApi::Authorize(const Request& request, Response& refused) const {
  auth::Refusal refusal;
  const auto token = auth::Verifier::FromHeader(request.Header("authorization"), refusal);
  std::optional<auth::VerifiedToken> verified;
  if (token) verified = verifier_.Verify(*token, clock_(), refusal);
  if (!verified) refused = ToResponse(Unauthorized(refusal));
  return verified;
}

// The body is judged before the token (P-012).
Response SyncApi::OpenStream(const Request& request) {
  if (const auto error = CheckJsonBody(request)) return ToResponse(*error);
  protocol::RequestFaults faults;
  auto body = protocol::DecodeStreamRequest(request.body, faults);
  if (!body) return ToResponse(faults.not_json ? BadJson() : ValidationFailed(faults.details));
  if (body->client_id.empty()) body->client_id = QueryValue(request.target, "client_id").value_or("");

  Response response;
  const auto token = Authorize(request, response);
  if (!token) return response;
  if (!health_.ready || sessions_.hub.latest().deployment == 0) return ToResponse(NoSyncConfig());
  if (sessions_.hub.session_count() >= options_.max_streams) return TooManyRequests();

  const protocol::EncodeOptions encoding{NegotiateFraming(request.Header("accept")), body->raw_data};
  const Compression compression = NegotiateCompression(request.Header("accept-encoding"));
  const auto type = encoding.encoding == protocol::Encoding::kBson ? protocol::kBsonType : protocol::kNdjsonType;
  response.headers = {{"content-type", std::string(type)}, {"x-accel-buffering", "no"}, {"cache-control", "no-store"}};
  if (compression != Compression::kIdentity) {
    response.headers.emplace_back("content-encoding", HeaderName(compression));
  }
  response.headers.emplace_back("vary", "Accept, Accept-Encoding");
  StreamOwner owner{token->user_id, body->client_id, std::string(UserAgentOf(request))};
  stream::Identity identity{token->user_id, token->payload_json, token->expires_at};
  response.stream = [this, encoding, compression, owner = std::move(owner), identity = std::move(identity),
                     body = *std::move(body)](std::function<void()> wake) -> std::unique_ptr<BodySource> {
    auto session = stream::Session::Open(sessions_, identity, body, encoding, clock_(), std::move(wake));
    if (!session.ok()) {
      log_.Log(LogLevel::kWarn, "a stream could not be opened: " + session.error().message);
      return nullptr;
    }
    return std::make_unique<StreamBody>(*std::move(session), encoding, MakeCompressor(compression, compression_),
                                        metrics_, StreamLog(owner, log_, clock_()));
  };
  return response;
}

void SyncApi::RequestWriteCheckpoint(const Request& request, Respond respond) {
  Response refused;
  const auto token = Authorize(request, refused);
  if (!token) {
    AddCors(refused);
    return respond(std::move(refused));
  }
  const std::string client_id = QueryValue(request.target, "client_id").value_or("");
  StoreWriteCheckpoint({stream::UserKey(token->user_id, client_id), std::nullopt}, "write_checkpoint",
                       std::move(respond));
}

void SyncApi::SupplyWriteCheckpoint(const Request& request, Respond respond) {
  std::optional<ServiceError> error = CheckJsonBody(request);
  CheckpointRequestFaults faults;
  std::optional<CheckpointRequest> body;
  if (!error) {
    body = DecodeCheckpointRequest(request.target, request.body, faults);
    if (!body) error = faults.not_json ? BadJson() : ValidationFailed(faults.details);
  }
  Response refused;
  std::optional<auth::VerifiedToken> token;
  if (error) {
    refused = ToResponse(*error);
  } else {
    token = Authorize(request, refused);
  }
  if (!token) {
    AddCors(refused);
    return respond(std::move(refused));
  }
  StoreWriteCheckpoint({stream::UserKey(token->user_id, body->client_id), body->id}, "checkpoint_request_id",
                       std::move(respond));
}

void SyncApi::StoreWriteCheckpoint(storage::WriteCheckpointRequest request, std::string_view answer_name,
                                   Respond respond) {
  // The two kinds of numbers would be mistaken for each other.
  if (sessions_.plan != nullptr && sessions_.plan->HasCustomWriteCheckpoints()) {
    Response response = ToResponse(ValidationFailed({kNumberedByApplication}));
    AddCors(response);
    return respond(std::move(response));
  }
  if (waiting_requests_ >= options_.max_checkpoint_requests) {
    Response response = TooManyRequests();
    AddCors(response);
    return respond(std::move(response));
  }
  ++waiting_requests_;
  std::string user_key = request.user_key;
  write_checkpoints_.Request(std::move(request), [this, answer_name, user_key = std::move(user_key),
                                                  respond = std::move(respond)](Result<WriteCheckpoint> stored) {
    --waiting_requests_;
    Response response;
    if (stored.ok()) {
      sessions_.hub.ExpectAcknowledgement(user_key, *stored);
      response = DataResponse(answer_name, std::to_string(Raw(*stored)));
    } else {
      log_.Log(LogLevel::kError, "a write checkpoint could not be stored: " + stored.error().message);
      response = ToResponse(Internal("The write checkpoint could not be stored"));
    }
    AddCors(response);
    respond(std::move(response));
  });
}

Response SyncApi::Probe(std::string_view path) const {
  const std::int64_t touched = health_.touched_at_ms;
  bool is_well = false;
  if (path == "/probes/startup") {
    is_well = health_.started;
  } else if (path == "/probes/readiness") {
    is_well = health_.ready;
  } else if (path == "/probes/liveness") {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(clock_().wall).count();
    is_well = now - touched < (health_.is_at_work ? kLivenessAtWorkMs : kLivenessMs);
  } else {
    return ToResponse(NotFound("GET", path));
  }
  Response response;
  response.status = is_well ? 200 : 400;
  response.headers = {{"content-type", "application/json; charset=utf-8"}};
  JsonWriter json(response.body);
  json.BeginObject().Key("started").Bool(health_.started).Key("ready").Bool(health_.ready);
  json.Key("touched_at").String(IsoTime(touched)).EndObject();
  return response;
}

}  // namespace skerry::http
