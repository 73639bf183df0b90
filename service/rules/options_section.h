// The `config` section: its keys, and what each edition means where they are silent.
#pragma once

#include <optional>

#include "rules/options.h"
#include "rules/yaml_map.h"

namespace skerry::rules {

// False if the edition is unknown, so that nothing can be said about the rest.
bool ReadOptions(const std::optional<YAML::Node>& section, YamlMap& map, Options& options);

}  // namespace skerry::rules
