// The numbers of the module's edge (docs/module-abi.md). js/worker/abi.ts holds the same; a test compares the two.
#pragma once

#include <cstddef>
#include <cstdint>

namespace skerry::client {

// What a call asks for. The values never change their meaning; new ones are added at the end.
enum class Op : std::uint32_t {
  kExecute = 1,
  kLeaseOpen = 2,
  kLeaseClose = 3,
  kWatchOpen = 4,
  kWatchClose = 5,
  kWatchNext = 6,
  kEvent = 7,
  kStreamBytes = 8,
  kWork = 9,
  kDrain = 10,
  kSchema = 11,
  kInfo = 12,
  kCrudComplete = 13,
  kClear = 14,
  kResolveTables = 15,
};

// What the host has to do after a call.
inline constexpr std::uint32_t kFlagOutbox = 1;   // Take the instructions with kDrain.
inline constexpr std::uint32_t kFlagWork = 2;     // Call kWork once messages were let in.
inline constexpr std::uint32_t kFlagBusy = 4;     // Main is inside a write lease or a sliced publish.
inline constexpr std::uint32_t kFlagWatches = 8;  // Results wait: kWatchNext.

// Flags of a statement payload.
inline constexpr std::uint32_t kStatementRead = 1;
inline constexpr std::uint32_t kStatementBatch = 2;
inline constexpr std::uint32_t kStatementScript = 4;

// Tags of a parameter in a statement payload.
enum class ParameterTag : std::uint8_t { kNull = 0, kInteger = 1, kReal = 2, kText = 3, kBlob = 4 };

// Tags of a cell in a result buffer.
enum class CellTag : std::uint8_t { kNull = 0, kSafeInteger = 1, kBigInteger = 2, kReal = 3, kText = 4, kBlob = 5 };

inline constexpr std::uint32_t kResultMagic = 0x31524b53;  // "SKR1"
inline constexpr std::size_t kResultHeaderBytes = 64;
inline constexpr std::uint32_t kResultAscii = 1;        // The text area is pure ASCII.
inline constexpr std::uint32_t kResultChangedData = 2;  // The statement changed data.

// Flags of kWatchOpen.
inline constexpr std::uint32_t kWatchCompare = 1;   // An equal result sends nothing.
inline constexpr std::uint32_t kWatchTrailing = 2;  // The first change waits throttle ms as well.
inline constexpr std::uint32_t kWatchTables = 4;    // The tables to follow are given, not found by the query.

enum class WatchKind : std::uint32_t { kWhole = 0, kPatch = 1, kError = 2 };

}  // namespace skerry::client
