/** @import { Script } from "node:vm" */

// Here, as it is the first of all modules that runs.
if (process.getBuiltinModule === undefined) {
  console.error(`Polylog needs Node 20.16 or later (of 22: 22.3 or later); this is Node ${process.version.slice(1)}`);
  process.exit(1);
}

const { existsSync, readFileSync } = process.getBuiltinModule("node:fs");
const { createRequire } = process.getBuiltinModule("node:module");
const { dirname, join } = process.getBuiltinModule("node:path");

/** What V8 has compiled is good for this version of it alone. */
const version = `${process.versions.v8}-${process.version}-${process.arch}`;

/**
 * Runs a program of CommonJS modules by the code that V8 compiled when it was built. The caches of the runtimes hold only
 * what is compiled before a module runs, and the functions it calls then are most of a start.
 * @param {string} entry Path of the main module.
 * @param {(codePath: string, script: Script) => void} [compiling] Is given every module and where its code belongs.
 * Without it, undefined is returned when there is no code for this runtime.
 */
export function loadCompiledProgram(entry, compiling) {
  if (compiling === undefined && !existsSync(codePathOf(entry))) return undefined;
  const { Script } = process.getBuiltinModule("node:vm");
  /** @type {Map<string, { exports: object }>} */
  const modules = new Map();

  /** @param {string} path */
  const load = (path) => {
    const loaded = modules.get(path);
    if (loaded !== undefined) return loaded.exports;
    const module = { exports: {} };
    modules.set(path, module);
    const codePath = codePathOf(path);
    // In ASCII and within a function, as the build writes it: V8 takes the text as it was read. Code of another version,
    // which it refuses, or none at all: it is compiled then.
    const script = new Script(readFileSync(path, "latin1"), {
      filename: path,
      cachedData: existsSync(codePath) ? readFileSync(codePath) : undefined,
    });
    compiling?.(codePath, script);
    script.runInThisContext()(module.exports, requireFrom(path), module, path);
    return module.exports;
  };

  /**
   * Modules of the program by this loader, packages by that of the runtime.
   * @param {string} path
   */
  const requireFrom = (path) => {
    /** @type {NodeJS.Require | undefined} */
    let requirePackage;
    return (/** @type {string} */ id) => {
      if (id.startsWith(".")) return load(join(dirname(path), id));
      requirePackage ??= createRequire(path);
      return requirePackage(id);
    };
  };

  return load(entry);
}

/** @param {string} path */
function codePathOf(path) {
  return `${path}.${version}.code`;
}
