import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readSource, type Source } from "./tidy/source.ts";

const root = resolve(import.meta.dirname, "..");

/** Imports go downwards only: a file may import from its own layer and from those above it in this list. */
const layers: readonly (readonly string[])[] = [
  ["runtime.ts", "disk-watch.ts", "deferred.ts"],
  ["timeline", "config", "record", "protocol"],
  ["log", "client"],
  ["raft", "replica"],
  ["controller", "coordinator", "inspection"],
  ["server", "api"],
  ["node"],
  ["broker.ts", "worker-jobs.ts"],
  ["http", "command"],
];

/** What exists in every engine but reads the clock, chance or the surroundings. The compiler bans most of it; these slip through or come back with `src/http`. */
const bannedGlobals = new Set([
  ...["Date", "performance", "crypto", "console", "process", "Buffer", "navigator", "require", "globalThis", "self"],
  ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "queueMicrotask", "eval"],
]);

const runtimeNames = /\b(node:|Bun\b|Deno\b|Node\.js\b)/;

const maxLines = 600;
const lineGoal = 400;
/** Tables grow with Kafka, not with our code. */
const tables = [
  /^src\/protocol\/(messages|metadata-records|coordinator-records)\//,
  /^src\/protocol\/(api-keys|error-codes)\.ts$/,
  /^src\/config\/.*definitions/,
];

const sources = filesUnder("src");
const adapters = filesUnder("adapters");
const others = [...filesUnder("test"), ...filesUnder("bench")];

describe("src", () => {
  test("imports go one way", () => {
    const wrong = sources.flatMap((source) =>
      localImports(source).flatMap(({ target, line }) => {
        const from = layerOf(source.path);
        const to = layerOf(target);
        return to <= from ? [] : [`${source.path}:${line} imports ${target}, which is of a later layer`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("every folder has a place in the layers", () => {
    expect(
      sources.filter((source) => layerOf(source.path) < 0 && source.path !== "src/globals.d.ts").map((s) => s.path),
    ).toEqual([]);
  });

  test("knows no adapter, and no package but those that HTTP and the configuration are built on", () => {
    const wrong = sources.flatMap((source) =>
      source.imports
        .filter(({ module }) => !module.startsWith("./") && !module.startsWith("../"))
        .filter(
          ({ module }) =>
            !allowedPackages(source.path).some((name) => module === name || module.startsWith(`${name}/`)),
        )
        .map(({ module, line }) => `${source.path}:${line} imports ${module}`),
    );
    const adapterImports = sources.flatMap((source) =>
      localImports(source)
        .filter(({ target }) => !target.startsWith("src/"))
        .map(({ target, line }) => `${source.path}:${line} imports ${target}`),
    );
    expect([...wrong, ...adapterImports]).toEqual([]);
  });

  test("only broker.ts imports the table of API handlers", () => {
    const wrong = sources
      .filter((source) => source.path !== "src/broker.ts" && !source.path.startsWith("src/api/"))
      .filter((source) => localImports(source).some(({ target }) => target === "src/api/index.ts"));
    expect(wrong.map((source) => source.path)).toEqual([]);
  });

  test("reads no clock, no chance and no surroundings but through the runtime", () => {
    const wrong = sources.flatMap((source) =>
      source.globals
        .filter(({ name }) => bannedGlobals.has(name) || name === "Math.random")
        .map(({ name, line }) => `${source.path}:${line} uses ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("names no runtime in its code", () => {
    const wrong = sources.flatMap((source) =>
      source.words
        .filter(({ name }) => runtimeNames.test(name))
        .map(({ name, line }) => `${source.path}:${line} says ${JSON.stringify(name)}`),
    );
    expect(wrong).toEqual([]);
  });

  test("keeps no state in a module: several brokers live in one process", () => {
    const wrong = sources.flatMap((source) =>
      source.moduleVariables.map(({ name, line }) => `${source.path}:${line} declares ${name} with let or var`),
    );
    expect(wrong).toEqual([]);
  });
});

describe("everywhere", () => {
  const all = [...sources, ...adapters, ...others];

  test(`no file is longer than ${maxLines} lines`, () => {
    const long = all.filter((source) => !tables.some((table) => table.test(source.path)) && source.lines > lineGoal);
    for (const source of long)
      console.warn(`${source.path} has ${source.lines} lines; ${lineGoal} needs a reason, ${maxLines} is the stop`);
    expect(long.filter((source) => source.lines > maxLines).map((source) => `${source.path}: ${source.lines}`)).toEqual(
      [],
    );
  });

  test("nothing is named utils or helpers: a shared helper has a noun", () => {
    expect(
      all.filter((source) => /(^|\/|-)(utils?|helpers?|misc|common)(\.|\/|-)/i.test(source.path)).map((s) => s.path),
    ).toEqual([]);
  });

  test("a program for Node 20 uses nothing that came later", () => {
    const later = new Set(["withResolvers", "groupBy", "fromAsync", "waitAsync", "isSubsetOf", "isSupersetOf"]);
    const wrong = [...sources, ...adapters].flatMap((source) =>
      source.words.filter(({ name }) => later.has(name)).map(({ name, line }) => `${source.path}:${line} uses ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("types have names: no any", () => {
    expect(all.flatMap((source) => source.anys.map((line) => `${source.path}:${line}`))).toEqual([]);
  });

  test("types are erasable: no enum, no namespace, no parameter property", () => {
    expect(
      all.flatMap((source) => source.notErasable.map(({ name, line }) => `${source.path}:${line} ${name}`)),
    ).toEqual([]);
  });

  test("an adapter imports no other adapter but what all of them share", () => {
    const wrong = adapters.flatMap((source) =>
      localImports(source)
        .filter(({ target }) => target.startsWith("adapters/") && !target.startsWith("adapters/shared/"))
        .filter(({ target }) => target.split("/")[1] !== source.path.split("/")[1])
        .map(({ target, line }) => `${source.path}:${line} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

function layerOf(path: string): number {
  const part = path.split("/")[1] ?? "";
  return layers.findIndex((layer) => layer.includes(part));
}

function allowedPackages(path: string): readonly string[] {
  if (path.startsWith("src/http/")) return ["hono", "zod"];
  if (path.startsWith("src/config/")) return ["zod"];
  return [];
}

function localImports(source: Source): { target: string; line: number }[] {
  return source.imports
    .filter(({ module }) => module.startsWith("."))
    .map(({ module, line }) => ({ target: relative(root, resolve(root, dirname(source.path), module)), line }));
}

function filesUnder(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes("node_modules/"))
    .sort()
    .map((path) => readSource(path, readFileSync(join(root, path), "utf8")));
}
