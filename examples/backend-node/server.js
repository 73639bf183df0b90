// Starts the backend with the settings of its environment (src/settings.js), says where it listens, ends on SIGTERM or SIGINT.
import pg from "pg";
import { createApp } from "./src/app.js";
import { loadKeys } from "./src/keys.js";
import { log } from "./src/log.js";
import { readSettings } from "./src/settings.js";
import { Tokens } from "./src/tokens.js";

async function main() {
  const settings = readSettings(process.env);
  const tokens = new Tokens(await loadKeys(settings.keysFile, settings.keyAlgorithm), settings);
  const pool = new pg.Pool({
    connectionString: settings.databaseUrl,
    max: 10,
    connectionTimeoutMillis: 15_000,
    // Queries that do not need each other's answers travel together.
    pipeline: true,
    // A stuck batch must not hold its locks for ever.
    options: `-c timezone=UTC -c statement_timeout=30s -c lock_timeout=${settings.lockTimeoutMs} -c idle_in_transaction_session_timeout=60s`,
  });
  // An idle connection that the database closed; the next query makes a new one.
  pool.on("error", (error) => log.error("a database connection was lost", { error: error.message }));

  const server = createApp({ settings, tokens, pool, log }).listen(settings.port, settings.host, (error) => {
    if (error) return fail(error);
    const { address, port } = server.address();
    console.log(`backend: listening on http://${address.includes(":") ? `[${address}]` : address}:${port}`);
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;

  const stop = () => {
    server.close(async () => {
      await pool.end();
      process.exit(0);
    });
    server.closeIdleConnections();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function fail(error) {
  console.error(`backend: ${error.message}`);
  process.exit(1);
}

main().catch(fail);
