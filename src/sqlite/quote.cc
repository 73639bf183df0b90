#include "sqlite/connection.h"

namespace skerry::sqlite {
namespace {

std::string Quote(std::string_view text, char mark) {
  std::string quoted;
  quoted.reserve(text.size() + 2);
  quoted.push_back(mark);
  for (const char c : text) {
    if (c == mark) quoted.push_back(mark);
    quoted.push_back(c);
  }
  quoted.push_back(mark);
  return quoted;
}

}  // namespace

std::string QuoteName(std::string_view name) { return Quote(name, '"'); }
std::string QuoteText(std::string_view text) { return Quote(text, '\''); }

}  // namespace skerry::sqlite
