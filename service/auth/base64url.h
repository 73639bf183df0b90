// base64url without padding (RFC 4648, section 5), strictly: one text for one value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace skerry::auth {

// nullopt for a character outside the alphabet, padding, an impossible length, or spare bits that are not zero: two
// texts never stand for the same bytes, so a token cannot be varied without breaking its signature.
std::optional<std::string> DecodeBase64Url(std::string_view text);

std::string EncodeBase64Url(std::string_view bytes);

}  // namespace skerry::auth
