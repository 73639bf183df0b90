#include "replication/postgres/timestamps.h"

#include <algorithm>

namespace skerry::replication::pg {

void AppendTime(std::string& out, std::string_view text, bool is_utc, const ValueForms& forms) {
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
    out.append(text.substr(0, space)) += forms.iso_timestamps ? 'T' : ' ';
    text.remove_prefix(space + 1);
  }
  const std::string_view clock = text.substr(0, text.find_first_of("+-"));
  const std::size_t point = clock.find('.');
  const std::string_view fraction = point == std::string_view::npos ? std::string_view() : clock.substr(point + 1);
  if (forms.iso_timestamps) {
    const auto digits = static_cast<std::size_t>(forms.second_digits);
    out += clock.substr(0, point);
    if (digits > 0) out += '.';
    out += fraction.substr(0, digits);
    out.append(digits - std::min(fraction.size(), digits), '0');
  } else {
    out += clock;
  }
  if (is_utc) out += 'Z';
}

}  // namespace skerry::replication::pg
