import type { SyncStatus } from "skerry";
import { useQuery, useStatus } from "skerry/react";

const number = (value: number): string => value.toLocaleString("en");

/** What is going on, in words a person would use. */
export function describe(status: SyncStatus, waiting: number, offline: boolean): string {
  const changes = waiting === 1 ? "1 change waiting" : `${number(waiting)} changes waiting`;
  if (offline) return waiting > 0 ? `Offline, ${changes}` : "Offline";
  const progress = status.downloadProgress;
  if (status.connected) {
    if (progress && progress.totalOperations > 0 && progress.downloadedOperations < progress.totalOperations) {
      return `Syncing ${number(progress.downloadedOperations)} of ${number(progress.totalOperations)}`;
    }
    if (status.uploadError) return `Upload failed, trying again, ${changes}`;
    if (waiting > 0) return `Sending ${waiting === 1 ? "1 change" : `${number(waiting)} changes`}`;
    return status.hasSynced ? "Synced" : "Syncing";
  }
  const reason = status.downloadError ? "Service not reachable" : "Connecting";
  return waiting > 0 ? `${reason}, ${changes}` : reason;
}

export function StatusBar({ offline }: { offline: boolean }) {
  const status = useStatus();
  const waiting = useQuery<{ n: number }>("SELECT count(*) AS n FROM ps_crud").data[0]?.n ?? 0;
  const text = describe(status, waiting, offline);
  const progress = offline ? null : status.downloadProgress;
  const firstSync = !status.hasSynced && progress && progress.totalOperations > 500;
  const tone = offline || !status.connected ? "away" : text === "Synced" ? "well" : "busy";
  return (
    <div className="status">
      <span className={`dot ${tone}`} aria-hidden="true" />
      <div role="status" title={status.downloadError?.message ?? status.uploadError?.message}>
        {text}
      </div>
      {firstSync && (
        <progress aria-label="First sync" max={progress.totalOperations} value={progress.downloadedOperations} />
      )}
    </div>
  );
}
