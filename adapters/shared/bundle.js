import { loadCompiledProgram } from "./compiled-program.js";

// Here and in what comes before the program no built-in is imported: of one that is, Node and Deno evaluate every lazy
// export, and `process` alone has standard input, output and error.
const { existsSync, readFileSync, statSync } = process.getBuiltinModule("node:fs");

/** @typedef {(path: string) => { readonly mtimeMs: number, readonly size: number } | undefined} StateOf Of a file; undefined when there is none. */

const root = new URL("../../", import.meta.url);
const rootPath = import.meta.dirname.slice(0, -"adapters/shared".length);

/**
 * Loads what an entry point runs: the program in a few files, made by `npm run build`, while it is what the sources say,
 * and the sources themselves otherwise, so that nobody ever runs old code. `note` tells why it is the sources.
 * @template Module
 * @param {string} runtime
 * @param {string | undefined} command The server is there in compiled form too.
 * @param {{ beforeImport?: (fromSource: boolean) => void, stateOf?: StateOf }} [options]
 * @returns {Promise<Module & { note?: string }>}
 */
export async function loadProgram(runtime, command, { beforeImport, stateOf } = {}) {
  const { url, note } = findProgram(`${runtime}/command-line`, stateOf);
  if (command === "server" && note === undefined) {
    const program = loadCompiledProgram(`${rootPath}dist/compiled/${runtime}/command-line.cjs`);
    if (program !== undefined) return /** @type {Module & { note?: string }} */ (program);
  }
  beforeImport?.(note !== undefined);
  return { ...(await import(url)), note };
}

/**
 * @param {string} module below `adapters/`, without its ending: `node/command-line`
 * @param {StateOf} [stateOf]
 * @returns {{ url: string, note?: string }}
 */
export function findProgram(module, stateOf = stateByStat) {
  const bundled = new URL(`dist/adapters/${module}.js`, root).href;
  // A package or an image has no sources to compare with.
  if (!existsSync(`${rootPath}src`)) return { url: bundled };
  const note = reasonAgainstBundle(stateOf);
  return note === undefined ? { url: bundled } : { url: new URL(`adapters/${module}.ts`, root).href, note };
}

/**
 * Undefined when every file that went into the bundle is as it was then.
 * @param {StateOf} stateOf
 */
function reasonAgainstBundle(stateOf) {
  let inputs;
  try {
    inputs = readFileSync(`${rootPath}dist/inputs.json`, "utf8");
  } catch {
    return "Running from source, as nothing is built: `npm run build` makes the start faster";
  }
  for (const [path, modifiedMs, sizeBytes] of JSON.parse(inputs)) {
    const found = stateOf(rootPath + path);
    // Runtimes round differently.
    if (found !== undefined && found.size === sizeBytes && Math.abs(found.mtimeMs - modifiedMs) < 2) continue;
    return `Running from source, as ${path} has changed since \`npm run build\``;
  }
  return undefined;
}

const orUndefined = /** @type {const} */ ({ throwIfNoEntry: false });

/** @type {StateOf} */
function stateByStat(path) {
  return statSync(path, orUndefined);
}
