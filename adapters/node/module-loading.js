import { readFileSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/**
 * Makes the start several times faster: compiled code, with the types taken out, comes from a cache of the user, and our
 * own modules are not looked for. An entry point calls it before it imports the rest. Where Node is too old for either,
 * or the cache can't be written, the start is a slower one.
 */
export function speedUpModuleLoading() {
  const cache = cacheDirectory();
  // NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE have precedence.
  if (cache !== undefined) module.enableCompileCache?.(cache);
  module.registerHooks?.({
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

/**
 * Undefined for a user without a home, as in many containers. Node's own default is the temporary directory, where others
 * could put code for us to run.
 */
function cacheDirectory() {
  try {
    return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "polylog");
  } catch {
    return undefined;
  }
}

/** The relative imports of these name files as they are; for each, Node would look at links and several package.json. */
const ownFolders = ["../../src/", "../../adapters/"].map((path) => new URL(path, import.meta.url).href);

/** @param {string | undefined} url */
function isOurs(url) {
  return url !== undefined && ownFolders.some((folder) => url.startsWith(folder));
}

/**
 * A checkout runs its sources, an installed package what was made of them.
 * @param {string} url
 */
function formatOf(url) {
  return url.endsWith(".ts") ? "module-typescript" : "module";
}
