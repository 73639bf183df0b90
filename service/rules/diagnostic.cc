#include "rules/diagnostic.h"

#include <algorithm>

namespace skerry::rules {

std::string Format(const Diagnostic& diagnostic, std::string_view file) {
  std::string text(file);
  text += ':' + std::to_string(diagnostic.at.line) + ':' + std::to_string(diagnostic.at.column) + ": ";
  text += diagnostic.severity == Severity::kError ? "error " : "warning ";
  return text + diagnostic.id + ": " + diagnostic.message;
}

bool HasErrors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

}  // namespace skerry::rules
