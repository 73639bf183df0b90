#include "app/postgres_config.h"

#include <libpq-fe.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <utility>

#include "app/text_file.h"

namespace skerry::app {
namespace {

using replication::pg::ConnectionKeywords;

// libpq reads certificates from files only; the configuration has them as text. The file has no name and lives as long
// as the process. Empty if there is no memory for it.
std::string FileOf(const std::string& text) {
  const int file = memfd_create("skerryd-certificate", MFD_CLOEXEC);
  if (file < 0 || write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return {};
  return "/proc/self/fd/" + std::to_string(file);
}

// Where systems keep the certificate authorities that they trust.
std::string TrustedAuthorities() {
  std::error_code ignored;
  for (const char* path :
       {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"}) {
    if (std::filesystem::exists(path, ignored)) return path;
  }
  return {};
}

// What a URI says, by libpq's own reading of it.
Status ReadUri(const std::string& uri, ConnectionKeywords& keywords) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfoParse(uri.c_str(), &message),
                                                                               &PQconninfoFree);
  if (options == nullptr) {
    std::string words = message == nullptr ? "" : message;
    while (!words.empty() && words.back() == '\n') words.pop_back();
    PQfreemem(message);
    return Error{ErrorCode::kConfig, "not an address of Postgres: " + words};
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) keywords[option->keyword] = option->val;
  }
  return kDone;
}

// Without a word about TLS, a connection is encrypted and the server proves who it is, as with PowerSync.
void CompleteTls(ConnectionKeywords& keywords) {
  const std::string& host = keywords["host"];
  const bool is_local_socket = !host.empty() && host.front() == '/';
  std::string& mode = keywords["sslmode"];
  if (mode.empty()) mode = is_local_socket ? "disable" : "verify-full";
  std::string& authorities = keywords["sslrootcert"];
  if (mode.substr(0, 6) == "verify" && authorities.empty()) authorities = TrustedAuthorities();
}

void ReadTls(YamlFile& file, const YAML::Node& node, ConnectionKeywords& keywords) {
  const YAML::Node mode_node = file.Member(node, "sslmode");
  if (const auto mode = file.Text(mode_node, "sslmode")) keywords["sslmode"] = *mode;
  const std::pair<const char*, const char*> texts[] = {
      {"cacert", "sslrootcert"}, {"client_certificate", "sslcert"}, {"client_private_key", "sslkey"}};
  for (const auto& [name, keyword] : texts) {
    if (const auto text = file.Text(file.Member(node, name), name)) keywords[keyword] = FileOf(*text);
  }
  CompleteTls(keywords);
  const std::string& mode = keywords["sslmode"];
  const std::initializer_list<std::string_view> known = {"disable", "allow",     "prefer",
                                                         "require", "verify-ca", "verify-full"};
  if (std::find(known.begin(), known.end(), mode) == known.end()) {
    file.Fault(mode_node, "'sslmode' has to be verify-full, verify-ca or disable, not '" + mode + "'");
  }
}

bool IsSlotPrefix(const std::string& text) {
  const auto is_allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), is_allowed);
}

}  // namespace

bool IsPostgresUri(std::string_view text) {
  return text.substr(0, 13) == "postgresql://" || text.substr(0, 11) == "postgres://";
}

Result<ConnectionKeywords> PostgresConnectionFromUri(const std::string& uri) {
  ConnectionKeywords keywords;
  if (Status read = ReadUri(uri, keywords); !read.ok()) return std::move(read).error().During("the source is");
  CompleteTls(keywords);
  return keywords;
}

replication::PostgresSourceOptions ReadPostgresConnection(YamlFile& file, const YAML::Node& node,
                                                          const std::string& where, LogSink& log) {
  file.WarnAboutUnknown(
      node, where + ".",
      {"type", "id", "tag", "debug_api", "uri", "hostname", "host", "port", "database", "username", "user", "password",
       "sslmode", "cacert", "client_certificate", "client_private_key", "slot_name_prefix"},
      log);
  replication::PostgresSourceOptions options;
  ConnectionKeywords& keywords = options.connection;
  const YAML::Node uri_node = file.Member(node, "uri");
  if (const auto uri = file.Text(uri_node, "uri")) {
    if (Status read = ReadUri(*uri, keywords); !read.ok()) file.Fault(uri_node, "'uri' is " + read.error().message);
  }
  // What stands beside a URI counts more.
  const std::pair<const char*, const char*> names[] = {{"host", "host"},       {"hostname", "host"},
                                                       {"database", "dbname"}, {"user", "user"},
                                                       {"username", "user"},   {"password", "password"}};
  for (const auto& [name, keyword] : names) {
    if (auto text = file.Text(file.Member(node, name), name)) keywords[keyword] = *std::move(text);
  }
  if (const auto port = file.Number(file.Member(node, "port"), "port", 1, 65'535)) {
    keywords["port"] = std::to_string(*port);
  }
  for (const auto& [keyword, name] : {std::pair("host", "hostname"), {"dbname", "database"}, {"user", "username"}}) {
    if (keywords[keyword].empty()) file.Fault(node, where + ": '" + name + "' is missing, also in 'uri'");
  }
  ReadTls(file, node, keywords);
  const YAML::Node prefix_node = file.Member(node, "slot_name_prefix");
  if (auto prefix = file.Text(prefix_node, "slot_name_prefix")) {
    if (!IsSlotPrefix(*prefix)) {
      file.Fault(prefix_node, "'slot_name_prefix' has to consist of up to 40 of a-z, 0-9 and _");
    }
    options.slot_prefix = *std::move(prefix);
  }
  return options;
}

}  // namespace skerry::app
