// The target of a request, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace skerry::http {

// Up to the "?", as sent.
std::string_view PathOf(std::string_view target);

// The decoded value of the last query parameter `name`; nullopt if there is none.
std::optional<std::string> QueryValue(std::string_view target, std::string_view name);

// "%41b" → "Ab". nullopt for a broken escape. "+" stands for a space in a query.
std::optional<std::string> PercentDecode(std::string_view text, bool is_query);

// ASCII letters alike in both cases: names of headers, media types, hosts.
bool EqualIgnoringCase(std::string_view a, std::string_view b);

}  // namespace skerry::http
