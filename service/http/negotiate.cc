#include "http/negotiate.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "http/target.h"

namespace skerry::http {
namespace {

struct Preference {
  std::string_view name;
  double weight = 1;
};

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Cuts the part up to `separator` off the front of `rest`.
std::string_view Next(std::string_view& rest, char separator) {
  const std::string_view part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  return Trim(part);
}

// A weight has at most three decimals; anything that is not one counts as 1, as if it were not there.
double ParseWeight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 1;
  double weight = text[0] - '0';
  if (text.size() > 1 && text[1] != '.') return 1;
  double unit = 0.1;
  for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return 1;
    weight += unit * (text[i] - '0');
  }
  return std::min(weight, 1.0);
}

std::vector<Preference> ParsePreferences(std::string_view header) {
  std::vector<Preference> preferences;
  while (!header.empty()) {
    std::string_view item = Next(header, ',');
    Preference preference{Next(item, ';')};
    while (!item.empty()) {
      const std::string_view parameter = Next(item, ';');
      if (parameter.size() > 2 && (parameter[0] == 'q' || parameter[0] == 'Q') && parameter[1] == '=') {
        preference.weight = ParseWeight(Trim(parameter.substr(2)));
      }
    }
    if (!preference.name.empty()) preferences.push_back(preference);
  }
  return preferences;
}

// How closely a range of the header fits a type: 0 not at all, 1 "*/*", 2 "application/*", 3 the type itself.
int Fit(std::string_view range, std::string_view type) {
  if (EqualIgnoringCase(range, type)) return 3;
  if (range == "*/*") return 1;
  const std::string_view group = type.substr(0, type.find('/') + 1);
  return range.size() == group.size() + 1 && range.back() == '*' &&
                 EqualIgnoringCase(range.substr(0, group.size()), group)
             ? 2
             : 0;
}

// The rank of a type: its weight, then how closely it was meant, then how early it was named.
std::array<double, 3> Rank(const std::vector<Preference>& preferences, std::string_view type) {
  std::array<double, 3> best{0, 0, 0};
  for (std::size_t i = 0; i < preferences.size(); ++i) {
    const int fit = Fit(preferences[i].name, type);
    if (fit > best[1]) best = {preferences[i].weight, static_cast<double>(fit), -static_cast<double>(i)};
  }
  return best;
}

}  // namespace

protocol::Encoding NegotiateFraming(std::optional<std::string_view> accept) {
  if (!accept) return protocol::Encoding::kNdjson;
  const auto preferences = ParsePreferences(*accept);
  const auto bson = Rank(preferences, protocol::kBsonType);
  const bool is_first = bson[0] > 0 && bson > Rank(preferences, protocol::kNdjsonType);
  return is_first ? protocol::Encoding::kBson : protocol::Encoding::kNdjson;
}

Compression NegotiateCompression(std::optional<std::string_view> accept_encoding) {
  if (!accept_encoding) return Compression::kIdentity;
  const auto preferences = ParsePreferences(*accept_encoding);
  const auto weight_of = [&](std::string_view name, double otherwise) {
    double weight = otherwise;
    for (const Preference& preference : preferences) {
      if (EqualIgnoringCase(preference.name, name)) return preference.weight;
      if (preference.name == "*") weight = preference.weight;
    }
    return weight;
  };
  const double zstd = weight_of("zstd", 0);
  const double gzip = weight_of("gzip", 0);
  // Identity is always acceptable, but a header that names a compression prefers that.
  const double identity = weight_of("identity", 0);
  if (zstd > 0 && zstd >= gzip && zstd >= identity) return Compression::kZstd;
  if (gzip > 0 && gzip >= identity) return Compression::kGzip;
  return Compression::kIdentity;
}

std::string_view HeaderName(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return "gzip";
    case Compression::kZstd:
      return "zstd";
    case Compression::kIdentity:
      break;
  }
  return {};
}

}  // namespace skerry::http
