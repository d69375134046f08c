import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");

/**
 * V8 lets the space for young objects grow to 16 MB, twice, as soon as many survive: thousands of new connections do, and
 * hardly anything else of a broker. Half of it saves 10 MB with 5,000 of them, and 13 MB once each has sent a request.
 */
const youngSpace = "--max-semi-space-size=8";

/** What `npm run server:node|bun|deno` runs, without npm and a shell in between: the child's pid is the broker's. */
export const serverCommands: Readonly<Record<string, readonly string[]>> = {
  node: [join(bin, "node"), youngSpace, join(root, "adapters/node/main.js")],
  bun: [join(bin, "bun"), join(root, "adapters/bun/main.ts")],
  deno: [
    join(bin, "deno"),
    "run",
    "--allow-all",
    "--quiet",
    `--v8-flags=${youngSpace}`,
    join(root, "adapters/deno/main.ts"),
  ],
};

export const runtimeNames: readonly string[] = Object.keys(serverCommands);
