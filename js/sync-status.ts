// An immutable snapshot of what the sync client is doing, made from the core's status JSON (docs/api.md#status).

import { type ErrorCode, errorFor, type SkerryError } from "./errors.js";
import { canonicalJson } from "./json.js";
import type { Json } from "./messages.js";
import { type ProgressCounts, progressCounts, SyncProgress } from "./sync-progress.js";

// A complete sync is stored under this priority, after all others.
const kFullSyncPriority = 2147483647;

export interface PriorityStatus {
  readonly priority: number;
  readonly hasSynced?: boolean | undefined;
  readonly lastSyncedAt?: Date | undefined;
}

export interface SyncStreamDescription {
  readonly name: string;
  readonly parameters: { readonly [key: string]: Json } | null;
}

export interface SyncSubscriptionDescription extends SyncStreamDescription {
  readonly active: boolean;
  readonly isDefault: boolean;
  readonly hasExplicitSubscription: boolean;
  readonly expiresAt: Date | null;
  readonly hasSynced: boolean;
  readonly lastSyncedAt: Date | null;
}

export interface SyncStreamStatus {
  readonly progress: ProgressCounts | null;
  readonly subscription: SyncSubscriptionDescription;
  readonly priority: number | null;
}

export interface DataFlowStatus {
  readonly downloading: boolean;
  readonly uploading: boolean;
  readonly downloadError?: SkerryError | undefined;
  readonly uploadError?: SkerryError | undefined;
  readonly downloadProgress: SyncProgress | null;
}

interface CoreError {
  readonly code?: ErrorCode;
  readonly message: string;
  readonly status?: number;
}

// The core's form (client-core section 16). Times are microseconds since 1970, except where said.
export interface CoreStatus {
  readonly connected?: boolean;
  readonly connecting?: boolean;
  readonly uploading?: boolean;
  readonly priority_status?: readonly {
    readonly priority: number;
    readonly last_synced_at: number | null;
    readonly has_synced: boolean | null;
  }[];
  readonly downloading?: {
    readonly buckets: {
      readonly [name: string]: {
        readonly priority: number;
        readonly at_last: number;
        readonly since_last: number;
        readonly target_count: number;
      };
    };
  } | null;
  readonly streams?: readonly {
    readonly name: string;
    readonly parameters: { readonly [key: string]: Json } | null;
    readonly priority: number | null;
    readonly active: boolean;
    readonly is_default: boolean;
    readonly has_explicit_subscription: boolean;
    readonly expires_at: number | null;
    readonly last_synced_at: number | null;
    readonly progress?: { readonly total: number; readonly downloaded: number } | null;
  }[];
  readonly download_error?: CoreError | null;
  readonly upload_error?: CoreError | null;
}

export class SyncStatus {
  readonly connected: boolean;
  readonly connecting: boolean;
  readonly downloading: boolean;
  readonly uploading: boolean;
  readonly downloadError: SkerryError | undefined;
  readonly uploadError: SkerryError | undefined;
  // Undefined until the database was read.
  readonly hasSynced: boolean | undefined;
  readonly lastSyncedAt: Date | undefined;
  readonly priorityStatusEntries: readonly PriorityStatus[];
  readonly downloadProgress: SyncProgress | null;
  readonly syncStreams: readonly SyncStreamStatus[] | undefined;
  private readonly text: string;

  // Without a core status: the database has not been opened yet.
  constructor(core: CoreStatus | null = null) {
    this.text = canonicalJson(core as Json);
    this.connected = core?.connected ?? false;
    this.connecting = core?.connecting ?? false;
    this.downloading = core?.downloading != null;
    this.uploading = core?.uploading ?? false;
    this.downloadError = toError(core?.download_error, "network");
    this.uploadError = toError(core?.upload_error, "upload");
    this.priorityStatusEntries = (core?.priority_status ?? []).map((entry) => ({
      priority: entry.priority,
      ...(entry.has_synced === null ? {} : { hasSynced: entry.has_synced }),
      ...(entry.last_synced_at === null ? {} : { lastSyncedAt: fromMicroseconds(entry.last_synced_at) }),
    }));
    const full = core === null ? undefined : this.statusForPriority(kFullSyncPriority);
    this.hasSynced = full?.hasSynced;
    this.lastSyncedAt = full?.lastSyncedAt;
    this.downloadProgress =
      core?.downloading == null
        ? null
        : new SyncProgress(
            Object.values(core.downloading.buckets).map((bucket) => ({
              priority: bucket.priority,
              total: bucket.target_count - bucket.at_last,
              downloaded: bucket.since_last,
            })),
          );
    this.syncStreams = core?.streams?.map((stream) => ({
      priority: stream.priority,
      progress: stream.progress == null ? null : progressCounts(stream.progress.total, stream.progress.downloaded),
      subscription: {
        name: stream.name,
        parameters: stream.parameters,
        active: stream.active,
        isDefault: stream.is_default,
        hasExplicitSubscription: stream.has_explicit_subscription,
        expiresAt: stream.expires_at === null ? null : new Date(stream.expires_at * 1000),
        hasSynced: stream.last_synced_at !== null,
        lastSyncedAt: stream.last_synced_at === null ? null : fromMicroseconds(stream.last_synced_at),
      },
    }));
  }

  // Deprecated upstream; the same fields stand on the status itself.
  get dataFlowStatus(): DataFlowStatus {
    const { downloading, uploading, downloadError, uploadError, downloadProgress } = this;
    return { downloading, uploading, downloadError, uploadError, downloadProgress };
  }

  // The state of the buckets of one priority: a sync of a less urgent one, or of everything, includes it.
  statusForPriority(priority: number): PriorityStatus {
    const entry = this.priorityStatusEntries.find((candidate) => candidate.priority >= priority);
    return entry ?? { priority, hasSynced: false };
  }

  // One stream's status, if it is subscribed to or part of the defaults.
  forStream(stream: { readonly name: string; readonly parameters?: unknown }): SyncStreamStatus | undefined {
    const wanted = canonicalJson((stream.parameters ?? null) as Json);
    return this.syncStreams?.find(
      ({ subscription }) => subscription.name === stream.name && canonicalJson(subscription.parameters) === wanted,
    );
  }

  isEqual(other: SyncStatus): boolean {
    return this.text === other.text;
  }

  getMessage(): string {
    const { connected, connecting, downloading, uploading, hasSynced, lastSyncedAt } = this;
    return `SyncStatus<connected: ${connected} connecting: ${connecting} lastSyncedAt: ${lastSyncedAt?.toISOString()} hasSynced: ${hasSynced} downloading: ${downloading} uploading: ${uploading} downloadError: ${this.downloadError?.message} uploadError: ${this.uploadError?.message}>`;
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

function toError(error: CoreError | null | undefined, fallback: ErrorCode): SkerryError | undefined {
  if (error == null) return undefined;
  return errorFor(error.code ?? fallback, error.message, error.status === undefined ? {} : { status: error.status });
}

function fromMicroseconds(value: number): Date {
  return new Date(value / 1000);
}
