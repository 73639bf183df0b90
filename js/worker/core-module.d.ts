// What Emscripten's glue (build/wasm/core.js) gives us: the embind class of wasm/bindings.cc and its raw exports.

declare module "*/build/wasm/core.js" {
  export interface CoreModule {
    // Changes identity whenever the memory grows: read it anew after every call.
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    readonly Durability: { readonly off: object; readonly normal: object; readonly full: object };
    readonly Database: new (
      path: string,
      inOpfs: boolean,
      durability: object,
      configJson: string,
    ) => CoreDatabaseHandle;
    _skerry_alloc(size: number): number;
    _skerry_call(db: number, op: number, payload: number, size: number, monotonicMs: number, wallMs: number): number;
    _skerry_reply_ptr(db: number): number;
    _skerry_reply_size(db: number): number;
    _skerry_flags(db: number): number;
  }

  // An open database, or the reason why it did not open. `delete` closes it.
  export interface CoreDatabaseHandle {
    // Empty, or an error as JSON.
    error(): string;
    // What the raw exports take as `db`.
    id(): number;
    delete(): void;
  }

  export interface CoreModuleOptions {
    instantiateWasm(
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): object;
    // The access handles that the VFS reads and writes, by index.
    readonly skerryFiles: readonly FileSystemSyncAccessHandle[];
    print(line: string): void;
    printErr(line: string): void;
  }

  export default function createCore(options: CoreModuleOptions): Promise<CoreModule>;
}
