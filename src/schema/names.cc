#include "schema/names.h"

#include <algorithm>

namespace skerry::schema {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool StartsWith(std::string_view name, std::string_view prefix) {
  return name.size() >= prefix.size() && SameName(name.substr(0, prefix.size()), prefix);
}

}  // namespace

bool IsValidName(std::string_view name) {
  static constexpr std::string_view kForbidden = "\"'%,.#[]";
  if (name.empty()) return false;
  return std::none_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || kForbidden.find(c) != std::string_view::npos;
  });
}

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

bool IsReservedName(std::string_view name) { return StartsWith(name, "ps_") || StartsWith(name, "sqlite_"); }

}  // namespace skerry::schema
