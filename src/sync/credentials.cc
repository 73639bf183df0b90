#include "sync/credentials.h"

namespace skerry::sync {

void Credentials::Fetch() {
  if (awaited_) return;
  awaited_ = outbox_.NextId();
  outbox_.Add(FetchCredentials{*awaited_, invalid_});
}

void Credentials::Invalidate() {
  cached_.reset();
  invalid_ = true;
}

void Credentials::Forget() {
  cached_.reset();
  awaited_.reset();
  invalid_ = false;
}

std::optional<Status> Credentials::Handle(const CredentialsArrived& event) {
  if (awaited_ != event.id) return std::nullopt;
  awaited_.reset();
  if (event.endpoint.empty()) return Error{ErrorCode::kCredentials, "PowerSync endpoint not configured"};
  if (event.endpoint.back() == '/') {
    return Error{ErrorCode::kCredentials,
                 "A trailing forward slash \"/\" was found in the fetchCredentials endpoint: \"" + event.endpoint +
                     "\". Remove the trailing forward slash \"/\" to fix this error."};
  }
  if (event.token.empty()) return Error{ErrorCode::kCredentials, "Not signed in"};
  cached_ = Value{event.endpoint, event.token};
  invalid_ = false;
  return Status();
}

std::optional<Status> Credentials::Handle(const CredentialsFailed& event) {
  if (awaited_ != event.id) return std::nullopt;
  awaited_.reset();
  return Error{ErrorCode::kCredentials, event.message.empty() ? "fetchCredentials failed" : event.message};
}

}  // namespace skerry::sync
