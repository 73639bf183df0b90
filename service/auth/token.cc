#include "auth/token.h"

#include <cmath>
#include <set>

#include "auth/base64url.h"
#include "base/json.h"

namespace skerry::auth {
namespace {

// Notes each member of an object and fails the reader at the second of one name.
class UniqueMembers {
 public:
  explicit UniqueMembers(JsonReader& reader) : reader_(reader) {}
  bool Next(std::string_view& name) {
    return reader_.NextKey(name) && (seen_.emplace(name).second || reader_.Fail("a member stands twice"));
  }

 private:
  JsonReader& reader_;
  std::set<std::string, std::less<>> seen_;
};

bool ParseHeader(std::string_view json, Token& token) {
  JsonReader reader(json);
  if (!reader.BeginObject()) return false;
  UniqueMembers members(reader);
  std::string_view name;
  std::string_view text;
  while (members.Next(name)) {
    if (name == "alg") {
      if (reader.ReadString(text)) token.algorithm.assign(text);
    } else if (name == "kid") {
      if (reader.ReadString(text)) token.kid.emplace(text);
    } else if (name == "crit") {
      reader.Fail("critical extensions are not known here");
    } else {
      reader.Skip();
    }
  }
  return reader.Finish("a token's header").ok() && !token.algorithm.empty();
}

std::optional<double> ReadSeconds(JsonReader& reader) {
  double value = 0;
  if (!reader.ReadDouble(value)) return std::nullopt;
  if (!std::isfinite(value)) {
    reader.Fail("a time must be finite");
    return std::nullopt;
  }
  return value;
}

std::vector<std::string> ReadAudiences(std::string_view json) {
  std::vector<std::string> audiences;
  JsonReader reader(json);
  std::string_view text;
  if (reader.Peek() == JsonKind::kString) {
    if (reader.ReadString(text)) audiences.emplace_back(text);
  } else if (reader.Peek() == JsonKind::kArray && reader.BeginArray()) {
    while (reader.NextElement()) {
      if (reader.Peek() != JsonKind::kString)
        reader.Skip();
      else if (reader.ReadString(text))
        audiences.emplace_back(text);
    }
  }
  return audiences;
}

}  // namespace

std::optional<Token> ParseToken(std::string_view text) {
  const std::size_t first = text.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) return std::nullopt;

  const auto header = DecodeBase64Url(text.substr(0, first));
  auto payload = DecodeBase64Url(text.substr(first + 1, second - first - 1));
  auto signature = DecodeBase64Url(text.substr(second + 1));
  if (!header || !payload || !signature) return std::nullopt;

  Token token;
  if (!ParseHeader(*header, token)) return std::nullopt;
  token.payload_json = *std::move(payload);
  token.signature = *std::move(signature);
  token.signed_text = text.substr(0, second);
  return token;
}

std::optional<Claims> ParseClaims(std::string_view payload_json) {
  Claims claims;
  JsonReader reader(payload_json);
  if (!reader.BeginObject()) return std::nullopt;
  UniqueMembers members(reader);
  std::string_view name;
  std::string_view raw;
  while (members.Next(name)) {
    if (name == "sub") {
      if (reader.ReadRaw(raw)) claims.sub_json.emplace(raw);
    } else if (name == "aud") {
      if (reader.ReadRaw(raw)) claims.aud_json.emplace(raw);
    } else if (name == "iat") {
      claims.iat = ReadSeconds(reader);
    } else if (name == "exp") {
      claims.exp = ReadSeconds(reader);
    } else if (name == "nbf") {
      claims.nbf = ReadSeconds(reader);
    } else if (name == "parameters") {
      const JsonKind kind = reader.Peek();
      claims.parameters_are_object = kind == JsonKind::kObject || kind == JsonKind::kNull;
      reader.Skip();
    } else {
      reader.Skip();
    }
  }
  if (!reader.Finish("a token's claims").ok()) return std::nullopt;
  if (claims.aud_json) claims.audiences = ReadAudiences(*claims.aud_json);
  return claims;
}

}  // namespace skerry::auth
