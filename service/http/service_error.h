// Error answers in the words of a PowerSync Service (docs/protocol.md, section 13).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/verifier.h"
#include "http/message.h"

namespace skerry::http {

struct ServiceError {
  int status = 500;
  std::string code;
  std::string name;
  std::string description;
  std::string details;   // Left out when empty.
  std::string severity;  // Left out when empty.
};

Response ToResponse(const ServiceError& error);

// {"data": {"<name>": "<value>"}} (P-001).
Response DataResponse(std::string_view name, std::string_view value);

ServiceError Unauthorized(const auth::Refusal& refusal);
ServiceError NotFound(std::string_view method, std::string_view path);
ServiceError ValidationFailed(const std::vector<std::string>& details);
ServiceError BadJson();
ServiceError EmptyBody();
ServiceError BodyTooLarge();
ServiceError UnsupportedMediaType(std::string_view type);
ServiceError ShuttingDown();
ServiceError NoSyncConfig();
ServiceError Internal(std::string_view details);

}  // namespace skerry::http
