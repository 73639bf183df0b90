#include "watch/fts_content.h"

#include <vector>

namespace skerry::watch {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

bool EqualsWord(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (Lower(text[i]) != lower[i]) return false;
  }
  return true;
}

// The arguments between the outermost brackets, split at commas outside quotes.
std::vector<std::string_view> Arguments(std::string_view sql, std::size_t open) {
  std::vector<std::string_view> arguments;
  std::size_t start = open + 1;
  int depth = 1;
  char quote = 0;
  for (std::size_t i = start; i < sql.size(); ++i) {
    const char c = sql[i];
    if (quote != 0) {
      // A doubled quote closes and opens again, which comes to the same.
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else if (c == '[') {
      quote = ']';
    } else if (c == '(') {
      ++depth;
    } else if ((c == ')' && --depth == 0) || (c == ',' && depth == 1)) {
      arguments.push_back(sql.substr(start, i - start));
      if (c == ')') break;
      start = i + 1;
    }
  }
  return arguments;
}

std::string Unquote(std::string_view text) {
  if (text.size() < 2) return std::string(text);
  const char open = text.front();
  const char close = open == '[' ? ']' : open;
  if ((open != '\'' && open != '"' && open != '`' && open != '[') || text.back() != close) return std::string(text);
  std::string name;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    name.push_back(text[i]);
    if (text[i] == close && text[i + 1] == close) ++i;
  }
  return name;
}

}  // namespace

std::optional<std::string> FtsContentTable(std::string_view create_sql) {
  const std::size_t open = create_sql.find('(');
  if (open == std::string_view::npos) return std::nullopt;
  const std::string_view head = Trim(create_sql.substr(0, open));
  if (head.size() < 4 || !EqualsWord(head.substr(head.size() - 4), "fts5")) return std::nullopt;
  for (const std::string_view argument : Arguments(create_sql, open)) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string_view::npos) continue;
    if (!EqualsWord(Trim(argument.substr(0, equals)), "content")) continue;
    std::string name = Unquote(Trim(argument.substr(equals + 1)));
    if (name.empty()) return std::nullopt;
    return name;
  }
  return std::nullopt;
}

}  // namespace skerry::watch
