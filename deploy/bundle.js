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
const runtimes = ["node", "bun", "deno"];
/** What the entry points compare with the sources: see adapters/shared/bundle.js. */
const inputsFile = join(dist, "inputs.json");

/** What every start needs, and little of: the part of zod that is used loads in 2 ms, all of it in 50. */
const bundledPackages = ["zod"];

/** Other packages stay as they are installed: native modules are of the machine. */
const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const packages = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).filter((name) => !bundledPackages.includes(name));
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
  await build();
}

/** Files come into place whole, and the list of inputs last: until then the entry points run from source. */
async function build() {
  const { rolldown } = await import("rolldown");
  const outputs = [
    await bundle(rolldown),
    ...(await Promise.all(runtimes.map((runtime) => bundleThread(rolldown, runtime)))),
    await bundleForV8(rolldown, "node"),
    await bundleForV8(rolldown, "deno"),
  ];
  rmSync(inputsFile, { force: true });
  for (const name of ["chunks", "compiled"]) rmSync(join(dist, name), { recursive: true, force: true });
  for (const name of bundledPackages) {
    replace(join(dist, "licenses", `${name}.txt`), readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8"));
  }
  for (const file of outputs.flat()) replace(join(dist, file.fileName), file.code);
  compile();
  const sources = new Set(["package-lock.json", "deploy/bundle.js", "deploy/compile.js"]);
  for (const id of outputs.flat().flatMap(({ moduleIds }) => moduleIds)) {
    if (!id.startsWith("\0")) sources.add(relative(root, id));
  }
  const inputs = [...sources].sort().map((path) => {
    const { mtimeMs, size } = statSync(join(root, path));
    return [path, Math.round(mtimeMs), size];
  });
  replace(inputsFile, JSON.stringify(inputs));
}

/**
 * Everything, for all runtimes: what every command reads, what a client reads too, what else a broker reads, and the rest
 * in small files.
 * @param {typeof import("rolldown").rolldown} rolldown
 */
async function bundle(rolldown) {
  const entries = runtimes.flatMap((runtime) => [`${runtime}/command-line`, `${runtime}/index`]);
  return generate(rolldown, {
    input: Object.fromEntries(entries.map((name) => [`adapters/${name}`, join(root, `adapters/${name}.ts`)])),
    output: {
      format: "esm",
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name].js",
      codeSplitting: {
        groups: [
          { name: "command-line", test: /adapters\/shared\/(command-line|create-runtime)\.ts/, priority: 2 },
          { name: "protocol", test: /src\/(protocol|client|record)\//, priority: 1 },
          { name: "broker", test: /src\/(broker|command\/server-command)\.ts/, priority: 0 },
        ],
      },
    },
  });
}

/**
 * What the threads of one runtime run, in one small file: chunks of the broker would take a thread time and memory.
 * @param {typeof import("rolldown").rolldown} rolldown
 * @param {string} runtime
 */
async function bundleThread(rolldown, runtime) {
  const name = `adapters/${runtime}/job-thread`;
  return generate(rolldown, {
    input: { [name]: join(root, `${name}.ts`) },
    output: { format: "esm", entryFileNames: "[name].js", codeSplitting: false },
  });
}

/**
 * The server of one runtime as CommonJS, which V8 lets us run with code of our own keeping: see compiled-program.js. All
 * that a start reads is one file.
 * @param {typeof import("rolldown").rolldown} rolldown
 * @param {string} runtime
 */
async function bundleForV8(rolldown, runtime) {
  const folder = `compiled/${runtime}`;
  const files = await generate(rolldown, {
    input: { "command-line": join(root, `adapters/${runtime}/command-line.ts`) },
    transform: { define: { "import.meta.url": "__filename" } },
    output: {
      format: "cjs",
      entryFileNames: `${folder}/[name].cjs`,
      chunkFileNames: `${folder}/[name].cjs`,
      // A seventh of the text.
      comments: { jsdoc: false },
      codeSplitting: {
        groups: [{ name: "broker", test: /(adapters\/\w+\/(command-line|index)|src\/(broker|command\/server-command))\.ts/ }],
      },
    },
  });
  return files.map((file) => ({ ...file, code: inFunction(inAscii(file.code)) }));
}

/**
 * Of what a CommonJS module is given. The last line may be a comment.
 * @param {string} code
 */
function inFunction(code) {
  return `(function (exports, require, module, __filename) {${code}\n})`;
}

/**
 * Its other letters as escapes, so that it can be read without a look at each byte.
 * @param {string} code
 */
function inAscii(code) {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * @param {typeof import("rolldown").rolldown} rolldown
 * @param {import("rolldown").InputOptions & { output: import("rolldown").OutputOptions }} options
 * @returns {Promise<{ fileName: string, code: string, moduleIds: string[] }[]>}
 */
async function generate(rolldown, { output, ...input }) {
  const build = await rolldown({
    ...input,
    cwd: root,
    tsconfig: false,
    external,
    platform: "neutral",
    plugins: [builtinModules],
    treeshake: { propertyReadSideEffects: false },
    // The command of the server loads the broker when it runs; here both are in one file.
    checks: { ineffectiveDynamicImport: false },
  });
  const { output: files } = await build.generate(output);
  await build.close();
  return files.map((file) => {
    if (file.type !== "chunk") throw new Error(`An unexpected file: ${file.fileName}`);
    const { fileName, code, moduleIds } = file;
    return { fileName, code, moduleIds };
  });
}

/** By each runtime that is there: without, as when install scripts are ignored, its start takes longer, and nothing else. */
function compile() {
  for (const runtime of runtimes) {
    const options = runtime === "deno" ? ["run", "--allow-all", "--quiet"] : [];
    const program = join(root, "node_modules/.bin", runtime);
    const { status, stderr } = spawnSync(program, [...options, "deploy/compile.js"], { cwd: root, encoding: "utf8" });
    if (status !== 0) console.log(`Not compiled for ${runtime}: ${stderr || "it is not installed"}`);
  }
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
