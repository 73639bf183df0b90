// HTTP to the sync service: bytes only, nothing is parsed here. The token goes into one header and nowhere else; redirects are
// refused, since a token belongs to the endpoint's origin alone.

const kStreamTypes = "application/vnd.powersync.bson-stream;q=0.9,application/x-ndjson;q=0.8";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export interface StreamRequest {
  readonly url: string;
  readonly token: string;
  readonly body: string;
  readonly userAgent: string;
}

export interface StreamSink {
  // Bytes to leave free in front of each chunk, so that what the receiver writes there costs no copy.
  readonly room: number;
  opened(status: number, contentType: string): Promise<void>;
  // `frame` is the room and the chunk. The next chunk is read only after this has resolved, into the same memory: that is the
  // back-pressure.
  bytes(frame: Uint8Array): Promise<void>;
}

// As much as is taken at once where the browser fills our memory; without that it decides itself.
const kChunkBytes = 256 * 1024;

// An answer that is not 2xx; the message is its body.
export class HttpError extends Error {
  readonly status: number;
  readonly statusText: string;
  constructor(response: Response, body: string) {
    super(body);
    this.name = "HttpError";
    this.status = response.status;
    this.statusText = response.statusText;
  }
}

// Opens `/sync/stream` and hands its bytes to `sink`, until the service ends it or `signal` aborts.
export async function runStream(request: StreamRequest, sink: StreamSink, signal: AbortSignal): Promise<void> {
  const response = await fetch(request.url, {
    method: "POST",
    headers: { ...headers(request.token, request.userAgent), accept: kStreamTypes, "content-type": "application/json" },
    body: request.body,
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    signal,
  });
  if (!response.ok) {
    throw new HttpError(response, await response.text());
  }
  await sink.opened(response.status, response.headers.get("content-type") ?? "");
  if (response.body === null) return;
  const read = frames(response.body, sink.room);
  try {
    for (let frame = await read.next(); frame !== null; frame = await read.next()) await sink.bytes(frame);
  } finally {
    // Also when the sink failed: the connection must not stay open with nobody reading.
    await read.cancel().catch(() => undefined);
  }
}

interface FrameReader {
  // The next chunk behind `room` free bytes, or null at the end.
  next(): Promise<Uint8Array | null>;
  cancel(): Promise<void>;
}

// Into one buffer, again and again, where bodies are byte streams; elsewhere each chunk is copied once.
function frames(body: ReadableStream<Uint8Array<ArrayBuffer>>, room: number): FrameReader {
  const byob = byobReader(body);
  if (byob !== null) {
    let buffer = new ArrayBuffer(room + kChunkBytes);
    return {
      async next() {
        const { done, value } = await byob.read(new Uint8Array(buffer, room));
        if (done) return null;
        buffer = value.buffer; // The stream took our buffer and gave its memory back as a new one.
        return new Uint8Array(buffer, 0, room + value.length);
      },
      cancel: () => byob.cancel(),
    };
  }
  const reader = body.getReader();
  return {
    async next() {
      const { done, value } = await reader.read();
      if (done) return null;
      const frame = new Uint8Array(room + value.length);
      frame.set(value, room);
      return frame;
    },
    cancel: () => reader.cancel(),
  };
}

function byobReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return null; // Not a byte stream.
  }
}

export async function getText(url: string, token: string, userAgent: string): Promise<HttpAnswer> {
  const response = await fetch(url, {
    headers: { ...headers(token, userAgent), "content-type": "application/json" },
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
  });
  return { status: response.status, body: await response.text() };
}

function headers(token: string, userAgent: string): Record<string, string> {
  return { authorization: `Token ${token}`, ...(userAgent === "" ? {} : { "x-user-agent": userAgent }) };
}
