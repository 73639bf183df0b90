#include "rules/geometry.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "rules/scalars.h"

namespace skerry::rules {
namespace {

using row::Type;
using row::Value;

enum class Shape : std::uint32_t {
  kPoint = 1,
  kLineString,
  kPolygon,
  kMultiPoint,
  kMultiLineString,
  kMultiPolygon,
  kCollection
};
constexpr const char* kTextNames[] = {"",           "POINT",           "LINESTRING",   "POLYGON",
                                      "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"};
constexpr const char* kJsonNames[] = {"",           "Point",           "LineString",   "Polygon",
                                      "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"};
constexpr int kMaxDepth = 20;

using Position = std::vector<double>;

// A shape holds positions (points and lines), rings (polygons) or other shapes.
struct Geometry {
  Shape shape = Shape::kPoint;
  bool has_z = false;
  bool has_m = false;
  std::vector<Position> positions;
  std::vector<std::vector<Position>> rings;
  std::vector<Geometry> parts;
};

class WkbReader {
 public:
  explicit WkbReader(std::string_view bytes) : bytes_(bytes) {}

  std::optional<Geometry> Whole() {
    Geometry geometry;
    if (!Read(geometry, 0) || at_ != bytes_.size()) return std::nullopt;
    return geometry;
  }

 private:
  template <typename T>
  bool Take(T& value) {
    if (bytes_.size() - at_ < sizeof value) return false;
    unsigned char raw[sizeof value];
    std::memcpy(raw, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
      bits |= std::uint64_t{raw[is_big_ ? sizeof value - 1 - i : i]} << 8 * i;
    if constexpr (sizeof value == 8) {
      std::memcpy(&value, &bits, 8);
    } else {
      value = static_cast<T>(bits);
    }
    return true;
  }
  // A count that the rest of the bytes can hold.
  bool Count(std::uint32_t& count, std::size_t item_size) {
    return Take(count) && count <= (bytes_.size() - at_) / item_size;
  }
  bool ReadPosition(const Geometry& geometry, Position& position) {
    position.resize(2u + (geometry.has_z ? 1 : 0) + (geometry.has_m ? 1 : 0));
    for (double& ordinate : position) {
      if (!Take(ordinate)) return false;
    }
    return true;
  }
  bool ReadPositions(const Geometry& geometry, std::vector<Position>& positions) {
    std::uint32_t count = 0;
    if (!Count(count, 16)) return false;
    positions.resize(count);
    for (Position& position : positions) {
      if (!ReadPosition(geometry, position)) return false;
    }
    return true;
  }

  bool Read(Geometry& geometry, int depth) {
    if (depth > kMaxDepth || at_ == bytes_.size()) return false;
    is_big_ = bytes_[at_++] == 0;
    std::uint32_t type = 0;
    if (!Take(type)) return false;
    geometry.has_z = (type & 0x80000000u) != 0;
    geometry.has_m = (type & 0x40000000u) != 0;
    std::uint32_t srid = 0;
    if ((type & 0x20000000u) != 0 && !Take(srid)) return false;
    type &= 0x1fffffffu;
    if (type >= 1000) {  // The ISO way to say which ordinates there are.
      geometry.has_z = geometry.has_z || type / 1000 == 1 || type / 1000 == 3;
      geometry.has_m = geometry.has_m || type / 1000 == 2 || type / 1000 == 3;
      type %= 1000;
    }
    if (type < 1 || type > 7) return false;
    geometry.shape = static_cast<Shape>(type);
    if (geometry.shape == Shape::kPoint) return ReadPosition(geometry, geometry.positions.emplace_back());
    if (geometry.shape == Shape::kLineString) return ReadPositions(geometry, geometry.positions);
    std::uint32_t count = 0;
    if (!Count(count, 4)) return false;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (geometry.shape == Shape::kPolygon) {
        if (!ReadPositions(geometry, geometry.rings.emplace_back())) return false;
      } else if (!Read(geometry.parts.emplace_back(), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool is_big_ = false;
};

bool IsEmptyPoint(const Geometry& geometry) {
  return geometry.shape == Shape::kPoint && std::isnan(geometry.positions[0][0]);
}

void AppendNumber(std::string& out, double number) { AppendText(out, Value::Real(number), Dialect{}); }

// Appends items as "open a,b close".
template <typename Items, typename Append>
void AppendList(std::string& out, const Items& items, const char* open, const char* close, Append append) {
  out += open;
  bool is_first = true;
  for (const auto& item : items) {
    if (!is_first) out += ',';
    is_first = false;
    append(item);
  }
  out += close;
}

void AppendPositionJson(std::string& out, const Position& position, bool has_z) {
  const std::vector<double> ordinates(position.begin(), position.begin() + (has_z ? 3 : 2));
  AppendList(out, ordinates, "[", "]", [&](double ordinate) { AppendNumber(out, ordinate); });
}

void AppendCoordinates(std::string& out, const Geometry& geometry) {
  const auto line = [&](const std::vector<Position>& positions) {
    AppendList(out, positions, "[", "]", [&](const Position& p) { AppendPositionJson(out, p, geometry.has_z); });
  };
  if (IsEmptyPoint(geometry)) {
    out += "[]";
  } else if (geometry.shape == Shape::kPoint) {
    AppendPositionJson(out, geometry.positions[0], geometry.has_z);
  } else if (geometry.shape == Shape::kLineString) {
    line(geometry.positions);
  } else if (geometry.shape == Shape::kPolygon) {
    AppendList(out, geometry.rings, "[", "]", line);
  } else {
    AppendList(out, geometry.parts, "[", "]", [&](const Geometry& part) { AppendCoordinates(out, part); });
  }
}

void AppendGeoJson(std::string& out, const Geometry& geometry) {
  out += std::string("{\"type\":\"") + kJsonNames[static_cast<std::uint32_t>(geometry.shape)] + "\",";
  if (geometry.shape == Shape::kCollection) {
    out += "\"geometries\":";
    AppendList(out, geometry.parts, "[", "]", [&](const Geometry& part) { AppendGeoJson(out, part); });
  } else {
    out += "\"coordinates\":";
    AppendCoordinates(out, geometry);
  }
  out += '}';
}

void AppendBody(std::string& out, const Geometry& geometry);

void AppendWkt(std::string& out, const Geometry& geometry) {
  out += kTextNames[static_cast<std::uint32_t>(geometry.shape)];
  if (geometry.has_z || geometry.has_m) out += geometry.has_z ? geometry.has_m ? " ZM " : " Z " : " M ";
  AppendBody(out, geometry);
}

// What follows a shape's name; parts of a multi-shape have no name of their own.
void AppendBody(std::string& out, const Geometry& geometry) {
  const auto line = [&](const std::vector<Position>& positions) {
    AppendList(out, positions, "(", ")", [&](const Position& position) {
      for (std::size_t i = 0; i < position.size(); ++i) {
        if (i > 0) out += ' ';
        AppendNumber(out, position[i]);
      }
    });
  };
  if (IsEmptyPoint(geometry) || (geometry.positions.empty() && geometry.rings.empty() && geometry.parts.empty())) {
    out += out.back() == ' ' ? "EMPTY" : " EMPTY";
  } else if (!geometry.positions.empty()) {
    line(geometry.positions);
  } else if (!geometry.rings.empty()) {
    AppendList(out, geometry.rings, "(", ")", line);
  } else {
    AppendList(out, geometry.parts, "(", ")", [&](const Geometry& part) {
      geometry.shape == Shape::kCollection ? AppendWkt(out, part) : AppendBody(out, part);
    });
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<Geometry> Decode(const Value& value, Scratch& scratch) {
  if (value.type == Type::kBlob) return WkbReader(value.bytes).Whole();
  if (value.type != Type::kText || value.bytes.size() % 2 != 0) return std::nullopt;
  std::string& bytes = scratch.New();
  for (std::size_t i = 0; i < value.bytes.size(); i += 2) {
    const int high = HexDigit(value.bytes[i]);
    const int low = HexDigit(value.bytes[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return WkbReader(bytes).Whole();
}

}  // namespace

Value GeometryAsGeoJson(const Value& value, Scratch& scratch) {
  const auto geometry = Decode(value, scratch);
  if (!geometry) return Value::Null();
  std::string& out = scratch.New();
  AppendGeoJson(out, *geometry);
  return Value::Text(out);
}

Value GeometryAsText(const Value& value, Scratch& scratch) {
  const auto geometry = Decode(value, scratch);
  if (!geometry) return Value::Null();
  std::string& out = scratch.New();
  AppendWkt(out, *geometry);
  return Value::Text(out);
}

Value GeometryOrdinate(const Value& value, int ordinate, Scratch& scratch) {
  const auto geometry = Decode(value, scratch);
  if (!geometry || geometry->shape != Shape::kPoint || IsEmptyPoint(*geometry)) return Value::Null();
  return Value::Real(geometry->positions[0][static_cast<std::size_t>(ordinate)]);
}

}  // namespace skerry::rules
