// `client_auth` of the configuration file (service.md, section 11): static keys, remote key sets, Supabase.
#pragma once

#include <string>
#include <string_view>
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

// "abc" of the host db.abc.supabase.co, or of the user postgres.abc on Supabase's pooler; empty for another source.
std::string SupabaseProject(std::string_view host, std::string_view user);

// `supabase_project`: the source's, or empty.
ClientAuth ReadClientAuth(YamlFile& file, const std::string& supabase_project, LogSink& log);

}  // namespace skerry::app
