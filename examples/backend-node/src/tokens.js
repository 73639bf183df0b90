// Tokens: short-lived, signed with our own key, verified by the sync service through the JWKS and by our upload endpoint.
import { createLocalJWKSet, jwtVerify, SignJWT } from "jose";
import { Refusal } from "./refusal.js";

export class Tokens {
  constructor(keys, { audience, tokenSeconds }) {
    this.keys = keys;
    this.audience = audience;
    this.seconds = tokenSeconds;
    this.keySet = createLocalJWKSet(keys.jwks);
    // From our own keys, never from the token: a token must not choose how it is verified.
    this.algorithms = [...new Set(keys.jwks.keys.map((key) => key.alg))];
  }

  async issue(user) {
    const { kid, alg, key } = this.keys.signing;
    const now = Math.floor(Date.now() / 1000);
    const expiresAt = now + this.seconds;
    const token = await new SignJWT({})
      .setProtectedHeader({ alg, kid })
      .setSubject(user)
      .setAudience(this.audience)
      .setIssuedAt(now)
      .setExpirationTime(expiresAt)
      .sign(key);
    return { token, expiresAt };
  }

  /** The user of an `Authorization` header, or a Refusal. Clients of the sync service say "Token", others say "Bearer". */
  async userOf(header) {
    const text = /^(?:Token|Bearer) (\S+)$/.exec(header ?? "")?.[1];
    if (!text) throw new Refusal(401, "unauthorized", "Send Authorization: Bearer <token>");
    try {
      const { payload } = await jwtVerify(text, this.keySet, {
        audience: this.audience,
        algorithms: this.algorithms,
        requiredClaims: ["sub", "iat", "exp"],
      });
      return payload.sub;
    } catch (error) {
      throw new Refusal(401, "unauthorized", `The token is not valid: ${error.message}`);
    }
  }
}
