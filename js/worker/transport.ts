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
  opened(status: number, contentType: string): Promise<void>;
  // The next chunk is read only after this has resolved: that is the back-pressure.
  bytes(chunk: Uint8Array): Promise<void>;
}

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
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      await sink.bytes(value);
    }
  } finally {
    // Also when the sink failed: the connection must not stay open with nobody reading.
    await reader.cancel().catch(() => undefined);
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
