/**
 * Makes the program that users run, `dist/`: what is under `src` and `adapters` in a few files of JavaScript. A runtime
 * reads one large file in a fraction of the time that 350 small ones take, and Node and Deno refuse TypeScript under
 * node_modules.
 *
 * It runs by itself after `npm ci`, on whatever Node is there, so it is JavaScript.
 *
 * Usage: node deploy/bundle.js [--if-installed]
 *   --if-installed   do nothing where the bundler is not, as after `npm ci --omit=dev`: the program runs from source then
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "dist");
/** What the entry points compare with the sources: see adapters/shared/bundle.js. */
const inputsFile = join(dist, "inputs.json");

const entries = ["node", "bun", "deno"].flatMap((runtime) => [
  `adapters/${runtime}/command-line`,
  `adapters/${runtime}/index`,
]);

/** Packages stay as they are installed: native modules are of the machine, and every one comes with its license. */
const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const packages = Object.keys({ ...dependencies, ...optionalDependencies });
const external = [/^bun:/, ...packages.map((name) => new RegExp(`^${name}(/|$)`))];

/**
 * An import of a built-in module makes Node and Deno evaluate each of its lazy exports: 10 ms of every start. What is asked
 * of the process comes as it is.
 * @type {import("rolldown").Plugin}
 */
const builtinModules = {
  name: "built-in modules",
  resolveId: {
    filter: { id: /^node:/ },
    handler: (id) => ({ id: `\0${id}`, moduleSideEffects: false }),
  },
  load: {
    filter: { id: /^\0node:/ },
    handler(id) {
      const name = id.slice(1);
      const exported = Object.keys(process.getBuiltinModule(name)).map((key) => `export const ${key} = builtin.${key};`);
      return [`const builtin = process.getBuiltinModule("${name}");`, "export default builtin;", ...exported].join("\n");
    },
  },
};

if (process.argv.includes("--if-installed") && !existsSync(join(root, "node_modules/rolldown"))) {
  console.log("The bundler is not installed: Polylog runs from source");
} else {
  await bundle();
}

async function bundle() {
  const { rolldown } = await import("rolldown");
  const build = await rolldown({
    cwd: root,
    tsconfig: false,
    input: Object.fromEntries(entries.map((name) => [name, join(root, `${name}.ts`)])),
    external,
    platform: "neutral",
    plugins: [builtinModules],
    treeshake: { propertyReadSideEffects: false },
    // The command of the server loads the broker when it runs; here both are in one file.
    checks: { ineffectiveDynamicImport: false },
  });
  const { output } = await build.generate({
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    // Every command reads the first, a client the second too, and a start of the broker all three and little else.
    codeSplitting: {
      groups: [
        { name: "command-line", test: /adapters\/shared\/(command-line|create-runtime)\.ts/, priority: 2 },
        { name: "protocol", test: /src\/(protocol|client|record)\//, priority: 1 },
        { name: "broker", test: /src\/(broker|command\/server-command)\.ts/, priority: 0 },
      ],
    },
  });
  await build.close();
  write(output);
}

/**
 * Files come into place whole, and the list of inputs last: until then the entry points run from source.
 * @param {import("rolldown").RolldownOutput["output"]} output
 */
function write(output) {
  rmSync(inputsFile, { force: true });
  for (const name of ["chunks", "adapters/bun/command-line.js.jsc"]) rmSync(join(dist, name), { recursive: true, force: true });
  const sources = new Set(["package-lock.json", "deploy/bundle.js", "deploy/compile-for-bun.js"]);
  for (const file of output) {
    if (file.type !== "chunk") throw new Error(`An unexpected file: ${file.fileName}`);
    replace(join(dist, file.fileName), file.code);
    for (const id of file.moduleIds) if (!id.startsWith("\0")) sources.add(relative(root, id));
  }
  compileForBun();
  const inputs = [...sources].sort().map((path) => {
    const { mtimeMs, size } = statSync(join(root, path));
    return [path, Math.round(mtimeMs), size];
  });
  replace(inputsFile, JSON.stringify(inputs));
}

/** Where Bun is not, as with install scripts ignored, what it gets is the bundle of all runtimes. */
function compileForBun() {
  const bun = join(root, "node_modules/.bin/bun");
  const { status, stderr } = spawnSync(bun, ["deploy/compile-for-bun.js"], { cwd: root, encoding: "utf8" });
  if (status !== 0) console.log(`Not compiled for Bun, whose start takes longer so: ${stderr ?? "it is not installed"}`);
}

/**
 * @param {string} path
 * @param {string} text
 */
function replace(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
