#include "app/dev_api.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "base/json.h"
#include "http/server.h"
#include "http/service_error.h"
#include "http/target.h"

namespace skerry::app {
namespace {

using http::Request;
using http::Response;

Response Json(int status, std::string body) {
  return {.status = status,
          .headers = {{"content-type", "application/json; charset=utf-8"}, {"cache-control", "no-store"}},
          .body = std::move(body),
          .stream = {}};
}

Response Refuse(int status, std::string name, std::string description) {
  return http::ToResponse(
      {.status = status, .code = "SKERRY_DEV", .name = std::move(name), .description = std::move(description)});
}

// "localhost:8080" → true. Names other than these could be pointed at this machine by anyone who owns them.
bool IsLoopbackHost(std::string_view host) {
  if (host.substr(0, 1) == "[") return host.substr(0, host.find(']') + 1) == "[::1]";
  const std::string_view name = host.substr(0, host.find(':'));
  return http::EqualIgnoringCase(name, "localhost") || name == "127.0.0.1";
}

bool IsLoopbackOrigin(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.substr(0, scheme.size()) == scheme) return IsLoopbackHost(origin.substr(scheme.size()));
  }
  return false;  // "null" as well: a sandboxed frame or a file.
}

// Programs other than browsers send neither header.
bool IsFromThisMachine(const Request& request) {
  const auto origin = request.Header("origin");
  if (origin && !IsLoopbackOrigin(*origin)) return false;
  return request.Header("sec-fetch-site").value_or("none") != "cross-site" || origin.has_value();
}

bool IsJson(const Request& request) {
  const std::string_view type = request.Header("content-type").value_or("");
  return http::EqualIgnoringCase(type.substr(0, type.find(';')), "application/json");
}

// A page of another port of this machine (a development server) may call as well.
void AllowOrigin(const Request& request, Response& response) {
  if (const auto origin = request.Header("origin")) {
    response.headers.emplace_back("access-control-allow-origin", *origin);
    response.headers.emplace_back("vary", "Origin");
  }
}

std::optional<std::string> UserOf(std::string_view body) {
  JsonReader json(body);
  std::string_view name;
  std::string_view text;
  std::optional<std::string> user;
  if (json.BeginObject()) {
    while (json.NextKey(name)) {
      if (name == "user" && json.ReadString(text))
        user = std::string(text);
      else
        json.Skip();
    }
  }
  if (!json.Finish("a token request").ok()) return std::nullopt;
  return user;
}

Response ToAnswer(const Result<DevWriter::Outcome>& outcome) {
  if (!outcome.ok()) {
    return Refuse(503, "SourceUnavailable",
                  "The source cannot be written, send the batch again: " + outcome.error().message);
  }
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("applied").Int(static_cast<std::int64_t>(outcome->applied)).Key("rejected").BeginArray();
  for (const DevWriter::Rejected& entry : outcome->rejected) {
    json.BeginObject().Key("op_id").Int(entry.op_id).Key("type").String(entry.type).Key("id").String(entry.id);
    json.Key("reason").String(entry.reason).EndObject();
  }
  json.EndArray().EndObject();
  return Json(200, std::move(body));
}

}  // namespace

std::size_t DevApi::BodyLimit(std::string_view target) const {
  return http::PathOf(target) == "/dev/crud" ? kMaxBatchBytes : parts_.sync.BodyLimit(target);
}

void DevApi::Handle(Request request, Respond respond) {
  if (!IsLoopbackHost(request.Header("host").value_or(""))) {
    return respond(Refuse(403, "ForeignHost", "skerryd dev answers only to localhost and 127.0.0.1"));
  }
  const std::string_view path = http::PathOf(request.target);
  if (path.substr(0, 5) == "/dev/") {
    if (!IsFromThisMachine(request)) {
      return respond(Refuse(403, "ForeignOrigin", "Only pages of this machine may use skerryd dev"));
    }
    return HandleDev(request, [request_copy = Request{{}, {}, request.headers, {}},
                               respond = std::move(respond)](Response response) {
      AllowOrigin(request_copy, response);
      respond(std::move(response));
    });
  }
  if (parts_.files != nullptr && request.method == "GET") {
    if (auto page = parts_.files->Serve(request)) return respond(*std::move(page));
  }
  parts_.sync.Handle(std::move(request), std::move(respond));
}

void DevApi::HandleDev(const Request& request, Respond respond) {
  const std::string_view path = http::PathOf(request.target);
  if (request.method == "OPTIONS") {
    Response response;
    response.status = 204;
    response.headers = {{"access-control-allow-methods", "GET,POST"},
                        {"access-control-allow-headers", "Content-Type,Authorization"}};
    return respond(std::move(response));
  }
  if (request.method == "GET" && path == "/dev/users") return respond(ListUsers());
  if (request.method == "POST" && path == "/dev/token") return respond(IssueToken(request));
  if (request.method == "POST" && path == "/dev/crud") return ApplyWrites(request, std::move(respond));
  respond(http::ToResponse(http::NotFound(request.method, path)));
}

Response DevApi::ListUsers() const {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("users").BeginArray();
  for (const std::string& user : parts_.users) json.String(user);
  json.EndArray().EndObject();
  return Json(200, std::move(body));
}

Response DevApi::IssueToken(const Request& request) const {
  if (!IsJson(request)) return Refuse(415, "UnsupportedMediaType", "Send {\"user\": \"...\"} as application/json");
  const auto user = UserOf(request.body);
  if (!user) return Refuse(400, "BadRequest", "Send {\"user\": \"...\"}");
  if (std::find(parts_.users.begin(), parts_.users.end(), *user) == parts_.users.end()) {
    return Refuse(404, "UnknownUser", "'" + *user + "' is not a demo user of this service");
  }
  const auth::Issuer::Issued issued = parts_.issuer.Issue(*user, http::SystemNow().wall);
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("token").String(issued.token);
  json.Key("endpoint").String("http://" + std::string(request.Header("host").value_or("")));
  json.Key("expiresAt").Int(issued.expires_at.count()).EndObject();
  return Json(200, std::move(body));
}

void DevApi::ApplyWrites(const Request& request, Respond respond) {
  if (!IsJson(request))
    return respond(Refuse(415, "UnsupportedMediaType", "Send {\"batch\": [...]} as application/json"));
  auto batch = DecodeCrudBatch(request.body);
  if (!batch.ok()) return respond(Refuse(400, "BadRequest", batch.error().message));
  auth::Refusal refusal;
  const auto text = auth::Verifier::FromHeader(request.Header("authorization"), refusal);
  std::optional<auth::VerifiedToken> token;
  if (text) token = parts_.verifier.Verify(*text, http::SystemNow(), refusal);
  if (!token) return respond(http::ToResponse(http::Unauthorized(refusal)));

  // Tasks are copied into the queue, the batch is not.
  auto entries = std::make_shared<std::vector<CrudEntry>>(*std::move(batch));
  parts_.thread.Run([this, entries, user = token->user_id, respond = std::move(respond)] {
    auto outcome = std::make_shared<Result<DevWriter::Outcome>>(parts_.writer.Apply(user, *entries));
    if (!outcome->ok()) parts_.log.Log(LogLevel::kWarn, "writes were not applied: " + outcome->error().message);
    parts_.post([outcome, respond] { respond(ToAnswer(*outcome)); });
  });
}

}  // namespace skerry::app
