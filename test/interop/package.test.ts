import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { runtimeNames, startPolylog } from "../clients/polylog-server.ts";

const root = resolve(import.meta.dirname, "../..");
const bin = join(root, "node_modules", ".bin");

/** What somebody gets who installs the package instead of cloning the repository. */
describe("the published package", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "polylog-package-"));
    const npm = (...args: string[]) => execFileSync("npm", args, { cwd: directory, stdio: "pipe", timeout: 600_000 });
    execFileSync("npm", ["pack", "--pack-destination", directory], { cwd: root, stdio: "pipe", timeout: 600_000 });
    const tarball = readdirSync(directory).find((name) => name.endsWith(".tgz"))!;
    writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
    npm("install", "--no-audit", "--no-fund", `./${tarball}`);
    writeFileSync(join(directory, "embed.mjs"), EMBED);
  }, 1_200_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each(runtimeNames)("embeds on %s", (runtime) => {
    const args = runtime === "deno" ? ["run", "--allow-all", "--node-modules-dir=manual"] : [];
    const output = execFileSync(join(bin, runtime), [...args, "embed.mjs"], { cwd: directory, encoding: "utf8" });
    expect(output).toMatch(/^ready at 127\.0\.0\.1:\d+ on a cluster/);
  });

  test("has types that need no others, for a strict project that checks them", () => {
    const project = join(directory, "typed");
    mkdirSync(project);
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: STRICT, files: ["embed.ts"] }));
    writeFileSync(join(project, "embed.ts"), TYPED);
    const { stdout, status } = spawnSync(join(bin, "tsc"), ["-p", project], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  test("brings the command", () => {
    const path = `${bin}:${process.env.PATH}`;
    const command = join(directory, "node_modules", ".bin", "polylog");
    const output = execFileSync(command, ["storage", "random-uuid"], {
      encoding: "utf8",
      env: { ...process.env, PATH: path },
    });
    expect(output).toMatch(/^[A-Za-z0-9_-]{22}\n$/);
  });

  test.each(runtimeNames)("serves by the command on %s, with what that runtime has", async (runtime) => {
    const args = runtime === "deno" ? ["run", "--allow-all"] : [];
    const script = join(directory, "node_modules/polylog/adapters/node/polylog.js");
    const command = [join(bin, runtime), ...args, script];
    const broker = await startPolylog(runtime, {}, [...command, "server"]);
    onTestFinished(() => broker.dispose());
    expect(broker.output).toContain(`on ${runtime}: node 1`);
    const [program, ...rest] = command as [string, ...string[]];
    execFileSync(program, [...rest, "topic", "create", "greetings", "-b", broker.bootstrap], { stdio: "pipe" });
    await broker.stop();
    expect(broker.output).toContain("has stopped");
  });
});

const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
  types: [],
  lib: ["es2022"],
  target: "es2022",
  module: "nodenext",
};

const TYPED = `
import { type EmbeddedBroker, type EmbeddedBrokerOptions, startBroker } from "polylog";
const options: EmbeddedBrokerOptions = { port: 0, log: { write: (level: string, text: string) => {} } };
await using broker: EmbeddedBroker = await startBroker(options);
export const address: string = broker.bootstrapServers;
`;

const EMBED = `
import { startBroker } from "polylog";
const broker = await startBroker({ port: 0 });
console.log("ready at " + broker.bootstrapServers + " on a cluster " + broker.clusterId);
await broker.close();
`;
