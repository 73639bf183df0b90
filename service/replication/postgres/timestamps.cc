#include "replication/postgres/timestamps.h"

#include <algorithm>

namespace skerry::replication::pg {

void AppendIsoTime(std::string& out, std::string_view text, bool is_utc) {
  if (text == "infinity" || text == "-infinity") {
    out += text[0] == '-' ? "0000-01-01T00:00:00Z" : "9999-12-31T23:59:59Z";
    return;
  }
  if (text.size() > 3 && text.substr(text.size() - 3) == " BC") {
    out += text;
    return;
  }
  const std::size_t space = text.find(' ');
  if (space != std::string_view::npos) {
    out.append(text.substr(0, space)) += 'T';
    text.remove_prefix(space + 1);
  }
  const std::size_t zone = text.find_first_of("+-");
  const std::string_view clock = text.substr(0, zone);
  const std::size_t point = clock.find('.');
  const std::size_t digits = point == std::string_view::npos ? 0 : clock.size() - point - 1;
  out += clock;
  if (digits == 0) out += '.';
  out.append(6 - std::min<std::size_t>(digits, 6), '0');
  if (is_utc) out += 'Z';
}

}  // namespace skerry::replication::pg
