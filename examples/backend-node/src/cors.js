// Lets the app's own pages call from a browser, and refuses pages of everybody else.
//
// Requests without an Origin come from programs (the sync service, curl) and from the same origin's plain GETs: CORS says nothing of them.
import { Refusal } from "./refusal.js";

export function cors(pageOrigins) {
  return (request, response, next) => {
    response.vary("Origin");
    const { origin } = request.headers;
    if (origin === undefined) return next();
    if (!pageOrigins.includes(origin))
      throw new Refusal(403, "foreign_origin", `Pages of ${origin} may not call this backend`);
    response.set("Access-Control-Allow-Origin", origin);
    if (request.method !== "OPTIONS") return next();
    response.set({
      "Access-Control-Allow-Methods": "GET, POST",
      "Access-Control-Allow-Headers": "Authorization, Content-Type",
      "Access-Control-Max-Age": "600",
    });
    response.status(204).end();
  };
}
