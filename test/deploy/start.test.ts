import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runtimeNames, serverCommands, startPolylog } from "../clients/polylog-server.ts";
import { BuiltCheckout } from "./built-checkout.ts";

/**
 * What makes the start fast is what it does not load. On a machine that does other things no clock is fine enough to guard
 * that, so this looks at what a start reads: the files of the bundle that import each other, and those that it loads then.
 */
let checkout: BuiltCheckout;
beforeAll(() => {
  checkout = new BuiltCheckout();
}, 60_000);
afterAll(() => checkout.dispose());

describe.each(runtimeNames)("the start of a broker on %s", (runtime) => {
  const command = () => {
    const [, ...args] = serverCommands[runtime]!;
    const [entry] = /adapters.*$/.exec(args.at(-1)!)!;
    return checkout.command(runtime, entry);
  };
  const loaded = () =>
    importedFiles(["chunks/command-line.js", `adapters/${runtime}/index.js`, "chunks/broker.js", "chunks/protocol.js"]);

  test("runs from the bundle", async () => {
    const broker = await startPolylog(runtime, {}, command());
    await broker.stop();
    expect(broker.output).toContain("is ready");
    expect(broker.output).not.toContain("Running from source");
    await broker.dispose();
  });

  test("reads few files, and nothing that only HTTP, embedding or the other commands need", () => {
    const files = loaded();
    expect(files.size).toBeLessThanOrEqual(5);
    const modules = [...files.values()].flatMap((text) => text.match(/^\/\/ (?:src|adapters)\/\S+\.ts$/gm) ?? []);
    expect(modules.length).toBeGreaterThan(200);
    expect(modules.filter((name) => /src\/http|-http\.ts|embedded|memory-file|-commands?\.ts/.test(name))).toEqual([
      "// src/command/server-command.ts",
    ]);
  });

  test("loads no package, and of the built-in modules only those that are quick to load", () => {
    const text = [...loaded().values()].join("\n");
    const packages = [...text.matchAll(/^import .* from "([^.][^"]*)";$/gm)].map(([, name]) => name);
    expect(packages.filter((name) => name !== "bun:ffi")).toEqual([]);
    const builtins = text.matchAll(/^(?:const|var) .* = process\.getBuiltinModule\("node:([\w/]+)"\)/gm);
    const quick = ["events", "fs", "module", "os", "path", "process", "timers", "util"];
    const expected = runtime === "node" ? [...quick, "net"] : quick;
    expect(new Set([...builtins].map(([, name]) => name))).toEqual(new Set(expected));
  });
});

test("Bun, which keeps no compiled code by itself, gets it from the build", () => {
  const compiled = "dist/adapters/bun/command-line.js";
  expect(readFileSync(checkout.path(compiled), "utf8")).toMatch(/^\/\/ @bun @bytecode/);
  expect(statSync(checkout.path(`${compiled}.jsc`)).size).toBeGreaterThan(500_000);
});

test("until the first answer Node has loaded neither cryptography, nor compression, nor HTTP", async () => {
  const list = checkout.path("loaded.json");
  const probe = checkout.path("probe.mjs");
  writeFileSync(
    probe,
    `import { writeFileSync } from "node:fs";
     process.on("exit", () => writeFileSync(${JSON.stringify(list)}, JSON.stringify(process.moduleLoadList)));`,
  );
  const [program, script] = checkout.command("node", "adapters/node/main.js");
  const broker = await startPolylog("node", {}, [program, "--import", probe, script!]);
  await broker.stop();
  await broker.dispose();
  const modules: string[] = JSON.parse(readFileSync(list, "utf8"));
  expect(modules).toContain("NativeModule net");
  expect(modules.filter((name) => / (crypto|zlib|https?|http2|tls|worker_threads)$/.test(name))).toEqual([]);
});

/** Files of the bundle and what they import without being asked, by path. */
function importedFiles(entries: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    const text = readFileSync(checkout.path(join("dist", path)), "utf8");
    files.set(path, text);
    for (const [, imported] of text.matchAll(/^(?:import|export) (?:.* from )?"(\.[^"]*)";$/gm)) {
      waiting.push(join(dirname(path), imported!));
    }
  }
  return files;
}
