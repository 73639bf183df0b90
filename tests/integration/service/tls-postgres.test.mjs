// TLS to Postgres: what each `sslmode` checks, with certificates made here.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chownSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../support/cleanup.mjs";
import { startPostgres } from "../../support/postgres.mjs";
import { runToEnd } from "../../support/skerryd.mjs";
import { until } from "../../support/until.mjs";
import { postgresConnection, Service } from "./support.mjs";

/** An authority, and a certificate of it for `localhost` and 127.0.0.1. */
function makeCertificates(folder, name) {
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    `${name}-ca.key`,
    "-out",
    `${name}-ca.crt`,
    "-subj",
    `/CN=${name} authority`,
  );
  openssl("req", ...key.slice(0, 5), "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", "/CN=localhost");
  writeFileSync(join(folder, `${name}.ext`), "subjectAltName=DNS:localhost\n");
  const authority = ["-CA", `${name}-ca.crt`, "-CAkey", `${name}-ca.key`, "-CAcreateserial"];
  openssl(
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    ...authority,
    "-out",
    `${name}.crt`,
    "-days",
    "2",
    "-extfile",
    `${name}.ext`,
  );
  return { authority: readFileSync(join(folder, `${name}-ca.crt`), "utf8"), file: join(folder, name) };
}

test("sslmode: the right authority and host are needed as far as the mode says, and a refusal says what is wrong", async (t) => {
  const folder = temporaryFolder(t, "tls");
  const server = makeCertificates(folder, "server");
  const stranger = makeCertificates(folder, "stranger");
  const cluster = await startPostgres(t);
  for (const kind of ["crt", "key"]) {
    const file = join(cluster.data, `server.${kind}`);
    copyFileSync(`${server.file}.${kind}`, file);
    if (cluster.user.uid !== undefined) chownSync(file, cluster.user.uid, cluster.user.gid);
    execFileSync("chmod", ["600", file]);
  }
  const setTls = async (state) => {
    cluster.sql(`ALTER SYSTEM SET ssl = ${state}`);
    cluster.sql("SELECT pg_reload_conf()");
    await until(() => cluster.sql("SHOW ssl") === state, "the server's word that it has read its configuration");
  };
  await setTls("on");
  cluster.sql("CREATE TABLE lists(id text PRIMARY KEY, name text, owner_id text)");
  cluster.sql(
    "CREATE TABLE todos(id text PRIMARY KEY, list_id text, text text); CREATE PUBLICATION powersync FOR ALL TABLES",
  );
  const to = (members) => postgresConnection(cluster, { hostname: "localhost", sslmode: undefined, ...members });
  const service = new Service(t);
  const works = async (connection, encrypted) => {
    service.connect(to(connection));
    await service.start();
    const sessions = "FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'skerryd'";
    assert.equal(cluster.sql(`SELECT bool_and(ssl) ${sessions}`), encrypted ? "t" : "f", JSON.stringify(connection));
    await service.process.end();
  };
  const another = new Service(t); // One that has nothing to serve ends with what a person has to mend.
  const fails = async (connection, message) => {
    another.connect(to(connection));
    const { code, text } = await runToEnd(["run", "--config", join(another.folder, "service.yaml")]);
    assert.equal(code, 1, text);
    assert.match(text, message);
  };

  await works({ sslmode: "verify-full", cacert: server.authority }, true);
  await works({ cacert: server.authority }, true); // verify-full is what it is without a word.
  await works({ sslmode: "verify-ca", cacert: server.authority, hostname: "127.0.0.1" }, true);
  await works({ sslmode: "require" }, true);
  await works({ sslmode: "disable" }, false);

  await fails({ sslmode: "verify-full", cacert: stranger.authority }, /certificate verify failed.*cacert/);
  await fails({ sslmode: "verify-ca", cacert: stranger.authority }, /certificate verify failed.*cacert/);
  await fails({ sslmode: "verify-full" }, /certificate verify failed.*cacert|root certificate file/);
  await fails(
    { sslmode: "verify-full", cacert: server.authority, hostname: "127.0.0.1" },
    /server certificate for "localhost".* does not match host name "127.0.0.1".*verify-ca/,
  );
  await fails({ sslmode: "sometimes" }, /'sslmode' has to be .*not 'sometimes'/);

  await setTls("off");
  await fails({ sslmode: "verify-full", cacert: server.authority }, /server does not support SSL.*sslmode: disable/);
});
