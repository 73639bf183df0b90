// `client_auth` of the configuration file (service.md, section 11): static keys, remote key sets, Supabase.
#pragma once

#include <string>
#include <vector>

#include "app/yaml.h"
#include "auth/verifier.h"
#include "base/log.h"
#include "http/key_fetcher.h"

namespace skerry::app {

struct ClientAuth {
  std::vector<auth::KeyGroup> groups;
  auth::VerifierOptions verifier;
  std::vector<http::RemoteKeySet> remote;  // Of the groups that have one.
  http::FetchOptions fetch;
};

ClientAuth ReadClientAuth(YamlFile& file, LogSink& log);

}  // namespace skerry::app
