// Reals as text: what CAST(x AS TEXT) and || make of them.
#pragma once

#include <string>

namespace skerry::rules {

// As JavaScript prints a number, for compatibility mode: the shortest digits that read back, no ".0".
void AppendAsJavaScript(std::string& out, double real);

// As SQLite prints a real: 15 digits if they read back, else 17; always with a point.
void AppendAsSqlite(std::string& out, double real);

}  // namespace skerry::rules
