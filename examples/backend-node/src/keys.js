// The keys that sign tokens, kept in a file that only this program may read, and their public halves for whoever verifies.
//
// The first key signs, all of them verify. To rotate, put a new key in front and remove the old one when its tokens have ended.
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from "jose";

const publicMembers = ["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"];

async function makeKey(algorithm) {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: algorithm, use: "sig" };
}

/** Writes the file whole or not at all; a second process that starts at the same moment finds the first one's key. */
async function makeFile(path, algorithm) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify([await makeKey(algorithm)], null, 2)}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Reads the private keys, after making the file if there is none. */
export async function loadKeys(path, algorithm = "ES256") {
  if (!existsSync(path)) await makeFile(path, algorithm);
  const jwks = JSON.parse(readFileSync(path, "utf8"));
  if (!Array.isArray(jwks) || jwks.length === 0) throw new Error(`${path} has to be a list of private keys (JWK)`);
  for (const jwk of jwks) {
    if (!jwk.kid || !jwk.alg || !jwk.d) throw new Error(`${path}: every key needs kid, alg and its private part`);
  }
  const publicKeys = jwks.map((jwk) =>
    Object.fromEntries(publicMembers.filter((name) => name in jwk).map((name) => [name, jwk[name]])),
  );
  return {
    signing: { kid: jwks[0].kid, alg: jwks[0].alg, key: await importJWK(jwks[0], jwks[0].alg) },
    jwks: { keys: publicKeys },
  };
}
