// A JSON Web Token taken apart (compact form), not yet believed.
//
// Strict on purpose: canonical base64url, one JSON object per part, no member twice, no critical extension. What two
// readers could understand differently is refused before its signature is looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skerry::auth {

struct Token {
  std::string algorithm;
  std::optional<std::string> kid;
  std::string payload_json;
  std::string_view signed_text;  // Borrows from the text that was parsed.
  std::string signature;
};

// nullopt if `text` is not a well-formed token.
std::optional<Token> ParseToken(std::string_view text);

// The claims that decide about acceptance. An absent optional stands for an absent claim.
struct Claims {
  std::optional<std::string> sub_json;  // The claim's JSON text.
  std::optional<double> iat;
  std::optional<double> exp;
  std::optional<double> nbf;
  std::optional<std::string> aud_json;
  std::vector<std::string> audiences;  // `aud` as a list, whether it was written as one text or several.
  bool parameters_are_object = true;   // True also if absent or null.
};

// nullopt if the payload is not an object, has a claim twice, or a time that is not a finite number.
std::optional<Claims> ParseClaims(std::string_view payload_json);

}  // namespace skerry::auth
