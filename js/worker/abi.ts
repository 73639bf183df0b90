// The numbers of the module's edge (docs/module-abi.md). `src/client/abi.h` holds the same ones for C++; a test compares
// the two files, so a change on one side alone does not get far.

export const Op = {
  kExecute: 1,
  kLeaseOpen: 2,
  kLeaseClose: 3,
  kWatchOpen: 4,
  kWatchClose: 5,
  kWatchNext: 6,
  kEvent: 7,
  kStreamBytes: 8,
  kWork: 9,
  kDrain: 10,
  kSchema: 11,
  kInfo: 12,
  kCrudComplete: 13,
  kClear: 14,
  kResolveTables: 15,
} as const;
export type Op = (typeof Op)[keyof typeof Op];

// What the host has to do after a call.
export const Flag = {
  kOutbox: 1,
  kWork: 2,
  kBusy: 4,
  kWatches: 8,
} as const;

// Statement payload, `flags`.
export const StatementFlag = {
  kRead: 1,
  kBatch: 2,
  kScript: 4,
} as const;

// Tags of a bound parameter.
export const ValueTag = {
  kNull: 0,
  kInteger: 1,
  kReal: 2,
  kText: 3,
  kBlob: 4,
} as const;

// Tags of a cell in a result buffer.
export const CellTag = {
  kNull: 0,
  kSafeInteger: 1,
  kBigInteger: 2,
  kReal: 3,
  kText: 4,
  kBlob: 5,
} as const;

// Result buffer, `flags`.
export const ResultFlag = {
  kAscii: 1,
  kChanged: 2,
} as const;

// Watch payload, `flags`.
export const WatchFlag = {
  kCompare: 1,
  kTrailing: 2,
  kTables: 4,
} as const;

// Watch message, `kind`.
export const WatchKind = {
  kWhole: 0,
  kPatch: 1,
  kError: 2,
} as const;

export const kResultMagic = 0x31524b53;
export const kResultHeaderBytes = 64;
