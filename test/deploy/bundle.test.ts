import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runtimeNames, serverCommands, startPolylog } from "../clients/polylog-server.ts";
import { BuiltCheckout } from "./built-checkout.ts";

const root = resolve(import.meta.dirname, "../..");
const anUuid = /^[A-Za-z0-9_-]{22}\n$/;

let checkout: BuiltCheckout;
beforeAll(() => {
  checkout = new BuiltCheckout();
  writeFileSync(
    checkout.path("found.mjs"),
    'import { findProgram } from "./adapters/shared/bundle.js";console.log(JSON.stringify(findProgram(process.argv[2])));',
  );
});
afterAll(() => checkout.dispose());

describe.each(runtimeNames)("an entry point on %s", (runtime) => {
  const found = () => JSON.parse(checkout.run(runtime, "found.mjs", `${runtime}/command-line`));
  const uuid = () => checkout.run(runtime, `adapters/${runtime}/polylog.ts`, "storage", "random-uuid");
  const bundle = () => ({ url: checkout.url(`dist/adapters/${runtime}/command-line.js`) });
  const sources = (reason: string) => ({
    url: checkout.url(`adapters/${runtime}/command-line.ts`),
    note: expect.stringContaining(reason),
  });

  test("loads the bundle when nothing has changed since it was built", () => {
    expect(found()).toEqual(bundle());
    expect(uuid()).toMatch(anUuid);
  });

  test("loads the sources when nothing is built, or a build was broken off: the list of its inputs comes last", () => {
    renameSync(checkout.path("dist/inputs.json"), checkout.path("dist/inputs.away"));
    expect(found()).toEqual(sources("nothing is built"));
    expect(uuid()).toMatch(anUuid);
    renameSync(checkout.path("dist/inputs.away"), checkout.path("dist/inputs.json"));
  });

  test("loads the sources when one has changed, or has become an older one, or has gone", () => {
    const source = "src/broker.ts";
    utimesSync(checkout.path(source), new Date(2020, 1), new Date(2020, 1));
    expect(found()).toEqual(sources(`${source} has changed`));
    checkout.restore(source);
    expect(found()).toEqual(bundle());
    appendFileSync(checkout.path(source), "\n");
    expect(found()).toEqual(sources(`${source} has changed`));
    rmSync(checkout.path(source));
    expect(found()).toEqual(sources(`${source} has changed`));
    checkout.restore(source);
  });

  test("loads the bundle where there are no sources, as in an image", () => {
    renameSync(checkout.path("src"), checkout.path("away"));
    expect(found()).toEqual(bundle());
    expect(uuid()).toMatch(anUuid);
    renameSync(checkout.path("away"), checkout.path("src"));
  });

  test("starts a broker by what is compiled for it, and else from the bundle", async () => {
    const [, ...args] = serverCommands[runtime]!;
    const [entry] = /adapters.*$/.exec(args.at(-1)!)!;
    const starts = async () => {
      const broker = await startPolylog(runtime, {}, checkout.command(runtime, entry));
      await broker.stop();
      await broker.dispose();
      return broker.output;
    };
    renameSync(checkout.path("dist/chunks"), checkout.path("dist/away"));
    expect(await starts()).not.toContain("Running from source");
    renameSync(checkout.path("dist/away"), checkout.path("dist/chunks"));
    if (runtime === "bun") return;
    renameSync(checkout.path("dist/compiled"), checkout.path("dist/away"));
    expect(await starts()).not.toContain("Running from source");
    renameSync(checkout.path("dist/away"), checkout.path("dist/compiled"));
  });
});

test("a Node that is too old is told which one is not", () => {
  const asOld = ["--import", "data:text/javascript,delete process.getBuiltinModule"];
  const node = join(root, "node_modules/.bin/node");
  const { status, stderr } = spawnSync(node, [...asOld, join(root, "adapters/node/polylog.js"), "--version"], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^Polylog needs Node 20\.16 or later .* this is Node \d+\.\d+\.\d+\n$/),
  ]);
});

test("Node has the entry points of the other runtimes too", () => {
  expect(checkout.run("node", "adapters/node/main.ts", "--help")).toContain("Start a broker.");
});

/**
 * What makes the start fast is what it does not do. On a machine that does other things no clock is fine enough to guard
 * that, so this looks at what a start loads.
 */
describe("the start of a broker", () => {
  test.each(["node", "deno"])("on %s has compiled code that the runtime accepts", (runtime) => {
    const entry = checkout.path(`dist/compiled/${runtime}/command-line.cjs`);
    writeFileSync(
      checkout.path("accepted.mjs"),
      `import { loadCompiledProgram } from "./adapters/shared/compiled-program.js";
       loadCompiledProgram(${JSON.stringify(entry)}, (path, script) => console.log(script.cachedDataRejected));`,
    );
    const accepted = checkout.run(runtime, "accepted.mjs").trim().split("\n");
    expect(new Set(accepted)).toEqual(new Set(["false"]));
  });

  test("on Bun has bytecode", () => {
    const compiled = checkout.path("dist/adapters/bun/command-line.js");
    expect(readFileSync(compiled, "utf8")).toMatch(/^\/\/ @bun @bytecode/);
    expect(existsSync(`${compiled}.jsc`)).toBe(true);
  });

  test.each(["node", "deno"])("on %s reads nothing that only HTTP, embedding or other commands need", (runtime) => {
    const text = readFileSync(checkout.path(`dist/compiled/${runtime}/broker.cjs`), "utf8");
    const modules = text.match(/^\/\/ (?:src|adapters)\/\S+\.ts$/gm) ?? [];
    expect(modules.length).toBeGreaterThan(200);
    expect(modules.filter((name) => /src\/http|-http\.ts|embedded|memory-file|-commands?\.ts/.test(name))).toEqual([
      "// src/command/server-command.ts",
    ]);
    expect(text.match(/^.*require\("[^.].*$/gm)).toBeNull();
    const builtins = text.matchAll(/^(?:const|var) .* = process\.getBuiltinModule\("node:([\w/]+)"\)/gm);
    const quick = ["events", "fs", "module", "os", "path", "process", "timers", "util"];
    expect(new Set([...builtins].map(([, name]) => name))).toEqual(
      new Set(runtime === "node" ? [...quick, "net"] : quick),
    );
  });

  test("on Node has loaded neither cryptography, nor compression, nor HTTP when it has answered first", async () => {
    const list = checkout.path("loaded.json");
    const probe = checkout.path("probe.mjs");
    writeFileSync(
      probe,
      `import { writeFileSync } from "node:fs";
       process.on("exit", () => writeFileSync(${JSON.stringify(list)}, JSON.stringify(process.moduleLoadList)));`,
    );
    const [program, ...args] = checkout.command("node", "adapters/node/main.js");
    const broker = await startPolylog("node", {}, [program, "--import", probe, ...args]);
    await broker.stop();
    await broker.dispose();
    const modules: string[] = JSON.parse(readFileSync(list, "utf8"));
    expect(modules).toContain("NativeModule net");
    expect(modules.filter((name) => / (crypto|zlib|https?|http2|tls|worker_threads)$/.test(name))).toEqual([]);
  });
});
