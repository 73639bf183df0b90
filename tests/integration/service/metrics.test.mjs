// What a running service tells about itself: metrics on a port of their own, logs as JSON.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../support/until.mjs";
import { Service } from "./support.mjs";

const settings = `telemetry: { prometheus_port: 0, disable_telemetry_sharing: true }
system: { logging: { level: info, format: json } }
`;

/** The address in the log's line, and what it answers: { name: value }. */
async function metricsOf(service) {
  await service.process.logged(/metrics at http:/);
  const url = /metrics at (http:\/\/127\.0\.0\.1:\d+\/metrics)/.exec(service.process.log)[1];
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /^text\/plain; version=0\.0\.4/);
  const lines = (await answer.text()).split("\n").filter((line) => line && !line.startsWith("#"));
  return { url, values: Object.fromEntries(lines.map((line) => [line.split(" ")[0], Number(line.split(" ")[1])])) };
}

test("metrics count what happens, under PowerSync's names and on loopback", async (t) => {
  const service = await Service.start(t, { settings });
  const before = (await metricsOf(service)).values;
  assert.equal(before.powersync_concurrent_connections, 0);
  assert.equal(before.powersync_operations_synced_total, 0);
  const stream = await service.stream({ headers: { "accept-encoding": "gzip" } });
  await stream.complete();
  const received = Buffer.concat(stream.raw).length;
  const { values } = await metricsOf(service);
  assert.equal(values.powersync_concurrent_connections, 1);
  assert.equal(values.powersync_operations_synced_total, stream.operations().length);
  assert.ok(values.powersync_data_sent_bytes_total >= received); // A keepalive may follow.
  assert.ok(values.powersync_data_synced_bytes_total > 500);
  assert.ok(values.powersync_rows_replicated_total >= 6);
  assert.ok(values.powersync_transactions_replicated_total >= 1);
  assert.ok(values.powersync_operation_storage_size_bytes > 8192);
  assert.ok("powersync_replication_lag_seconds" in values);
  stream.close();
  await until(async () => (await metricsOf(service)).values.powersync_concurrent_connections === 0, "the stream's end");

  const { url } = await metricsOf(service);
  assert.equal((await fetch(new URL("/sync/stream", url), { method: "POST" })).status, 404);
  assert.equal((await service.call("GET", "/metrics")).status, 404);
});

test("logs are one JSON object per line when asked for", async (t) => {
  const service = await Service.start(t, { settings });
  const stream = await service.stream();
  await stream.complete();
  stream.close();
  await service.process.logged(/stream of alice\/c1 closed by the client/);
  assert.equal((await service.process.end()).code, 0);
  for (const line of service.process.log.trim().split("\n")) {
    const { time_ms, level, message } = JSON.parse(line);
    assert.ok(Math.abs(time_ms - Date.now()) < 600_000);
    assert.match(level, /^(info|warn)$/);
    assert.equal(typeof message, "string");
  }
});
