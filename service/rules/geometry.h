// PostGIS geometries, as the source gives them: EWKB, in hex or as a blob.
#pragma once

#include "row/value.h"
#include "rules/scratch.h"

namespace skerry::rules {

row::Value GeometryAsGeoJson(const row::Value& value, Scratch& scratch);
row::Value GeometryAsText(const row::Value& value, Scratch& scratch);
// The first (or second) coordinate of a point; NULL for any other shape.
row::Value GeometryOrdinate(const row::Value& value, int ordinate, Scratch& scratch);

}  // namespace skerry::rules
