// The whole backend as an Express app: origin check, routes, and one place that turns errors into answers.
import express from "express";
import { cors } from "./cors.js";
import { Refusal } from "./refusal.js";
import { routes } from "./routes.js";

/** Those of the body parser have a status and a message of their own. */
function toAnswer(error) {
  if (error instanceof Refusal) return error;
  if (error.status >= 400 && error.status < 500 && error.expose) {
    return { status: error.status, code: (error.type ?? "bad_request").replaceAll(".", "_"), message: error.message };
  }
  return { status: 500, code: "internal", message: "The backend failed; its log says why" };
}

export function createApp(parts) {
  const { settings, log } = parts;
  const app = express();
  app.disable("x-powered-by");
  app.use(cors(settings.pageOrigins));
  app.use(routes(parts));
  app.use((request) => {
    throw new Refusal(404, "not_found", `There is no ${request.method} ${request.path}`);
  });
  // Four arguments make it Express' error handler.
  app.use((error, request, response, _next) => {
    const { status, code, message } = toAnswer(error);
    if (status >= 500)
      log.error(`${request.method} ${request.path} failed`, { error: (error.cause ?? error).stack ?? String(error) });
    if (status === 503) response.set("Retry-After", "1");
    if (response.headersSent) return response.destroy();
    response.status(status).json({ error: code, message });
  });
  return app;
}
