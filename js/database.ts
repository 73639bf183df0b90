// A local database that stays in sync: the object that an app holds.

import { type BackendConnector, fetchCredentials, resolveSyncOptions, type SyncOptions } from "./connector.js";
import { type CrudBatch, type CrudTransaction, UploadQueue, type UploadQueueStats } from "./crud.js";
import { DatabaseClosedError, SkerryError } from "./errors.js";
import type { Link, LinkListener } from "./link.js";
import { LiveDatabase } from "./live-database.js";
import { LogLevels } from "./logger.js";
import type { ConnectOptions, CoreInfo, StorageState } from "./messages.js";
import type { SkerryDatabaseOptions } from "./options.js";
import { nativeProfile, type Profile } from "./profile.js";
import type { SchemaLike } from "./schema.js";
import { openLink } from "./shared-connection.js";
import { SsrLink } from "./ssr-link.js";
import { startWorker } from "./start-worker.js";
import { type CoreStatus, SyncStatus } from "./sync-status.js";
import { StreamSubscriptions, type SyncStream } from "./sync-stream.js";

export interface CloseOptions {
  // Ends the sync of all tabs. By default other tabs go on.
  readonly disconnect?: boolean;
}

export interface ClearOptions {
  // Also empties tables that are local only.
  readonly clearLocal?: boolean;
  // Keeps what was downloaded in the file, to be used again if the same buckets come back.
  readonly soft?: boolean;
}

export class SkerryDatabase extends LiveDatabase {
  // The latest status; a new object with every change.
  currentStatus: SyncStatus = new SyncStatus();
  // The version of what runs below, empty until it is ready.
  sdkVersion = "";
  protected readonly link: Link;
  private readonly queue: UploadQueue;
  private readonly streams: StreamSubscriptions;
  private readonly opened: Promise<void>;
  private activeConnector: BackendConnector | null = null;
  private activeOptions: ConnectOptions | null = null;
  private clientId = "";
  private closePromise: Promise<void> | null = null;

  // Returns at once and opens in the background: every call waits for that.
  constructor(options: SkerryDatabaseOptions, profile: Profile = nativeProfile) {
    super(options, profile);
    if (this.options.warnAboutSsr) {
      const message =
        "Running in SSR mode: queries give no rows and writes do nothing. Set database.disableSSRWarning to hide this.";
      this.logger.log({ level: LogLevels.warn, message });
    }
    this.link = this.options.ssrMode ? new SsrLink() : this.openWorkerLink();
    this.queue = new UploadQueue(
      (sql, params) => this.getAll(sql, params),
      () => this.link,
    );
    this.streams = new StreamSubscriptions({
      logger: this.logger,
      subscription: async (event) => (await this.usable()).subscription(event),
      holdStreams: (held) => this.link.holdStreams(held),
      waitForStatus: (predicate, signal) => this.waitForStatus(predicate, signal),
    });
    this.opened = this.open();
    // Whoever calls anything learns of a failure; without a caller it is not an unhandled one.
    this.opened.catch(() => undefined);
  }

  get connected(): boolean {
    return this.currentStatus.connected;
  }

  get connecting(): boolean {
    return this.currentStatus.connecting;
  }

  // The connector of this tab, null while it is not the one to connect.
  get connector(): BackendConnector | null {
    return this.activeConnector;
  }

  get connectionOptions(): ConnectOptions | null {
    return this.activeOptions;
  }

  override waitForReady(): Promise<void> {
    return this.opened;
  }

  init(): Promise<void> {
    return this.opened;
  }

  // Starts syncing, for all tabs. Resolves when the stream is open or the first attempt failed; then the status has the error
  // and attempts go on.
  async connect(connector: BackendConnector, options: SyncOptions = {}): Promise<void> {
    if (typeof connector?.fetchCredentials !== "function" || typeof connector.uploadData !== "function") {
      throw new SkerryError("invalid_argument", "A connector needs the methods fetchCredentials and uploadData");
    }
    const resolved = resolveSyncOptions(options, this.profile);
    const link = await this.usable();
    this.activeConnector = connector;
    this.activeOptions = resolved;
    await link.connect(resolved);
  }

  // Stops syncing, for all tabs.
  async disconnect(): Promise<void> {
    const link = await this.usable();
    this.activeConnector = null;
    this.activeOptions = null;
    await link.disconnect();
  }

  // Stops syncing and removes all synced rows, the upload queue and the sync state; the client id stays.
  async disconnectAndClear(options: ClearOptions = {}): Promise<void> {
    await this.disconnect();
    await this.link.clear(options.clearLocal ?? true, options.soft ?? false);
  }

  // Resolves when everything, or everything up to a priority, was synced once; also when the signal aborts.
  waitForFirstSync(
    request: AbortSignal | { readonly signal?: AbortSignal; readonly priority?: number } = {},
  ): Promise<void> {
    const { signal, priority } = isSignal(request) ? { signal: request, priority: undefined } : request;
    const synced = (status: SyncStatus): boolean =>
      (priority === undefined ? status.hasSynced : status.statusForPriority(priority).hasSynced) === true;
    return this.waitForStatus(synced, signal);
  }

