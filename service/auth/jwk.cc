#include "auth/jwk.h"

#include <set>

#include "base/json.h"

namespace skerry::auth {
namespace {

Error Wrong(std::string message) { return Error{ErrorCode::kConfig, std::move(message)}; }

std::string* FindText(Jwk& jwk, std::string_view name) {
  if (name == "kty") return &jwk.kty;
  if (name == "kid") return &jwk.kid;
  if (name == "alg") return &jwk.alg;
  if (name == "use") return &jwk.use;
  if (name == "crv") return &jwk.crv;
  if (name == "k") return &jwk.k;
  if (name == "n") return &jwk.n;
  if (name == "e") return &jwk.e;
  if (name == "x") return &jwk.x;
  if (name == "y") return &jwk.y;
  return nullptr;
}

}  // namespace

Result<Jwk> ParseJwk(std::string_view json) {
  Jwk jwk;
  std::set<std::string, std::less<>> seen;
  JsonReader reader(json);
  std::string_view name;
  if (!reader.BeginObject()) return Wrong("a key must be an object");
  while (reader.NextKey(name)) {
    if (!seen.emplace(name).second) return Wrong("a key has its member '" + std::string(name) + "' twice");
    if (name == "key_ops") {
      std::vector<std::string> operations;
      std::string_view operation;
      if (reader.BeginArray()) {
        while (reader.NextElement() && reader.ReadString(operation)) operations.emplace_back(operation);
      }
      jwk.key_ops = std::move(operations);
    } else if (std::string* text = FindText(jwk, name); text != nullptr) {
      std::string_view value;
      if (reader.ReadString(value)) text->assign(value);
    } else {
      reader.Skip();
    }
  }
  if (Status status = reader.Finish("a key"); !status.ok()) return Wrong(status.error().message);
  return jwk;
}

}  // namespace skerry::auth
