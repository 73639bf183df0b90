// What the core asks of the driver (docs/module-abi.md, "Events and instructions").

export type LogLevel = "debug" | "info" | "warn" | "error";

export type Instruction =
  | { readonly do: "fetchCredentials"; readonly id: number; readonly invalidate: boolean }
  | {
      readonly do: "openStream";
      readonly id: number;
      readonly url: string;
      readonly token: string;
      readonly body: string;
      readonly userAgent: string;
    }
  | { readonly do: "closeStream"; readonly id: number }
  | { readonly do: "upload"; readonly id: number }
  | {
      readonly do: "writeCheckpoint";
      readonly id: number;
      readonly url: string;
      readonly token: string;
      readonly userAgent?: string;
    }
  | { readonly do: "timer"; readonly id: number; readonly ms: number }
  | { readonly do: "cancelTimer"; readonly id: number }
  | { readonly do: "status"; readonly status: unknown }
  | { readonly do: "tables"; readonly tables: readonly string[] }
  | {
      readonly do: "settled";
      readonly request: number;
      readonly error?: { readonly code?: string; readonly message: string } | string;
    }
  | { readonly do: "log"; readonly level: LogLevel; readonly line: string };
