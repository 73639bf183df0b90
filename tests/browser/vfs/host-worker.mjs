// Worker that drives js/worker/host.ts as the product's worker does, one call at a time.
import { serveCalls } from "../../../bench/wasm-floor/serve-calls.mjs";
import { encodeStatement, ResultBuffer } from "../../../js/codec.ts";
import { Op } from "../../../js/worker/abi.ts";
import { openCore } from "../../../js/worker/host.ts";

let core = null;

serveCalls({
  async open(options) {
    core = await openCore({
      storage: "auto",
      wasmUrl: "/core.wasm",
      schemaJson: null,
      cacheSizeKb: 4096,
      synchronous: "normal",
      busyTimeoutMs: 500,
      ...options,
    });
    return core.storage();
  },
  // The first cell of the result.
  execute(sql, ...parameters) {
    const statement = { sql, sets: [parameters], lease: 0, read: false, batch: false, deadlineMs: 0 };
    const result = new ResultBuffer(core.call(Op.kExecute, new Uint8Array(encodeStatement(statement))).buffer);
    return result.rowCount > 0 ? result.cell(0, 0) : null;
  },
  info: () => JSON.parse(new TextDecoder().decode(core.call(Op.kInfo, null))),
  // An exception that flies out of the middle of the module, as a trap does.
  breakClock() {
    const now = Date.now;
    Date.now = () => {
      if (new Error().stack?.includes("wasm")) throw new Error("the clock stopped");
      return now();
    };
  },
  close: () => core.close(),
});
