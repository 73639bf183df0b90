// An immutable snapshot of what the sync client is doing, made from the core's status JSON (docs/module-abi.md, "Status").

import { type ErrorCode, errorFor, type SkerryError } from "./errors.js";
import { canonicalJson } from "./json.js";
import type { Json } from "./messages.js";
import { type PriorityProgress, type ProgressCounts, progressCounts, SyncProgress } from "./sync-progress.js";

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

interface CoreProgress {
  readonly total: number;
  readonly downloaded: number;
}

// The core's form (docs/module-abi.md, "Status"). Times are milliseconds since 1970; null = never.
export interface CoreStatus {
  readonly connected: boolean;
  readonly connecting: boolean;
  readonly downloading: boolean;
  readonly uploading: boolean;
  readonly downloadError?: CoreError;
  readonly uploadError?: CoreError;
  readonly hasSynced: boolean;
  readonly lastSyncedAt: number | null;
  readonly priorityStatusEntries: readonly {
    readonly priority: number;
    readonly hasSynced: boolean | null;
    readonly lastSyncedAt: number | null;
  }[];
  readonly downloadProgress: (CoreProgress & { readonly priorities: readonly PriorityProgress[] }) | null;
  readonly streams: readonly {
    readonly name: string;
    readonly parameters: { readonly [key: string]: Json } | null;
    readonly priority: number | null;
    readonly active: boolean;
    readonly isDefault: boolean;
    readonly hasExplicitSubscription: boolean;
    readonly expiresAt: number | null;
    readonly hasSynced: boolean;
    readonly lastSyncedAt: number | null;
    readonly progress: CoreProgress | null;
  }[];
  readonly uploadQueueCount: number;
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
  // Local changes that wait for upload.
  readonly uploadQueueCount: number;
  private readonly text: string;

  // Without a core status: the database has not been opened yet.
  constructor(core: CoreStatus | null = null) {
    this.text = canonicalJson(core as Json);
    this.connected = core?.connected ?? false;
    this.connecting = core?.connecting ?? false;
    this.downloading = core?.downloading ?? false;
    this.uploading = core?.uploading ?? false;
    this.downloadError = toError(core?.downloadError, "network");
    this.uploadError = toError(core?.uploadError, "upload");
    this.hasSynced = core?.hasSynced;
    this.lastSyncedAt = toDate(core?.lastSyncedAt) ?? undefined;
    this.priorityStatusEntries = (core?.priorityStatusEntries ?? []).map((entry) => ({
      priority: entry.priority,
      hasSynced: entry.hasSynced ?? undefined,
      lastSyncedAt: toDate(entry.lastSyncedAt) ?? undefined,
    }));
    this.downloadProgress = core?.downloadProgress == null ? null : new SyncProgress(core.downloadProgress.priorities);
    this.syncStreams = core?.streams.map((stream) => ({
      priority: stream.priority,
      progress: stream.progress === null ? null : progressCounts(stream.progress.total, stream.progress.downloaded),
      subscription: {
        name: stream.name,
        parameters: stream.parameters,
        active: stream.active,
        isDefault: stream.isDefault,
        hasExplicitSubscription: stream.hasExplicitSubscription,
        expiresAt: toDate(stream.expiresAt),
        hasSynced: stream.hasSynced,
        lastSyncedAt: toDate(stream.lastSyncedAt),
      },
    }));
    this.uploadQueueCount = core?.uploadQueueCount ?? 0;
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

function toDate(ms: number | null | undefined): Date | null {
  return ms == null ? null : new Date(ms);
}
