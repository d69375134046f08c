import { loadProgram as loadProgramOf } from "../shared/bundle.js";

const { readFileSync } = process.getBuiltinModule("node:fs");
const { enableCompileCache, flushCompileCache, registerHooks } = process.getBuiltinModule("node:module");
const { homedir } = process.getBuiltinModule("node:os");
const { join } = process.getBuiltinModule("node:path");
const { fileURLToPath } = process.getBuiltinModule("node:url");

/** When the code that a command begins with has been compiled. */
const flushAfterMs = 2_000;

/**
 * Loads the program; what is not compiled yet, with compiled code from a cache of the user. Where Node is too old for that,
 * or the cache can't be written, the start is a slower one.
 * @param {string} [command]
 * @returns {Promise<typeof import("./command-line.ts") & { note?: string }>}
 */
export function loadProgram(command) {
  /** @param {boolean} fromSource */
  const beforeImport = (fromSource) => {
    const cache = cacheDirectory(command);
    // NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE have precedence.
    if (cache !== undefined) enableCompileCache?.(cache);
    // Not at the end: in a long run the code of the beginning is dropped.
    setTimeout(() => flushCompileCache?.(), flushAfterMs).unref();
    if (fromSource) loadSourcesAsTheyAre();
  };
  return loadProgramOf("node", command, { beforeImport });
}

/**
 * Each command has its own: what is in a cache is what the first one to run has needed. Undefined for a user without a
 * home, as in many containers; Node's own default is the temporary directory, where others could put code for us to run.
 * @param {string} [command]
 */
function cacheDirectory(command = "") {
  const name = /^[a-z]+$/.test(command) ? command : "other";
  try {
    return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "polylog", name);
  } catch {
    return undefined;
  }
}

/** The relative imports of our sources name files as they are; for each, Node would look at links and package.json files. */
function loadSourcesAsTheyAre() {
  const ownFolders = ["../../src/", "../../adapters/"].map((path) => new URL(path, import.meta.url).href);
  /** @param {string | undefined} url */
  const isOurs = (url) => url !== undefined && ownFolders.some((folder) => url.startsWith(folder));
  /** @param {string} url */
  const formatOf = (url) => (url.endsWith(".ts") ? "module-typescript" : "module");
  registerHooks?.({
    resolve(specifier, context, next) {
      if (!specifier.startsWith(".") || !isOurs(context.parentURL)) return next(specifier, context);
      const { href } = new URL(specifier, context.parentURL);
      return { url: href, format: formatOf(href), shortCircuit: true };
    },
    load(url, context, next) {
      if (!isOurs(url)) return next(url, context);
      return { source: readFileSync(fileURLToPath(url)), format: formatOf(url), shortCircuit: true };
    },
  });
}
