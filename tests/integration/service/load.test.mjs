// Many clients at once, and what they cost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Service } from "./support.mjs";

test("200 streams are told of a change, and an idle stream holds little memory", async (t) => {
  const service = await Service.start(t);
  service.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
    INSERT INTO todos SELECT 'n' || i, 'l1', hex(randomblob(4000)) FROM n;`);
  const token = await service.token();
  const first = await service.stream({ token });
  await first.until((s) => s.operations().length >= 104, "all rows");
  await service.process.idle();
  const before = service.process.memoryKib();
  const streams = [first];
  while (streams.length < 200)
    streams.push(
      await service.stream({ token, headers: { "accept-encoding": streams.length % 2 ? "gzip" : "identity" } }),
    );
  await Promise.all(streams.map((stream) => stream.until((s) => s.operations().length >= 104, "all rows", 120_000)));
  await service.process.idle();
  const perStream = (service.process.memoryKib() - before) / 199;
  t.diagnostic(`an idle stream holds ${perStream.toFixed(0)} KiB`);
  assert.ok(perStream < 700, `an idle stream holds ${perStream} KiB`);

  const started = performance.now();
  service.sql("UPDATE todos SET text = 'told' WHERE id = 't1'");
  await Promise.all(
    streams.map((stream) =>
      stream.until((s) => s.operations().some((op) => op.data?.includes("told")), "the change", 120_000),
    ),
  );
  t.diagnostic(`told 200 streams in ${Math.round(performance.now() - started)} ms`);
  for (const stream of streams) stream.close();
});
