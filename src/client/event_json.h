// The JSON forms of sync events and instructions (docs/module-abi.md, "Events and instructions").
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sync/event.h"
#include "sync/instruction.h"

namespace skerry::client {

// kInvalidArgument for an unknown event or a member of the wrong kind.
Result<sync::Event> ParseEvent(std::string_view json);

// A JSON array.
std::string ToJson(std::span<const sync::Instruction> instructions);

}  // namespace skerry::client
