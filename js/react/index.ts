// React hooks for Skerry, under our names and those of @powersync/react.

export { SkerryContext, SkerryContext as PowerSyncContext, useSkerry, useSkerry as usePowerSync } from "./context.js";
export { type ReactCompilableQuery, type UseQueryOptions, type UseQueryResult, useQuery } from "./use-query.js";
export { useStatus } from "./use-status.js";
export { type UseSyncStreamOptions, useSyncStream, useSyncStreams } from "./use-sync-stream.js";
