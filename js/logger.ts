// Where log lines go. Rows and tokens are never logged.

export const LogLevels = { trace: 10, debug: 20, info: 30, warn: 40, error: 50 } as const;
export type LogLevel = (typeof LogLevels)[keyof typeof LogLevels];

export interface LogRecord {
  readonly level: number;
  readonly message: string;
  readonly error?: unknown;
}

export interface SkerryLogger {
  log(record: LogRecord): void;
}

export interface ConsoleLoggerOptions {
  prefix?: string;
  minLevel?: number;
}

// Writes `[prefix]: message` to the console. The returned object's fields may be changed at any time.
export function createConsoleLogger(options: ConsoleLoggerOptions = {}): SkerryLogger & Required<ConsoleLoggerOptions> {
  return {
    prefix: options.prefix ?? "Skerry",
    minLevel: options.minLevel ?? LogLevels.info,
    log({ level, message, error }) {
      if (level < this.minLevel) return;
      const line = `[${this.prefix}]: ${message}`;
      const details = error === undefined ? [line] : [line, error];
      if (level >= LogLevels.error) console.error(...details);
      else if (level >= LogLevels.warn) console.warn(...details);
      else if (level >= LogLevels.info) console.info(...details);
      else console.log(...details);
    },
  };
}
