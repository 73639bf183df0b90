#include "http/service_error.h"

#include "base/json.h"

namespace skerry::http {
namespace {

constexpr std::string_view kJson = "application/json; charset=utf-8";

Response JsonResponse(int status, std::string body) {
  return {.status = status, .headers = {{"content-type", std::string(kJson)}}, .body = std::move(body), .stream = {}};
}

}  // namespace

Response ToResponse(const ServiceError& error) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("error").BeginObject();
  json.Key("code").String(error.code).Key("status").Int(error.status).Key("description").String(error.description);
  if (!error.details.empty()) json.Key("details").String(error.details);
  if (!error.severity.empty()) json.Key("severity").String(error.severity);
  json.Key("name").String(error.name).EndObject().EndObject();
  return JsonResponse(error.status, std::move(body));
}

Response DataResponse(std::string_view name, std::string_view value) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("data").BeginObject().Key(name).String(value).EndObject().EndObject();
  return JsonResponse(200, std::move(body));
}

ServiceError Unauthorized(const auth::Refusal& refusal) {
  return {.status = 401,
          .code = std::string(refusal.code),
          .name = "AuthorizationError",
          .description = refusal.description};
}

ServiceError NotFound(std::string_view method, std::string_view path) {
  const std::string what = std::string(method) + " \"" + std::string(path) + '"';
  return {.status = 404,
          .code = "PSYNC_S2002",
          .name = "RouteNotFound",
          .description = "The path does not exist on this server",
          .details = "The path " + what + " does not exist on this server",
          .severity = "info"};
}

ServiceError ValidationFailed(const std::vector<std::string>& details) {
  std::string list;
  JsonWriter json(list);
  json.BeginArray();
  for (const std::string& detail : details) json.String(detail);
  json.EndArray();
  return {.status = 400,
          .code = "PSYNC_S2001",
          .name = "ValidationError",
          .description = "Validation failed",
          .details = std::move(list)};
}

ServiceError BadJson() {
  return {.status = 400,
          .code = "FST_ERR_CTP_INVALID_JSON_BODY",
          .name = "FastifyError",
          .description = "Body is not valid JSON but content-type is set to 'application/json'"};
}

ServiceError EmptyBody() {
  return {.status = 400,
          .code = "FST_ERR_CTP_EMPTY_JSON_BODY",
          .name = "FastifyError",
          .description = "Body cannot be empty when content-type is set to 'application/json'"};
}

ServiceError BodyTooLarge() {
  return {.status = 413,
          .code = "FST_ERR_CTP_BODY_TOO_LARGE",
          .name = "FastifyError",
          .description = "Request body is too large"};
}

ServiceError UnsupportedMediaType(std::string_view type) {
  return {.status = 415,
          .code = "FST_ERR_CTP_INVALID_MEDIA_TYPE",
          .name = "FastifyError",
          .description = "Unsupported Media Type: " + std::string(type)};
}

ServiceError ShuttingDown() {
  return {.status = 503,
          .code = "PSYNC_S2003",
          .name = "ServiceUnavailable",
          .description = "The service is shutting down"};
}

ServiceError NoSyncConfig() {
  return {.status = 500, .code = "PSYNC_S2302", .name = "ServiceError", .description = "No sync config is active yet"};
}

ServiceError Internal(std::string_view details) {
  return {.status = 500,
          .code = "PSYNC_S2001",
          .name = "InternalServerError",
          .description = "Something went wrong",
          .details = std::string(details),
          .severity = "error"};
}

}  // namespace skerry::http
