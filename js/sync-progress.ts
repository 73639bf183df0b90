// How far a download is: operations of the current checkpoint, counted from the start of that checkpoint.

export interface ProgressCounts {
  readonly totalOperations: number;
  readonly downloadedOperations: number;
  // Between 0 and 1; 0 when there is nothing to download.
  readonly downloadedFraction: number;
}

export interface PriorityProgress {
  readonly priority: number;
  readonly total: number;
  readonly downloaded: number;
}

export function progressCounts(total: number, downloaded: number): ProgressCounts {
  return {
    totalOperations: total,
    downloadedOperations: downloaded,
    downloadedFraction: total === 0 ? 0 : downloaded / total,
  };
}

export class SyncProgress implements ProgressCounts {
  readonly totalOperations: number;
  readonly downloadedOperations: number;
  readonly downloadedFraction: number;
  private readonly entries: readonly PriorityProgress[];

  constructor(entries: readonly PriorityProgress[]) {
    this.entries = entries;
    const all = this.untilPriority(Number.POSITIVE_INFINITY);
    this.totalOperations = all.totalOperations;
    this.downloadedOperations = all.downloadedOperations;
    this.downloadedFraction = all.downloadedFraction;
  }

  // Progress of the buckets that are at least as urgent as `priority` (lower numbers are more urgent).
  untilPriority(priority: number): ProgressCounts {
    let total = 0;
    let downloaded = 0;
    for (const entry of this.entries) {
      if (entry.priority > priority) continue;
      total += entry.total;
      downloaded += entry.downloaded;
    }
    return progressCounts(total, downloaded);
  }
}