  // Resolves when the predicate holds; also when the signal aborts. A predicate that throws rejects.
  async waitForStatus(predicate: (status: SyncStatus) => unknown, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true || predicate(this.currentStatus)) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (error?: unknown): void => {
        dispose();
        signal?.removeEventListener("abort", onAbort);
        if (error === undefined) resolve();
        else reject(error);
      };
      const onAbort = (): void => finish();
      const dispose = this.registerListener({
        statusChanged: (status) => {
          try {
            if (predicate(status)) finish();
          } catch (error) {
            finish(error);
          }
        },
        closed: () => finish(new DatabaseClosedError()),
      });
      signal?.addEventListener("abort", onAbort);
    });
  }

  // Up to `limit` entries of the upload queue, whatever transaction they belong to.
  getCrudBatch(limit = 100): Promise<CrudBatch | null> {
    return this.queue.batch(limit);
  }

  // The oldest transaction of the upload queue.
  getNextCrudTransaction(): Promise<CrudTransaction | null> {
    return this.queue.transactionAfter(0);
  }

  // All transactions of the queue, oldest first. Completing one completes those before it.
  async *getCrudTransactions(): AsyncGenerator<CrudTransaction, null> {
    let after = 0;
    for (;;) {
      const transaction = await this.queue.transactionAfter(after);
      if (transaction === null) return null;
      after = transaction.crud.at(-1)?.clientId ?? after;
      yield transaction;
    }
  }

  getUploadQueueStats(includeSize = false): Promise<UploadQueueStats> {
    return this.queue.stats(includeSize);
  }

  syncStream(name: string, params?: { readonly [key: string]: unknown } | null): SyncStream {
    return this.streams.stream(name, params);
  }

  // Applies another schema to the open database.
  async updateSchema(schema: SchemaLike): Promise<void> {
    if (this.activeConnector !== null) {
      throw new SkerryError("invalid_argument", "Cannot update schema while connected");
    }
    if (typeof schema?.toJSON !== "function") {
      throw new SkerryError("invalid_schema", "The schema has to be an instance of `Schema`");
    }
    this.validate(schema);
    await (await this.usable()).schema(JSON.stringify(schema.toJSON()));
    this.currentSchema = schema;
    this.iterateListeners((l) => l.schemaChanged?.(schema));
  }

  // Identifies this copy of the data to the service, for as long as the file exists.
  async getClientId(): Promise<string> {
    await this.usable();
    return this.clientId;
  }

  // Where the data lies, and how much space there is.
  async storage(): Promise<StorageState> {
    return (await this.usable()).storage();
  }

  // What the core knows of itself: buckets, tables, queue, counters (docs/api.md).
  async info(): Promise<CoreInfo> {
    return (await this.usable()).info();
  }

  // Ends this object. Others on the same file, here or in other tabs, go on. Calls that come later reject.
  close(options: CloseOptions = {}): Promise<void> {
    this.closePromise ??= this.doClose(options);
    return this.closePromise;
  }

  private async doClose(options: CloseOptions): Promise<void> {
    await this.opened.catch(() => undefined);
    await this.iterateAsyncListeners((l) => l.closing?.());
    if (options.disconnect === true && this.ready) await this.disconnect();
    this.closed = true;
    await this.link.close();
    await this.iterateAsyncListeners((l) => l.closed?.());
    this.dispose();
  }

  private openWorkerLink(): Link {
    const { dbFilename, storage, wasmUrl, schemaJson, cacheSizeKb, synchronous, busyTimeoutMs, worker } = this.options;
    const open = { dbFilename, storage, wasmUrl, schemaJson, cacheSizeKb, synchronous, busyTimeoutMs };
    return openLink(open, () => startWorker(worker), this.linkListener());
  }

  private async open(): Promise<void> {
    this.validate(this.options.schema);
    const { info } = await this.link.opened;
    this.clientId = info.clientId;
    this.sdkVersion = info.sqliteVersion === "" ? "" : `SQLite ${info.sqliteVersion}`;
    if (info.status !== null) this.statusArrived(info.status);
    this.ready = true;
    this.iterateListeners((l) => l.initialized?.());
  }

  // A schema that is wrong fails in the core; the tab's own words come first, since they name the table in the app's terms.
  private validate(schema: SchemaLike): void {
    try {
      schema.validate?.();
    } catch (error) {
      const message = "Schema validation failed. Unexpected behaviour could occur";
      this.logger.log({ level: LogLevels.warn, message, error });
    }
  }

  private statusArrived(json: unknown): void {
    const status = new SyncStatus(json as CoreStatus);
    const before = this.currentStatus;
    if (status.isEqual(before)) return;
    this.currentStatus = status;
    if (status.hasSynced === true && before.hasSynced === false && this.options.askToPersist) askToPersist();
    this.iterateListeners((l) => l.statusChanged?.(status));
  }

  private linkListener(): LinkListener {
    return {
      status: (json) => this.statusArrived(json),
      tables: (tables) => this.tablesChanged(tables),
      log: (level, message) => this.logger.log({ level: LogLevels[level], message }),
      schemaChanged: () => this.iterateListeners((l) => l.schemaChanged?.(this.currentSchema)),
      disconnected: () => {
        this.activeConnector = null;
        this.activeOptions = null;
      },
      broken: (error) => {
        const name = this.profile.name === "powersync" ? "PowerSync" : "Skerry";
        const message = `Error in database or sync worker, this likely disrupts ${name}.`;
        this.logger.log({ level: LogLevels.error, message, error });
      },
      askCredentials: () => {
        if (this.activeConnector === null) throw new SkerryError("credentials", "Not signed in");
        return fetchCredentials(this.activeConnector);
      },
      askUpload: () => {
        if (this.activeConnector === null) throw new SkerryError("upload", "This tab has no connector any more");
        return this.activeConnector.uploadData(this);
      },
    };
  }
}

// Synced data are worth keeping, and nobody is asked before there are any. storage() says what came of it.
function askToPersist(): void {
  navigator.storage?.persist?.().catch(() => undefined);
}

function isSignal(value: object): value is AbortSignal {
  return "aborted" in value;
}
