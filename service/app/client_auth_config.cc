#include "app/client_auth_config.h"

#include <algorithm>
#include <utility>

#include "auth/base64url.h"
#include "base/json.h"

namespace skerry::app {
namespace {

// A key written in YAML, as the JSON that it would be elsewhere.
std::string ToJwk(YamlFile& file, const YAML::Node& key) {
  std::string jwk;
  JsonWriter json(jwk);
  json.BeginObject();
  for (const auto& member : key) {
    const std::string& name = member.first.Scalar();
    json.Key(name);
    if (member.second.IsSequence()) {
      json.BeginArray();
      for (const std::string& item : file.Texts(member.second, name)) json.String(item);
      json.EndArray();
    } else {
      json.String(file.Text(member.second, name).value_or(""));
    }
  }
  json.EndObject();
  return jwk;
}

auth::KeyGroup ReadStaticKeys(YamlFile& file, const YAML::Node& list) {
  auth::KeyGroup group;
  if (!list.IsDefined()) return group;
  if (!list.IsSequence()) {
    file.Fault(list, "'client_auth.jwks.keys' has to be a list of keys");
    return group;
  }
  for (const YAML::Node& node : list) {
    if (!node.IsMap()) {
      file.Fault(node, "a key has to be a map");
      continue;
    }
    auto key = auth::Key::FromJwk(ToJwk(file, node));
    if (key.ok())
      group.keys.push_back(*std::move(key));
    else
      file.Fault(node, key.error().message);
  }
  return group;
}

auth::KeyGroup AddRemote(ClientAuth& auth, http::Url url) {
  auto keys = std::make_shared<auth::RemoteKeys>();
  auth.remote.push_back({std::move(url), keys});
  auth::KeyGroup group;
  group.remote = std::move(keys);
  return group;
}

void ReadRemoteSets(YamlFile& file, const YAML::Node& node, ClientAuth& auth) {
  if (!node.IsDefined()) return;
  std::vector<std::string> texts;
  if (node.IsSequence())
    texts = file.Texts(node, "client_auth.jwks_uri");
  else if (auto text = file.Text(node, "client_auth.jwks_uri"))
    texts.push_back(*std::move(text));
  for (const std::string& text : texts) {
    auto url = http::ParseUrl(text);
    if (url.ok())
      auth.groups.push_back(AddRemote(auth, *std::move(url)));
    else
      file.Fault(node, "client_auth.jwks_uri: " + url.error().message);
  }
}

// The old secret of a Supabase project signs tokens without kid.
void ReadSupabase(YamlFile& file, const YAML::Node& node, const std::string& project, ClientAuth& auth) {
  const YAML::Node secret_node = file.Member(node, "supabase_jwt_secret");
  if (const auto secret = file.Text(secret_node, "client_auth.supabase_jwt_secret"); secret && !secret->empty()) {
    std::string jwk;
    JsonWriter json(jwk);
    json.BeginObject().Key("kty").String("oct").Key("alg").String("HS256");
    json.Key("k").String(auth::EncodeBase64Url(*secret)).EndObject();
    auto key = auth::Key::FromJwk(jwk);
    auth::KeyGroup group;
    if (key.ok())
      group.keys.push_back(*std::move(key));
    else
      file.Fault(secret_node, "client_auth.supabase_jwt_secret: " + key.error().message);
    auth.groups.push_back(auth::SupabaseRules(std::move(group)));
  }
  const YAML::Node is_on = file.Member(node, "supabase");
  if (file.Text(is_on, "client_auth.supabase").value_or("false") != "true") return;
  if (project.empty()) {
    return file.Fault(is_on,
                      "'client_auth.supabase' needs a source at Supabase (db.<project>.supabase.co): use jwks_uri");
  }
  http::Url url{.is_https = true, .host = project + ".supabase.co", .port = "443"};
  url.target = "/auth/v1/.well-known/jwks.json";
  auth.groups.push_back(auth::SupabaseRules(AddRemote(auth, std::move(url))));
}

}  // namespace

std::string SupabaseProject(std::string_view host, std::string_view user) {
  const auto strip = [](std::string_view text, std::string_view front, std::string_view back) -> std::string {
    if (text.size() <= front.size() + back.size() || text.substr(0, front.size()) != front) return {};
    if (text.substr(text.size() - back.size()) != back) return {};
    return std::string(text.substr(front.size(), text.size() - front.size() - back.size()));
  };
  if (std::string project = strip(host, "db.", ".supabase.co"); !project.empty()) return project;
  return strip(host, "", ".pooler.supabase.com").empty() ? std::string() : strip(user, "postgres.", "");
}

ClientAuth ReadClientAuth(YamlFile& file, const std::string& supabase_project, LogSink& log) {
  const YAML::Node node = file.Member(file.root(), "client_auth");
  file.WarnAboutUnknown(
      node, "client_auth.",
      {"jwks", "audience", "jwks_uri", "supabase", "supabase_jwt_secret", "jwks_reject_ip_ranges", "block_local_jwks"},
      log);
  ClientAuth auth;
  auth.verifier.audiences = file.Texts(file.Member(node, "audience"), "client_auth.audience");
  auth.groups.push_back(ReadStaticKeys(file, file.Member(file.Member(node, "jwks"), "keys")));
  ReadRemoteSets(file, file.Member(node, "jwks_uri"), auth);
  ReadSupabase(file, node, supabase_project, auth);

  const YAML::Node ranges = file.Member(node, "jwks_reject_ip_ranges");
  for (const std::string& range : file.Texts(ranges, "client_auth.jwks_reject_ip_ranges")) {
    if (Status added = auth.fetch.guard.Reject(range); !added.ok()) file.Fault(ranges, added.error().message);
  }
  const auto blocks_local = file.Text(file.Member(node, "block_local_jwks"), "client_auth.block_local_jwks");
  if (blocks_local == "true") (void)auth.fetch.guard.Reject("local");  // The word is always understood.

  bool has_keys = false;
  bool needs_audience = false;
  for (const auth::KeyGroup& group : auth.groups) {
    has_keys |= !group.keys.empty() || group.remote != nullptr;
    needs_audience |= group.audiences.empty() && (!group.keys.empty() || group.remote != nullptr);
  }
  if (!has_keys) file.Fault(node, "'client_auth' needs 'jwks.keys', 'jwks_uri' or Supabase: nobody could be let in");
  if (needs_audience && auth.verifier.audiences.empty()) {
    log.Log(LogLevel::kWarn, file.path() + ": 'client_auth.audience' is empty, so every token will be refused");
  }
  return auth;
}

}  // namespace skerry::app
